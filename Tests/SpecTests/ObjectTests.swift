import Testing
import WasmSpec

/// Scripts with structs and arrays that try to use an object as one of another type, or to read beside it.
@Suite struct ObjectTests {
    private static let modes = [
        Mode(optimization: .none, memory: .checked), Mode(optimization: .standard, memory: .guarded),
    ]

    private static func expectPasses(_ script: String, _ mode: Mode) {
        let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
        #expect(report.assertions > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
    }

    @Test("A cast passes objects of its type and of those below, at every depth, and no others", arguments: modes)
    func depths(_ mode: Mode) {
        let depth = 12
        var types = "(type $t0 (sub (struct (field i32))))\n"
        for index in 1...depth { types += "(type $t\(index) (sub $t\(index - 1) (struct (field i32))))\n" }
        types += "(type $side (sub $t3 (struct (field i32) (field i64))))\n"
        var functions = ""
        var assertions = ""
        for made in [0, 3, 7, 8, 9, depth] {
            functions += """
                (func (export "make\(made)") (result anyref) (struct.new $t\(made) (i32.const \(made))))

                """
        }
        for wanted in [0, 3, 7, 8, depth] {
            functions += """
                (func (export "test\(wanted)") (param i32) (result i32)
                  (ref.test (ref $t\(wanted)) (call $make (local.get 0))))
                (func (export "cast\(wanted)") (param i32) (result i32)
                  (struct.get $t\(wanted) 0 (ref.cast (ref $t\(wanted)) (call $make (local.get 0)))))

                """
            for (number, made) in [0, 3, 7, 8, 9, depth].enumerated() {
                let passes = made >= wanted
                assertions += "(assert_return (invoke \"test\(wanted)\" (i32.const \(number))) "
                assertions += "(i32.const \(passes ? 1 : 0)))\n"
                assertions +=
                    passes
                    ? "(assert_return (invoke \"cast\(wanted)\" (i32.const \(number))) (i32.const \(made)))\n"
                    : "(assert_trap (invoke \"cast\(wanted)\" (i32.const \(number))) \"cast failure\")\n"
            }
            // One beside the chain, and null.
            assertions += """
                (assert_return (invoke "test\(wanted)" (i32.const 6)) (i32.const \(wanted <= 3 ? 1 : 0)))
                (assert_return (invoke "test\(wanted)" (i32.const 7)) (i32.const 0))
                (assert_trap (invoke "cast\(wanted)" (i32.const 7)) "cast failure")

                """
        }
        let made = [0, 3, 7, 8, 9, depth].map { "(struct.new $t\($0) (i32.const \($0)))" }
        Self.expectPasses(
            """
            (module
              \(types)
              (func $make (param i32) (result anyref)
                (block (block (block (block (block (block (block (block
                  (br_table 0 1 2 3 4 5 6 7 (local.get 0)))
                  (return \(made[0]))) (return \(made[1]))) (return \(made[2]))) (return \(made[3])))
                  (return \(made[4]))) (return \(made[5])))
                  (return (struct.new $side (i32.const 1) (i64.const -1))))
                (ref.null any))
              \(functions))
            \(assertions)
            """, mode)
    }

