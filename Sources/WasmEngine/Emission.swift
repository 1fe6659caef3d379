public import Wasm
public import WasmLowering

/// Forms in which compiled code can be looked at.
public enum CodeForm: String, Sendable, CaseIterable {
    /// LLVM IR as lowering makes it.
    case ir
    /// LLVM IR after the passes.
    case optimizedIR = "optimized-ir"
    case assembly
    /// A relocatable ELF object.
    case object
}

extension Engine {
    /// A module's code in a form for people or for other tools.
    ///
    /// - Throws: ``CompileError``
    public func emit(_ module: Module, as form: CodeForm) throws(CompileError) -> [UInt8] {
        let emission: ModuleCompiler.Emission =
            switch form {
            case .ir: .ir
            case .optimizedIR: .optimizedIR
            case .assembly: .assembly
            case .object: .object
            }
        return try ModuleCompiler.emit(module, options: settings, as: emission)
    }

    /// What optimising did to each function: checks of memory bounds, loops that run without them, vectorised loops, and
    /// why others are not.
    ///
    /// - Throws: ``CompileError``
    public func explain(_ module: Module) throws(CompileError) -> [FunctionReport] {
        try ModuleCompiler.explain(module, options: settings, threadCount: options.threadCount ?? Self.processorCount)
    }
}
