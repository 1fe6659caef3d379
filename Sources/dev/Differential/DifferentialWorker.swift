import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

/// The child of `dev differential`.
struct DifferentialWorker: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @OptionGroup var options: DifferentialOptions
    @OptionGroup var numbers: ChildNumbers

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-differential-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let generator = RandomModule(generator: options.generator, without: options.without, folder: folder)
        let oracle = try TraceOracle(options.oracle)
        for number in numbers.all {
            let seed = options.seed &+ number
            reportToParent(.at(number, "making the module"), seconds: 60)
            do {
                guard let bytes = try generator.make(seed: seed) else { continue }
                guard let expected = try oracle.lines(of: bytes, in: folder) else { continue }
                var runs = 0
                var halves = 0
                let problems = try differences(bytes, expected, oracle, options.modes(seed), &halves) { mode in
                    reportToParent(.at(number, "\(mode)"), seconds: 60)
                    runs += 1
                }
                let traps = expected.filter { $0.contains(" trap ") }.count
                if !problems.isEmpty {
                    print("seed \(seed): \(problems.joined(separator: "\n  "))")
                    try FileManager.default.createDirectory(atPath: options.keep, withIntermediateDirectories: true)
                    try Data(bytes).write(to: URL(filePath: options.keep).appending(path: "\(seed).wasm"))
                }
                print(LoopEvent.done([expected.count, traps, halves, runs, problems.isEmpty ? 0 : 1]).line)
            } catch {
                print("seed \(seed): \(error)")
                print(LoopEvent.done([0, 0, 0, 0, 1]).line)
            }
            fflush(nil)
        }
    }

    /// What differs from the oracle in each mode; where points are counted, also from the first mode in another.
    private func differences(
        _ bytes: [UInt8], _ expected: [String], _ oracle: TraceOracle, _ modes: [Mode], _ halves: inout Int,
        before: (Mode) -> Void
    ) throws -> [String] {
        var problems: [String] = []
        var first: ModuleTrace?
        for mode in modes {
            before(mode)
            let trace = try ModuleTrace(of: bytes, mode: mode)
            let lines = trace.lines.filter { !$0.hasSuffix(ModuleTrace.pointsSuffix) }
            if let problem = place(lines.map(oracle.shared), mode, expected, options.oracle.name) {
                problems.append(problem)
            }
            if mode.isMetered, let first, let problem = place(trace.lines, mode, first.lines, "\(modes[0])") {
                problems.append(problem)
            }
            first = first ?? trace
        }
        // How deep the stack goes is each mode's own affair.
        guard let first, options.metered, first.usedPoints > 1, !first.lines.contains(where: Self.isLimit) else {
            return problems
        }
        let half = try ModuleTrace(of: bytes, mode: modes[0], limit: first.usedPoints / 2)
        for mode in modes.dropFirst() {
            before(mode)
            halves += 1
            let trace = try ModuleTrace(of: bytes, mode: mode, limit: first.usedPoints / 2)
            if let problem = place(trace.lines, mode, half.lines, "\(modes[0])") { problems.append("half: " + problem) }
        }
        return problems
    }

    /// The first difference; `nil` without one.
    private func place(_ found: [String], _ mode: Mode, _ expected: [String], _ other: String) -> String? {
        let place = zip(found, expected).prefix { $0 == $1 }.count
        func line(_ lines: [String]) -> String { place < lines.count ? lines[place] : "nothing" }
        guard found != expected, !Self.isLimit(line(found)), !Self.isLimit(line(expected)) else { return nil }
        return "\(mode): line \(place): found \(line(found)), \(other) gives \(line(expected))"
    }

    /// The line says that a resource was exhausted of which each engine has another amount.
    private static func isLimit(_ line: String) -> Bool {
        line.hasSuffix(Trap.Reason.stackOverflow.rawValue) || line.hasSuffix(Trap.Reason.outOfHeap.rawValue)
    }
}
