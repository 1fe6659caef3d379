internal import CLLVM
internal import LLVMPasses

/// What a pass says about a function.
public struct Remark: Sendable {
    /// The function's symbol.
    public let function: String
    public let pass: String
    public let name: String
    public let message: String
}

extension Module {
    /// Runs the passes of a level.
    ///
    /// - Parameters:
    ///   - checksMayFault: an access out of a memory's bounds faults, so that a check directly before it is not needed.
    ///   - containment: where the code may read and write.
    ///   - remark: is told what wasmc's passes and LLVM's vectorisers have to say; asking costs time.
    ///   - isCancelled: once this is true, the remaining passes are left out.
    /// - Returns: the symbols of functions that could not be contained: their code must not run.
    /// - Throws: ``LLVMError`` when LLVM does not know one of the passes.
    public func runPasses(
        _ pipeline: Pipeline, _ machine: borrowing TargetMachine, checksMayFault: Bool, containment: Containment,
        remark: ((Remark) -> Void)? = nil, isCancelled: @escaping () -> Bool = { false }
    ) throws(LLVMError) -> [String] {
        let listener = PassListener(hear: remark ?? { _ in }, isCancelled: isCancelled)
        let error = containment.withLayout { layout in
            wasmc_run_passes(
                ref, machine.ref, pipeline.code, checksMayFault, layout, remark == nil ? nil : hear, ask,
                Unmanaged.passUnretained(listener).toOpaque())
        }
        return try listener.uncontained(after: error)
    }
}

/// Hears what passes have to say while they run.
final class PassListener {
    let hear: (Remark) -> Void
    let isCancelled: () -> Bool
    fileprivate var uncontained: [String] = []

    init(hear: @escaping (Remark) -> Void, isCancelled: @escaping () -> Bool) {
        self.hear = hear
        self.isCancelled = isCancelled
    }

    /// - Throws: ``LLVMError`` with the words of the error, if there is one.
    func uncontained(after error: LLVMErrorRef?) throws(LLVMError) -> [String] {
        guard let error else { return uncontained }
        let message = LLVMGetErrorMessage(error)
        defer { LLVMDisposeErrorMessage(message) }
        throw LLVMError(message.map { String(cString: $0) } ?? "the passes failed")
    }
}

private let ask: @convention(c) (UnsafeMutableRawPointer?) -> Bool = { context in
    guard let context else { return false }
    return Unmanaged<PassListener>.fromOpaque(context).takeUnretainedValue().isCancelled()
}

private let hear: wasmc_remark_handler = { context, function, pass, name, message in
    guard let context, let function, let pass, let name, let message else { return }
    Unmanaged<PassListener>.fromOpaque(context).takeUnretainedValue().hear(
        Remark(
            function: String(cString: function), pass: String(cString: pass), name: String(cString: name),
            message: String(cString: message)))
}

extension Containment {
    func withLayout<Result>(_ body: (UnsafePointer<wasmc_containment>) -> Result) -> Result {
        let slots = memories.map {
            wasmc_memory_slots(
                memory: $0.memory, base: $0.base, minimum_byte_count: $0.minimumByteCount, is_reserved: $0.isReserved)
        }
        return slots.withUnsafeBufferPointer { memories in
            tables.withUnsafeBufferPointer { tables in
                var layout = wasmc_containment()
                (layout.before, layout.behind) = reservation ?? (0, 0)
                (layout.builtins, layout.trap, layout.outcome) = (builtins, trap, outcome)
                (layout.memory_base, layout.memory_byte_count) = (memoryBase, memoryByteCount)
                (layout.table_elements, layout.table_count) = (tableElements, tableCount)
                (layout.memories, layout.memory_count) = (memories.baseAddress, memories.count)
                (layout.tables, layout.tables_in_module) = (tables.baseAddress, tables.count)
                (layout.store, layout.heap_base) = (heap.store, heap.base)
                (layout.heap_before, layout.heap_behind) = (heap.before, heap.behind)
                (layout.descriptors, layout.descriptors_end) = (descriptors.pointer, descriptors.end)
                layout.descriptors_byte_count = descriptors.byteCount
                (layout.functions, layout.functions_byte_count) = (functions.pointer, functions.byteCount)
                layout.refuse = refuse
                return body(&layout)
            }
        }
    }
}

private let refuse: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Void = { context, function in
    guard let context, let function else { return }
    Unmanaged<PassListener>.fromOpaque(context).takeUnretainedValue().uncontained.append(String(cString: function))
}
