import Testing
import WasmEngine

/// Remainders of what is below twice the divisor become subtractions; nobody can see the difference.
@Suite("Remainders at and around twice the divisor") struct RemainderTests {
    /// Small ones, some around a power of two, and some whose double does not fit into 32 bits.
    static let divisors: [UInt32] = [
        1, 3, 126, 127, 128, 129, 254, 255, 256, 65_521, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE,
        0xFFFF_FFFF,
    ]

    static let text: String = {
        var text = "(module\n"
        for divisor in divisors {
            for type in ["i32", "i64"] {
                let constant = "(\(type).const \(divisor))"
                func remainder(_ value: String) -> String { "(\(type).rem_u \(value) \(constant))" }
                text += """
                    (func (export "\(type).sum.\(divisor)") (param $a \(type)) (param $b \(type)) (result \(type))
                      \(remainder("(\(type).add \(remainder("(local.get $a)")) \(remainder("(local.get $b)")))")))
                    (func (export "\(type).even.\(divisor)") (param $a \(type)) (param $b \(type)) (result \(type))
                      \(remainder("(\(type).and (local.get $a) (\(type).const 254))")))
                    ;; from a value that may be anything, and from one that is larger than twice the divisor may be
                    (func (export "\(type).loop.\(divisor)") (param $a \(type)) (param $b \(type)) (result \(type))
                      (local $n i32) (local $other \(type))
                      (local.set $n (i32.const 5))
                      (local.set $other (\(type).const 1000))
                      (loop $again
                        (local.set $a
                          \(remainder("(\(type).add (local.get $a) (\(type).and (local.get $b) (\(type).const 127)))")))
                        (local.set $other \(remainder("(\(type).add (local.get $a) (local.get $other))")))
                        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                      (\(type).xor (local.get $a) (local.get $other)))

                    """
            }
        }
        return text + ")"
    }()

    static func expected<T: FixedWidthInteger & UnsignedInteger>(_ name: String, _ a: T, _ b: T, _ divisor: T) -> T {
        switch name {
        case "sum": return (a % divisor &+ b % divisor) % divisor
        case "even": return (a & 254) % divisor
        default:
            var (a, other): (T, T) = (a, 1000)
            for _ in 0..<5 {
                a = (a &+ b & 127) % divisor
                other = (a &+ other) % divisor
            }
            return a ^ other
        }
    }

    @Test(arguments: modes)
    func remainders(options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        for divisor in Self.divisors {
            let edges = [
                0, 1, divisor &- 1, divisor, divisor &+ 1, 2 &* divisor &- 1, 2 &* divisor, 253, 254, 255, .max,
            ]
            for name in ["sum", "even", "loop"] {
                let narrow = try instance.function("i32.\(name).\(divisor)", as: ((Int32, Int32) -> Int32).self)
                let wide = try instance.function("i64.\(name).\(divisor)", as: ((Int64, Int64) -> Int64).self)
                for a in edges {
                    for b in edges {
                        let found = UInt32(bitPattern: try narrow(Int32(bitPattern: a), Int32(bitPattern: b)))
                        #expect(found == Self.expected(name, a, b, divisor), "i32 \(name) \(divisor) \(a) \(b)")
                        let (x, y) = (UInt64(a) << 31 | 1, UInt64(b))
                        let foundWide = UInt64(bitPattern: try wide(Int64(bitPattern: x), Int64(bitPattern: y)))
                        #expect(
                            foundWide == Self.expected(name, x, y, UInt64(divisor)), "i64 \(name) \(divisor) \(x) \(y)")
                    }
                }
            }
        }
    }
}
