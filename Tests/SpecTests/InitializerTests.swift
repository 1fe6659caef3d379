import Testing
import WasmSpec

/// What instantiation evaluates and writes, in which order, and what is left when it ends with a trap.
@Suite struct InitializerTests {
    private static let modes = [
        Mode(optimization: .none, memory: .checked), Mode(optimization: .standard, memory: .guarded),
    ]

    private static func expectPasses(_ script: String, _ mode: Mode) {
        let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
        #expect(report.assertions > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
    }

    private static let numbers = """
        (module $m
          (global (export "i") i32 (i32.const 0x7fffffff)) (global (export "l") i64 (i64.const -0x8000000000000000))
          (func $f (export "f") (result i32) (i32.const 77)) (global (export "r") funcref (ref.func $f)))
        (register "m" $m)
        (module
          (import "m" "i" (global $i i32)) (import "m" "l" (global $l i64)) (import "m" "r" (global $r funcref))
          (import "m" "f" (func $imported (result i32)))
          (global (export "a") i32 (i32.add (global.get $i) (i32.const 1)))
          (global (export "b") i64 (i64.sub (global.get $l) (i64.const 1)))
          (global (export "c") i32 (i32.mul (i32.sub (i32.const 3) (i32.const 5)) (i32.const 0x40000001)))
          (global (export "d") i64 (i64.mul (i64.const 0x123456789) (i64.const -0x987654321)))
          (global $s (export "e") f32 (f32.const -nan:0x200001))
          (global (export "f") f64 (f64.const nan:0x4000000000003))
          (global (export "g") f32 (global.get $s)) (global (export "h") (mut i32) (i32.const -1))
          (global (export "v") v128 (v128.const i64x2 0x0123456789abcdef -2))
          (global (export "n") externref (ref.null extern)) (global (export "o") i64 (i64.const -1))
          (global (export "big") i64 (i64.const 0x7fffffffffffffff))
          (global (export "small") i32 (i32.const -0x80000000))
          (table $t 6 funcref (ref.func $own)) (func $own (result i32) (i32.const 78))
          (func $unused (result i32) (i32.const 79))
          (elem (table $t) (offset (i32.sub (i32.const 3) (i32.const 2))) funcref
            (global.get $r) (ref.func $unused) (ref.null func) (ref.func $imported))
          (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0))))
        (assert_return (get "a") (i32.const 0x80000000)) (assert_return (get "b") (i64.const 0x7fffffffffffffff))
        (assert_return (get "c") (i32.const 0x7ffffffe)) (assert_return (get "d") (i64.const 0x28828bd331e7cc57))
        (assert_return (get "e") (f32.const -nan:0x200001)) (assert_return (get "f") (f64.const nan:0x4000000000003))
        (assert_return (get "g") (f32.const -nan:0x200001)) (assert_return (get "h") (i32.const -1))
        (assert_return (get "v") (v128.const i64x2 0x0123456789abcdef -2)) (assert_return (get "n") (ref.null extern))
        (assert_return (get "o") (i64.const -1)) (assert_return (get "big") (i64.const 0x7fffffffffffffff))
        (assert_return (get "small") (i32.const -0x80000000))
        (assert_return (invoke "call" (i32.const 0)) (i32.const 78))
        (assert_return (invoke "call" (i32.const 1)) (i32.const 77))
        (assert_return (invoke "call" (i32.const 2)) (i32.const 79))
        (assert_trap (invoke "call" (i32.const 3)) "uninitialized element")
        (assert_return (invoke "call" (i32.const 4)) (i32.const 77))
        (assert_return (invoke "call" (i32.const 5)) (i32.const 78))
        """

    @Test("Numbers, vectors, references and arithmetic of constant expressions", arguments: modes)
    func numbers(_ mode: Mode) { Self.expectPasses(Self.numbers, mode) }

