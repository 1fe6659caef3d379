internal import CRuntime

// Offsets of the fields that generated code reads; `wasmc_layout.h` is their only description.

/// Every stored field has an offset. A key path to anything else is a mistake in this module, whatever it compiles: the
/// first test that runs it ends here. An offset of 0 would be one that code could run with.
package func fieldOffset<Structure>(_ field: PartialKeyPath<Structure>) -> Int {
    guard let offset = MemoryLayout<Structure>.offset(of: field) else {
        preconditionFailure("\(field) is no stored field of a structure of the runtime")
    }
    return offset
}

enum InstanceField {
    static let store = fieldOffset(\wasmc_instance.store)
    static let builtins = fieldOffset(\wasmc_instance.builtins)
    static let typeIDs = fieldOffset(\wasmc_instance.type_ids)
    static let objectIDs = fieldOffset(\wasmc_instance.object_ids)
    static let descriptors = fieldOffset(\wasmc_instance.descriptors)
    static let remainingFuel = fieldOffset(\wasmc_instance.remaining_fuel)
    static let tiers = fieldOffset(\wasmc_instance.tiers)
}

enum TierField {
    static let code = fieldOffset(\wasmc_tier.code)
    static let countdown = fieldOffset(\wasmc_tier.countdown)
    static let calls = fieldOffset(\wasmc_tier.calls)
    static let stride = MemoryLayout<wasmc_tier>.stride
}

enum StoreField {
    static let stackLimit = fieldOffset(\wasmc_store.stack_limit)
    static let requests = fieldOffset(\wasmc_store.requests)
    static let tailArguments = fieldOffset(\wasmc_store.tail_arguments)
    static let heapBase = fieldOffset(\wasmc_store.allocation) + fieldOffset(\wasmc_allocation.base)
    static let heapBump = fieldOffset(\wasmc_store.allocation) + fieldOffset(\wasmc_allocation.bump)
    static let heapLimit = fieldOffset(\wasmc_store.allocation) + fieldOffset(\wasmc_allocation.limit)
    static let functions = fieldOffset(\wasmc_store.functions)
    static let exceptionTag = fieldOffset(\wasmc_store.exception_tag)
    static let exceptionValues = fieldOffset(\wasmc_store.exception_values)
    static let exception = fieldOffset(\wasmc_store.exception)
}

enum MemoryField {
    static let base = fieldOffset(\wasmc_memory.base)
    static let byteCount = fieldOffset(\wasmc_memory.byte_count)
}

enum TableField {
    static let elements = fieldOffset(\wasmc_table.elements)
    static let count = fieldOffset(\wasmc_table.count)
}

enum FunctionField {
    static let code = fieldOffset(\wasmc_function.code)
    static let context = fieldOffset(\wasmc_function.context)
    static let typeID = fieldOffset(\wasmc_function.type_id)
    static let number = fieldOffset(\wasmc_function.number)
    static let tailDistance = fieldOffset(\wasmc_function.tail_distance)
}

enum DescriptorField {
    static let kind = fieldOffset(\wasmc_descriptor.kind)
    static let display = fieldOffset(\wasmc_descriptor.display)
    static let displayCount = 8
}

enum HostBindingField {
    static let invoke = fieldOffset(\wasmc_host_binding.invoke)
    static let throwException = fieldOffset(\wasmc_host_binding.throw_exception)
    static let store = fieldOffset(\wasmc_host_binding.store)
}

enum ValueLayout {
    static let stride = MemoryLayout<wasmc_value>.stride
    static let alignment = MemoryLayout<wasmc_value>.alignment
}