    @Test("Null and numbers, the least and the largest, are no objects to any cast", arguments: modes)
    func numbers(_ mode: Mode) {
        var assertions = ""
        for number in [0, 1, 2, -1, 0x1fff_ffff, 0x3fff_ffff, -0x4000_0000] {
            assertions += """
                (assert_return (invoke "i31" (i32.const \(number))) (i32.const 0))
                (assert_trap (invoke "cast" (i32.const \(number))) "cast failure")

                """
        }
        for number in [0, 1, 2, 0xffff_fffe >> 2] {
            assertions += "(assert_return (invoke \"host\" (ref.extern \(number))) (i32.const 0))\n"
        }
        Self.expectPasses(
            """
            (module
              (type $base (sub (struct (field i32)))) (type $final (sub final $base (struct (field i32))))
              (func $count (param $r anyref) (result i32)
                (i32.add (ref.test (ref $base) (local.get $r)) (i32.add (ref.test (ref $final) (local.get $r))
                  (i32.add (ref.test (ref struct) (local.get $r)) (ref.test (ref array) (local.get $r))))))
              (func (export "i31") (param i32) (result i32) (call $count (ref.i31 (local.get 0))))
              (func (export "cast") (param i32) (drop (ref.cast (ref $base) (ref.i31 (local.get 0)))))
              (func (export "null") (result i32) (call $count (ref.null any)))
              (func (export "host") (param externref) (result i32) (call $count (any.convert_extern (local.get 0))))
              (func (export "object") (result i32) (call $count (struct.new $final (i32.const 1)))))
            (assert_return (invoke "null") (i32.const 0))
            (assert_return (invoke "object") (i32.const 3))
            \(assertions)
            """, mode)
    }

    @Test("Types of two modules are one when they are defined alike, and objects pass from one to the other as such")
    func acrossModules() {
        let alike = "(rec (type $point (struct (field i32) (field (ref null $point)))))"
        Self.expectPasses(
            """
            (module \(alike)
              (func (export "make") (result anyref)
                (struct.new $point (i32.const 5) (struct.new $point (i32.const 6) (ref.null $point)))))
            (register "a")
            (module \(alike)
              (import "a" "make" (func $make (result anyref)))
              (func (export "sum") (result i32) (local $p (ref $point))
                (local.set $p (ref.cast (ref $point) (call $make)))
                (i32.add (struct.get $point 0 (local.get $p))
                  (struct.get $point 0 (struct.get $point 1 (local.get $p))))))
            (assert_return (invoke "sum") (i32.const 11))
            (module
              (rec (type $point (struct (field i32) (field (ref null $point)))) (type (struct)))
              (import "a" "make" (func $make (result anyref)))
              (func (export "sum") (result i32) (struct.get $point 0 (ref.cast (ref $point) (call $make))))
              (func (export "array") (result i32) (array.len (ref.cast (ref array) (call $make)))))
            (assert_trap (invoke "sum") "cast failure")
            (assert_trap (invoke "array") "cast failure")
            """, Self.modes[1])
    }

    @Test("An array is read and written from its first element to its last, and nowhere else", arguments: modes)
    func bounds(_ mode: Mode) {
        for (type, value) in [("i8", "i32"), ("i16", "i32"), ("i32", "i32"), ("i64", "i64"), ("v128", "v128")] {
            let get = type == "i8" || type == "i16" ? "array.get_u" : "array.get"
            let one = value == "v128" ? "(v128.const i64x2 1 2)" : "(\(value).const 1)"
            let zero = value == "v128" ? "(v128.const i64x2 0 0)" : "(\(value).const 0)"
            Self.expectPasses(
                """
                (module
                  (type $a (array (mut \(type))))
                  (global $first (mut (ref null $a)) (ref.null $a))
                  (global $second (mut (ref null $a)) (ref.null $a))
                  (func (export "make") (param i32)
                    (global.set $first (array.new_default $a (local.get 0)))
                    (global.set $second (array.new_default $a (local.get 0))))
                  (func (export "set") (param i32) (array.set $a (global.get $first) (local.get 0) \(one)))
                  (func (export "get") (param i32) (result \(value)) (\(get) $a (global.get $first) (local.get 0)))
                  (func (export "second") (param i32) (result \(value)) (\(get) $a (global.get $second) (local.get 0)))
                  (func (export "fill") (param i32 i32)
                    (array.fill $a (global.get $first) (local.get 0) \(one) (local.get 1)))
                  (func (export "copy") (param i32 i32 i32)
                    (array.copy $a $a (global.get $first) (local.get 0) (global.get $first) (local.get 1)
                      (local.get 2))))
                (assert_trap (invoke "get" (i32.const 0)) "null array reference")
                (invoke "make" (i32.const 5))
                (invoke "set" (i32.const 4))
                (assert_return (invoke "get" (i32.const 4)) \(one))
                (assert_trap (invoke "set" (i32.const 5)) "out of bounds array access")
                (assert_trap (invoke "set" (i32.const -1)) "out of bounds array access")
                (assert_trap (invoke "get" (i32.const 0x80000000)) "out of bounds array access")
                (assert_trap (invoke "fill" (i32.const 3) (i32.const 3)) "out of bounds array access")
                (assert_trap (invoke "fill" (i32.const 1) (i32.const -1)) "out of bounds array access")
                (assert_return (invoke "fill" (i32.const 5) (i32.const 0)))
                (assert_return (invoke "second" (i32.const 0)) \(zero))
                (assert_return (invoke "second" (i32.const 4)) \(zero))
                (invoke "copy" (i32.const 0) (i32.const 2) (i32.const 3))
                (assert_return (invoke "get" (i32.const 2)) \(one))
                (assert_return (invoke "get" (i32.const 1)) \(zero))
                (invoke "copy" (i32.const 1) (i32.const 0) (i32.const 4))
                (assert_return (invoke "get" (i32.const 3)) \(one))
                (assert_trap (invoke "copy" (i32.const 2) (i32.const 0) (i32.const 4)) "out of bounds array access")
                """, mode)
        }
    }

