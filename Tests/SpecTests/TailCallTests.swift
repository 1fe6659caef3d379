import Testing
import WasmSpec

/// Scripts with tail calls, in a sample of all ways to compile.
@Suite struct TailCallTests {
    private static let modes = stride(from: 0, to: Mode.everyCode.count, by: 7).map { Mode.everyCode[$0] }
    private static let types = ["i32", "i64", "f32", "f64", "v128"]

    private static func expectPasses(_ script: String, _ mode: Mode) {
        let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
        #expect(report.assertions > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
    }

    private static func constant(_ index: Int) -> String {
        let type = types[index % types.count]
        return type == "v128" ? "(v128.const i64x2 \(index) \(index * 3))" : "(\(type).const \(index))"
    }

    /// `$f0` to `$f40`, of as many parameters, each of which makes a tail call of the next one with one more argument;
    /// the last one returns its last parameters.
    private static func chain(resultCount: Int, _ call: (_ next: Int) -> String) -> String {
        let last = 40
        func list(_ indices: Range<Int>) -> String { indices.map { types[$0 % types.count] }.joined(separator: " ") }
        let results = list(last - resultCount..<last)
        var text = ""
        for count in 0...last { text += "(type $t\(count) (func (param \(list(0..<count))) (result \(results))))\n" }
        for count in 0...last {
            let own = (0..<count).map { "(local.get \($0))" }
            let body =
                count < last
                ? (own + [constant(count), call(count + 1)]).joined(separator: " ")
                : own.suffix(resultCount).joined(separator: " ")
            text += "(func $f\(count) (type $t\(count)) \(body))\n"
        }
        let functions = (0...last).map { "$f\($0)" }.joined(separator: " ")
        return """
            (module
              (table $constant funcref (elem \(functions)))
              (table $exported (export "table") funcref (elem \(functions)))
              \(text)
              (func (export "run") (result \(results)) (call $f0)))
            (assert_return (invoke "run") \((last - resultCount..<last).map(constant).joined(separator: " ")))

            """
    }

    @Test(
        "Up to 40 arguments and 12 results of all types reach a function that is called in each way", arguments: modes)
    func arguments(_ mode: Mode) {
        var script = ""
        for (resultCount, call) in [(0, 0), (1, 1), (2, 2), (12, 0), (12, 1), (5, 2)] {
            script += Self.chain(resultCount: resultCount) { next in
                switch call {
                case 0: "(return_call $f\(next))"
                case 1: "(return_call_indirect $constant (type $t\(next)) (i32.const \(next)))"
                default: "(return_call_indirect $exported (type $t\(next)) (i32.const \(next)))"
                }
            }
        }
        Self.expectPasses(script, mode)
    }

    private static let instances = """
        (module $a
          (type $step (func (param i64 f32) (result i64 f32 i32)))
          (table $next (export "next") 2 funcref)
          (elem (table $next) (i32.const 0) $even)
          (func $even (export "even") (type $step)
            (if (i64.eqz (local.get 0)) (then (return (i64.const 44) (local.get 1) (i32.const 1))))
            (return_call_indirect $next (type $step)
              (i64.sub (local.get 0) (i64.const 1)) (f32.add (local.get 1) (f32.const 0.5)) (i32.const 1)))
          (func (export "start") (type $step) (call $even (local.get 0) (local.get 1))))
        (register "a" $a)
        (module $b
          (type $step (func (param i64 f32) (result i64 f32 i32)))
          (import "a" "next" (table $next 2 funcref))
          (import "a" "even" (func $even (type $step)))
          (elem (table $next) (i32.const 1) $odd)
          (func $odd (export "odd") (type $step)
            (if (i64.eqz (local.get 0)) (then (return (i64.const 99) (local.get 1) (i32.const 2))))
            (return_call $even (i64.sub (local.get 0) (i64.const 1)) (f32.sub (local.get 1) (f32.const 0.25)))))
        (assert_return (invoke $a "start" (i64.const 1000000) (f32.const 1))
          (i64.const 44) (f32.const 125001) (i32.const 1))
        (assert_return (invoke $b "odd" (i64.const 1000000) (f32.const 1))
          (i64.const 99) (f32.const 125001) (i32.const 2))
        (assert_return (invoke $b "odd" (i64.const 3) (f32.const 0)) (i64.const 44) (f32.const 0) (i32.const 1))
        """

