import Testing
import WasmEngine
import WasmSpec

@Suite("64-bit addresses") struct WideAddressTests {
    static let accesses = """
        (module (memory i64 1 3)
          (data (i64.const 0xfff8) "abcdefgh")
          (func (export "load") (param i64) (result i64) (i64.load (local.get 0)))
          (func (export "near") (param i64) (result i32) (i32.load8_u offset=8 (local.get 0)))
          (func (export "far") (param i64) (result i32)
            (i32.load8_u offset=0xffff_ffff_ffff_fff0 (local.get 0)))
          (func (export "last") (param i64) (result i64)
            (i64.load offset=0xffff_ffff_ffff_ffff (local.get 0)))
          (func (export "beyond") (param i64) (result i32) (i32.load8_u offset=0x1_0000_0000 (local.get 0)))
          (func (export "dropped") (param i64) (drop (i32.load (local.get 0))))
          (func (export "store") (param i64) (i64.store offset=16 (local.get 0) (i64.const -1)))
          (func (export "vector") (param i64) (result i64) (i64x2.extract_lane 0 (v128.load (local.get 0))))
          (func (export "lane") (param i64) (v128.store16_lane 3 (local.get 0) (v128.const i16x8 0 0 0 7 0 0 0 0)))
          (func (export "twice") (param i64) (result i32)
            (i32.add (i32.load8_u offset=8 (local.get 0)) (i32.load8_u (local.get 0))))
          (func (export "size") (result i64) (memory.size))
          (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
          (func (export "grown") (result i64)
            (i64.store (i64.const 0) (i64.const 99))
            (drop (memory.grow (i64.const 1)))
            (i64.add (i64.load (i64.const 0)) (i64.load (i64.const 0x1fff8)))))
        (assert_return (invoke "load" (i64.const 0xfff8)) (i64.const 0x6867666564636261))
        (assert_trap (invoke "load" (i64.const 0xfff9)) "out of bounds memory access")
        (assert_trap (invoke "load" (i64.const -1)) "out of bounds memory access")
        (assert_trap (invoke "load" (i64.const -8)) "out of bounds memory access")
        (assert_trap (invoke "load" (i64.const 0x1_0000_0000)) "out of bounds memory access")
        (assert_trap (invoke "load" (i64.const 0x8000_0000_0000_0000)) "out of bounds memory access")
        (assert_return (invoke "near" (i64.const 0xfff7)) (i32.const 0x68))
        (assert_trap (invoke "near" (i64.const 0xfff8)) "out of bounds memory access")
        (assert_trap (invoke "near" (i64.const -8)) "out of bounds memory access")
        (assert_trap (invoke "near" (i64.const -1)) "out of bounds memory access")
        (assert_trap (invoke "far" (i64.const 0)) "out of bounds memory access")
        (assert_trap (invoke "far" (i64.const 16)) "out of bounds memory access")
        (assert_trap (invoke "far" (i64.const -16)) "out of bounds memory access")
        (assert_trap (invoke "last" (i64.const 0)) "out of bounds memory access")
        (assert_trap (invoke "last" (i64.const 1)) "out of bounds memory access")
        (assert_trap (invoke "beyond" (i64.const 0)) "out of bounds memory access")
        (assert_trap (invoke "beyond" (i64.const 0xffff_ffff_0000_0000)) "out of bounds memory access")
        (assert_trap (invoke "dropped" (i64.const 0xfffd)) "out of bounds memory access")
        (invoke "dropped" (i64.const 0xfffc))
        (assert_trap (invoke "store" (i64.const 0xffe9)) "out of bounds memory access")
        (assert_trap (invoke "store" (i64.const -16)) "out of bounds memory access")
        (assert_return (invoke "vector" (i64.const 0xfff0)) (i64.const 0))
        (assert_trap (invoke "vector" (i64.const 0xfff1)) "out of bounds memory access")
        (assert_trap (invoke "lane" (i64.const -2)) "out of bounds memory access")
        (assert_trap (invoke "twice" (i64.const -8)) "out of bounds memory access")
        (assert_return (invoke "twice" (i64.const 0xfff7)) (i32.const 0x68))
        (assert_return (invoke "grow" (i64.const 0x1_0000_0000)) (i64.const -1))
        (assert_return (invoke "grow" (i64.const -1)) (i64.const -1))
        (assert_return (invoke "grown") (i64.const 99))
        (assert_return (invoke "size") (i64.const 2))
        """

