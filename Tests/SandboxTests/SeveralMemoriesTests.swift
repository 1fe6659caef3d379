import Testing
import WasmEngine
import WasmSpec

@Suite("Several memories") struct SeveralMemoriesTests {
    /// Every level and protection once, and each kind of code that counts, looks or is replaced.
    static let modes: [Mode] = [
        Mode(optimization: .none, memory: .guarded), Mode(optimization: .less, memory: .checked),
        Mode(optimization: .less, memory: .guarded, isMetered: true),
        Mode(optimization: .standard, memory: .checked, isInterruptible: true),
        Mode(optimization: .standard, memory: .guarded), Mode(optimization: .standard, memory: .guarded, threshold: 1),
        Mode(optimization: .aggressive, memory: .checked, isMetered: true),
        Mode(optimization: .aggressive, memory: .guarded, isInterruptible: true),
    ]

    static let sizes = """
        (module
          (memory $small 1) (memory $large 3)
          (data (memory $large) (i32.const 0x10000) "*")
          (func (export "small") (param i32) (result i32) (i32.load8_u $small (local.get 0)))
          (func (export "large") (param i32) (result i32) (i32.load8_u $large (local.get 0)))
          (func (export "far") (param i32) (result i32) (i32.load8_u $large offset=0xffffffff (local.get 0)))
          (func (export "both") (param i32) (result i32)
            (drop (i32.load $large (local.get 0)))
            (i32.load $small (local.get 0)))
          (func (export "either") (param i32 i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.load8_u $small (local.get 1)))
              (else (i32.load8_u $large (local.get 1)))))
          (func (export "sum") (param $count i32) (result i32) (local $i i32) (local $sum i32)
            (loop
              (local.set $sum (i32.add (local.get $sum) (i32.load8_u $small (local.get $i))))
              (local.set $sum (i32.add (local.get $sum) (i32.load8_u $large (local.get $i))))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))
            (local.get $sum)))
        (assert_return (invoke "small" (i32.const 0xffff)) (i32.const 0))
        (assert_trap (invoke "small" (i32.const 0x10000)) "out of bounds memory access")
        (assert_return (invoke "large" (i32.const 0x10000)) (i32.const 42))
        (assert_return (invoke "large" (i32.const 0x2ffff)) (i32.const 0))
        (assert_trap (invoke "large" (i32.const 0x30000)) "out of bounds memory access")
        (assert_trap (invoke "large" (i32.const -1)) "out of bounds memory access")
        (assert_trap (invoke "far" (i32.const 0)) "out of bounds memory access")
        (assert_trap (invoke "far" (i32.const -1)) "out of bounds memory access")
        (assert_return (invoke "both" (i32.const 0xfffc)) (i32.const 0))
        (assert_trap (invoke "both" (i32.const 0xfffd)) "out of bounds memory access")
        (assert_trap (invoke "both" (i32.const 0x20000)) "out of bounds memory access")
        (assert_trap (invoke "either" (i32.const 1) (i32.const 0x10000)) "out of bounds memory access")
        (assert_return (invoke "either" (i32.const 0) (i32.const 0x10000)) (i32.const 42))
        (assert_return (invoke "sum" (i32.const 0x10000)) (i32.const 0))
        (assert_trap (invoke "sum" (i32.const 0x10001)) "out of bounds memory access")
        """

    @Test("an access is held to the size of its own memory", arguments: modes)
    func sizes(_ mode: Mode) { expectToPass(Self.sizes, mode) }

    /// Memories of two numbers that are one and the same: what is written with one number is read with the other, in
    /// loops too, and a copy is a move.
    static let twice = """
        (module $owner (memory (export "m") 1 4))
        (register "owner" $owner)
        (module
          (memory $a (import "owner" "m") 1 4) (memory $b (import "owner" "m") 1 4) (memory $own 1)
          (func (export "reset") (i64.store $a (i32.const 0) (i64.const 0x0807060504030201)))
          (func (export "mixed") (result i32)
            (i32.store $a (i32.const 64) (i32.const 1))
            (i32.store $b (i32.const 64) (i32.const 2))
            (i32.store $own (i32.const 64) (i32.const 3))
            (i32.load $a (i32.const 64)))
          (func (export "spread") (param $count i32) (local $i i32)
            (loop
              (i32.store $b offset=132 (local.get $i) (i32.add (i32.load $a offset=128 (local.get $i)) (i32.const 1)))
              (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $count)))))
          (func (export "at") (param i32) (result i32) (i32.load $a (local.get 0)))
          (func (export "copy") (param i32 i32 i32) (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
          (func (export "first") (result i64) (i64.load $b (i32.const 0)))
          (func (export "grow") (result i32)
            (local i32)
            (i32.store $b (i32.const 0xfffc) (i32.const 7))
            (local.set 0 (memory.grow $a (i32.const 1)))
            (i32.store $b (i32.const 0x1fffc) (i32.const 35))
            (i32.add (i32.load $a (i32.const 0xfffc)) (i32.load $a (i32.const 0x1fffc))))
          (func (export "sizes") (result i32 i32 i32) (memory.size $a) (memory.size $b) (memory.size $own)))
        (assert_return (invoke "mixed") (i32.const 2))
        (invoke "spread" (i32.const 4096))
        (assert_return (invoke "at" (i32.const 4224)) (i32.const 1024))
        (invoke "reset")
        (invoke "copy" (i32.const 1) (i32.const 0) (i32.const 7))
        (assert_return (invoke "first") (i64.const 0x0706050403020101))
        (invoke "copy" (i32.const 0) (i32.const 1) (i32.const 7))
        (assert_return (invoke "first") (i64.const 0x0707060504030201))
        (assert_return (invoke "grow") (i32.const 42))
        (assert_return (invoke "sizes") (i32.const 2) (i32.const 2) (i32.const 1))
        """

