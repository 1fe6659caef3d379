public import ArgumentParser
import WasmEngine
public import WasmSpec

/// What the children of `dev loops` must know, too.
struct LoopOptions: ParsableArguments {
    @Option(help: "The first module's seed.") var seed: UInt64 = 1
    @Option(help: "Functions: nests, counted, wide (64-bit counters), directed, mixed, version3, memory64 or arrays.")
    var shape = LoopModule.Shape.mixed
    @Option(help: "How many functions a module has.") var functions = 16
    @Option(help: "What is held to be right: O0, or wasmtime (the Python package).") var oracle = Oracle.O0
    @Option(help: "How many modes of all, chosen by the seed, with Wasmtime.") var modes = 4
    @Flag(help: "Every level, memory, way to be stopped and way to replace code, with Wasmtime.") var allModes = false
    @Flag(help: "Only compile, with O0 in place of an oracle.") var compileOnly = false
    @Flag(help: "Count points; half of the calls have few.") var metered = false
    @Flag(help: "Run code that can be interrupted.") var interruptible = false
    @Flag(help: "Run code that can be interrupted by asynchronous calls, and yield at every poll.") var yielding = false
    @Flag(help: "Use what the same calls count at O0 as a profile.") var profiled = false
    @Flag(help: "Begin at O0 and go on at a higher level somewhere in the loops.") var tiered = false
    @Option(help: "The machine to compile for, such as x86-64-v2; this one must be able to run its code.") var target =
        "native"
    @Option(help: "The only level: O0, O1, O2 or O3. Without it O2 beside O0, and every level beside Wasmtime.")
    var optimization: String?

    enum Oracle: String, ExpressibleByArgument { case O0, wasmtime }

    func validate() throws {
        if let optimization, OptimizationLevel(rawValue: optimization) == nil {
            throw ValidationError("'\(optimization)' is none of O0, O1, O2, O3")
        }
        if Target.named[target] == nil {
            throw ValidationError("'\(target)' is none of \(Target.named.keys.sorted().joined(separator: ", "))")
        }
        if functions < 1 || modes < 1 { throw ValidationError("--functions and --modes are at least 1") }
    }

    func module(_ seed: UInt64) -> LoopModule { LoopModule(seed: seed, shape: shape, functionCount: functions) }

    /// The same on the command line.
    var arguments: [String] {
        var arguments = [
            "--seed", "\(seed)", "--shape", shape.rawValue, "--functions", "\(functions)", "--oracle", oracle.rawValue,
            "--modes", "\(modes)",
            "--target", target,
        ]
        if let optimization { arguments += ["--optimization", optimization] }
        let flags = [
            ("--all-modes", allModes), ("--compile-only", compileOnly), ("--metered", metered),
            ("--interruptible", interruptible), ("--yielding", yielding), ("--profiled", profiled),
            ("--tiered", tiered),
        ]
        return arguments + flags.filter(\.1).map(\.0)
    }

    /// The modes to compare for one seed.
    func modes(_ seed: UInt64) -> [Mode] {
        let level = optimization.flatMap(OptimizationLevel.init(rawValue:))
        guard oracle == .wasmtime, !compileOnly else {
            // Every other module relies on guard pages when it is optimised.
            var mode = Mode(
                optimization: level ?? .standard, memory: seed % 2 == 1 ? .guarded : .checked, isMetered: metered,
                isInterruptible: interruptible || yielding,
                threshold: tiered ? 1 + Int(seed % 61) : nil)
            mode.target = target
            mode.isAsynchronous = yielding
            mode.isProfiled = profiled
            return [mode]
        }
        var all = Mode.everyCode.filter {
            (level == nil || $0.optimization == level) && (!metered || $0.isMetered)
                && (!interruptible && !yielding || $0.isInterruptible)
                && (!tiered || $0.threshold != nil)
        }
        for index in all.indices {
            all[index].target = target
            all[index].isAsynchronous = yielding
            all[index].isProfiled = profiled
        }
        if allModes { return all }
        // Steps that share no divisor with the number of modes meet each mode equally often.
        let start = Int(truncatingIfNeeded: (seed &* 0x9E37_79B9_7F4A_7C15) >> 33) % all.count
        return (0..<min(modes, all.count)).map { all[(start + $0 * 17) % all.count] }
    }
}

// An executable has no users: its imports may be public.
extension LoopModule.Shape: ExpressibleByArgument {}
