import Testing
import WasmSpec

/// Loops that a compiler unrolled by hand, at the ends of what their counters can hold. When their copies become
/// iterations, a counter takes values in between that it did not have before.
@Suite("Unrolled loops at the ends of their counters' range") struct RerollingTests {
    /// `copies` stores in each of `count` iterations; the counter steps by `step` and is `last` in the last one.
    struct Case {
        var step: Int32
        var count: Int
        var last: UInt32
        var copies: Int { Int(abs(step)) }

        var first: UInt32 { last &- UInt32(bitPattern: step &* Int32(count - 1)) }
        var end: UInt32 { last &+ UInt32(bitPattern: step) }
        /// What a copy's value differs by from the first one's.
        func difference(_ copy: Int) -> Int64 { Int64(step.signum()) * Int64(copy) }
        var counters: [UInt32] { (0..<count).map { first &+ UInt32(bitPattern: step &* Int32($0)) } }
    }

    /// The ends of both ways to read 32 bits, and what lies beside them.
    static let boundaries: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]
    static let cases: [Case] = boundaries.flatMap { last in [2, -2, 4].map { Case(step: $0, count: 25, last: last) } }

    /// How a stored value is made of the counter and of the copy's number.
    enum Value: CaseIterable {
        case unsignedThenAdded, signedThenAdded, addedThenUnsigned, addedThenSigned, orThenUnsigned

        func text(_ difference: Int64) -> String {
            switch self {
            case .unsignedThenAdded: "(i64.add (i64.extend_i32_u (local.get $i)) (i64.const \(difference)))"
            case .signedThenAdded: "(i64.add (i64.extend_i32_s (local.get $i)) (i64.const \(difference)))"
            case .addedThenUnsigned: "(i64.extend_i32_u (i32.add (local.get $i) (i32.const \(difference))))"
            case .addedThenSigned: "(i64.extend_i32_s (i32.add (local.get $i) (i32.const \(difference))))"
            case .orThenUnsigned: "(i64.extend_i32_u (i32.or (local.get $i) (i32.const \(abs(difference)))))"
            }
        }

        func value(_ counter: UInt32, _ difference: Int64) -> UInt64 {
            let sum = counter &+ UInt32(truncatingIfNeeded: difference)
            switch self {
            case .unsignedThenAdded: return UInt64(counter) &+ UInt64(bitPattern: difference)
            case .signedThenAdded: return UInt64(bitPattern: Int64(Int32(bitPattern: counter)) &+ difference)
            case .addedThenUnsigned: return UInt64(sum)
            case .addedThenSigned: return UInt64(bitPattern: Int64(Int32(bitPattern: sum)))
            case .orThenUnsigned: return UInt64(counter | UInt32(abs(difference)))
            }
        }
    }

    static let valueScript: String = {
        var functions = "", assertions = ""
        for (number, example) in cases.enumerated() {
            for value in Value.allCases {
                let size = 8 * example.copies * example.count
                let stores = (0..<example.copies).map {
                    "(i64.store offset=\(8 * $0) (local.get $j) \(value.text(example.difference($0))))"
                }
                functions += """
                    (func (export "\(value)\(number)") (result i64) (local $i i32) (local $j i32)
                      (memory.fill (i32.const 0) (i32.const 0) (i32.const 1024))
                      (local.set $i (i32.const \(example.first)))
                      (loop $again
                        \(stores.joined(separator: " "))
                        (local.set $j (i32.add (local.get $j) (i32.const \(8 * example.copies))))
                        (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const \(example.step))))
                          (i32.const \(example.end)))))
                      (call $hash))

                    """
                var memory = ModelMemory(byteCount: 1024)
                for (k, counter) in example.counters.enumerated() {
                    for copy in 0..<example.copies {
                        memory.store(
                            value.value(counter, example.difference(copy)), at: 8 * (k * example.copies + copy))
                    }
                }
                assert(size <= 1024)
                assertions += "(assert_return (invoke \"\(value)\(number)\") (i64.const \(memory.hash(1024))))\n"
            }
        }
        return "(module (memory 1) \(ModelMemory.hashFunction(1024)) \(functions))\n\(assertions)"
    }()

    @Test("stored values are those of each copy", arguments: optimizingModes)
    func values(_ mode: Mode) { expectToPass(Self.valueScript, mode) }

    /// Bytes stored at the counter and beside it, in a memory of two pages, up to its ends.
    static let addressScript: String = {
        let size = 2 * 65536
        var functions = "", assertions = ""
        for (number, step) in [Int32(2), -2, 4, -4].enumerated() {
            let copies = Int(abs(step))
            let lasts = step < 0 ? [0, 1] : [size - copies, size - copies - 1]
            for last in lasts {
                let example = Case(step: step, count: 300, last: UInt32(last))
                let order = step > 0 ? Array(0..<copies) : Array((0..<copies).reversed())
                let stores = order.map { "(i32.store8 offset=\($0) (local.get $i) (i32.const 5))" }
                let name = "\(number)-\(last)"
                functions += """
                    (func (export "\(name)") (result i64) (local $i i32)
                      (memory.fill (i32.const 0) (i32.const 0) (i32.const \(size)))
                      (local.set $i (i32.const \(example.first)))
                      (loop $again
                        \(stores.joined(separator: " "))
                        (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const \(step))))
                          (i32.const \(example.end)))))
                      (call $hash))

                    """
                var memory = ModelMemory(byteCount: size)
                for counter in example.counters {
                    for copy in 0..<copies { memory.store(UInt8(5), at: Int(counter) + copy) }
                }
                assertions += "(assert_return (invoke \"\(name)\") (i64.const \(memory.hash(size))))\n"
            }
        }
        return "(module (memory 2) \(ModelMemory.hashFunction(size)) \(functions))\n\(assertions)"
    }()

    @Test("stored bytes are in the memory", arguments: optimizingModes)
    func addresses(_ mode: Mode) { expectToPass(Self.addressScript, mode) }

    /// Copies 16 bytes apart in an iteration, from an address of 64 bits on that may be anywhere, to 2,400 if it gets
    /// there, else to the memory's end: how many times it goes round is in 60 bits.
    static let wideScript: String = {
        let size = 65536
        var memory = ModelMemory(byteCount: size)
        var assertions = ""
        for first in [0, 16, 2384, 2400, 8, 2416, size - 16, size - 8, -16] {
            var place = first, traps = false
            repeat {
                for copy in [0, 8] {
                    traps = traps || place < 0 || place + copy + 8 > size
                    if !traps { memory.store(UInt64(place + copy + 1), at: place + copy) }
                }
                place += 16
            } while !traps && place != 2400
            assertions +=
                (traps
                    ? "(assert_trap (invoke \"fill\" (i64.const \(first))) \"out of bounds memory access\")\n"
                    : "(invoke \"fill\" (i64.const \(first)))\n")
                + "(assert_return (invoke \"hash\") (i64.const \(memory.hash(size))))\n"
        }
        return """
            (module (memory i64 1) \(ModelMemory.hashFunction(size, index: "i64"))
              (func (export "fill") (param $p i64)
                (loop $again
                  (i64.store (local.get $p) (i64.add (local.get $p) (i64.const 1)))
                  (i64.store offset=8 (local.get $p) (i64.add (local.get $p) (i64.const 9)))
                  (br_if $again
                    (i64.ne (local.tee $p (i64.add (local.get $p) (i64.const 16))) (i64.const 2400))))))
            \(assertions)
            """
    }()

    @Test("64-bit addresses that begin anywhere", arguments: optimizingModes)
    func wideAddresses(_ mode: Mode) { expectToPass(Self.wideScript, mode) }

    /// The attacker reads and writes its first 1,616 bytes, downwards, in a memory of 4 GiB: what is read or written
    /// beyond would be the victim's.
    static let neighbours = """
        (module $victim (memory 16384)
          (data (i32.const 0) "SECRET!!")
          (func (export "peek") (result i64) (i64.load (i32.const 0))))
        (module $attacker (memory 65536)
          (func (export "read") (result i64) (local $i i32) (local $s i64)
            (local.set $i (i32.const 1600))
            (loop
              (local.set $s (i64.add (local.get $s) (i64.load offset=8 (local.get $i))))
              (local.set $s (i64.add (local.get $s) (i64.load (local.get $i))))
              (br_if 0 (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 16))) (i32.const -16))))
            (local.get $s))
          (func (export "write") (local $i i32)
            (local.set $i (i32.const 1600))
            (loop
              (i64.store offset=8 (local.get $i) (i64.const 0x2121212144454E57))
              (i64.store (local.get $i) (i64.const 0x2121212144454E57))
              (br_if 0 (i32.ne (local.tee $i (i32.sub (local.get $i) (i32.const 16))) (i32.const -16)))))
          (func (export "up") (result i32) (local $i i32) (local $n i32)
            (local.set $i (i32.const 4294964293))
            (loop
              (i32.store8 (i32.add (local.get $i) (i32.const 1)) (i32.const 5))
              (i32.store8 (i32.add (local.get $i) (i32.const 2)) (i32.const 5))
              (i32.store8 (i32.add (local.get $i) (i32.const 3)) (i32.const 5))
              (local.set $i (i32.add (local.get $i) (i32.const 3)))
              (br_if 0 (i32.ne (i32.const 1001) (local.tee $n (i32.add (local.get $n) (i32.const 1))))))
            (i32.load8_u (i32.const 0))))
        (assert_return (invoke $attacker "read") (i64.const 0))
        (assert_return (invoke $victim "peek") (i64.const 0x2121544552434553))
        (assert_return (invoke $attacker "write"))
        (assert_return (invoke $victim "peek") (i64.const 0x2121544552434553))
        (assert_return (invoke $attacker "up") (i32.const 5))
        (assert_return (invoke $victim "peek") (i64.const 0x2121544552434553))
        """

    @Test("what another instance has is neither read nor written", arguments: everyMode)
    func neighbours(_ mode: Mode) { expectToPass(Self.neighbours, mode) }
}
