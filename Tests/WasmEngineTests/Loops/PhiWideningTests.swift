import Testing
import WasmEngine

/// Optimised code keeps 32-bit counters, and bytes on their way around a loop, extended to 64 bits. Nobody can see it:
/// sums wrap at 2^32, signed uses see the sign, and each way into a loop brings the number that it had.
@Suite("Values that are kept extended") struct PhiWideningTests {
    /// Addresses step by `$step` modulo 2^32 and start outside the memory: masked only where they are used.
    static let text = """
        (module (memory (export "memory") 1)
          (data (i32.const 0) "\\80\\01\\ff\\7f\\00\\fe\\10\\81\\22\\90\\c3\\3c\\0f\\f0\\aa\\55")
          (func (export "walk") (param $at i32) (param $step i32) (param $n i32) (result i64)
            (local $hash i64)
            (loop $again
              (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31)) (i64.extend_i32_u (local.get $at))))
              (if (i32.lt_s (local.get $at) (i32.const 0))
                (then (local.set $hash (i64.xor (local.get $hash) (i64.extend_i32_s (local.get $at))))
                      (local.set $at (i32.add (local.get $at) (i32.const 1))))
                (else (local.set $hash (i64.add (local.get $hash) (i64.load8_u (i32.and (local.get $at)
                  (i32.const 15)))))))
              (local.set $at (i32.add (local.get $at) (local.get $step)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i64.add (local.get $hash) (i64.extend_i32_u (local.get $at))))
          ;; An address that wraps is in bounds again; what it was before is not.
          (func (export "wrapped") (param $at i32) (param $n i32) (result i32)
            (local $sum i32)
            (loop $again
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (loop $load
              (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_s (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const -1)))
              (br_if $load (i32.ne (local.get $at) (i32.const -1))))
            (local.get $sum))
          (func (export "bytes") (param $n i32) (result i64)
            (local $at i32) (local $byte i32) (local $hash i64)
            (local.set $byte (i32.const 0x80))
            (loop $again
              (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31)) (i64.extend_i32_u
                (local.get $byte))))
              (local.set $hash (i64.xor (local.get $hash) (i64.extend8_s (i64.extend_i32_u (local.get $byte)))))
              (if (i32.eq (local.get $byte) (i32.const 0xff))
                (then (local.set $byte (i32.load16_u offset=1 (local.get $at))))
                (else (local.set $byte (i32.load8_u (local.get $at)))))
              (local.set $at (i32.and (i32.add (local.get $at) (i32.const 1)) (i32.const 7)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $hash)))
        """

    static let data: [UInt8] = [
        0x80, 0x01, 0xff, 0x7f, 0x00, 0xfe, 0x10, 0x81, 0x22, 0x90, 0xc3, 0x3c, 0x0f, 0xf0, 0xaa, 0x55,
    ]

    static func walk(_ start: UInt32, _ step: UInt32, _ count: Int) -> UInt64 {
        var (at, hash) = (start, UInt64(0))
        for _ in 0..<count {
            hash = hash &* 31 &+ UInt64(at)
            if Int32(bitPattern: at) < 0 {
                hash ^= UInt64(bitPattern: Int64(Int32(bitPattern: at)))
                at &+= 1
            } else {
                hash &+= UInt64(data[Int(at & 15)])
            }
            at &+= step
        }
        return hash &+ UInt64(at)
    }

    static func bytes(_ count: Int) -> UInt64 {
        var (at, byte, hash) = (0, UInt32(0x80), UInt64(0))
        for _ in 0..<count {
            hash = hash &* 31 &+ UInt64(byte)
            hash ^= UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: byte)))
            byte = byte == 0xff ? UInt32(data[at + 1]) | UInt32(data[at + 2]) << 8 : UInt32(data[at])
            at = (at + 1) & 7
        }
        return hash
    }

    @Test(arguments: modes)
    func values(options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let walk = try instance.function("walk", as: ((Int32, Int32, Int32) -> Int64).self)
        for start in [0, 1, 0x7FFF_FFFE, 0x8000_0000, 0xFFFF_FFF0, UInt32.max] {
            for step in [0, 1, 3, 0x4000_0000, 0x8000_0001, UInt32.max] {
                let found = try walk(Int32(bitPattern: start), Int32(bitPattern: step), 50)
                #expect(UInt64(bitPattern: found) == Self.walk(start, step, 50), "from \(start) by \(step)")
            }
        }
        let bytes = try instance.function("bytes", as: ((Int32) -> Int64).self)
        for count in [1, 2, 7, 40] {
            #expect(UInt64(bitPattern: try bytes(Int32(count))) == Self.bytes(count), "\(count) bytes")
        }
    }

    @Test(arguments: modes)
    func addressesThatWrap(options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let wrapped = try instance.function("wrapped", as: ((Int32, Int32) -> Int32).self)
        let expected = Self.data[...9].reversed().reduce(Int32(0)) { $0 &* 31 &+ Int32(Int8(bitPattern: $1)) }
        // From -6 on, 15 steps later: 9. One step past the end of the memory, and at -1: traps.
        #expect(try wrapped(-6, 15) == expected)
        for (start, count) in [(65_000, 536), (-6, 5)] as [(Int32, Int32)] {
            let trap = #expect(throws: Trap.self) { try wrapped(start, count) }
            #expect(trap?.reason == .memoryOutOfBounds)
        }
    }
}