    @Test("Objects that are held from everywhere at once survive what is made beside them", arguments: modes)
    func survival(_ mode: Mode) {
        Self.expectPasses(
            """
            (module
              (rec (type $list (struct (field $value (mut i64)) (field $next (mut (ref null $list))))))
              (type $bag (array (mut (ref null $list))))
              (type $externs (array (mut externref)))
              (global $held (mut (ref null $list)) (ref.null $list))
              (table $t 4 (ref null $list))
              (func $make (param $n i32) (result (ref null $list)) (local $l (ref null $list))
                (loop $more
                  (local.set $l (struct.new $list (i64.extend_i32_u (local.get $n)) (local.get $l)))
                  (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $l))
              (func $sum (param $l (ref null $list)) (result i64) (local $s i64)
                (block $end
                  (loop $more
                    (br_if $end (ref.is_null (local.get $l)))
                    (local.set $s (i64.add (local.get $s) (struct.get $list $value (local.get $l))))
                    (local.set $l (struct.get $list $next (local.get $l)))
                    (br $more)))
                (local.get $s))
              (func (export "run") (param $rounds i32) (result i64)
                (local $bag (ref $bag)) (local $own (ref null $list)) (local $x externref)
                (local.set $bag (array.new $bag (ref.null $list) (i32.const 10)))
                (local.set $own (call $make (i32.const 100)))
                (global.set $held (call $make (i32.const 100)))
                (table.set $t (i32.const 2) (call $make (i32.const 100)))
                (array.set $bag (local.get $bag) (i32.const 7) (call $make (i32.const 100)))
                (local.set $x (extern.convert_any (call $make (i32.const 100))))
                (loop $more
                  (drop (call $make (i32.const 1000)))
                  ;; An old object comes to refer to a new one.
                  (array.set $bag (local.get $bag) (i32.const 3) (call $make (i32.const 100)))
                  (br_if $more (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
                (i64.add (call $sum (local.get $own))
                  (i64.add (call $sum (global.get $held))
                    (i64.add (call $sum (table.get $t (i32.const 2)))
                      (i64.add (call $sum (array.get $bag (local.get $bag) (i32.const 7)))
                        (i64.add (call $sum (array.get $bag (local.get $bag) (i32.const 3)))
                          (call $sum (ref.cast (ref null $list) (any.convert_extern (local.get $x)))))))))))
            (assert_return (invoke "run" (i32.const 400)) (i64.const 30300))
            """, mode)
    }

