import Testing
import WasmSpec

/// Bulk operations of no bytes may start where a memory of 4 GiB ends: at 2^32, which no 32-bit index is.
@Suite("Bulk operations of length zero in loops") struct ZeroLengthTests {
    static func script(_ operation: (String) -> String) -> String {
        """
        (module (memory 1 65536)
          (data $bytes "x")
          (func (export "grow") (result i32) (memory.grow (i32.const 65535)))
          (func (export "up") (param $p i32) (param $n i32) (result i64) (local $s i64) (local $i i32)
            (loop
              \(operation("(i32.add (local.get $p) (i32.const 4))"))
              (i32.store (local.get $p) (i32.const 5))
              (local.set $s (i64.xor (i64.mul (local.get $s) (i64.const 3)) (i64.extend_i32_u (i32.add (local.get $p)
                (i32.const 4)))))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $s))
          (func (export "two") (param $p i32) (param $t i32) (param $n i32) (result i32) (local $r i32) (local $i i32)
            (local $y i64)
            (loop
              \(operation("(i32.add (local.get $p) (i32.const 4))"))
              \(operation("(i32.add (local.get $t) (i32.const 8))"))
              (i32.store (local.get $p) (i32.const 5))
              (i64.store (local.get $t) (i64.const 5))
              (local.set $y (i64.add (i64.extend_i32_u (i32.add (local.get $p) (i32.const 4))) (i64.extend_i32_u
                (i32.add (local.get $t) (i32.const 8)))))
              (local.set $r (i32.load8_u offset=0x20000010 (i32.wrap_i64 (i64.mul (i64.shr_u (local.get $y)
                (i64.const 32)) (i64.const 0x70000000)))))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (local.set $t (i32.add (local.get $t) (i32.const 8)))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $r)))
        (assert_return (invoke "grow") (i32.const 1))
        (assert_return (invoke "up" (i32.const 4294967232) (i32.const 16)) (i64.const 46221067257338304))
        (assert_return (invoke "up" (i32.const 4294967232) (i32.const 15)) (i64.const 15407022419112768))
        (assert_return (invoke "up" (i32.const 100) (i32.const 16)) (i64.const 1460211712))
        (assert_return (invoke "two" (i32.const 0xffffffc0) (i32.const 0xffffff80) (i32.const 16)) (i32.const 0))
        """
    }

    @Test("memory.fill", arguments: everyMode) func fill(_ mode: Mode) {
        expectToPass(Self.script { "(memory.fill \($0) (i32.const 9) (i32.const 0))" }, mode)
    }

    @Test("memory.copy, to there and from there", arguments: everyMode) func copy(_ mode: Mode) {
        expectToPass(Self.script { "(memory.copy \($0) (i32.const 0) (i32.const 0))" }, mode)
        expectToPass(Self.script { "(memory.copy (i32.const 0) \($0) (i32.const 0))" }, mode)
    }

    @Test("memory.init", arguments: everyMode) func initialize(_ mode: Mode) {
        expectToPass(Self.script { "(memory.init $bytes \($0) (i32.const 0) (i32.const 0))" }, mode)
    }
}
