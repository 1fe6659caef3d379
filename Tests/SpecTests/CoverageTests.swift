import Testing
import Wasm
import WasmSpec

@Suite struct CoverageTests {
    private static let mode = {
        var mode = Mode(optimization: .none, memory: .checked)
        mode.features = .all
        return mode
    }()

    @Test func theSuiteExecutesEveryInstruction() {
        let scripts = SuiteReport.scripts(in: SpecTests.folder)
        guard !scripts.isEmpty else {
            print(
                "NOT RUN: the official test suite is not at \(SpecTests.folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        let record = ExecutionRecord()
        _ = SuiteReport(scripts: scripts, in: SpecTests.folder, modes: [record.recording(Self.mode)])
        let own = SuiteReport.scripts(in: SpecTests.ownFolder)
        _ = SuiteReport(scripts: own, in: SpecTests.ownFolder, modes: [record.recording(Self.mode)])
        #expect(record.missing.isEmpty, "\(record.missing.map { $0.row.name.description })")
    }

    @Test func whatIsNotExecutedIsMissing() {
        let script = """
            (module (func (export "f") (result i32) (if (i32.const 0) (then (drop (f32.sqrt (f32.const 1)))))
              (i32.const 2)))
            (assert_return (invoke "f") (i32.const 2))
            """
        let record = ExecutionRecord()
        let report = ScriptReport(running: Array(script.utf8), file: "f", mode: record.recording(Self.mode))
        #expect(report.passed == 2)
        #expect(!record.missing.contains(.i32Const))
        #expect(record.missing.contains(.f32Sqrt))
    }
}
