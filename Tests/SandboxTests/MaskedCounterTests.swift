import Testing
import WasmSpec

/// `ring[i & 255] ^= key[i & 7]`: LLVM 22 takes the condition under which the wider of two counters does not wrap to
/// imply the one for the narrower.
@Suite("Two masks of one counter") struct MaskedCounterTests {
    /// The counter modulo a power of two.
    enum Mask: CaseIterable {
        case and, remainder, shifts

        func text(_ bits: Int) -> String {
            switch self {
            case .and: "(i32.and (local.get $i) (i32.const \(1 << bits - 1)))"
            case .remainder: "(i32.rem_u (local.get $i) (i32.const \(1 << bits)))"
            case .shifts: "(i32.shr_u (i32.shl (local.get $i) (i32.const \(32 - bits))) (i32.const \(32 - bits)))"
            }
        }
    }

    static let widths = [(8, 3), (3, 8), (6, 2), (10, 1)]
    static let counts = [1, 4, 8, 9, 64, 100, 257, 1025]
    static let size = 4096

    /// Bytes of `ring`, at 0, and of `key`, at the memory's end.
    static let script: String = {
        var functions = "", assertions = ""
        for mask in Mask.allCases {
            for (ring, key) in widths {
                let name = "\(mask)-\(ring)-\(key)", at = size - 1 << key
                functions += """
                    (func (export "mix-\(name)") (param $n i32) (result i64) (local $i i32)
                      (call $fill)
                      (loop $again
                        (i32.store8 \(mask.text(ring))
                          (i32.xor (i32.load8_u \(mask.text(ring))) (i32.load8_u offset=\(at) \(mask.text(key)))))
                        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
                      (call $hash))
                    (func (export "sum-\(name)") (param $n i32) (result i64) (local $i i32) (local $s i32)
                      (call $fill)
                      (loop $again
                        (local.set $s (i32.add (local.get $s)
                          (i32.mul (i32.load8_u \(mask.text(ring))) (i32.load8_u offset=\(at) \(mask.text(key))))))
                        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
                      (i64.extend_i32_u (local.get $s)))
                    (func (export "write-\(name)") (param $n i32) (result i64) (local $i i32)
                      (call $fill)
                      (loop $again
                        (i32.store8 \(mask.text(ring)) (i32.const 66))
                        (i32.store8 offset=\(at) \(mask.text(key)) (local.get $i))
                        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
                      (call $hash))

                    """
                for count in counts {
                    var mixed = filled, written = filled, sum: UInt32 = 0
                    for i in 0..<count {
                        let a = i % (1 << ring), b = at + i % (1 << key)
                        mixed.bytes[a] ^= mixed.bytes[b]
                        written.bytes[a] = 66
                        written.bytes[b] = UInt8(truncatingIfNeeded: i)
                        sum &+= UInt32(filled.bytes[a]) &* UInt32(filled.bytes[b])
                    }
                    assertions += """
                        (assert_return (invoke "mix-\(name)" (i32.const \(count))) (i64.const \(mixed.hash(size))))
                        (assert_return (invoke "sum-\(name)" (i32.const \(count))) (i64.const \(sum)))
                        (assert_return (invoke "write-\(name)" (i32.const \(count))) (i64.const \(written.hash(size))))

                        """
                }
            }
        }
        return """
            (module (memory 1) \(ModelMemory.hashFunction(size))
              (func $fill (local $i i32)
                (loop $again
                  (i32.store8 (local.get $i) (i32.mul (local.get $i) (i32.const 37)))
                  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const \(size))))))
              \(functions))
            \(assertions)
            """
    }()

    static let filled: ModelMemory = {
        var memory = ModelMemory(byteCount: size)
        for i in 0..<size { memory.bytes[i] = UInt8(truncatingIfNeeded: i * 37) }
        return memory
    }()

    @Test("each wraps where it does", arguments: optimizingModes) func values(_ mode: Mode) {
        expectToPass(Self.script, mode)
    }
}
