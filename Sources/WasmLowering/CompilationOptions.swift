internal import LLVM

/// How hard LLVM works.
public enum OptimizationLevel: String, Sendable, CaseIterable {
    /// No passes and the fast instruction selector: compiles quickly, runs slower.
    case none = "O0"
    /// A few cheap passes.
    case less = "O1"
    /// LLVM's O2 pipeline: the default.
    case standard = "O2"
    /// LLVM's O3 pipeline.
    case aggressive = "O3"

    var passes: String? {
        switch self {
        case .none: nil
        case .less: "function(sroa,early-cse,simplifycfg)"
        case .standard: "default<O2>"
        case .aggressive: "default<O3>"
        }
    }

    var codeGeneration: TargetMachine.CodeGeneration {
        switch self {
        case .none: .fast
        case .less, .standard: .standard
        case .aggressive: .aggressive
        }
    }
}

/// How accesses to linear memory stay inside it.
public enum MemoryStrategy: Sendable, Hashable {
    /// Every access is compared with the memory's size; works for every memory.
    case checked
    /// Every memory reserves what a 32-bit index and offset can reach; accesses beyond its size fault.
    case guarded
}

/// The machine that code is made for.
public struct Target: Sendable, Hashable {
    public var triple: String
    public var cpu: String
    /// LLVM's feature string, such as `+avx2,-avx512f`.
    public var features: String

    public init(triple: String, cpu: String, features: String = "") {
        self.triple = triple
        self.cpu = cpu
        self.features = features
    }

    /// The machine that this process runs on.
    public static let native = Target(
        triple: TargetMachine.hostTriple, cpu: TargetMachine.hostCPU, features: TargetMachine.hostFeatures)
}

/// Everything that changes the generated code.
public struct CompilationOptions: Sendable, Hashable {
    public var optimization: OptimizationLevel
    public var memory: MemoryStrategy
    public var target: Target
    /// Check the IR before and after the passes; a debug build does so by default.
    public var verifiesIR: Bool

    public init(
        optimization: OptimizationLevel = .standard, memory: MemoryStrategy = .checked, target: Target = .native,
        verifiesIR: Bool? = nil
    ) {
        self.optimization = optimization
        self.memory = memory
        self.target = target
        #if DEBUG
            self.verifiesIR = verifiesIR ?? true
        #else
            self.verifiesIR = verifiesIR ?? false
        #endif
    }
}

/// Why a valid module could not be compiled.
public struct CompileError: Error, CustomStringConvertible, Sendable {
    public var message: String
    public init(message: String) { self.message = message }
    public var description: String { "the module could not be compiled: \(message)" }
}
