import Testing
import WasmSpec

/// Scripts that try to call a function as one of another type, or to bring a value where its type does not belong.
@Suite struct TypedReferenceTests {
    private static let modes = [
        Mode(optimization: .none, memory: .checked), Mode(optimization: .standard, memory: .guarded),
    ]

    private static func expectPasses(_ script: String, _ mode: Mode) {
        let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
        #expect(report.assertions > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
    }

    @Test("call_ref takes references to functions of its type and of those below, and no others")
    func callRefTypes() {
        Self.expectPasses(
            """
            (module
              (type $up (sub (func (result i64))))
              (type $low (sub $up (func (result i64))))
              (func $f (type $low) (i64.const 7))
              (elem declare func $f)
              (func (export "run") (result i64) (call_ref $up (ref.func $f))))
            (assert_return (invoke "run") (i64.const 7))
            (assert_invalid
              (module
                (type $up (sub (func (result i64))))
                (type $low (sub $up (func (result i64))))
                (func $f (type $up) (i64.const 7))
                (elem declare func $f)
                (func (result i64) (call_ref $low (ref.func $f))))
              "type mismatch")
            (assert_invalid
              (module
                (type $a (func (param i32)))
                (rec (type $b (func (param i32))) (type $c (func)))
                (func (param (ref $b)) (call_ref $a (i32.const 1) (local.get 0))))
              "type mismatch")
            (assert_invalid
              (module (type $a (func (param i32))) (func (param funcref) (call_ref $a (i32.const 1) (local.get 0))))
              "type mismatch")
            (assert_invalid
              (module (type $s (struct)) (func (param (ref $s)) (call_ref $s (local.get 0))))
              "type mismatch")
            (assert_invalid
              (module (type $s (struct)) (table 1 funcref) (func (call_indirect (type $s) (i32.const 0))))
              "type mismatch")
            (assert_invalid (module (type $s (struct)) (func (type $s))) "type mismatch")
            (assert_invalid (module (type $s (struct)) (func (block (type $s)))) "type mismatch")
            """, Self.modes[1])
    }

    @Test(
        "A call through a table reaches functions of types below its own, and traps at those above and beside",
        arguments: modes)
    func callIndirectTypes(_ mode: Mode) {
        // The table that is exported can change, the other one is constant.
        for table in ["(table $t (export \"t\")", "(table $t"] {
            Self.expectPasses(
                """
                (module
                  (type $up (sub (func (result i32))))
                  (type $low (sub $up (func (result i32))))
                  (rec (type $beside (sub $up (func (result i32)))) (type (func)))
                  (rec (type $like (sub (func (result i32)))) (type (func)))
                  \(table) funcref (elem $u $l $b $o))
                  (func $u (type $up) (i32.const 1))
                  (func $l (type $low) (i32.const 2))
                  (func $b (type $beside) (i32.const 3))
                  (func $o (type $like) (i32.const 4))
                  (func (export "up") (param i32) (result i32) (call_indirect $t (type $up) (local.get 0)))
                  (func (export "low") (param i32) (result i32) (call_indirect $t (type $low) (local.get 0)))
                  (func (export "tail") (param i32) (result i32) (return_call_indirect $t (type $up) (local.get 0))))
                (assert_return (invoke "up" (i32.const 0)) (i32.const 1))
                (assert_return (invoke "up" (i32.const 1)) (i32.const 2))
                (assert_return (invoke "up" (i32.const 2)) (i32.const 3))
                (assert_trap (invoke "up" (i32.const 3)) "indirect call type mismatch")
                (assert_trap (invoke "low" (i32.const 0)) "indirect call type mismatch")
                (assert_return (invoke "low" (i32.const 1)) (i32.const 2))
                (assert_trap (invoke "low" (i32.const 2)) "indirect call type mismatch")
                (assert_return (invoke "tail" (i32.const 1)) (i32.const 2))
                (assert_trap (invoke "tail" (i32.const 3)) "indirect call type mismatch")
                """, mode)
        }
    }