    @Test("no sum of an address and an offset wraps into the memory", arguments: SeveralMemoriesTests.modes)
    func accesses(_ mode: Mode) { expectToPass(Self.accesses, mode) }

    static let bulk = """
        (module
          (memory $wide i64 1) (memory $narrow 1)
          (data $text "abcdefgh")
          (func (export "fill") (param i64 i64) (memory.fill $wide (local.get 0) (i32.const 7) (local.get 1)))
          (func (export "copy") (param i64 i64 i64) (memory.copy $wide $wide (local.get 0) (local.get 1) (local.get 2)))
          (func (export "out") (param i32 i64 i32)
            (memory.copy $narrow $wide (local.get 0) (local.get 1) (local.get 2)))
          (func (export "in") (param i64 i32 i32)
            (memory.copy $wide $narrow (local.get 0) (local.get 1) (local.get 2)))
          (func (export "init") (param i64) (memory.init $wide $text (local.get 0) (i32.const 0) (i32.const 8)))
          (func (export "wide") (param i64) (result i32) (i32.load8_u $wide (local.get 0)))
          (func (export "narrow") (param i32) (result i32) (i32.load8_u $narrow (local.get 0))))
        (assert_trap (invoke "fill" (i64.const 1) (i64.const -1)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i64.const -1) (i64.const 1)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i64.const -1) (i64.const 2)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i64.const 0x1_0000_0000) (i64.const 0)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i64.const 0) (i64.const 0x8000_0000_0000_0000)) "out of bounds memory access")
        (invoke "fill" (i64.const 0x10000) (i64.const 0))
        (invoke "init" (i64.const 0xfff8))
        (assert_trap (invoke "init" (i64.const 0xfff9)) "out of bounds memory access")
        (assert_trap (invoke "init" (i64.const -4)) "out of bounds memory access")
        (assert_trap (invoke "copy" (i64.const 0) (i64.const 8) (i64.const -8)) "out of bounds memory access")
        (assert_trap (invoke "copy" (i64.const 8) (i64.const -8) (i64.const 16)) "out of bounds memory access")
        (invoke "copy" (i64.const 0xfff9) (i64.const 0xfff8) (i64.const 7))
        (assert_return (invoke "wide" (i64.const 0xffff)) (i32.const 0x67))
        (assert_return (invoke "wide" (i64.const 0)) (i32.const 0))
        (invoke "out" (i32.const 0xffff) (i64.const 0xffff) (i32.const 1))
        (assert_return (invoke "narrow" (i32.const 0xffff)) (i32.const 0x67))
        (assert_trap (invoke "out" (i32.const -1) (i64.const 0) (i32.const 2)) "out of bounds memory access")
        (assert_trap (invoke "out" (i32.const 0) (i64.const -1) (i32.const 2)) "out of bounds memory access")
        (invoke "in" (i64.const 0) (i32.const 0xffff) (i32.const 1))
        (assert_return (invoke "wide" (i64.const 0)) (i32.const 0x67))
        (assert_trap (invoke "in" (i64.const 0) (i32.const 0xffff) (i32.const -1)) "out of bounds memory access")
        """

    @Test("bulk operations of any length trap before the first byte", arguments: SeveralMemoriesTests.modes)
    func bulk(_ mode: Mode) { expectToPass(Self.bulk, mode) }

