internal import CRuntime

// Offsets of the fields that generated code reads; `wasmc_layout.h` is their only description.

/// Every stored field has an offset. A key path to anything else is a mistake in this module, whatever it compiles: the
/// first test that runs it ends here. An offset of 0 would be one that code could run with.
func offset<Structure>(_ field: PartialKeyPath<Structure>) -> Int {
    guard let offset = MemoryLayout<Structure>.offset(of: field) else {
        preconditionFailure("\(field) is no stored field of a structure of the runtime")
    }
    return offset
}

enum InstanceField {
    static let store = offset(\wasmc_instance.store)
    static let builtins = offset(\wasmc_instance.builtins)
    static let typeIDs = offset(\wasmc_instance.type_ids)
    static let objectIDs = offset(\wasmc_instance.object_ids)
    static let descriptors = offset(\wasmc_instance.descriptors)
    static let elementSegments = offset(\wasmc_instance.element_segments)
    static let remainingPoints = offset(\wasmc_instance.remaining_points)
    static let tiers = offset(\wasmc_instance.tiers)
}

enum TierField {
    static let code = offset(\wasmc_tier.code)
    static let countdown = offset(\wasmc_tier.countdown)
    static let calls = offset(\wasmc_tier.calls)
    static let stride = MemoryLayout<wasmc_tier>.stride
}

enum StoreField {
    static let stackLimit = offset(\wasmc_store.stack_limit)
    static let requests = offset(\wasmc_store.requests)
    static let tailArguments = offset(\wasmc_store.tail_arguments)
    static let heapBase = offset(\wasmc_store.allocation) + offset(\wasmc_allocation.base)
    static let heapBump = offset(\wasmc_store.allocation) + offset(\wasmc_allocation.bump)
    static let heapLimit = offset(\wasmc_store.allocation) + offset(\wasmc_allocation.limit)
    static let exceptionTag = offset(\wasmc_store.exception_tag)
    static let exceptionValues = offset(\wasmc_store.exception_values)
    static let exception = offset(\wasmc_store.exception)
}

enum MemoryField {
    static let base = offset(\wasmc_memory.base)
    static let byteCount = offset(\wasmc_memory.byte_count)
}

enum TableField {
    static let elements = offset(\wasmc_table.elements)
    static let count = offset(\wasmc_table.count)
}

enum FunctionField {
    static let code = offset(\wasmc_function.code)
    static let context = offset(\wasmc_function.context)
    static let typeID = offset(\wasmc_function.type_id)
    static let tailDistance = offset(\wasmc_function.tail_distance)
}

enum DescriptorField {
    static let kind = offset(\wasmc_descriptor.kind)
    static let display = offset(\wasmc_descriptor.display)
    static let displayCount = 8
}

enum HostBindingField {
    static let invoke = offset(\wasmc_host_binding.invoke)
    static let throwException = offset(\wasmc_host_binding.throw_exception)
    static let store = offset(\wasmc_host_binding.store)
}

enum ElementSegmentField {
    static let elements = offset(\wasmc_element_segment.elements)
    static let stride = MemoryLayout<wasmc_element_segment>.stride
}

enum ValueLayout {
    static let stride = MemoryLayout<wasmc_value>.stride
    static let alignment = MemoryLayout<wasmc_value>.alignment
}
