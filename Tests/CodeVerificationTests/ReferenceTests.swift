import CodeVerification
import Testing
import WasmEngine

/// Typed references to functions: the code loads through a word that it was handed.
@Suite struct ReferenceTests {
    @Test("References from everywhere that references come from", arguments: Compilation.all)
    func sources(_ compilation: Compilation) throws {
        let text = """
            (module
              (type $t (func (param i32) (result i32)))
              (import "m" "g" (global $imported (ref null $t)))
              (import "m" "f" (func $f (param i32) (result (ref null $t) (ref null $t) (ref null $t))))
              (global $own (mut (ref null $t)) (ref.null $t))
              (table $typed (export "typed") 4 (ref null $t))
              (elem declare func $a)
              (func $a (type $t) (local.get 0))
              (func (export "argument") (param i32 (ref null $t)) (result i32)
                (call_ref $t (local.get 0) (local.get 1)))
              (func (export "ninth") (param i32 i32 i32 i32 i32 i32 i32 i32 (ref $t)) (result i32)
                (call_ref $t (local.get 0) (local.get 8)))
              (func (export "own") (type $t) (call_ref $t (local.get 0) (global.get $own)))
              (func (export "imported") (type $t) (call_ref $t (local.get 0) (global.get $imported)))
              (func (export "set") (param (ref null $t)) (global.set $own (local.get 0)))
              (func (export "element") (type $t) (call_ref $t (local.get 0) (table.get $typed (local.get 0))))
              (func $one (param i32) (result (ref null $t)) (table.get $typed (local.get 0)))
              (func (export "result") (type $t) (call_ref $t (local.get 0) (call $one (local.get 0))))
              (func (export "results") (type $t)
                (local.get 0) (call $f (local.get 0)) (drop) (call_ref $t) (call_ref $t (global.get $own)))
              (func (export "own code") (type $t) (call_ref $t (local.get 0) (ref.func $a)))
              (func (export "tail") (param i32 (ref null $t)) (result i32)
                (return_call_ref $t (local.get 0) (local.get 1))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[.inRecord, default: 0] >= 10)
    }

    @Test("References that were chosen, and that a loop changes", arguments: Compilation.all)
    func choices(_ compilation: Compilation) throws {
        let text = """
            (module
              (type $t (func (param i32) (result i32)))
              (table $typed (export "typed") 4 (ref null $t))
              (elem declare func $a)
              (func $a (export "a") (type $t) (local.get 0))
              (func (export "select") (param i32 (ref null $t)) (result i32)
                (call_ref $t (local.get 0)
                  (select (result (ref null $t)) (ref.func $a) (local.get 1) (local.get 0))))
              (func (export "if") (param i32 (ref null $t)) (result i32)
                (if (i32.eqz (local.get 0)) (then (local.set 1 (table.get $typed (local.get 0)))))
                (if (i32.eq (local.get 0) (i32.const 7)) (then (local.set 1 (ref.func $a))))
                (call_ref $t (local.get 0) (local.get 1)))
              (func (export "loop") (param i32 (ref null $t)) (result i32)
                (loop
                  (local.set 0 (call_ref $t (local.get 0) (local.get 1)))
                  (local.set 1 (table.get $typed (i32.and (local.get 0) (i32.const 3))))
                  (br_if 0 (i32.ne (local.get 0) (i32.const 1000))))
                (local.get 0))
              (func (export "not null") (param i32 (ref null $t)) (result i32)
                (block $null
                  (br_on_null $null (local.get 1))
                  (return (call_ref $t (local.get 0))))
                (call_ref $t (i32.const 1) (ref.as_non_null (local.get 1)))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
    }
}
