import LLVM

extension OptimizationLevel {
    /// LLVM's passes in its textual form; `nil` runs none.
    var pipeline: String? {
        switch self {
        case .none: nil
        case .less: "function(sroa,early-cse,simplifycfg)"
        case .standard: "default<O2>"
        case .aggressive: "default<O3>"
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
    /// With several memories an access does not tell which one's check it could replace.
    private var checksMayFault: Bool { options.memory == .guarded && wasm.memories.count == 1 }

    /// - Parameter remark: is told what the passes have to say.
    func optimize(remark: ((Remark) -> Void)? = nil) throws(CompileError) {
        do throws(LLVMError) {
            if options.verifiesIR { try module.verify() }
            if let pipeline = options.optimization.pipeline { try module.runPasses(pipeline, machine, checksMayFault: checksMayFault, remark: remark) }
        } catch {
            throw CompileError(message: error.description)
        }
        if offsets != nil {
            module.separateTraps()
            module.hideLines()
        }
    }

    func emit(_ output: TargetMachine.Output) throws(CompileError) -> [UInt8] {
        do throws(LLVMError) {
            return try output == .object && offsets != nil ? machine.emitObject(module) : machine.emit(module, output)
        } catch {
            throw CompileError(message: error.description)
        }
    }
}