    private static let order = """
        (module $m
          (table (export "t") 10 funcref) (memory (export "m") 1) (global (export "one") i32 (i32.const 1))
          (global (export "far") i32 (i32.const 65535))
          (func (export "null") (param i32) (result i32) (ref.is_null (table.get 0 (local.get 0))))
          (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
          (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
        (register "m" $m)
        ;; The second segment does not fit: the first one is written, the third one and the data are not.
        (assert_trap
          (module
            (import "m" "t" (table 10 funcref)) (import "m" "m" (memory 1)) (import "m" "one" (global $one i32))
            (func $f (result i32) (i32.const 5))
            (elem (global.get $one) func $f) (elem (i32.const 9) func $f $f) (elem (i32.const 2) func $f)
            (data (i32.const 0) "x"))
          "out of bounds table access")
        (assert_return (invoke "call" (i32.const 1)) (i32.const 5))
        (assert_return (invoke "null" (i32.const 2)) (i32.const 1))
        (assert_return (invoke "null" (i32.const 9)) (i32.const 1))
        (assert_return (invoke "load" (i32.const 0)) (i32.const 0))
        ;; Nor does the second piece of data.
        (assert_trap
          (module
            (import "m" "t" (table 10 funcref)) (import "m" "m" (memory 1)) (import "m" "far" (global $far i32))
            (func $f (result i32) (i32.const 6)) (elem (i32.const 3) func $f)
            (data (i32.const 1) "a") (data (global.get $far) "bc") (data (i32.const 2) "d"))
          "out of bounds memory access")
        (assert_return (invoke "call" (i32.const 3)) (i32.const 6))
        (assert_return (invoke "load" (i32.const 1)) (i32.const 97))
        (assert_return (invoke "load" (i32.const 65535)) (i32.const 0))
        (assert_return (invoke "load" (i32.const 2)) (i32.const 0))
        ;; Empty segments at the end fit, beyond it they do not. A start function sees all of it, and may trap.
        (module
          (import "m" "t" (table 10 funcref)) (import "m" "m" (memory 1))
          (elem (i32.const 10) func) (data (i32.const 65536) ""))
        (assert_trap
          (module (import "m" "t" (table 10 funcref)) (elem (i32.const 11) func)) "out of bounds table access")
        (assert_trap
          (module (import "m" "m" (memory 1)) (data (i32.const 65537) "")) "out of bounds memory access")
        (assert_trap
          (module
            (import "m" "t" (table 10 funcref)) (import "m" "m" (memory 1)) (func $f (result i32) (i32.const 7))
            (elem (i32.const 8) func $f) (data (i32.const 8) "z")
            (func $start (if (i32.eq (i32.load8_u (i32.const 8)) (i32.const 0x7a)) (then unreachable))) (start $start))
          "unreachable")
        (assert_return (invoke $m "call" (i32.const 8)) (i32.const 7))
        (assert_return (invoke $m "load" (i32.const 8)) (i32.const 0x7a))
        """

    @Test("Segments are written in order until one does not fit", arguments: modes)
    func order(_ mode: Mode) { Self.expectPasses(Self.order, mode) }