    @Test("a memory that is imported twice is the same under both numbers", arguments: modes)
    func twice(_ mode: Mode) { expectToPass(Self.twice, mode) }

    static let bulk = """
        (module
          (memory $a 1 1) (memory $b 2 8)
          (data $text "abcdefgh")
          (func (export "init") (param i32 i32 i32) (memory.init $b $text (local.get 0) (local.get 1) (local.get 2)))
          (func (export "fill") (param i32 i32) (memory.fill $b (local.get 0) (i32.const 0x55) (local.get 1)))
          (func (export "out") (param i32 i32 i32) (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
          (func (export "in") (param i32 i32 i32) (memory.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
          (func (export "a") (param i32) (result i32) (i32.load8_u $a (local.get 0)))
          (func (export "b") (param i32) (result i32) (i32.load8_u $b (local.get 0)))
          (func $grow (param i32) (result i32) (memory.grow $b (local.get 0)))
          (func (export "grow") (param i32) (result i32)
            (drop (i32.load8_u $b (i32.const 0)))
            (drop (call $grow (local.get 0)))
            (i32.load8_u $b (i32.const 0x2ffff)))
          (func (export "none") (result i32) (memory.grow $a (i32.const 1))))
        (invoke "init" (i32.const 0x1fff8) (i32.const 0) (i32.const 8))
        (assert_return (invoke "b" (i32.const 0x1ffff)) (i32.const 0x68))
        (assert_trap (invoke "init" (i32.const 0x1fff9) (i32.const 0) (i32.const 8)) "out of bounds memory access")
        (invoke "out" (i32.const 0xfff8) (i32.const 0x1fff8) (i32.const 8))
        (assert_return (invoke "a" (i32.const 0xffff)) (i32.const 0x68))
        (assert_trap (invoke "out" (i32.const 0xfff8) (i32.const 0x1fff8) (i32.const 9)) "out of bounds memory access")
        (assert_trap (invoke "in" (i32.const 0) (i32.const 0xffff) (i32.const 2)) "out of bounds memory access")
        (assert_return (invoke "b" (i32.const 0)) (i32.const 0))
        (assert_trap (invoke "fill" (i32.const 0x10000) (i32.const 0x10001)) "out of bounds memory access")
        (assert_return (invoke "b" (i32.const 0x10000)) (i32.const 0))
        (invoke "fill" (i32.const 0x10000) (i32.const 0x10000))
        (assert_return (invoke "b" (i32.const 0x10000)) (i32.const 0x55))
        (assert_return (invoke "a" (i32.const 0)) (i32.const 0))
        (assert_return (invoke "grow" (i32.const 1)) (i32.const 0))
        (assert_return (invoke "none") (i32.const -1))
        """

    @Test("bulk operations work on the memories they name, whole or not at all", arguments: modes)
    func bulk(_ mode: Mode) { expectToPass(Self.bulk, mode) }

    /// Everything before the trap is there after it, in the memory that it went to.
    static let loops = """
        (module
          (memory $a 1) (memory $b 2)
          (func (export "move") (param $from i32) (param $count i32) (local $i i32)
            (loop
              (i32.store $b offset=4096 (local.get $i)
                (i32.add (i32.load $a (i32.add (local.get $from) (local.get $i))) (i32.const 1)))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $count)))))
          (func (export "b") (param i32) (result i32) (i32.load $b (local.get 0))))
        (invoke "move" (i32.const 0) (i32.const 0x10000))
        (assert_return (invoke "b" (i32.const 0x10ffc)) (i32.const 1))
        (assert_return (invoke "b" (i32.const 0x11000)) (i32.const 0))
        (assert_trap (invoke "move" (i32.const 0x8000) (i32.const 0x10000)) "out of bounds memory access")
        (assert_trap (invoke "move" (i32.const -4) (i32.const 0x10000)) "out of bounds memory access")
        (assert_trap (invoke "move" (i32.const 0) (i32.const 0x20000)) "out of bounds memory access")
        """

    @Test("loops over two memories trap where either ends", arguments: modes)
    func loops(_ mode: Mode) { expectToPass(Self.loops, mode) }
}
