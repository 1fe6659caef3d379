import Dispatch
import WasmEngine

/// Runs a random module of loops in several modes beside what is held to be right, and compares results, traps,
/// globals, memory and, where points are counted, what is left of them after every call.
public struct LoopNestComparison: Sendable {
    /// What is held to be right.
    public enum Reference {
        case mode(Mode)
        /// Another engine; it counts no points, so the first mode that does is held to be right about them.
        case wasmtime(Wasmtime)
    }

    /// How many calls were compared, in each mode.
    public private(set) var calls = 0
    /// How many of them trapped.
    public private(set) var traps = 0
    /// How many ran out of points.
    public private(set) var exhaustions = 0
    /// Whether Wasmtime stopped the program, so that nothing was compared.
    public private(set) var isEndless = false
    /// What differs first in each mode that differs: the function's text, the arguments, and what both did.
    public private(set) var differences: [String] = []

    /// - Parameter before: Is told of a mode before its code is compiled; compiling may end the process.
    /// - Throws: what decoding, compiling and linking throw, and ``OracleProcess/Missing``.
    public init(of module: LoopModule, reference: Reference, modes: [Mode], before: (Mode) -> Void = { _ in }) throws {
        let bytes = try module.bytes()
        let decoded = try Module(bytes: bytes)
        let expected: [LoopModule.Outcome]
        var limits: [UInt64]
        let name: String
        switch reference {
        case .mode(let mode):
            // Half of the calls have few points.
            var random = SplitMix(seed: UInt64(bytes.count) &* 77 &+ UInt64(bytes.last ?? 0))
            limits = module.calls.map { _ in
                random.chance(1, of: 2) ? 1 << 40 : UInt64.random(in: 0..<4000, using: &random)
            }
            before(mode)
            expected = try module.run(decoded, in: mode, points: limits)
            name = "\(mode)"
        case .wasmtime(let oracle):
            limits = module.calls.map { _ in 1 << 40 }
            expected = try oracle.outcomes(of: module, bytes: bytes).map { LoopModule.Outcome(line: $0, points: nil) }
            name = "Wasmtime"
        }
        isEndless = expected.contains { $0.line.hasPrefix(Wasmtime.outOfFuel) }
        if isEndless { return }
        traps = expected.filter { $0.line.hasPrefix("trap") }.count
        exhaustions = expected.filter { $0.line.hasPrefix(LoopModule.outOfPoints) }.count
        calls = expected.count
        var points = expected.map(\.points)
        for mode in modes {
            before(mode)
            let found = try module.run(decoded, in: mode, points: limits)
            if mode.isMetered, points[0] == nil { points = found.map(\.points) }
            let place = found.indices.first { index in
                found[index].line != expected[index].line || mode.isMetered && found[index].points != points[index]
            }
            guard let place else { continue }
            let call = module.calls[place]
            differences.append(
                """
                \(mode): call \(place), \(call.name) with \(call.arguments.map(Int32.init(bitPattern:))):
                \(call.name == "grow" ? "" : module.functions[call.function])
                \(name): \(expected[place].line), points \(String(describing: points[place]))
                \(mode): \(found[place].line), points \(String(describing: found[place].points))
                """)
        }
    }

    /// What differs first; `nil` when nothing does.
    public var difference: String? { differences.first }
}

extension LoopModule {
    struct Outcome: Sendable {
        /// Result or trap, global, and checksums of the bytes near 0, 2^31, 2^32 or the memory's end.
        let line: String
        let points: RemainingPoints?
    }

    static let outOfPoints = "out of points"

    /// Compiles it, and throws what that throws.
    public func compile(in mode: Mode) throws { _ = try mode.engine.compile(Module(bytes: bytes())) }

    /// What each call does in a mode: result or trap, global and checksums of memory.
    public func lines(in mode: Mode) throws -> [String] {
        try run(Module(bytes: bytes()), in: mode, points: calls.map { _ in 1 << 40 }).map(\.line)
    }

