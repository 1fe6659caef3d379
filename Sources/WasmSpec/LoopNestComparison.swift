import WasmEngine
import WasmText

/// Runs random loop nests in two modes and compares results, traps, globals, memory and, where both count them, what is
/// left of the points after every call.
public struct LoopNestComparison: Sendable {
    /// How many calls were compared.
    public private(set) var calls = 0
    /// How many of them trapped.
    public private(set) var traps = 0
    /// How many ran out of points.
    public private(set) var exhaustions = 0
    /// What differs first: the function's text, the arguments, and what each mode did. `nil` when nothing does.
    public private(set) var difference: String?

    /// - Parameters:
    ///   - seed: decides the module, together with `functionCount`.
    ///   - plain: the mode that is held to be right.
    /// - Throws: what decoding, compiling and linking throw.
    public init(seed: UInt64, functionCount: Int, plain: Mode, optimized: Mode) throws {
        let (nests, pages, rest) = Self.nests(seed: seed, functionCount: functionCount)
        var random = rest
        let bytes = (0..<8192).map { _ in UInt8.random(in: 0..<64, using: &random) }
        let module = try Module(text: Self.text(nests, pages: pages))
        let instances = try [plain, optimized].map { try $0.engine.compile(module).instantiate(imports: Imports()) }
        var limits = SplitMix(seed: ~seed)
        for instance in instances { try instance.memory?.write(bytes, at: 0) }
        for (index, nest) in nests.enumerated() {
            for arguments in nest.arguments {
                let points = limits.chance(1, of: 2) ? 1 << 40 : UInt64.random(in: 0..<4000, using: &limits)
                let outcomes = try instances.map { instance in
                    instance.remainingPoints = .remaining(points)
                    return try Self.outcome(of: instance, calling: "f\(index)", arguments)
                }
                calls += 1
                if outcomes[0].result == Self.outOfPoints { exhaustions += 1 }
                if outcomes[0].result.hasPrefix("trap") { traps += 1 }
                guard outcomes[0] != outcomes[1] else { continue }
                difference = Self.describe(nest, arguments, plain, outcomes[0], optimized, outcomes[1])
                return
            }
        }
    }

    private static func nests(seed: UInt64, functionCount: Int) -> (nests: [LoopNest], pages: UInt64, random: SplitMix) {
        var random = SplitMix(seed: seed)
        let pages: UInt64 = random.chance(1, of: 16) ? 65_536 : random.pick([1, 1, 2])
        var nests: [LoopNest] = []
        for index in 0..<functionCount { nests.append(LoopNest(named: "f\(index)", pages: pages, random: &random)) }
        return (nests, pages, random)
    }

    /// The module that a seed decides, in the text format.
    public static func text(seed: UInt64, functionCount: Int) -> String {
        let (nests, pages, _) = nests(seed: seed, functionCount: functionCount)
        return text(nests, pages: pages)
    }

    private static func text(_ nests: [LoopNest], pages: UInt64) -> String {
        """
        (module
          (memory (export "memory") \(pages) \(min(65_536, pages + 2)))
          (global $g (export "g") (mut i32) (i32.const 0))
          (func $helper (param i32 i32) (result i32)
            (i32.store8 (i32.and (local.get 1) (i32.const 4095)) (local.get 0))
            (i32.add (local.get 0) (i32.const 1)))
          \(nests.map(\.text).joined(separator: "\n")))
        """
    }

    private struct Outcome: Equatable {
        var result: String
        var global: String
        var points: RemainingPoints
        /// The bytes near 0, 2^31, 2^32 or the memory's end.
        var memory: [[UInt8]]
    }

    private static let outOfPoints = "out of points"

    private static func outcome(of instance: Instance, calling name: String, _ arguments: [UInt32]) throws -> Outcome {
        var outcome = Outcome(result: "", global: "", points: .exhausted, memory: [])
        do {
            outcome.result = "\(try instance.function(name).call(arguments.map { .i32(Int32(bitPattern: $0)) }))"
        } catch let trap as Trap {
            outcome.result = "trap \(trap.reason.rawValue)"
        } catch is OutOfPoints {
            outcome.result = outOfPoints
        }
        outcome.points = instance.remainingPoints
        outcome.global = "\(String(describing: instance.global("g")?.value))"
        guard let memory = instance.memory else { return outcome }
        let window: UInt64 = 1 << 15
        for center in [0, 1 << 31, memory.byteCount] where center <= memory.byteCount {
            let start = center < window ? 0 : center - window
            let end = min(memory.byteCount, center + window)
            outcome.memory.append(try memory.read(at: start, byteCount: Int(end - start)))
        }
        return outcome
    }

    private static func describe(
        _ nest: LoopNest, _ arguments: [UInt32], _ plain: Mode, _ expected: Outcome, _ optimized: Mode, _ found: Outcome
    ) -> String {
        var lines = ["called with \(arguments):", nest.text]
        lines.append("\(plain): \(expected.result), global \(expected.global), \(expected.points), \(expected.memory.map(\.count)) bytes compared")
        lines.append("\(optimized): \(found.result), global \(found.global), \(found.points)")
        for (part, pair) in zip(expected.memory, found.memory).enumerated() {
            guard let place = zip(pair.0, pair.1).enumerated().first(where: { $0.element.0 != $0.element.1 }) else { continue }
            lines.append("memory part \(part) differs at \(place.offset): \(place.element.0) and \(place.element.1)")
        }
        return lines.joined(separator: "\n")
    }
}