    @Test(
        "An imported function keeps the type that it was made with, in tables that never change, too", arguments: modes)
    func importedSubtypes(_ mode: Mode) {
        let types = "(type $up (sub (func (result i32)))) (type $low (sub $up (func (result i32))))"
        Self.expectPasses(
            """
            (module \(types)
              (func (export "up") (type $up) (i32.const 1)) (func (export "low") (type $low) (i32.const 2)))
            (register "a")
            (module \(types)
              (import "a" "low" (func $low (type $up)))
              (import "a" "up" (func $up (type $up)))
              (table funcref (elem $low $up))
              (func (export "as low") (param i32) (result i32) (call_indirect (type $low) (local.get 0)))
              (func (export "as up") (param i32) (result i32) (call_indirect (type $up) (local.get 0))))
            (assert_return (invoke "as low" (i32.const 0)) (i32.const 2))
            (assert_trap (invoke "as low" (i32.const 1)) "indirect call type mismatch")
            (assert_return (invoke "as up" (i32.const 0)) (i32.const 2))
            (assert_return (invoke "as up" (i32.const 1)) (i32.const 1))
            (assert_unlinkable (module \(types) (import "a" "up" (func (type $low)))) "incompatible import type")
            (assert_unlinkable
              (module (type $f (func (result i32))) (import "a" "up" (func (type $f)))) "incompatible import type")
            """, mode)
    }

    @Test("What can be written is imported with exactly its type; what cannot, with one above it")
    func importedStorage() {
        Self.expectPasses(
            """
            (module
              (type $f (func))
              (func $g)
              (global (export "constant") (ref $f) (ref.func $g))
              (global (export "variable") (mut (ref null $f)) (ref.null $f))
              (table (export "table") 1 (ref null $f)))
            (register "a")
            (module (type $f (func)) (import "a" "constant" (global (ref null $f))))
            (module (import "a" "constant" (global funcref)))
            (assert_unlinkable (module (import "a" "constant" (global (mut funcref)))) "incompatible import type")
            (assert_unlinkable (module (import "a" "variable" (global (mut funcref)))) "incompatible import type")
            (assert_unlinkable
              (module (type $f (func)) (import "a" "variable" (global (mut (ref $f))))) "incompatible import type")
            (assert_unlinkable (module (import "a" "table" (table 1 funcref))) "incompatible import type")
            (assert_unlinkable
              (module (type $f (func (param i32))) (import "a" "table" (table 1 (ref null $f))))
              "incompatible import type")
            (module (type $f (func)) (import "a" "table" (table 1 (ref null $f))))
            """, Self.modes[1])
    }

    @Test("A local without an initial value is set on every way to where it is read")
    func initialization() {
        let type = "(type $f (func))"
        func refused(_ body: String) -> String {
            """
            (assert_invalid
              (module \(type) (func (param $p (ref $f)) (param $c i32) (local $l (ref $f)) \(body)))
              "uninitialized local")

            """
        }
        Self.expectPasses(
            refused("(drop (local.get $l))")
                + refused("(if (local.get $c) (then (local.set $l (local.get $p)))) (drop (local.get $l))")
                + refused("(block (local.set $l (local.get $p))) (drop (local.get $l))")
                + refused(
                    "(loop (br_if 0 (local.get $c)) (local.set $l (local.get $p))) (drop (local.get $l))")
                + refused(
                    """
                    (if (local.get $c) (then (local.set $l (local.get $p))) (else (drop (local.get $l))))
                    """)
                    + """
                    (module \(type)
                      (func $g)
                      (elem declare func $g)
                      (func (export "run") (local $l (ref $f))
                        (local.set $l (ref.func $g))
                        (block (block (local.set $l (ref.func $g)) (call_ref $f (local.get $l))))
                        (call_ref $f (local.get $l))))
                    (assert_return (invoke "run"))
                    """, Self.modes[0])
    }