    private static let dropped = """
        (module
          (table $t 8 funcref) (table $w i64 8 funcref) (memory 1)
          (func $f (result i32) (i32.const 1)) (func $g (result i32) (i32.const 2)) (func $h (result i32) (i32.const 3))
          (elem $active (table $t) (i32.const 0) func $f $g) (elem $declared declare func $h)
          (elem $passive funcref (ref.func $g) (ref.null func) (ref.func $h))
          (elem $wide (table $w) (i64.const 6) func $h $f)
          (data $here (i32.const 1) "ab") (data $later "cd")
          (func (export "active") (param i32) (table.init $t $active (i32.const 4) (i32.const 0) (local.get 0)))
          (func (export "declared") (param i32) (table.init $t $declared (i32.const 4) (i32.const 0) (local.get 0)))
          (func (export "passive") (param i32) (table.init $t $passive (i32.const 4) (i32.const 0) (local.get 0)))
          (func (export "drop") (elem.drop $passive) (data.drop $later))
          (func (export "here") (param i32) (memory.init $here (i32.const 9) (i32.const 0) (local.get 0)))
          (func (export "later") (param i32) (memory.init $later (i32.const 9) (i32.const 0) (local.get 0)))
          (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "call") (param i32) (result i32) (call_indirect $t (result i32) (local.get 0)))
          (func (export "wide") (param i64) (result i32) (call_indirect $w (result i32) (local.get 0))))
        (assert_return (invoke "call" (i32.const 1)) (i32.const 2))
        (assert_return (invoke "wide" (i64.const 6)) (i32.const 3))
        (assert_return (invoke "wide" (i64.const 7)) (i32.const 1))
        (assert_trap (invoke "active" (i32.const 1)) "out of bounds table access") (invoke "active" (i32.const 0))
        (assert_trap (invoke "declared" (i32.const 1)) "out of bounds table access") (invoke "declared" (i32.const 0))
        (assert_trap (invoke "passive" (i32.const 4)) "out of bounds table access")
        (assert_trap (invoke "call" (i32.const 4)) "uninitialized element")
        (invoke "passive" (i32.const 3))
        (assert_return (invoke "call" (i32.const 4)) (i32.const 2))
        (assert_trap (invoke "call" (i32.const 5)) "uninitialized element")
        (assert_return (invoke "call" (i32.const 6)) (i32.const 3))
        (assert_trap (invoke "here" (i32.const 1)) "out of bounds memory access") (invoke "here" (i32.const 0))
        (invoke "later" (i32.const 2))
        (assert_return (invoke "load" (i32.const 10)) (i32.const 100))
        (assert_return (invoke "load" (i32.const 2)) (i32.const 98))
        (invoke "drop")
        (assert_trap (invoke "passive" (i32.const 1)) "out of bounds table access")
        (assert_trap (invoke "later" (i32.const 1)) "out of bounds memory access")
        (assert_trap
          (module
            (table i64 8 funcref) (func $f) (global $g i64 (i64.const 0x100000000)) (elem (global.get $g) func $f))
          "out of bounds table access")
        (assert_trap
          (module (memory i64 1) (data (offset (i64.add (i64.const 0xffffffff) (i64.const 1))) "a"))
          "out of bounds memory access")
        """

    @Test("Active and declared segments are dropped, passive ones wait, and offsets may have 64 bits", arguments: modes)
    func dropped(_ mode: Mode) { Self.expectPasses(Self.dropped, mode) }

