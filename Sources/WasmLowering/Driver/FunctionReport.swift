import LLVM
import Threads
public import Wasm

/// What the optimiser did to a function.
public struct FunctionReport: Sendable {
    /// The function's index.
    public package(set) var function: Int
    /// Checks of memory bounds that its instructions ask for.
    public package(set) var emittedCheckCount = 0
    /// Checks in its optimised code, in loops of which only the copy with checks has them too. Those of functions that
    /// were inlined into it are among them.
    public package(set) var remainingCheckCount = 0
    /// Loops that run without checks when a test before them allows it.
    public package(set) var versionedLoopCount = 0
    /// Loops whose unrolled copies became iterations again.
    public package(set) var rerolledLoopCount = 0
    /// Loops that work on vectors.
    public package(set) var vectorizedLoopCount = 0
    /// Why loops keep their checks or were not vectorised, and of how many each is said.
    public package(set) var obstacles: [String: Int] = [:]
    /// The time that passes took for it, without the generation of machine code.
    public package(set) var passSeconds = 0.0
    /// It is compiled without optimisation, because that would take too long.
    public package(set) var isTooExpensive = false

    /// Accesses to memories and tables of which the last pass has shown that they stay inside, and what it has added
    /// elsewhere: tests before loops, masks of addresses, and checks.
    public package(set) var provenAccessCount = 0
    /// Tests before loops that the last pass has added.
    public package(set) var containmentTestCount = 0
    /// Masks of addresses that the last pass has added.
    public package(set) var containmentMaskCount = 0
    /// Checks of single accesses that the last pass has added.
    public package(set) var containmentCheckCount = 0
    /// It is compiled without optimisation, because the last pass does not understand an access.
    public package(set) var isUncontained = false

    package init(function: Int) { self.function = function }

    mutating func add(_ remark: Remark) {
        switch (remark.pass, remark.name) {
        case ("wasmc", "ChecksEmitted"): emittedCheckCount = Int(remark.message) ?? 0
        case ("wasmc", "ChecksLeft"): remainingCheckCount = Int(remark.message) ?? 0
        case ("wasmc", "Seconds"): passSeconds = Double(remark.message) ?? 0
        case ("wasmc", "AccessesProven"): provenAccessCount = Int(remark.message) ?? 0
        case ("wasmc", "ContainmentTests"): containmentTestCount = Int(remark.message) ?? 0
        case ("wasmc", "ContainmentMasks"): containmentMaskCount = Int(remark.message) ?? 0
        case ("wasmc", "ContainmentChecks"): containmentCheckCount = Int(remark.message) ?? 0
        case ("wasmc", "Versioned"): versionedLoopCount += 1
        case ("wasmc", "Rerolled"): rerolledLoopCount += 1
        case ("wasmc", _): obstacles["not without checks: " + remark.message, default: 0] += 1
        case ("loop-vectorize", "Vectorized"): vectorizedLoopCount += 1
        case ("loop-vectorize", "loop not vectorized"), ("loop-vectorize", "MissedDetails"): break
        case ("loop-vectorize", _):
            // What follows the first line or sentence is advice for C.
            let reason = remark.message.prefix { !$0.isNewline }.split(separator: ". ").first ?? ""
            obstacles[String(reason), default: 0] += 1
        default: break
        }
    }
}

extension ModuleCompiler {
    /// Optimises a module and says, for every function, what came of it.
    ///
    /// - Throws: ``CompileError`` when LLVM cannot generate code for the target.
    public static func explain(
        _ module: Wasm.Module, options: CompilationOptions, threadCount: Int
    ) throws(CompileError) -> [FunctionReport] {
        let plan = ModulePlan(module)
        let parts = Partition.parts(of: plan)
        let results = LargeStackThreads.map(count: parts.count, threadCount: threadCount) {
            index -> Result<[FunctionReport], CompileError> in
            Result { () throws(CompileError) in
                try explain(parts[index], of: plan, options, isWhole: parts.count == 1)
            }
        }
        var reports: [FunctionReport] = []
        for result in results { reports += try result.get() }
        return reports.sorted { $0.function < $1.function }
    }

    private static func explain(
        _ part: Partition, of plan: ModulePlan, _ options: CompilationOptions, isWhole: Bool
    ) throws(CompileError) -> [FunctionReport] {
        func makeUnit(isWhole: Bool) throws(CompileError) -> CompilationUnit {
            try CompilationUnit(plan, options: options, name: "wasm", isWhole: isWhole)
        }
        var reports = Dictionary(uniqueKeysWithValues: part.functions.map { ($0, FunctionReport(function: $0)) })
        let numerous = options.optimization == .none ? [] : part.numerousFunctions(in: plan.module)
        var rest = part
        rest.functions.removeAll { numerous.contains($0) }
        var unit = try makeUnit(isWhole: isWhole && numerous.isEmpty)
        let expensive = try unit.lower(rest)
        if !expensive.isEmpty {
            rest.functions.removeAll { expensive.contains($0) }
            unit = try makeUnit(isWhole: false)
            _ = try unit.lower(rest)
        }
        for index in numerous.union(expensive) { reports[index]?.isTooExpensive = true }
        let uncontained = try unit.optimize { remark in
            guard let index = SymbolName.functionIndex(remark.function) else { return }
            reports[index]?.add(remark)
        }
        for index in uncontained { reports[index]?.isUncontained = true }
        return part.functions.compactMap { reports[$0] }
    }
}
