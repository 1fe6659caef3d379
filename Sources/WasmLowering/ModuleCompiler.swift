public import Wasm
import LLVM

/// Compiles modules to machine code.
public enum ModuleCompiler {
    /// Relocatable ELF objects that are loaded together.
    ///
    /// The same module and options give the same bytes, whatever the number of threads.
    ///
    /// - Parameter threadCount: how many threads work at a time; at least one does.
    /// - Throws: ``CompileError`` when LLVM cannot generate code for the target.
    public static func compile(
        _ module: Wasm.Module, options: CompilationOptions, threadCount: Int
    ) throws(CompileError) -> [[UInt8]] {
        let layout = InstanceLayout(module)
        let parts = Partition.parts(of: module)
        let objects = LargeStackThreads.map(count: parts.count, threadCount: threadCount) {
            index -> Result<[UInt8], CompileError> in
            Result { () throws(CompileError) in
                let unit = try CompilationUnit(
                    module, layout: layout, options: options, name: "part\(index)", isWhole: parts.count == 1)
                try unit.lower(parts[index])
                try unit.optimize()
                return try unit.emit(.object)
            }
        }
        var bytes: [[UInt8]] = []
        for object in objects { bytes.append(try object.get()) }
        return bytes
    }

    /// What ``emit(_:options:as:)`` gives.
    public enum Emission: String, Sendable, CaseIterable {
        /// LLVM IR as lowered.
        case ir
        case optimizedIR = "optimized-ir"
        case assembly
        case object
    }

    /// The whole module in one piece, for people and tools.
    ///
    /// - Throws: ``CompileError`` when LLVM cannot generate code for the target.
    public static func emit(
        _ module: Wasm.Module, options: CompilationOptions, as emission: Emission
    ) throws(CompileError) -> [UInt8] {
        let results = LargeStackThreads.map(count: 1, threadCount: 1) { _ -> Result<[UInt8], CompileError> in
            Result { () throws(CompileError) in try emitWhole(module, options, emission) }
        }
        return try results[0].get()
    }

    private static func emitWhole(
        _ module: Wasm.Module, _ options: CompilationOptions, _ emission: Emission
    ) throws(CompileError) -> [UInt8] {
        let unit = try CompilationUnit(
            module, layout: InstanceLayout(module), options: options, name: module.names.module ?? "module", isWhole: true,
            keepsNames: true)
        try unit.lower(.whole(module))
        switch emission {
        case .ir: return Array(unit.module.text.utf8)
        case .optimizedIR:
            try unit.optimize()
            return Array(unit.module.text.utf8)
        case .assembly:
            try unit.optimize()
            return try unit.emit(.assembly)
        case .object:
            try unit.optimize()
            return try unit.emit(.object)
        }
    }
}

extension CompilationUnit {
    func lower(_ part: Partition) throws(CompileError) {
        if part.hasSupport {
            lowerTrampolines()
            lowerInitialization()
        }
        do throws(ModuleError) {
            for index in part.functions { try FunctionLowering.lower(index, in: self) }
        } catch {
            throw CompileError(message: error.description)
        }
    }
}