    private static let objects = """
        (module $m (global (export "h") externref (ref.null extern)))
        (register "m" $m)
        (module
          (type $f (func (result i32)))
          (type $s (struct (field i8) (field (mut i64)) (field i16) (field (ref $f)) (field f64) (field v128)
            (field (mut (ref null $s))) (field externref) (field anyref) (field f32)))
          (type $bytes (array i8)) (type $vectors (array v128)) (type $functions (array (mut funcref)))
          (type $list (array (ref null $s))) (type $empty (struct))
          (import "m" "h" (global $h externref))
          (func $one (type $f) (i32.const 1)) (func $two (type $f) (i32.const 2))
          (global $first (ref $s) (struct.new $s (i32.const 0x1ff) (i64.const -3) (i32.const 0x18001) (ref.func $one)
            (f64.const 0.5) (v128.const i64x2 7 8) (ref.null $s)
            (extern.convert_any (ref.i31 (i32.const -5))) (any.convert_extern (global.get $h)) (f32.const 2.25)))
          (global $second (ref $s) (struct.new $s (i32.const 1) (i64.add (i64.const 40) (i64.const 2)) (i32.const 2)
            (ref.func $two) (f64.const 1) (v128.const i64x2 9 10) (global.get $first) (ref.null extern)
            (ref.i31 (i32.const 0x40000001)) (f32.const 0)))
          (global $filled (ref $vectors) (array.new $vectors (v128.const i64x2 5 6) (i32.const 100)))
          (global $zero (ref $bytes) (array.new_default $bytes (i32.const 1000)))
          (global $fixed (ref $bytes) (array.new_fixed $bytes 4 (i32.const 1) (i32.const 0x102) (i32.const 3)
            (i32.sub (i32.const 3) (i32.const 7))))
          (global $calls (ref $functions)
            (array.new_fixed $functions 3 (ref.func $two) (ref.null func) (ref.func $one)))
          (global $same (ref $functions) (array.new $functions (ref.func $two) (i32.const 3)))
          (table $t (ref null $s) (elem (global.get $second) (ref.null $s)
            (struct.new $s (i32.const 0) (i64.const 11) (i32.const 0) (ref.func $one) (f64.const 0)
              (v128.const i64x2 0 0) (global.get $second) (ref.null extern) (struct.new_default $empty) (f32.const 0))))
          (elem $later (ref null $list) (array.new_fixed $list 2 (global.get $first) (ref.null $s)))
          (table $lists 3 (ref null $list) (array.new $list
            (struct.new $s (i32.const 0) (i64.const 42) (i32.const 0) (ref.func $one) (f64.const 0)
              (v128.const i64x2 0 0) (ref.null $s) (global.get $h) (ref.null any) (f32.const 0)) (i32.const 2)))
          (func (export "packed") (result i32 i32 i32)
            (struct.get_u $s 0 (global.get $first)) (struct.get_s $s 2 (global.get $first))
            (i31.get_s (ref.cast (ref i31) (any.convert_extern (struct.get $s 7 (global.get $first))))))
          (func (export "wide") (result i64 f64 v128 f32)
            (struct.get $s 1 (global.get $second)) (struct.get $s 4 (global.get $first))
            (struct.get $s 5 (struct.get $s 6 (global.get $second))) (struct.get $s 9 (global.get $first)))
          (func (export "i31") (result i32) (i31.get_u (ref.cast (ref i31) (struct.get $s 8 (global.get $second)))))
          (func (export "functions") (result i32 i32)
            (call_ref $f (struct.get $s 3 (global.get $first))) (call_ref $f (struct.get $s 3 (global.get $second))))
          (func (export "array") (param i32) (result v128) (array.get $vectors (global.get $filled) (local.get 0)))
          (func (export "zero") (result i32) (array.get_u $bytes (global.get $zero) (i32.const 999)))
          (func (export "fixed") (param i32) (result i32) (array.get_u $bytes (global.get $fixed) (local.get 0)))
          (func (export "call") (param i32) (result i32)
            (call_ref $f (ref.cast (ref $f) (array.get $functions (global.get $calls) (local.get 0)))))
          (func (export "same") (param i32) (result i32)
            (call_ref $f (ref.cast (ref $f) (array.get $functions (global.get $same) (local.get 0)))))
          (func (export "table") (param i32) (result i64) (struct.get $s 1 (table.get $t (local.get 0))))
          (func (export "chain") (result i64)
            (struct.get $s 1 (struct.get $s 6 (struct.get $s 6 (table.get $t (i32.const 2))))))
          (func (export "struct") (result i32) (ref.test (ref $empty) (struct.get $s 8 (table.get $t (i32.const 2)))))
          (func (export "lists") (param i32) (result i64)
            (struct.get $s 1 (array.get $list (table.get $lists (local.get 0)) (i32.const 1))))
          (func (export "init") (result i64)
            (table.init $lists $later (i32.const 1) (i32.const 0) (i32.const 1))
            (struct.get $s 1 (array.get $list (table.get $lists (i32.const 1)) (i32.const 0)))))
        (assert_return (invoke "packed") (i32.const 0xff) (i32.const -32767) (i32.const -5))
        (assert_return (invoke "wide") (i64.const 42) (f64.const 0.5) (v128.const i64x2 7 8) (f32.const 2.25))
        (assert_return (invoke "i31") (i32.const 0x40000001))
        (assert_return (invoke "functions") (i32.const 1) (i32.const 2))
        (assert_return (invoke "array" (i32.const 0)) (v128.const i64x2 5 6))
        (assert_return (invoke "array" (i32.const 99)) (v128.const i64x2 5 6))
        (assert_trap (invoke "array" (i32.const 100)) "out of bounds array access")
        (assert_return (invoke "zero") (i32.const 0))
        (assert_return (invoke "fixed" (i32.const 1)) (i32.const 2))
        (assert_return (invoke "fixed" (i32.const 3)) (i32.const 252))
        (assert_return (invoke "call" (i32.const 0)) (i32.const 2))
        (assert_trap (invoke "call" (i32.const 1)) "cast failure")
        (assert_return (invoke "call" (i32.const 2)) (i32.const 1))
        (assert_return (invoke "same" (i32.const 2)) (i32.const 2))
        (assert_return (invoke "table" (i32.const 0)) (i64.const 42))
        (assert_trap (invoke "table" (i32.const 1)) "null structure reference")
        (assert_return (invoke "table" (i32.const 2)) (i64.const 11))
        (assert_return (invoke "chain") (i64.const -3))
        (assert_return (invoke "struct") (i32.const 1))
        (assert_return (invoke "lists" (i32.const 2)) (i64.const 42))
        (assert_return (invoke "init") (i64.const -3))
        """

