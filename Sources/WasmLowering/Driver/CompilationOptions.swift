/// How much work goes into the code.
public enum OptimizationLevel: String, Sendable, CaseIterable {
    /// Fastest to compile.
    case none = "O0"
    /// The optimisations that take little time.
    case less = "O1"
    /// What most modules should have.
    case standard = "O2"
    /// Also those that make code larger in the hope of speed.
    case aggressive = "O3"
}

/// How accesses to linear memory are kept inside it.
public enum MemoryStrategy: String, Sendable, CaseIterable {
    /// Each access is compared with the memory's size. Works for every memory.
    case checked
    /// Accesses may fault and the fault becomes the trap: every memory must have guard pages after 8 GiB of reserved
    /// address space. Where passes remove checks, those that are left at the end become faults.
    case guarded
}

/// How instructions of relaxed SIMD choose among the results that the specification allows.
public enum RelaxedSIMD: String, Sendable, CaseIterable {
    /// What takes the target's processor the fewest instructions: results may differ between targets.
    case fast
    /// The specification's deterministic choice: the same results on every machine.
    case deterministic
}

/// Everything besides the module that decides what code is generated.
public struct CompilationOptions: Sendable, Hashable {
    public var optimization: OptimizationLevel
    public var memory: MemoryStrategy
    public var target: Target
    /// What instructions cost; `nil` for code that does not count.
    public var fuelCosts: FuelCosts?
    /// The code looks, at function entries and loop heads, whether it has to stop.
    public var isInterruptible = false
    /// The code says which of the module's bytes each of its places comes from.
    public var recordsOffsets = true
    /// Code that is replaced while it is used, or replaces other code; `nil` for code that stays as it is.
    public var tier: Tier?
    /// Of the baseline, the functions are left out: each is compiled when it is first called. Those that make tail
    /// calls are there.
    public var isLazy = false
    /// How instructions of relaxed SIMD choose their results.
    public var relaxedSIMD = RelaxedSIMD.deterministic
    /// Check LLVM's rules on the generated IR.
    public var verifiesIR: Bool
    /// Functions that stay at O0: bisecting finds a wrongly optimised one with them.
    public var unoptimizedFunctions: Set<Int> = []
    /// Where the code sets a byte to 1 for every opcode that it executes; for tests that measure coverage.
    public var executionRecord: UInt?
    /// What the code is arranged by.
    public var profile: ExecutionProfile?
    /// The address of ``ExecutionCounters``, for code that counts.
    public var counters: UInt?
    #if DEBUG
        /// What is to go wrong, for tests: see ``PlannedFault``.
        public var plannedFaults = ""
    #endif

    public init(
        optimization: OptimizationLevel = .standard, memory: MemoryStrategy = .checked, target: Target = .native,
        fuelCosts: FuelCosts? = nil, verifiesIR: Bool = isDebugBuild
    ) {
        self.optimization = optimization
        self.memory = memory
        self.target = target
        self.fuelCosts = fuelCosts
        self.verifiesIR = verifiesIR
    }

    /// No access is checked and every one may fault: without the passes that find the checks worth keeping.
    var reliesOnFaults: Bool { memory == .guarded && !optimization.removesChecks }

    /// What a person wants to know of them.
    public var summary: String {
        var parts = [optimization.rawValue, "\(memory) memory"]
        if fuelCosts != nil { parts.append("counting fuel") }
        if isInterruptible { parts.append("interruptible") }
        if tier == .baseline { parts.append(isLazy ? "baseline when called" : "baseline") }
        if !recordsOffsets { parts.append("without offsets") }
        if relaxedSIMD == .fast { parts.append("fast relaxed SIMD") }
        if !target.cpu.isEmpty { parts.append(target.cpu) }
        return parts.joined(separator: ", ")
    }

    #if DEBUG
        public static let isDebugBuild = true
    #else
        public static let isDebugBuild = false
    #endif
}
