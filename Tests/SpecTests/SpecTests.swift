import Foundation
import Testing
import WasmEngine
import WasmSpec

@Suite struct SpecTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let folder =
        ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
        ?? package.appending(path: "../shared/spec-testsuite").path(percentEncoded: false)

    @Test func theOfficialSuitePassesInEveryMode() throws {
        let scripts = SuiteReport.scripts(in: Self.folder)
        guard !scripts.isEmpty else {
            print("NOT RUN: the official test suite is not at \(Self.folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        let list = Self.package.appending(path: "Tests/SpecTests/known-failures.txt")
        let known = try KnownFailures(text: String(contentsOf: list, encoding: .utf8))
        let report = SuiteReport(
            scripts: scripts, in: Self.folder,
            modes: Mode.all + [Mode(optimization: .standard, memory: .guarded, threshold: 1)], knownFailures: known)
        #expect(report.assertions > 0)
        #expect(report.failed == 0, "\(report.table(failureLimit: 50))")
    }

    @Test("Exceptions, tail calls and threads pass metered, interruptible, in tiers and lazily at once")
    func stopped() throws {
        let folders = ["exceptions/", "threads/atomic", "return_call.", "return_call_indirect."]
        let scripts = SuiteReport.scripts(in: Self.folder).filter { script in
            folders.contains { script.hasPrefix($0) }
        }
        guard !scripts.isEmpty else {
            print("NOT RUN: the official test suite is not at \(Self.folder)")
            return
        }
        let mode = Mode(
            optimization: .standard, memory: .guarded, isMetered: true, isInterruptible: true, threshold: 2,
            isLazy: true)
        let report = SuiteReport(scripts: scripts, in: Self.folder, modes: [mode])
        #expect(report.assertions > 300 && report.failed == 0, "\(report.table(failureLimit: 20))")
    }

    /// Scripts of ours, for what the official suite has none for.
    static let ownFolder = package.appending(path: "Tests/SpecTests/Scripts").path(percentEncoded: false)

    @Test("What the official suite does not test yet passes scripts of ours", arguments: RelaxedSIMD.allCases)
    func ownScripts(_ relaxedSIMD: RelaxedSIMD) {
        let ways: [(OptimizationLevel, Engine.MemoryProtection)] = [(.none, .checked), (.standard, .guarded)]
        let modes = ways.map { level, memory in
            var mode = Mode(optimization: level, memory: memory)
            (mode.features, mode.relaxedSIMD) = (.all, relaxedSIMD)
            return mode
        }
        let report = SuiteReport(scripts: SuiteReport.scripts(in: Self.ownFolder), in: Self.ownFolder, modes: modes)
        #expect(report.assertions > 0 && report.failed == 0, "\(report.table(failureLimit: 20))")
    }

    @Test(
        "What is fast in relaxed SIMD is among what the suite allows", arguments: [OptimizationLevel.none, .standard])
    func fastRelaxedSIMD(_ level: OptimizationLevel) {
        let scripts = SuiteReport.scripts(in: Self.folder).filter { $0.hasPrefix("relaxed-simd/") }
        guard !scripts.isEmpty else {
            print("NOT RUN: the official test suite is not at \(Self.folder)")
            return
        }
        var mode = Mode(optimization: level, memory: .guarded, isMetered: true, isInterruptible: true)
        mode.relaxedSIMD = .fast
        let report = SuiteReport(scripts: scripts, in: Self.folder, modes: [mode])
        #expect(report.assertions > 60 && report.failed == 0, "\(report.table(failureLimit: 20))")
    }

    @Test func aWrongExpectationFails() {
        let script =
            "(module (func (export \"f\") (result i32) i32.const 1)) (assert_return (invoke \"f\") (i32.const 2))"
        let report = ScriptReport(running: Array(script.utf8), file: "f", mode: Mode.all[0])
        #expect(report.assertions == 1)
        #expect(report.failures.map(\.line) == [1])
    }

    @Test func aKnownFailureThatPassesFails() throws {
        let script = "(assert_malformed (module quote \"(foo)\") \"unknown operator\")"
        let known = try KnownFailures(text: "f:1 | nothing | for this test")
        let report = ScriptReport(running: Array(script.utf8), file: "f", mode: Mode.all[0], knownFailures: known)
        #expect(report.passed == 1)
        #expect(report.failed == 1)
    }
}
