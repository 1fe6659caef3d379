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
}
