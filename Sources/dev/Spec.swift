import ArgumentParser
import Foundation
import WasmSpec

struct Spec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the official test suite in every mode.",
        discussion: "The suite is found through WASM_SPEC_TESTSUITE, by default ../shared/spec-testsuite.")

    @Argument(help: "Scripts of the suite, by path within it; all without any.") var scripts: [String] = []
    @Flag(help: "Print JSON.") var json = false
    @Option(help: "Only this mode, such as O0-checked or O2-guarded-metered-lazy.") var mode: String?
    @Option(
        help: ArgumentHelp(
            "Run the scripts for AArch64, by a player under qemu-aarch64: '.ci/aarch64-runner FILE Fixtures/player'.",
            valueName: "file"))
    var player: String?
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
        let folder = ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"] ?? "../shared/spec-testsuite"
        let all = SuiteReport.scripts(in: folder)
        guard !all.isEmpty else {
            throw ValidationError(
                "no scripts in \(folder): set WASM_SPEC_TESTSUITE to the official test suite's folder")
        }
        var modes = mode.map { name in Mode.everyCode.filter { $0.description == name } } ?? Mode.allWithTiers
        guard !modes.isEmpty else {
            throw ValidationError("the modes are \(Mode.everyCode.map(\.description).joined(separator: ", "))")
        }
        if let player {
            // Code that replaces other code is made by the process that runs it.
            modes = modes.filter { $0.threshold == nil }.map { $0.played(for: "aarch64-linux-gnu", by: player) }
        }
        let known = try KnownFailures(
            text: String(contentsOfFile: "Tests/SpecTests/known-failures.txt", encoding: .utf8))
        let report = SuiteReport(
            scripts: scripts.isEmpty ? all : scripts, in: folder, modes: modes, knownFailures: known,
            threadCount: threads)
        print(json ? try report.json() : report.table())
        if report.failed > 0 { throw ExitCode.failure }
    }
}