    @Test("Objects of constant expressions have the fields and elements that they are made of", arguments: modes)
    func objects(_ mode: Mode) { Self.expectPasses(Self.objects, mode) }

    @Test("What an expression has made is not collected before it is stored", arguments: modes)
    func collection(_ mode: Mode) {
        // 100 MB, of which each expression drops nothing, and 5,000 operands in one.
        let rows = (0..<500).map { row in
            let arrays = (0..<10).map { "(array.new $bytes (i32.const \(row * 10 + $0)) (i32.const 5000))" }
            return "(item (array.new_fixed $row 10 \(arrays.joined(separator: " "))))"
        }
        let numbers = (0..<5_000).map { "(i32.const \($0))" }.joined(separator: " ")
        let sum = String(repeating: "(i32.const 1) ", count: 5_000) + String(repeating: "(i32.add) ", count: 4_999)
        Self.expectPasses(
            """
            (module
              (type $bytes (array i32)) (type $row (array (ref $bytes)))
              (table $rows (ref null $row) (elem \(rows.joined(separator: "\n"))))
              (global $numbers (ref $bytes) (array.new_fixed $bytes 5000 \(numbers)))
              (global (export "sum") i32 \(sum))
              (func (export "get") (param i32 i32) (result i32)
                (array.get $bytes (array.get $row (table.get $rows (local.get 0)) (local.get 1)) (i32.const 4999)))
              (func (export "check") (result i32) (local $row i32) (local $n i32)
                (loop $next
                  (local.set $n (i32.const 0))
                  (loop $inner
                    (if (i32.ne
                        (array.get $bytes (array.get $row (table.get $rows (local.get $row)) (local.get $n))
                          (i32.const 4999))
                        (i32.add (i32.mul (local.get $row) (i32.const 10)) (local.get $n)))
                      (then (return (local.get $row))))
                    (br_if $inner (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10))))
                  (br_if $next (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (i32.const 500))))
                (i32.const -1))
              (func (export "number") (param i32) (result i32) (array.get $bytes (global.get $numbers) (local.get 0))))
            (assert_return (invoke "check") (i32.const -1))
            (assert_return (invoke "number" (i32.const 4999)) (i32.const 4999))
            (assert_return (get "sum") (i32.const 5000))
            """, mode)
    }

    @Test("An array that the heap has no room for traps", arguments: modes)
    func outOfHeap(_ mode: Mode) {
        Self.expectPasses(
            """
            (assert_trap
              (module (type $a (array i64)) (global (ref $a) (array.new_default $a (i32.const 0xffffffff))))
              "out of heap")
            """, mode)
    }
}