    @Test("Null is told from a function, by each instruction and with any number of other operands", arguments: modes)
    func nulls(_ mode: Mode) {
        Self.expectPasses(
            """
            (module
              (type $f (func (param i32) (result i32)))
              (table $filled 3 (ref $f) (ref.func $g))
              (table $t 2 (ref null $f))
              (func $g (type $f) (i32.add (local.get 0) (i32.const 1)))
              (func (export "set") (table.set $t (i32.const 1) (ref.func $g)))
              (func (export "call") (param i32) (result i32)
                (call_ref $f (i32.const 41) (table.get $t (local.get 0))))
              (func (export "tail") (param i32) (result i32)
                (return_call_ref $f (i32.const 41) (table.get $t (local.get 0))))
              (func (export "filled") (param i32) (result i32)
                (call_ref $f (i32.const 1) (table.get $filled (local.get 0))))
              (func (export "cast") (param i32) (result i32)
                (call_ref $f (i32.const 1) (ref.as_non_null (table.get $t (local.get 0)))))
              (func (export "null") (param i32) (result i32 i32)
                (block $null (result i32)
                  (i32.const 5)
                  (br_on_null $null (table.get $t (local.get 0)))
                  (return (call_ref $f)  (i32.const 1)))
                (i32.const 0))
              (func (export "non-null") (param i32) (result i32)
                (block $found (result i32 (ref $f))
                  (i32.const 5)
                  (br_on_non_null $found (table.get $t (local.get 0)))
                  (return))
                (call_ref $f)))
            (assert_trap (invoke "call" (i32.const 1)) "null function reference")
            (invoke "set")
            (assert_return (invoke "call" (i32.const 1)) (i32.const 42))
            (assert_return (invoke "tail" (i32.const 1)) (i32.const 42))
            (assert_return (invoke "filled" (i32.const 2)) (i32.const 2))
            (assert_trap (invoke "tail" (i32.const 0)) "null function reference")
            (assert_trap (invoke "cast" (i32.const 0)) "null reference")
            (assert_return (invoke "cast" (i32.const 1)) (i32.const 2))
            (assert_return (invoke "null" (i32.const 0)) (i32.const 5) (i32.const 0))
            (assert_return (invoke "null" (i32.const 1)) (i32.const 6) (i32.const 1))
            (assert_return (invoke "non-null" (i32.const 0)) (i32.const 5))
            (assert_return (invoke "non-null" (i32.const 1)) (i32.const 6))
            """, mode)
    }

    @Test("Functions of two instances call each other by references in tails, three hundred thousand deep")
    func crossInstanceTails() {
        Self.expectPasses(
            """
            (module $a
              (rec (type $step (func (param i32 (ref null $step)) (result i32))))
              (func (export "step") (type $step)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 9))))
                (return_call_ref $step
                  (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (local.get 1))))
            (register "a")
            (module
              (rec (type $step (func (param i32 (ref null $step)) (result i32))))
              (import "a" "step" (func $other (type $step)))
              (elem declare func $other $own)
              (func $own (type $step)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 8))))
                (return_call_ref $step (i32.sub (local.get 0) (i32.const 1)) (ref.func $own) (ref.func $other)))
              (func (export "run") (param i32) (result i32) (call $own (local.get 0) (ref.func $own))))
            (assert_return (invoke "run" (i32.const 300000)) (i32.const 8))
            (assert_return (invoke "run" (i32.const 300001)) (i32.const 9))
            """, Self.modes[1])
    }

