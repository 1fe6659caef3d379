import Foundation
import Testing

/// Each mend of the loop passes is taken out, one at a time. Results may then be wrong; but no guest reads or writes
/// what is not its own, and no process dies: that rests on the last pass and on guard regions.
@Suite("Without a mend of the passes, containment holds") struct ContainmentTests {
    static let mends = ["", "extensions", "disjoint", "flags", "lengths", "bulk", "masks", "stores", "freezing"]

    /// The victim's memory begins with a secret, and its neighbours are the attackers'. Results that are an attacker's
    /// own affair are not asserted; what the victim holds is.
    static let script = """
        (module $victim (memory 16384)
          (data (i32.const 0) "SECRET!!") (data (i32.const 65528) "SECRET!!")
          (func (export "first") (result i64) (i64.load (i32.const 0)))
          (func (export "second") (result i64) (i64.load (i32.const 65528))))
        (module $falling (memory 65536)
          (func (export "f") (result i32) (local $i i32) (local $found i32)
            (local.set $i (i32.const 1600))
            (loop
              (if (i64.eq (i64.load offset=8 (local.get $i)) (i64.const 0x2121544552434553)) (then (local.set $found
                (i32.const 1))))
              (i64.store offset=8 (local.get $i) (i64.const 0x2121212144454E57))
              (i64.store (local.get $i) (i64.const 0x2121212144454E57))
              (br_if 0 (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 16))) (i32.const -16))))
            (local.get $found))
          (func (export "sum") (result i64) (local $i i32) (local $s i64)
            (local.set $i (i32.const 1600))
            (loop
              (local.set $s (i64.or (local.get $s) (i64.load offset=8 (local.get $i))))
              (local.set $s (i64.or (local.get $s) (i64.load (local.get $i))))
              (br_if 0 (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 16))) (i32.const -16))))
            (local.get $s)))
        (module $masked (memory 1 1)
          (func (export "write") (param $n i32) (local $i i32)
            (loop $l
              (i32.store8 (i32.and (local.get $i) (i32.const 0x7fff)) (i32.const 66))
              (i32.store8 offset=65532 (i32.and (local.get $i) (i32.const 3)) (i32.const 65))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))))
        (module $empty (memory 65535 65536) (data (i32.const 0) "x")
          (func (export "grow") (result i32) (memory.grow (i32.const 1)))
          (func (export "f") (param $p i32) (param $n i32) (result i32)
            (local $s i64) (local $r i32) (local $i i32) (local $y i64)
            (loop
              (memory.fill (i32.add (local.get $p) (i32.const 4)) (i32.const 9) (i32.const 0))
              (i32.store (local.get $p) (i32.const 5))
              (local.set $y (i64.extend_i32_u (i32.add (local.get $p) (i32.const 4))))
              (local.set $r (i32.load8_u offset=0x20000010
                (i32.wrap_i64 (i64.mul (i64.shr_u (local.get $y) (i64.const 32)) (i64.const 0x70000000)))))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $r)))
        (invoke $falling "f")
        (invoke $falling "sum")
        (invoke $masked "write" (i32.const 32768))
        (invoke $empty "grow")
        (invoke $empty "f" (i32.const 0xffffffc0) (i32.const 16))
        (assert_return (invoke $victim "first") (i64.const 0x2121544552434553))
        (assert_return (invoke $victim "second") (i64.const 0x2121544552434553))
        """

    @Test("no guest reaches another's memory", arguments: mends, ["checked", "guarded"])
    func holds(without mend: String, memory: String) throws {
        let file = try temporaryFolder().appending(path: "script.wast")
        try Self.script.write(to: file, atomically: true, encoding: .utf8)
        for level in ["O1", "O2", "O3"] {
            var environment = ProcessInfo.processInfo.environment
            environment["WASMC_WITHOUT_MENDS"] = mend
            environment["WASMC_CACHE"] = "off"
            let outcome = try run(
                "wasmc-compiler", ["wast", "--memory", memory, "-O", level, file.path], environment: environment)
            let report = outcome.text + outcome.errors
            // 1 says that something failed; a signal has a number of its own.
            #expect(outcome.status <= (mend.isEmpty ? 0 : 1), "\(mend) \(memory) \(level): \(report)")
            #expect(!report.contains("$victim"), "\(mend) \(memory) \(level): \(report)")
        }
    }
}