    @Test("A loop over two arrays stops where the shorter one ends, and before it changes anything at a null")
    func arrayLoops() {
        for mode in Self.modes + [Mode(optimization: .standard, memory: .checked, isMetered: true)] {
            Self.expectPasses(
                """
                (module
                  (type $words (array (mut i32)))
                  (global $x (mut (ref null $words)) (ref.null $words))
                  (global $y (mut (ref null $words)) (ref.null $words))
                  (func (export "make") (param i32 i32)
                    (global.set $x (array.new $words (i32.const 1) (local.get 0)))
                    (global.set $y (array.new $words (i32.const 2) (local.get 1))))
                  (func (export "drop") (global.set $x (ref.null $words)))
                  (func $add (param $n i32) (param $x (ref null $words)) (param $y (ref null $words)) (local $i i32)
                    (loop $l
                      (array.set $words (local.get $y) (local.get $i)
                        (i32.add (array.get $words (local.get $y) (local.get $i))
                          (array.get $words (local.get $x) (local.get $i))))
                      (local.set $i (i32.add (local.get $i) (i32.const 1)))
                      (br_if $l (i32.lt_u (local.get $i) (local.get $n)))))
                  (func (export "add") (param i32) (call $add (local.get 0) (global.get $x) (global.get $y)))
                  (func (export "sum") (result i32) (local $i i32) (local $s i32)
                    (loop $l
                      (local.set $s (i32.add (local.get $s) (array.get $words (global.get $y) (local.get $i))))
                      (local.set $i (i32.add (local.get $i) (i32.const 1)))
                      (br_if $l (i32.lt_u (local.get $i) (array.len (global.get $y)))))
                    (local.get $s)))
                (invoke "make" (i32.const 1000) (i32.const 1000))
                (assert_return (invoke "add" (i32.const 1000)))
                (assert_return (invoke "sum") (i32.const 3000))
                (assert_trap (invoke "add" (i32.const 1001)) "out of bounds array access")
                (assert_return (invoke "sum") (i32.const 4000))
                (invoke "make" (i32.const 200) (i32.const 1000))
                (assert_trap (invoke "add" (i32.const 1000)) "out of bounds array access")
                (assert_return (invoke "sum") (i32.const 2200))
                (assert_trap (invoke "add" (i32.const -1)) "out of bounds array access")
                (assert_return (invoke "sum") (i32.const 2400))
                (invoke "drop")
                (assert_trap (invoke "add" (i32.const 100)) "null array reference")
                (assert_return (invoke "sum") (i32.const 2400))
                """, mode)
        }
    }