    @Test(
        "A call through a reference reaches the function that it is to, in its own instance, or traps for null",
        arguments: modes + [Mode(optimization: .aggressive, memory: .checked, isMetered: true)])
    func likelyTargets(_ mode: Mode) {
        Self.expectPasses(
            """
            (module $one
              (type $t (func (param i32) (result i32)))
              (global $sum (mut i32) (i32.const 100))
              (func $add (export "add") (type $t)
                (global.set $sum (i32.add (global.get $sum) (local.get 0))) (global.get $sum))
              (func (export "get") (result (ref $t)) (ref.func $add)))
            (register "one" $one)
            (module
              (type $t (func (param i32) (result i32)))
              (type $many (func (param i32) (result i32 i64 f64 i64 i32)))
              (type $box (struct (field (ref null $t))))
              (type $all (struct (field (ref $many))))
              (import "one" "add" (func $imported (type $t)))
              (import "one" "get" (func $get (result (ref $t))))
              (tag $e (param i32))
              (global $sum (mut i32) (i32.const 1000))
              (func $add (type $t) (global.set $sum (i32.add (global.get $sum) (local.get 0))) (global.get $sum))
              (func $same (type $t) (local.get 0))
              (func $throw (type $t) (throw $e (local.get 0)))
              (func $up (type $many)
                (local.get 0) (i64.const 2) (f64.const 3) (i64.const 4) (i32.add (local.get 0) (i32.const 1)))
              (func $down (type $many)
                (local.get 0) (i64.const 5) (f64.const 6) (i64.const 7) (i32.sub (local.get 0) (i32.const 1)))
              (elem declare func $imported $add $same $throw $up $down)
              (func $pick (param i32) (result (ref null $t))
                (if (i32.eq (local.get 0) (i32.const 0)) (then (return (ref.func $add))))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (return (ref.func $same))))
                (if (i32.eq (local.get 0) (i32.const 2)) (then (return (ref.func $imported))))
                (if (i32.eq (local.get 0) (i32.const 3)) (then (return (call $get))))
                (if (i32.eq (local.get 0) (i32.const 4)) (then (return (ref.func $throw))))
                (ref.null $t))
              (func (export "plain") (param i32 i32) (result i32)
                (call_ref $t (local.get 1) (call $pick (local.get 0))))
              (func $boxed (export "boxed") (param i32 i32) (result i32)
                (call_ref $t (local.get 1) (struct.get $box 0 (struct.new $box (call $pick (local.get 0))))))
              (func (export "caught") (param i32 i32) (result i32)
                (block $caught (result i32)
                  (try_table (result i32) (catch $e $caught)
                    (call_ref $t (local.get 1) (struct.get $box 0 (struct.new $box (call $pick (local.get 0))))))
                  (return (i32.add (i32.const 10000)))))
              (func (export "many") (param i32 i32) (result i32 i64 f64 i64 i32) (local $all (ref $all))
                (local.set $all (if (result (ref $all)) (local.get 0)
                  (then (struct.new $all (ref.func $up))) (else (struct.new $all (ref.func $down)))))
                (call_ref $many (local.get 1) (struct.get $all 0 (local.get $all)))))
            (assert_return (invoke "plain" (i32.const 0) (i32.const 5)) (i32.const 1005))
            (assert_return (invoke "boxed" (i32.const 0) (i32.const 5)) (i32.const 1010))
            (assert_return (invoke "plain" (i32.const 1) (i32.const 7)) (i32.const 7))
            (assert_return (invoke "boxed" (i32.const 1) (i32.const 7)) (i32.const 7))
            (assert_return (invoke "plain" (i32.const 2) (i32.const 5)) (i32.const 105))
            (assert_return (invoke "boxed" (i32.const 2) (i32.const 5)) (i32.const 110))
            (assert_return (invoke "plain" (i32.const 3) (i32.const 5)) (i32.const 115))
            (assert_return (invoke "boxed" (i32.const 3) (i32.const 5)) (i32.const 120))
            (assert_exception (invoke "plain" (i32.const 4) (i32.const 5)))
            (assert_trap (invoke "plain" (i32.const 5) (i32.const 5)) "null function reference")
            (assert_trap (invoke "boxed" (i32.const 5) (i32.const 5)) "null function reference")
            (assert_return (invoke "caught" (i32.const 4) (i32.const 9)) (i32.const 9))
            (assert_return (invoke "caught" (i32.const 0) (i32.const 1)) (i32.const 11011))
            (assert_return (invoke "many" (i32.const 1) (i32.const 8))
              (i32.const 8) (i64.const 2) (f64.const 3) (i64.const 4) (i32.const 9))
            (assert_return (invoke "many" (i32.const 0) (i32.const 8))
              (i32.const 8) (i64.const 5) (f64.const 6) (i64.const 7) (i32.const 7))
            """, mode)
    }
}
