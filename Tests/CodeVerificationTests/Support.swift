internal import CRuntime
import CodeVerification
import WasmEngine
import WasmText

/// How a module is compiled for a test.
struct Compilation: CustomStringConvertible {
    var optimization: OptimizationLevel
    var memory: Engine.MemoryProtection
    /// Processors that are the same wherever the test runs.
    var target = Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v3")

    static let all = OptimizationLevel.allCases.flatMap { level in
        [Engine.MemoryProtection.checked, .guarded].map { Compilation(optimization: level, memory: $0) }
    }
    /// Of AArch64's code only some.
    static let everywhere =
        all
        + [OptimizationLevel.none, .standard].flatMap { level in
            [Engine.MemoryProtection.checked, .guarded].map {
                Compilation(
                    optimization: level, memory: $0, target: Target(triple: "aarch64-linux-gnu", cpu: "generic"))
            }
        }

    var description: String { "\(optimization.rawValue), \(memory), \(target.triple.prefix { $0 != "-" })" }

    func artifact(_ module: Module) throws -> [UInt8] {
        var options = Engine.Options(optimization: optimization, memory: memory, threadCount: 1)
        options.target = target
        return try Engine(options: options).artifact(of: module)
    }

    func artifact(_ text: String) throws -> [UInt8] { try artifact(Module(text: text)) }

    /// The form of accesses to linear memory.
    var memoryForm: AccessForm { memory == .guarded ? .withinReservation : .comparedWithMemory }
}

extension CodeReport {
    /// What a failed test prints.
    var listing: String {
        (notUnderstood + notCompared).prefix(20)
            .map { "\($0.function)+\($0.offset): \($0.instruction): \($0.reason)" }.joined(separator: "\n")
    }
}

/// Replaces code, of which there must be one such piece, and makes the artifact valid again. `nil` stands for any byte.
func replacing(_ pattern: [UInt8?], by change: [UInt8?], in artifact: [UInt8]) -> [UInt8]? {
    let places = artifact.indices.dropLast(pattern.count).filter { start in
        pattern.indices.allSatisfy { pattern[$0] == nil || pattern[$0] == artifact[start + $0] }
    }
    guard places.count == 1, let place = places.first, pattern.count == change.count else { return nil }
    var result = artifact
    for (index, byte) in change.enumerated() { if let byte { result[place + index] = byte } }
    wasmc_artifact_seal(&result, UInt64(result.count))
    return result
}