    static let loops = """
        (module
          (memory $a i64 1) (memory $b i64 2) (memory $c 1)
          (func (export "fill") (param $i i64) (param $end i64) (param $step i64)
            (loop
              (i32.store $a offset=4 (local.get $i) (i32.wrap_i64 (local.get $i)))
              (local.set $i (i64.add (local.get $i) (local.get $step)))
              (br_if 0 (i64.lt_u (local.get $i) (local.get $end)))))
          (func (export "down") (param $i i64) (result i64) (local $sum i64)
            (loop
              (local.set $sum (i64.add (local.get $sum) (i64.load8_u $a (local.get $i))))
              (local.set $i (i64.sub (local.get $i) (i64.const 1)))
              (br_if 0 (i64.ne (local.get $i) (i64.const -2))))
            (local.get $sum))
          (func (export "move") (param $count i64) (local $i i64)
            (loop
              (i32.store $b offset=4096 (local.get $i)
                (i32.add (i32.load $a (local.get $i)) (i32.load $c (i32.wrap_i64 (local.get $i)))))
              (local.set $i (i64.add (local.get $i) (i64.const 4)))
              (br_if 0 (i64.ne (local.get $i) (local.get $count)))))
          (func (export "a") (param i64) (result i32) (i32.load $a (local.get 0)))
          (func (export "b") (param i64) (result i32) (i32.load $b (local.get 0))))
        (invoke "fill" (i64.const 0) (i64.const 0xfff8) (i64.const 4))
        (assert_return (invoke "a" (i64.const 0x8004)) (i32.const 0x8000))
        (assert_trap (invoke "fill" (i64.const 0) (i64.const -1) (i64.const 4)) "out of bounds memory access")
        (assert_return (invoke "a" (i64.const 0xfffc)) (i32.const 0xfff8))
        (assert_trap (invoke "fill" (i64.const -8) (i64.const 0) (i64.const 4)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i64.const -4) (i64.const 8) (i64.const 4)) "out of bounds memory access")
        (assert_trap
          (invoke "fill" (i64.const 0) (i64.const -1) (i64.const 0x4000_0000_0000_0000)) "out of bounds memory access")
        (assert_trap (invoke "down" (i64.const 100)) "out of bounds memory access")
        (assert_trap (invoke "down" (i64.const -3)) "out of bounds memory access")
        (invoke "move" (i64.const 0x10000))
        (assert_return (invoke "b" (i64.const 0x10ffc)) (i32.const 0xfff8))
        (assert_trap (invoke "move" (i64.const 0x10004)) "out of bounds memory access")
        (assert_trap (invoke "move" (i64.const 3)) "out of bounds memory access")
        """

    @Test("loops trap at the end, at zero and where their counter wraps", arguments: SeveralMemoriesTests.modes)
    func loops(_ mode: Mode) { expectToPass(Self.loops, mode) }