    @Test("1,000,000 mutual tail calls between two instances need no stack", arguments: modes)
    func instances(_ mode: Mode) { Self.expectPasses(Self.instances, mode) }

    private static let shapes = """
        (module
          (memory 1)
          (global $sum (mut i64) (i64.const 0))
          ;; A tail call inside of blocks, in a loop, behind a loop, and where nothing is reached.
          (func $nested (export "nested") (param $n i32) (result i32) (local $i i32)
            (block $out (result i32)
              (loop $l
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (i32.store (i32.const 8) (local.get $i))
                (if (i32.eqz (local.get $n)) (then (return (i32.load (i32.const 8)))))
                (if (i32.gt_u (local.get $i) (i32.const 3))
                  (then (return_call $nested (i32.sub (local.get $n) (i32.const 1)))))
                (br $l))
              (return_call $nested (i32.const 1))
              (unreachable)))
          ;; What a tail call leaves on the stack is dropped; both arms end in one.
          (func $left (export "left") (param $n i64) (result i64)
            (i64.const 7) (local.get $n) (i64.const 8)
            (if (param i64 i64) (result i64) (i64.eqz (local.get $n))
              (then (drop) (drop) (i64.const 5) (i64.const 6) (return_call $add))
              (else (drop) (i64.const 1) (i64.sub) (return_call $left)))
            (drop))
          (func $add (param i64 i64) (result i64)
            (global.set $sum (i64.add (local.get 0) (local.get 1)))
            (return_call $read))
          (func $read (result i64) (i64.mul (global.get $sum) (i64.const 3)))
          ;; Grows the memory and then goes on in a function that stores there.
          (func (export "grow") (result i32) (drop (memory.grow (i32.const 1))) (return_call $store (i32.const 65536)))
          (func $store (param i32) (result i32)
            (i32.store (local.get 0) (i32.const 77))
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.load (i32.const 65536)))
              (else (return_call $store (i32.sub (local.get 0) (i32.const 65536)))))))
        (assert_return (invoke "nested" (i32.const 5)) (i32.const 1))
        (assert_return (invoke "left" (i64.const 100000)) (i64.const 33))
        (assert_return (invoke "grow") (i32.const 77))
        (module (table 8 funcref) (table $t 8 funcref) (type $v (func)) (type $r (func (result i32)))
          (elem (table $t) (i32.const 1) $v $v $v $v $v) (func $v (return_call $v))
          (func (export "null") (return_call_indirect 0 (type $v) (i32.const 0)))
          (func (export "beyond") (return_call_indirect $t (type $v) (i32.const 8)))
          (func (export "type") (result i32) (return_call_indirect $t (type $r) (i32.const 1)))
          (func (export "hole") (param i32) (return_call_indirect $t (type $v) (local.get 0))))
        (assert_trap (invoke "null") "uninitialized element")
        (assert_trap (invoke "beyond") "undefined element")
        (assert_trap (invoke "type") "indirect call type mismatch")
        (assert_trap (invoke "hole" (i32.const 0)) "uninitialized element")
        (assert_trap (invoke "hole" (i32.const -1)) "undefined element")
        (assert_invalid (module (func (result i32) (return_call 1)) (func (result i64) (i64.const 1))) "type mismatch")
        (assert_invalid (module (func (return_call 1)) (func (param i32))) "type mismatch")
        (assert_invalid (module (func (return_call 1))) "unknown function")
        (assert_invalid (module (type (func)) (func (return_call_indirect (type 0) (i32.const 0)))) "unknown table")
        """

    @Test("Tail calls work in blocks and loops, after a grown memory, and trap as calls do", arguments: modes)
    func shapes(_ mode: Mode) { Self.expectPasses(Self.shapes, mode) }
}