    func run(_ module: Module, in mode: Mode, points: [UInt64]) throws -> [Outcome] {
        var engine = mode.engine
        if mode.isProfiled { engine.options.profile = try profile(of: module, in: mode, points: points) }
        let instance = try engine.compile(module).instantiate(imports: Imports())
        return try run(instance, in: mode, points: points)
    }

    /// What the calls count at O0.
    private func profile(of module: Module, in mode: Mode, points: [UInt64]) throws -> ExecutionProfile? {
        let counters = ExecutionCounters(for: module)
        var engine = mode.engine
        engine.options.counters = counters
        engine.options.optimization = .none
        engine.options.tiering = nil
        _ = try run(engine.compile(module).instantiate(imports: Imports()), in: mode, points: points)
        return counters?.profile
    }

    private func run(_ instance: Instance, in mode: Mode, points: [UInt64]) throws -> [Outcome] {
        guard let memory = instance.memory else { return [] }
        return try calls.enumerated().map { place, call in
            if mode.isMetered { instance.remainingPoints = .remaining(points[place]) }
            let result = try Self.result(of: instance, call, in: mode)
            let sums = try Self.windows(memory.byteCount, isLast: place == calls.count - 1).map { window in
                CRC32.checksum(try memory.read(at: window.lowerBound, byteCount: window.count))
            }
            let global: Int32 = if case .i32(let value)? = instance.global("g")?.value { value } else { 0 }
            let line =
                "\(result), g \(global), \(memory.byteCount) bytes, \(sums.map { "\($0)" }.joined(separator: " "))"
            return Outcome(line: line, points: mode.isMetered ? instance.remainingPoints : nil)
        }
    }

    private static func result(of instance: Instance, _ call: Call, in mode: Mode) throws -> String {
        do {
            let function = try instance.function(call.name)
            let arguments = call.arguments.map { Value.i32(Int32(bitPattern: $0)) }
            switch try mode.isAsynchronous ? resultsOfTask(function, arguments).first : function.call(arguments).first {
            case .i32(let value): return "\(value)"
            case .i64(let value): return "\(value)"
            case let other: return "\(String(describing: other))"
            }
        } catch let trap as Trap {
            return "trap \(trap.reason.shared)"
        } catch is GuestException {
            return "exception"
        } catch is OutOfPoints {
            return outOfPoints
        } catch let error as InternalError {
            return "\(error)"
        }
    }

    /// Calls asynchronously, and waits on this thread.
    private static func resultsOfTask(_ function: Function, _ arguments: [Value]) throws -> [Value] {
        let hasEnded = DispatchSemaphore(value: 0)
        // This thread leaves them alone until the task has ended.
        nonisolated(unsafe) let function = function
        nonisolated(unsafe) var result = Result<[Value], any Error>.success([])
        Task.detached {
            do { result = .success(try await function.callAsync(arguments)) } catch { result = .failure(error) }
            hasEnded.signal()
        }
        hasEnded.wait()
        return try result.get()
    }

    /// After the last call the windows are larger.
    private static func windows(_ byteCount: UInt64, isLast: Bool) -> [Range<UInt64>] {
        let around: UInt64 = isLast ? 1 << 15 : 1 << 12
        return Set([0, 1 << 31, 1 << 32, byteCount]).sorted().filter { $0 <= byteCount }.map { center in
            (center < around ? 0 : center - around)..<min(byteCount, center + around)
        }
    }
}

extension Trap.Reason {
    /// The reason as every engine can tell it: ours says more about null and about tables.
    var shared: String {
        switch self {
        case .undefinedElement: Self.tableOutOfBounds.rawValue
        case .nullFunctionReference, .nullStructureReference, .nullArrayReference, .nullI31Reference:
            Self.nullReference.rawValue
        default: rawValue
        }
    }
}
