import Testing
import WasmSpec

@Suite struct ScriptTests {
    private func report(_ script: String) -> ScriptReport {
        ScriptReport(running: Array(script.utf8), file: "f", mode: Mode(optimization: .none, memory: .checked))
    }

    @Test("A form that is not known fails its own command, and the others run")
    func unknownForms() {
        let report = report(
            """
            (module (func $g) (func (export "f") (result i32) (i32.const 1)) (func (export "r") (result funcref)
              (ref.func $g)) (elem declare func $g))
            (assert_return (invoke "f") (i32.const 1))
            (assert_return (invoke "r") (ref.func 0))
            (assert_malformed_custom (module quote "(@custom)") "x")
            (foo (bar ")" (; ) ;)))
            (assert_unlinkable (module instance) "x")
            (assert_return (invoke "f") (i32.const 1))
            (assert_return (invoke "r") (ref.func))
            """)
        #expect(report.failures.map(\.line) == [4, 6, 7])
        #expect(report.commands == 8 && report.passed == 5 && report.failed == 3 && report.skipped == 0)
        #expect(report.failures.first?.message.contains("4:39") == true, "\(report.failures)")
    }

    @Test("Passed, failed and skipped are commands, and together all of them")
    func units() throws {
        let script =
            """
            (module (func (export \"f\")))\n(invoke \"f\")\n(assert_return (invoke \"f\"))\n(invoke \"g\")\n(invoke \
            \"h\")
            """
        let known = try KnownFailures(text: "f:5 | nothing | for this test")
        let report = ScriptReport(running: Array(script.utf8), file: "f", mode: Mode.all[0], knownFailures: known)
        #expect((report.commands, report.passed, report.failed, report.skipped, report.assertions) == (5, 3, 1, 1, 1))
    }

    @Test(
        "Values and patterns are printed as scripts write them",
        arguments: [
            ("(result f32) (f32.const 0.1)", "(f32.const 0.2)", "expected (f32.const 0.2), found (f32.const 0.1)"),
            (
                "(result f64) (f64.const -inf)", "(f64.const nan:canonical)",
                "expected (f64.const nan:canonical), found (f64.const -inf)"
            ),
            (
                "(result f32) (f32.const -nan:0x200000)", "(f32.const nan:arithmetic)",
                "expected (f32.const nan:arithmetic), found (f32.const -nan:0x200000)"
            ),
            ("(result i32) (i32.const -1)", "(i32.const 1)", "expected (i32.const 1), found (i32.const -1)"),
            ("(result i64) (i64.const -1)", "(i64.const 1)", "expected (i64.const 1), found (i64.const -1)"),
            (
                "(result v128) (v128.const i32x4 1 2 3 4)", "(v128.const i32x4 1 2 3 5)",
                "expected (v128.const i32x4 0x1 0x2 0x3 0x5), found (v128.const i32x4 0x1 0x2 0x3 0x4)"
            ),
            (
                "(result v128) (v128.const f32x4 1 2 3 4)", "(v128.const f32x4 nan:canonical 2 3 0.5)",
                "expected (v128.const f32x4 nan:canonical 2.0 3.0 0.5), found (v128.const f32x4 1.0 2.0 3.0 4.0)"
            ),
            (
                "(result externref) (ref.null extern)", "(ref.extern 3)",
                "expected (ref.extern 3), found (ref.null extern)"
            ),
            (
                "(result i32 i64) (i32.const 1) (i64.const 2)", "(i32.const 1)",
                "expected (i32.const 1), found (i32.const 1) (i64.const 2)"
            ),
            ("", "(i32.const 1)", "expected (i32.const 1), found no value"),
            (
                "(result i32) (i32.const 3)", "(either (i32.const 1) (i32.const 2))",
                "expected (either (i32.const 1) (i32.const 2)), found (i32.const 3)"
            ),
        ])
    func values(function: String, pattern: String, message: String) {
        let report = report("(module (func (export \"f\") \(function)))\n(assert_return (invoke \"f\") \(pattern))")
        #expect(report.failures.map(\.message) == [message])
    }

    @Test("An invalid module of a script is pointed at in the script")
    func places() {
        let report = report(";; first\n(module\n  (func (result i32)\n    f32.const 1))\n")
        #expect(report.failures.first?.message.hasPrefix("4:16: type mismatch") == true, "\(report.failures)")
    }
}
