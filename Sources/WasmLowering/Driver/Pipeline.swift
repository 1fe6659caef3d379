import LLVM

extension OptimizationLevel {
    /// The passes that run; `nil` for none.
    var pipeline: LLVM.Pipeline? {
        switch self {
        case .none: nil
        case .less: .less
        case .standard: .standard
        case .aggressive: .aggressive
        }
    }

    /// The pipeline includes the passes that remove checks of memory bounds.
    var removesChecks: Bool {
        switch self {
        case .none, .less: false
        case .standard, .aggressive: true
        }
    }

    var codeGenerationLevel: TargetMachine.CodeGenerationLevel {
        switch self {
        case .none: .none
        case .less, .standard: .standard
        case .aggressive: .aggressive
        }
    }
}

extension CompilationUnit {
    private var checksMayFault: Bool { wasm.memories.indices.contains(where: isReserved) }

    /// - Parameter remark: is told what the passes have to say.
    /// - Returns: functions whose optimised code could not be contained, so that it must not run.
    func optimize(
        monitor: CompilationMonitor? = nil, remark: ((Remark) -> Void)? = nil
    ) throws(CompileError) -> Set<Int> {
        var uncontained: [String] = []
        do throws(LLVMError) {
            if options.verifiesIR { try module.verify() }
            if let pipeline = options.optimization.pipeline {
                uncontained = try module.runPasses(
                    pipeline, machine, checksMayFault: checksMayFault, containment: containment, remark: remark,
                    isCancelled: { monitor?.isOver ?? false })
                if options.verifiesIR { try module.verify() }
            }
        } catch {
            throw CompileError(message: error.description)
        }
        if offsets != nil {
            module.separateTraps()
            module.hideLines()
        }
        // A function that nobody can name would run uncontained.
        return Set(
            try uncontained.map { symbol throws(CompileError) in
                guard let index = SymbolName.functionIndex(symbol) else {
                    throw .contradiction("'\(symbol)' could not be contained, and is no function's symbol")
                }
                return index
            })
    }

    /// - Parameter frame: is told of every function's frame.
    func emitObject(_ frame: (FoundFrame) -> Void) throws(CompileError) -> [UInt8] {
        do throws(LLVMError) {
            return try machine.emitObject(module, recordsSites: offsets != nil, frame)
        } catch {
            throw CompileError(message: error.description)
        }
    }

    func emitAssembly() throws(CompileError) -> [UInt8] {
        do throws(LLVMError) {
            return try machine.emitAssembly(module)
        } catch {
            throw CompileError(message: error.description)
        }
    }
}
