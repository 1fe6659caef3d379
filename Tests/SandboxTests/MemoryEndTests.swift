import Testing
import WasmSpec

@Suite("At the end of a memory") struct MemoryEndTests {
    /// What lies at the end of a memory of one page, and of one that has all 65,536.
    static let script = """
        (module (memory 1)
          (func (export "last") (result i32) (i32.load8_u (i32.const 0xffff)))
          (func (export "behind") (result i32) (i32.load8_u (i32.const 0x10000)))
          (func (export "straddling") (param i32) (result i64) (i64.load (local.get 0)))
          (func (export "far") (param i32) (result i32) (i32.load8_u offset=0xffffffff (local.get 0)))
          (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1))))
        (assert_return (invoke "last") (i32.const 0))
        (assert_trap (invoke "behind") "out of bounds memory access")
        (assert_return (invoke "straddling" (i32.const 0xfff8)) (i64.const 0))
        (assert_trap (invoke "straddling" (i32.const 0xfff9)) "out of bounds memory access")
        (assert_trap (invoke "straddling" (i32.const -1)) "out of bounds memory access")
        (assert_trap (invoke "far" (i32.const 0)) "out of bounds memory access")
        (assert_trap (invoke "far" (i32.const 1)) "out of bounds memory access")
        (assert_trap (invoke "far" (i32.const -1)) "out of bounds memory access")
        (assert_return (invoke "fill" (i32.const 0x10000) (i32.const 0)))
        (assert_trap (invoke "fill" (i32.const 0x10001) (i32.const 0)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i32.const 0xffff) (i32.const 2)) "out of bounds memory access")
        (module (memory 65536)
          (func (export "last") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "straddling") (param i32) (result i64) (i64.load (local.get 0)))
          (func (export "behind") (param i32) (result i32) (i32.load8_u offset=1 (local.get 0))))
        (assert_return (invoke "last" (i32.const -1)) (i32.const 0))
        (assert_return (invoke "straddling" (i32.const -8)) (i64.const 0))
        (assert_trap (invoke "straddling" (i32.const -7)) "out of bounds memory access")
        (assert_trap (invoke "behind" (i32.const -1)) "out of bounds memory access")
        """

    @Test("the last byte is there, and the next one is not", arguments: everyMode)
    func boundaries(_ mode: Mode) { expectToPass(Self.script, mode) }

    /// It begins after the end and falls into the memory. An optimiser extends the second copy's address with a sign,
    /// so that it seems to lie below the reservation, if one knows nothing but the type.
    static let fallingScript = """
        (module (memory 1)
          (func (export "copy") (param $count i32) (local $i i32)
            (local.set $i (i32.const 65564))
            (loop
              (i32.store8 offset=1024 (i32.add (local.get $i) (i32.const -1052))
                (i32.load8_u (i32.add (local.get $i) (i32.const -28))))
              (i32.store8 offset=1024 (i32.add (local.get $i) (i32.const -1053))
                (i32.load8_u (i32.add (local.get $i) (i32.const -29))))
              (br_if 0 (i32.gt_u (local.tee $i (i32.add (local.get $i) (i32.const -2))) (i32.const 65534)))))
          (func (export "grow") (drop (memory.grow (i32.const 1)))))
        (assert_trap (invoke "copy" (i32.const 0)) "out of bounds memory access")
        (invoke "grow")
        (assert_return (invoke "copy" (i32.const 0)))
        """

    @Test("a loop that falls into it from beyond traps, which is no internal error", arguments: optimizingModes)
    func fallingFromBehind(_ mode: Mode) { expectToPass(Self.fallingScript, mode) }