    @Test("A function in an object is what was stored: of its type, of one below, or null", arguments: modes)
    func functions(_ mode: Mode) {
        Self.expectPasses(
            """
            (module
              (type $above (sub (func (param i32) (result i32))))
              (type $below (sub $above (func (param i32) (result i32))))
              (type $box (struct (field $typed (mut (ref null $above))) (field $any (mut funcref))))
              (type $none (struct (field (ref null nofunc))))
              (type $many (array (mut (ref null $above))))
              (elem declare func $one $two $other)
              (func $one (type $above) (i32.add (local.get 0) (i32.const 1)))
              (func $two (type $below) (i32.add (local.get 0) (i32.const 2)))
              (func $other (param f64))
              (func $choice (param i32) (result (ref null $above))
                (if (i32.eq (local.get 0) (i32.const 0)) (then (return (ref.func $one))))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (return (ref.func $two))))
                (ref.null $above))
              (func (export "call") (param i32) (result i32) (local $box (ref $box))
                (local.set $box (struct.new $box (call $choice (local.get 0)) (ref.null func)))
                (call_ref $above (i32.const 10) (struct.get $box $typed (local.get $box))))
              (func (export "set") (param i32) (result i32) (local $box (ref $box))
                (local.set $box (struct.new_default $box))
                (struct.set $box $typed (local.get $box) (call $choice (local.get 0)))
                (struct.set $box $any (local.get $box) (struct.get $box $typed (local.get $box)))
                (call_ref $below (i32.const 20) (ref.cast (ref $below) (struct.get $box $any (local.get $box)))))
              (func (export "array") (param i32) (result i32) (local $many (ref $many))
                (local.set $many (array.new $many (call $choice (local.get 0)) (i32.const 3)))
                (array.set $many (local.get $many) (i32.const 1) (ref.func $two))
                (i32.add (call_ref $above (i32.const 1) (array.get $many (local.get $many) (i32.const 1)))
                  (call_ref $above (i32.const 30) (array.get $many (local.get $many) (i32.const 2)))))
              (func (export "other") (result i32) (local $box (ref $box))
                (local.set $box (struct.new $box (ref.null $above) (ref.func $other)))
                (i32.add (ref.test (ref $above) (struct.get $box $any (local.get $box)))
                  (ref.is_null (struct.get $none 0 (struct.new $none (ref.null nofunc)))))))
            (assert_return (invoke "call" (i32.const 0)) (i32.const 11))
            (assert_return (invoke "call" (i32.const 1)) (i32.const 12))
            (assert_trap (invoke "call" (i32.const 2)) "null function reference")
            (assert_trap (invoke "set" (i32.const 0)) "cast failure")
            (assert_return (invoke "set" (i32.const 1)) (i32.const 22))
            (assert_trap (invoke "set" (i32.const 2)) "cast failure")
            (assert_return (invoke "array" (i32.const 0)) (i32.const 34))
            (assert_return (invoke "array" (i32.const 1)) (i32.const 35))
            (assert_trap (invoke "array" (i32.const 2)) "null function reference")
            (assert_return (invoke "other") (i32.const 1))
            """, mode)
    }

    @Test("Thousands of exceptions in an array are each thrown again as themselves", arguments: modes)
    func keptExceptions(_ mode: Mode) {
        Self.expectPasses(
            """
            (module
              (type $many (array (mut exnref)))
              (tag $t (param i32))
              (func (export "run") (param $n i32) (result i32) (local $i i32) (local $sum i32) (local $many (ref $many))
                (local.set $many (array.new_default $many (local.get $n)))
                (loop $l
                  (array.set $many (local.get $many) (local.get $i)
                    (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (local.get $i))) (unreachable)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
                (loop $l
                  (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                  (local.set $sum (i32.add (local.get $sum) (i32.eq (local.get $i)
                    (block $h (result i32)
                      (try_table (catch $t $h) (throw_ref (array.get $many (local.get $many) (local.get $i))))
                      (unreachable)))))
                  (br_if $l (local.get $i)))
                (local.get $sum)))
            (assert_return (invoke "run" (i32.const 3000)) (i32.const 3000))
            """, mode)
    }

    @Test("A host's reference goes through objects unchanged, whatever its number")
    func hostReferences() {
        Self.expectPasses(
            """
            (module
              (type $box (struct (field (mut externref)) (field i32)))
              (type $many (array (mut externref)))
              (type $any (struct (field anyref)))
              (func (export "box") (param externref) (result externref)
                (struct.get $box 0 (struct.new $box (local.get 0) (i32.const -1))))
              (func (export "array") (param externref) (result externref)
                (array.get $many (array.new $many (local.get 0) (i32.const 3)) (i32.const 1)))
              (func (export "any") (param externref) (result externref)
                (extern.convert_any
                  (struct.get $any 0 (struct.new $any (any.convert_extern (local.get 0)))))))
            (assert_return (invoke "box" (ref.extern 7)) (ref.extern 7))
            (assert_return (invoke "box" (ref.extern 4294967295)) (ref.extern 4294967295))
            (assert_return (invoke "array" (ref.extern 4294967295)) (ref.extern 4294967295))
            (assert_return (invoke "any" (ref.extern 1073741823)) (ref.extern 1073741823))
            (assert_trap (invoke "any" (ref.extern 1073741824)) "cast failure")
            (assert_return (invoke "any" (ref.null extern)) (ref.null extern))
            """, Self.modes[1])
    }
}
