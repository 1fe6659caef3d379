internal import CRuntime
public import Wasm
internal import WasmLowering

/// A module in native code. Instantiate it as often as you like, from any thread.
public final class CompiledModule: @unchecked Sendable {
    // Unchecked: everything is written during initialization and only read afterwards.

    /// The module that was compiled.
    public let module: Module
    let layout: InstanceLayout
    let metering: Metering?
    let description: UnsafeMutablePointer<wasmc_module>
    private var allocations: [UnsafeMutableRawPointer] = []

    var code: OpaquePointer { description.pointee.code }

    init(_ module: Module, objects: [[UInt8]], isGuarded: Bool, metering: Metering?) throws(CompileError) {
        self.module = module
        layout = InstanceLayout(module)
        self.metering = metering
        let code = try Self.load(objects)
        description = .allocate(capacity: 1)
        description.initialize(to: wasmc_module())
        description.pointee.code = code
        if isGuarded, !wasmc_install_fault_handlers() {
            throw CompileError(message: "the fault handlers that guarded memories need could not be installed")
        }
        try fill(isGuarded: isGuarded)
    }

    deinit {
        wasmc_code_release(description.pointee.code)
        description.deallocate()
        for allocation in allocations { allocation.deallocate() }
    }

    private static func load(_ objects: [[UInt8]]) throws(CompileError) -> OpaquePointer {
        // One buffer with every object at a multiple of 16 bytes: the loader reads structures in place.
        let starts = objects.reduce(into: [0]) { $0.append(($0[$0.count - 1] + $1.count + 15) & ~15) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: starts[objects.count] + 16, alignment: 16)
        defer { buffer.deallocate() }
        var list: [wasmc_object] = []
        for (object, start) in zip(objects, starts) {
            buffer[start...].copyBytes(from: object)
            list.append(wasmc_object(bytes: buffer.baseAddress.map { UnsafeRawPointer($0 + start) }, byte_count: object.count))
        }
        var message = [CChar](repeating: 0, count: 256)
        guard let code = wasmc_code_load(list, list.count, &message, message.count) else {
            throw CompileError(message: text(message))
        }
        return code
    }

    /// Plain memory that lives as long as this module.
    private func array<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        pointer.initialize(from: elements, count: elements.count)
        allocations.append(UnsafeMutableRawPointer(pointer))
        return UnsafePointer(pointer)
    }

    private func symbol(_ name: String) throws(CompileError) -> UnsafeRawPointer {
        guard let address = wasmc_code_symbol(code, name) else {
            throw CompileError(message: "the generated code lacks \(name)")
        }
        return address
    }

    private func fill(isGuarded: Bool) throws(CompileError) {
        var entries: [wasmc_entry?] = []
        var hosts: [UnsafeRawPointer?] = []
        for index in module.types.indices {
            entries.append(unsafeBitCast(try symbol("wasm_entry_\(index)"), to: wasmc_entry.self))
            hosts.append(try symbol("wasm_host_\(index)"))
        }
        var records: [wasmc_function_record] = []
        for index in layout.recordFunctionIndices {
            let type = module.functions[index].typeIndex
            let isImported = index < module.importedFunctionCount
            records.append(
                wasmc_function_record(
                    index: UInt32(index), type: UInt32(type), code: isImported ? nil : try symbol("wasm_function_\(index)"),
                    entry: entries[type]))
        }
        let bytes = array(module.bytes)
        let data = module.dataSegments.map {
            wasmc_data_segment(bytes: bytes + $0.range.lowerBound, byte_count: UInt64($0.range.count))
        }
        description.pointee.type_ids = array(module.types.map(TypeRegistry.number))
        description.pointee.entry_trampolines = array(entries)
        description.pointee.host_trampolines = array(hosts)
        description.pointee.type_count = UInt32(module.types.count)
        description.pointee.imported_memory_count = UInt32(module.importedMemoryCount)
        description.pointee.memory_count = UInt32(module.memories.count)
        description.pointee.imported_table_count = UInt32(module.importedTableCount)
        description.pointee.table_count = UInt32(module.tables.count)
        description.pointee.imported_global_count = UInt32(module.importedGlobalCount)
        description.pointee.global_count = UInt32(module.globals.count)
        description.pointee.imported_function_count = UInt32(module.importedFunctionCount)
        description.pointee.record_count = UInt32(records.count)
        description.pointee.memories = array(module.memories.dropFirst(module.importedMemoryCount).map { $0.type.c })
        description.pointee.tables = array(module.tables.dropFirst(module.importedTableCount).map { $0.type.c })
        description.pointee.records = array(records)
        description.pointee.data_segments = array(data)
        description.pointee.data_segment_count = UInt32(data.count)
        description.pointee.element_segment_counts = array(module.elementSegments.map { UInt64($0.count) })
        description.pointee.element_segment_count = UInt32(module.elementSegments.count)
        let memory = module.exports.first { $0.kind == .memory && $0.name == "memory" }
        description.pointee.exported_memory = memory.map { Int32($0.index) } ?? -1
        description.pointee.initialize = unsafeBitCast(
            try symbol("wasm_initialize"), to: (@convention(c) (UnsafeMutablePointer<wasmc_instance>?) -> Void).self)
        description.pointee.wants_guarded_memory = isGuarded
    }
}

/// The text in a C buffer.
func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension Limits {
    var c: wasmc_limits { wasmc_limits(minimum: minimum, maximum: maximum ?? .max) }
}

extension MemoryType {
    var c: wasmc_memory_type { wasmc_memory_type(pages: pages.c, is_64bit: is64Bit, is_shared: isShared) }
}

extension TableType {
    var c: wasmc_table_type { wasmc_table_type(elements: elements.c, element: element.code, is_64bit: is64Bit) }
}
