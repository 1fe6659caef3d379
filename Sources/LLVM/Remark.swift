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
    /// - Throws: ``LLVMError`` for a pipeline that LLVM does not know.
    public func runPasses(
        _ pipeline: String, _ machine: borrowing TargetMachine, checksMayFault: Bool, remark: ((Remark) -> Void)? = nil
    ) throws(LLVMError) {
        let listener = remark.map(Listener.init)
        let context = listener.map { Unmanaged.passUnretained($0).toOpaque() }
        let error = wasmc_run_passes(ref, machine.ref, pipeline, checksMayFault, listener == nil ? nil : handle, context)
        withExtendedLifetime(listener) {}
        guard let error else { return }
        let message = LLVMGetErrorMessage(error)
        defer { LLVMDisposeErrorMessage(message) }
        throw LLVMError(message.map { String(cString: $0) } ?? "the passes failed")
    }
}

private final class Listener {
    let hear: (Remark) -> Void
    init(_ hear: @escaping (Remark) -> Void) { self.hear = hear }
}

private let handle: wasmc_remark_handler = { context, function, pass, name, message in
    guard let context, let function, let pass, let name, let message else { return }
    Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue().hear(
        Remark(
            function: String(cString: function), pass: String(cString: pass), name: String(cString: name),
            message: String(cString: message)))
}
