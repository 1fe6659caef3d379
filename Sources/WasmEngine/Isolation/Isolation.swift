/// Where LLVM runs. A fault of LLVM's, a failed assertion or an exhausted stack ends the process that it runs in.
///
/// ```swift
/// var options = Engine.Options()
/// options.isolation = .process                                    // for modules of strangers
/// options.compilerMemoryByteCount = 4 << 30
/// ```
public enum Isolation: String, Hashable, Sendable, CaseIterable {
    /// In this process: nothing to start, but a fault of LLVM's ends it.
    case none
    /// In a process of its own, `wasmc-compiler`, which starts and ends with each compilation and each stretch of hot
    /// code. When it ends early, the function that it was at is compiled without optimisation, then the whole module;
    /// then the compilation fails with ``CompileError/Cause/crashed``. Cancelling it and a monitor's deadline end it at
    /// once.
    case process
}

extension Engine.Options {
    /// The executable for ``Isolation/process``, and where it was looked for.
    func findCompiler() -> (path: String, origin: String) {
        if let compilerExecutable { return (compilerExecutable, "Engine.Options.compilerExecutable") }
        if let path = Environment.variable("WASMC_COMPILER"), !path.isEmpty {
            return (path, "the variable WASMC_COMPILER")
        }
        let name = "wasmc-compiler"
        guard let own = Environment.ownExecutable, let slash = own.lastIndex(of: "/") else {
            return (name, "the current folder")
        }
        return (own[...slash] + name, "the folder of this process's executable")
    }
}
