public import WasmEngine

/// A way in which the engine can run a script.
public struct Mode: Hashable, Sendable, CustomStringConvertible {
    public var optimization: OptimizationLevel
    public var memory: Engine.MemoryProtection
    /// Instructions cost points: each opcode its own.
    public var isMetered: Bool
    public var isInterruptible: Bool

    /// Calls are asynchronous, so that guests that can be interrupted yield; at every poll under
    /// `WASMC_YIELD_STRESS`.
    public var isAsynchronous = false

    /// What the same calls count at O0 is used as a profile.
    public var isProfiled = false

    /// The machine to compile for, by its name.
    public var target = "native"

    /// The command that plays scripts on that machine, or on what emulates it; empty on this one.
    public var player: [String] = []

    /// Functions and loops begin at O0, and go on in code of this level when they have come by more often than this.
    public var threshold: Int?
    /// They begin when they are first called.
    public var isLazy: Bool

    /// What modules may use.
    public var features = Features.standard

    /// How instructions of relaxed SIMD choose their results.
    public var relaxedSIMD = RelaxedSIMD.deterministic

    /// Where executed opcodes are recorded.
    var executionRecord: UInt?

    public init(
        optimization: OptimizationLevel, memory: Engine.MemoryProtection, isMetered: Bool = false,
        isInterruptible: Bool = false, threshold: Int? = nil, isLazy: Bool = false
    ) {
        self.optimization = optimization
        self.memory = memory
        self.isMetered = isMetered
        self.isInterruptible = isInterruptible
        self.threshold = threshold
        self.isLazy = isLazy
    }

    /// Every mode that the suite must pass in.
    public static let all: [Mode] = [OptimizationLevel.none, .standard].flatMap { level in
        [Engine.MemoryProtection.checked, .guarded].map { Mode(optimization: level, memory: $0) }
    }

    /// Also every one in which code is replaced.
    public static let allWithTiers: [Mode] =
        all
        + [Engine.MemoryProtection.checked, .guarded].map { Mode(optimization: .standard, memory: $0, threshold: 1) }
        + [Mode(optimization: .standard, memory: .guarded, threshold: 2, isLazy: true)]

    /// Every level, memory, way to be stopped, and way to replace code.
    public static let everyCode: [Mode] = OptimizationLevel.allCases.flatMap { level in
        [Engine.MemoryProtection.checked, .guarded].flatMap { memory in
            [(false, false), (true, false), (false, true), (true, true)].flatMap { metered, interruptible in
                let ways: [(threshold: Int?, isLazy: Bool)] =
                    level == .none ? [(nil, false)] : [(nil, false), (3, false), (2, true)]
                return ways.map { way in
                    Mode(
                        optimization: level, memory: memory, isMetered: metered, isInterruptible: interruptible,
                        threshold: way.threshold, isLazy: way.isLazy)
                }
            }
        }
    }

    /// The same for another machine, which `qemu` emulates.
    public func played(for target: String, by player: String) -> Mode {
        var mode = self
        mode.target = target
        mode.player = ["qemu-\(target.prefix { $0 != "-" })", player]
        return mode
    }

    public var description: String {
        "\(optimization.rawValue)-\(memory.rawValue)\(isMetered ? "-metered" : "")"
            + "\(isInterruptible ? "-interruptible" : "")\(threshold == nil ? "" : isLazy ? "-lazy" : "-tiered")"
            + (isAsynchronous ? "-asynchronous" : "") + (isProfiled ? "-profiled" : "")
            + (relaxedSIMD == .fast ? "-fast" : "") + (target == "native" ? "" : "-\(target)")
    }

    var engine: Engine {
        var options = Engine.Options(optimization: optimization, memory: memory, threadCount: 1)
        options.executionRecord = executionRecord
        options.features = features
        options.relaxedSIMD = relaxedSIMD
        if isMetered { options.metering = .points(hostCall: 100) { UInt32($0.rawValue % 11) } }
        options.isInterruptible = isInterruptible
        options.target = Target.named[target] ?? .native
        if let threshold {
            var tiering = Tiering(threshold: threshold, isLazy: isLazy)
            tiering.waits = true
            options.tiering = tiering
        }
        // What is tested is the compiler.
        options.cache = nil
        return Engine(options: options)
    }
}