    static let tables = """
        (module
          (type $f (func (result i32)))
          (table $t i64 4 10 funcref) (table $u 4 funcref)
          (elem (table $t) (i64.const 1) func $one $two)
          (elem $segment func $two $one)
          (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
          (func (export "call") (param i64) (result i32) (call_indirect $t (type $f) (local.get 0)))
          (func (export "isNull") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
          (func (export "clear") (param i64) (table.set $t (local.get 0) (ref.null func)))
          (func (export "size") (result i64) (table.size $t))
          (func (export "grow") (param i64) (result i64) (table.grow $t (ref.func $two) (local.get 0)))
          (func (export "fill") (param i64 i64) (table.fill $t (local.get 0) (ref.func $one) (local.get 1)))
          (func (export "copy") (param i64 i64 i64) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
          (func (export "out") (param i32 i64 i32) (table.copy $u $t (local.get 0) (local.get 1) (local.get 2)))
          (func (export "u") (param i32) (result i32) (call_indirect $u (type $f) (local.get 0)))
          (func (export "init") (param i64 i32 i32)
            (table.init $t $segment (local.get 0) (local.get 1) (local.get 2))))
        (assert_return (invoke "call" (i64.const 1)) (i32.const 1))
        (assert_return (invoke "call" (i64.const 2)) (i32.const 2))
        (assert_trap (invoke "call" (i64.const 0)) "uninitialized element")
        (assert_trap (invoke "call" (i64.const 4)) "undefined element")
        (assert_trap (invoke "call" (i64.const 0x1_0000_0001)) "undefined element")
        (assert_trap (invoke "call" (i64.const -1)) "undefined element")
        (assert_trap (invoke "call" (i64.const 0x2000_0000_0000_0001)) "undefined element")
        (assert_trap (invoke "isNull" (i64.const 0x1_0000_0000)) "out of bounds table access")
        (assert_trap (invoke "clear" (i64.const 0x1_0000_0001)) "out of bounds table access")
        (assert_trap (invoke "clear" (i64.const 0x2000_0000_0000_0001)) "out of bounds table access")
        (assert_return (invoke "call" (i64.const 1)) (i32.const 1))
        (assert_return (invoke "size") (i64.const 4))
        (assert_return (invoke "grow" (i64.const 0x1_0000_0000)) (i64.const -1))
        (assert_return (invoke "grow" (i64.const 0xffff_ffff_ffff_fffd)) (i64.const -1))
        (assert_return (invoke "grow" (i64.const 1)) (i64.const 4))
        (assert_return (invoke "call" (i64.const 4)) (i32.const 2))
        (assert_trap (invoke "fill" (i64.const 3) (i64.const -1)) "out of bounds table access")
        (assert_trap (invoke "fill" (i64.const -1) (i64.const 2)) "out of bounds table access")
        (assert_trap (invoke "copy" (i64.const 0) (i64.const 1) (i64.const -1)) "out of bounds table access")
        (assert_trap (invoke "copy" (i64.const 0x1_0000_0000) (i64.const 0) (i64.const 0)) "out of bounds table access")
        (invoke "out" (i32.const 0) (i64.const 1) (i32.const 2))
        (assert_return (invoke "u" (i32.const 1)) (i32.const 2))
        (assert_trap (invoke "init" (i64.const -1) (i32.const 0) (i32.const 2)) "out of bounds table access")
        (invoke "init" (i64.const 1) (i32.const 0) (i32.const 2))
        (assert_return (invoke "call" (i64.const 1)) (i32.const 2))
        """

    @Test("a table's index is not cut to 32 bits", arguments: SeveralMemoriesTests.modes)
    func tables(_ mode: Mode) { expectToPass(Self.tables, mode) }