    /// Few iterations that are far from each other. A test before the loop may not take a large step for one that
    /// leaves the memory.
    static let farScript: String = {
        var (functions, commands) = ("", "")
        for (number, step) in [1 << 27, 1 << 28, 1 << 28 + 1, 1 << 29, 1 << 30, 1 << 31 - 64].enumerated() {
            let count = min(4, (1 << 32) / step)
            for (direction, start, step) in [("up", 8, step), ("down", 8 + (count - 1) * step, -step)] {
                functions += """
                    (func (export "\(direction)\(number)") (local $i i64) (local.set $i (i64.const \(start)))
                      (loop
                        (i32.store8 offset=1 (i32.wrap_i64 (local.get $i)) (i32.const \(number + 1)))
                        (i32.store8 offset=2 (i32.wrap_i64 (local.get $i))
                          (i32.add (i32.load8_u offset=2 (i32.wrap_i64 (local.get $i))) (i32.const 1)))
                        (br_if 0 (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const \(step))))
                          (i64.const \(start + count * step))))))

                    """
                commands += "(invoke \"\(direction)\(number)\")\n"
                for place in (0..<count).map({ start + $0 * step }) {
                    commands += """
                        (assert_return (invoke "load" (i32.const \(UInt32(place + 1)))) (i32.const \(number + 1)))
                        (invoke "store" (i32.const \(UInt32(place + 1))))

                        """
                }
            }
        }
        return """
            (module (memory 65536)
              \(functions)
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
              (func (export "store") (param i32) (i32.store8 (local.get 0) (i32.const 0))))
            \(commands)
            """
    }()

    @Test("a loop of large steps that stays inside runs to its end", arguments: optimizingModes)
    func farApart(_ mode: Mode) { expectToPass(Self.farScript, mode) }

    /// LLVM knows that there are at most fifteen iterations, and would leave lanes of a last vector out by a mask.
    static let shortScript = """
        (module (memory 1)
          (func (export "sum") (param $at i32) (param $count i32) (result i64) (local $sum i64) (local $i i32)
            (local.set $i (i32.const 15))
            (local.set $count (i32.sub (i32.const 15) (local.get $count)))
            (if (i32.gt_u (local.get $i) (local.get $count)) (then
              (loop
                (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 8)))
                (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                (br_if 0 (i32.gt_u (local.get $i) (local.get $count))))))
            (local.get $sum))
          (func (export "fill") (param $at i32) (param $count i32) (local $i i32)
            (local.set $count (i32.and (local.get $count) (i32.const 7)))
            (loop
              (i32.store (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 2))) (local.get $i))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))))
        (assert_return (invoke "fill" (i32.const 65508) (i32.const 7)))
        (assert_return (invoke "fill" (i32.const 65532) (i32.const 1)))
        (assert_return (invoke "sum" (i32.const 65528) (i32.const 1)) (i64.const 5))
        (assert_return (invoke "sum" (i32.const 65512) (i32.const 3)) (i64.const 0x0000000600000009))
        (assert_trap (invoke "sum" (i32.const 65528) (i32.const 2)) "out of bounds memory access")
        (assert_trap (invoke "fill" (i32.const 65516) (i32.const 6)) "out of bounds memory access")
        """

    @Test("a loop of few iterations reads and writes the last bytes", arguments: optimizingModes)
    func fewIterations(_ mode: Mode) { expectToPass(Self.shortScript, mode) }

    /// LLVM unrolls it, and then its counter falls to the bound itself: another step would wrap.
    static let falling64Script = """
        (module (memory i64 1)
          (data (i64.const 0) "\\01\\02\\03\\04\\05\\06\\07\\08\\09")
          (func (export "sum") (param $at i32) (result i64) (local $sum i64) (local $i i64) (local $end i64)
            (local.set $i (i64.add (i64.extend_i32_u (local.get $at)) (i64.const 1312)))
            (local.set $end (i64.sub (local.get $i) (i64.const 1320)))
            (block (loop
              (br_if 1 (i32.eqz (i64.gt_s (local.get $i) (local.get $end))))
              (local.set $sum (i64.xor (local.get $sum) (i64.load8_u (local.get $i))))
              (i64.store offset=8 (i64.and (local.get $i) (i64.const 4095)) (i64.add (local.get $i) (i64.const 7)))
              (local.set $i (i64.sub (local.get $i) (i64.const 8)))
              (br 0)))
            (local.get $sum)))
        (assert_return (invoke "sum" (i32.const 0)) (i64.const 8))
        (assert_trap (invoke "sum" (i32.const 64232)) "out of bounds memory access")
        """

    @Test("a loop with 64-bit addresses falls to the first byte", arguments: optimizingModes)
    func fallingToTheBeginning(_ mode: Mode) { expectToPass(Self.falling64Script, mode) }
}
