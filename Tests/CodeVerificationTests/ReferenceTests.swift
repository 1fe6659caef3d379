import CodeVerification
import Testing
import WasmEngine

/// Typed references to functions: the code loads through a word that it was handed.
@Suite struct ReferenceTests {
    @Test("References from everywhere that references come from", arguments: Compilation.everywhere)
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
                (local $a (ref null $t)) (local $b (ref null $t))
                (call $f (local.get 0)) (local.set $a) (local.set $b) (drop)
                (call_ref $t (call_ref $t (local.get 0) (local.get $a)) (local.get $b)))
              (func (export "own code") (type $t) (call_ref $t (local.get 0) (ref.func $a)))
              (func (export "tail") (param i32 (ref null $t)) (result i32)
                (return_call_ref $t (local.get 0) (local.get 1))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[.inRecord, default: 0] >= 10)
    }

    @Test("References that were chosen, and that a loop changes", arguments: Compilation.everywhere)
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
              (func (export "not null") (param i32 (ref null $t)) (result i32) (local $there (ref null $t))
                (block $null
                  (br_on_null $null (local.get 1))
                  (local.set $there)
                  (return (call_ref $t (local.get 0) (local.get $there))))
                (call_ref $t (i32.const 1) (ref.as_non_null (local.get 1)))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
    }

    @Test("Functions that objects refer to", arguments: Compilation.everywhere)
    func functionsInObjects(_ compilation: Compilation) throws {
        let text = """
            (module
              (type $t (func (param i32) (result i32)))
              (type $s (struct (field (mut (ref null $t))) (field (mut funcref))))
              (type $a (array (mut (ref null $t))))
              (table $any (export "any") 4 funcref)
              (elem declare func $one)
              (func $one (export "one") (type $t) (local.get 0))
              (func (export "make") (param (ref null $t) funcref) (result (ref $s))
                (struct.new $s (local.get 0) (local.get 1)))
              (func (export "call") (param (ref null $s) i32) (result i32)
                (call_ref $t (local.get 1) (struct.get $s 0 (local.get 0))))
              (func (export "get") (param (ref null $s)) (result (ref null $t)) (struct.get $s 0 (local.get 0)))
              (func (export "any one") (param (ref null $s))
                (table.set $any (i32.const 1) (struct.get $s 1 (local.get 0))))
              (func (export "all") (param (ref null $a) i32) (result i32) (local $i i32)
                (loop
                  (local.set 1 (call_ref $t (local.get 1) (array.get $a (local.get 0) (local.get $i))))
                  (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                    (array.len (local.get 0)))))
                (local.get 1)))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        // At O2 the loop's index is compared with a length that was loaded in the iteration before.
        #expect(report.notUnderstood.isEmpty, "\(report.listing)")
    }

    private static let text = """
        (module
          (type $t (func (param i32) (result i32)))
          (table $typed (export "table") 4 (ref null $t))
          (func (export "call") (param i32 (ref null $t)) (result i32) (call_ref $t (local.get 0) (local.get 1)))
          (func (export "element") (type $t) (call_ref $t (local.get 0) (table.get $typed (local.get 0)))))
        """

    /// Of right code at O2: test rdx, rdx; je trap; mov rdi, [rdx + 8]; call [rdx]. And the same with rax for the
    /// element.
    private static let faults: [PlantedFaultTests.Fault] = [
        .init(
            "a reference that is not compared with null", .standard, .guarded, [0x48, 0x85, 0xD2, 0x74, nil],
            [nil, nil, nil, 0x66, 0x90], "not compared with null"),
        .init(
            "an element that is not compared with null", .standard, .guarded, [0x48, 0x85, 0xC0, 0x74, nil],
            [nil, nil, nil, 0x66, 0x90], "not compared with null"),
        .init(
            "a comparison with null the wrong way round", .standard, .guarded, [0x48, 0x85, 0xC0, 0x74, nil],
            [nil, nil, nil, 0x75, nil], "not compared with null"),
        .init(
            "an offset outside of the record", .standard, .guarded, [0x48, 0x8B, 0x7A, 0x08], [nil, nil, nil, 0x28],
            "outside of the function's record"),
        .init(
            "another field for the instance", .standard, .guarded, [0x48, 0x8B, 0x7A, 0x08], [nil, nil, nil, 0x10],
            "does not hand on the instance"),
        .init(
            "code from where there is none", .standard, .guarded, [0x48, 0x8B, 0x7A, 0x08, 0xFF, 0x12],
            [nil, nil, nil, nil, nil, 0x13], "not known where that leads"),
        .init(
            "a store to the record", .standard, .guarded, [0x48, 0x8B, 0x7A, 0x08], [nil, 0x89, nil, nil],
            "stores through a reference"),
        // mov rax, [rcx + 8 * rax]
        .init(
            "half of an element and half of the next", .standard, .guarded, [0x48, 0x8B, 0x04, 0xC1],
            [nil, nil, nil, 0x81], "not counted from one known pointer"),
        // add rdx, rsi
        .init(
            "a reference that something is added to", .standard, .guarded, [0x48, 0x85, 0xD2, 0x74, nil, 0x48, 0x8B],
            [nil, 0x01, 0xF2, nil, nil, nil, nil], "not counted from one known pointer"),
    ]

    @Test("A planted fault is found", arguments: faults)
    func fault(_ fault: PlantedFaultTests.Fault) throws {
        let artifact = try fault.compilation.artifact(Self.text)
        #expect(try CodeReport(artifact: artifact).isUnderstood)
        let faulty = try #require(
            replacing(fault.code, by: fault.faulty, in: artifact), "the code to change is not there once")
        let report = try CodeReport(artifact: faulty)
        #expect(report.notUnderstood.contains { $0.reason.contains(fault.reason) }, "\(report.listing)")
    }
}