    /// Counts of bytes, in an array of 256 words that a parameter points to, so that the optimiser asks for 1,024 bytes
    /// from there before the loop; and arrays at constant addresses, whose loops' counters it knows the ends of.
    static let boundedIndices = """
        (module (memory i64 1)
          (func (export "count") (param $array i64) (param $byte i64) (param $n i64) (local $i i64) (local $place i64)
            (memory.fill (i64.const 1000) (i32.wrap_i64 (local.get $byte)) (local.get $n))
            (loop
              (local.set $place
                (i64.add (local.get $array) (i64.shl (i64.load8_u offset=1000 (local.get $i)) (i64.const 2))))
              (i32.store (local.get $place) (i32.add (i32.load (local.get $place)) (i32.const 1)))
              (br_if 0 (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 1))) (local.get $n)))))
          (func (export "below") (param $array i64) (param $byte i64) (param $n i64) (local $i i64)
            (memory.fill (i64.const 1000) (i32.wrap_i64 (local.get $byte)) (local.get $n))
            (loop
              (i32.store (i64.sub (local.get $array) (i64.load8_u offset=1000 (local.get $i))) (i32.const 7))
              (br_if 0 (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 1))) (local.get $n)))))
          (func (export "rows") (param $most i64) (local $i i64) (local $j i64)
            (loop $rows
              (local.set $j (i64.const 0))
              (loop
                (i64.store offset=3 (i64.add (i64.shl (local.get $i) (i64.const 8)) (local.get $j)) (i64.const 5))
                (br_if 0 (i64.le_u (local.tee $j (i64.add (local.get $j) (i64.const 1))) (local.get $most))))
              (br_if $rows (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 3))) (i64.const 258)))))
          (func (export "get") (param i64) (result i32) (i32.load (local.get 0))))
        (assert_return (invoke "count" (i64.const 64512) (i64.const 255) (i64.const 20)))
        (assert_return (invoke "get" (i64.const 65532)) (i32.const 20))
        (assert_trap (invoke "count" (i64.const 64513) (i64.const 255) (i64.const 20)) "out of bounds memory access")
        (assert_return (invoke "count" (i64.const 65528) (i64.const 0) (i64.const 20)))
        (assert_return (invoke "get" (i64.const 65528)) (i32.const 20))
        (assert_trap (invoke "count" (i64.const 65528) (i64.const 2) (i64.const 20)) "out of bounds memory access")
        (assert_return (invoke "count" (i64.const -4) (i64.const 1) (i64.const 20)))
        (assert_return (invoke "get" (i64.const 0)) (i32.const 20))
        (assert_trap (invoke "count" (i64.const -4) (i64.const 0) (i64.const 20)) "out of bounds memory access")
        (assert_return (invoke "below" (i64.const 255) (i64.const 255) (i64.const 20)))
        (assert_return (invoke "get" (i64.const 0)) (i32.const 7))
        (assert_trap (invoke "below" (i64.const 254) (i64.const 255) (i64.const 20)) "out of bounds memory access")
        (assert_return (invoke "rows" (i64.const 244)))
        (assert_return (invoke "get" (i64.const 65527)) (i32.const 5))
        (assert_return (invoke "rows" (i64.const 245)))
        (assert_trap (invoke "rows" (i64.const 246)) "out of bounds memory access")
        (assert_trap (invoke "rows" (i64.const -1)) "out of bounds memory access")
        """

    @Test("a test before a loop covers what is added to its index", arguments: SeveralMemoriesTests.modes)
    func boundedIndices(_ mode: Mode) { expectToPass(Self.boundedIndices, mode) }

    static let segments = """
        (assert_trap (module (memory i64 1) (data (i64.const -1) "a")) "out of bounds memory access")
        (assert_trap (module (memory i64 1) (data (i64.const 0x1_0000_0000) "a")) "out of bounds memory access")
        (assert_trap (module (memory i64 1) (data (i64.const 0x1000_0000_0000_0000) "a")) "out of bounds memory access")
        (assert_trap
          (module (table i64 1 funcref) (func $f) (elem (i64.const 0xffff_ffff_ffff_ffff) func $f))
          "out of bounds table access")
        (assert_trap
          (module (table i64 1 funcref) (func $f) (elem (i64.const 0x1_0000_0000) func $f))
          "out of bounds table access")
        (module (memory i64 0) (data (i64.const 0) ""))
        (assert_invalid (module (memory i64 1) (data (i32.const 0) "a")) "type mismatch")
        (assert_invalid (module (memory i64 0x1_0000_0000_0001)) "memory size")
        (assert_invalid
          (module (memory 1) (func (drop (i32.load offset=0x1_0000_0000 (i32.const 0))))) "offset out of range")
        (module $owner (memory (export "m") i64 1 2) (table (export "t") i64 1 2 funcref))
        (register "owner" $owner)
        (module (import "owner" "m" (memory i64 1 2)) (import "owner" "t" (table i64 1 2 funcref)))
        (assert_unlinkable (module (import "owner" "m" (memory 1 2))) "incompatible import type")
        (assert_unlinkable (module (import "owner" "t" (table 1 2 funcref))) "incompatible import type")
        """

    @Test("segments and imports are held to the types of addresses")
    func segments() { expectToPass(Self.segments, Mode(optimization: .standard, memory: .guarded)) }
}
