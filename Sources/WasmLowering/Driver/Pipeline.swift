import LLVM

extension OptimizationLevel {
    /// LLVM's passes in its textual form; `nil` runs none.
    func pipeline(checksMayFault: Bool) -> String? {
        switch self {
        case .none: nil
        case .less: "function(sroa,early-cse,\(Self.provenTraps),simplifycfg,wasmc-reveal-operands)"
        case .standard: Self.standardPipeline(checksMayFault: checksMayFault)
        case .aggressive: "default<O3>"
        }
    }

    /// What of LLVM's `default<O2>` still finds something in code that a compiler optimised when it made the module.
    /// Its loops are unrolled and rotated already, and nothing in it is recognised twice.
    private static func standardPipeline(checksMayFault: Bool) -> String {
        let checks = checksMayFault ? "" : ",wasmc-lower-checks"
        let faults = checksMayFault ? ",wasmc-fault-checks,wasmc-lower-checks" : ""
        return [
            "function<eager-inv>(mem2reg,early-cse<>,\(provenTraps),\(simplifyCFG)>,wasmc-separate-arguments-traps)",
            "cgscc(inline)",
            "function<eager-inv>(\(combine),\(provenTraps),\(simplifyCFG)>",
            "loop-mssa(wasmc-rotate-loops,licm<allowspeculation>,simple-loop-unswitch<no-nontrivial;trivial>)",
            "loop(loop-idiom,indvars,wasmc-short-loops,loop-deletion)",
            "gvn<>,wasmc-reveal-operands",
            "wasmc-eliminate-checks,\(provenTraps),\(simplifyCFG);switch-to-arithmetic;\(commonInstructions)>",
            "wasmc-version-loops,wasmc-small-remainders\(checks),wasmc-freeze-loads",
            "loop-vectorize<no-interleave-forced-only;no-vectorize-forced-only>",
            "\(provenTraps),\(simplifyCFG);no-keep-loops;\(switches);\(commonInstructions)>",
            "\(combine),wasmc-short-recurrences,wasmc-vectorize-floats,loop-mssa(licm<allowspeculation>)",
            "div-rem-pairs\(faults),wasmc-widen-phis)",
            "globaldce",
        ].joined(separator: ",")
    }

    /// Before what removes jumps: see TrapSeparation.cpp.
    private static let provenTraps = "wasmc-separate-proven-traps"
    private static let combine = "instcombine<max-iterations=1;no-verify-fixpoint>"
    /// Its options go on behind this.
    private static let simplifyCFG =
        "simplifycfg<bonus-inst-threshold=1;switch-range-to-icmp;keep-loops;speculate-blocks;simplify-cond-branch"

    private static let switches = "forward-switch-cond;switch-to-arithmetic;switch-to-lookup"
    private static let commonInstructions = "hoist-common-insts;sink-common-insts"

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
            if let pipeline = options.optimization.pipeline(checksMayFault: checksMayFault) {
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
        return Set(uncontained.compactMap(SymbolName.functionIndex))
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
