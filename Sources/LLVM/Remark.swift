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
    /// Runs a pipeline in LLVM's textual form.
    ///
    /// - Parameters:
    ///   - checksMayFault: an access out of a memory's bounds faults, so that a check directly before it is not needed.
    ///   - remark: is told what wasmc's passes and LLVM's vectorisers have to say; asking costs time.
    ///   - isCancelled: once this is true, the remaining passes are left out.
    /// - Throws: ``LLVMError`` for a pipeline that LLVM does not know.
    public func runPasses(
        _ pipeline: String, _ machine: borrowing TargetMachine, checksMayFault: Bool, remark: ((Remark) -> Void)? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws(LLVMError) {
        let listener = Listener(hear: remark ?? { _ in }, isCancelled: isCancelled)
        let error = wasmc_run_passes(
            ref, machine.ref, pipeline, checksMayFault, remark == nil ? nil : hear, ask, Unmanaged.passUnretained(listener).toOpaque())
        withExtendedLifetime(listener) {}
        guard let error else { return }
        let message = LLVMGetErrorMessage(error)
        defer { LLVMDisposeErrorMessage(message) }
        throw LLVMError(message.map { String(cString: $0) } ?? "the passes failed")
    }
}

private final class Listener {
    let hear: (Remark) -> Void
    let isCancelled: () -> Bool

    init(hear: @escaping (Remark) -> Void, isCancelled: @escaping () -> Bool) {
        self.hear = hear
        self.isCancelled = isCancelled
    }
}

private let ask: @convention(c) (UnsafeMutableRawPointer?) -> Bool = { context in
    guard let context else { return false }
    return Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue().isCancelled()
}

private let hear: wasmc_remark_handler = { context, function, pass, name, message in
    guard let context, let function, let pass, let name, let message else { return }
    Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue().hear(
        Remark(
            function: String(cString: function), pass: String(cString: pass), name: String(cString: name),
            message: String(cString: message)))
}
