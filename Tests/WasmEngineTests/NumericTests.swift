import Testing
import WasmEngine

/// Every integer instruction on edge operands against Swift's arithmetic, in every mode.
@Suite struct NumericTests {
    static let edges32: [UInt32] = [
        0, 1, 2, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE,
        0xFFFF_FFFF,
    ]
    static let edges64: [UInt64] = [
        0, 1, 2, 63, 64, 65, 0x80, 0x8000, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        0x8000_0000_0000_0001, .max - 1, .max,
    ]

    static let binaryNames = [
        "add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl",
        "rotr",
        "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
    ]

    /// `nil`: the instruction traps.
    static func expected<U: FixedWidthInteger & UnsignedInteger, S: FixedWidthInteger & SignedInteger>(
        _ name: String, _ a: U, _ b: U, _: S.Type
    ) -> UInt64? {
        let (sa, sb) = (S(truncatingIfNeeded: a), S(truncatingIfNeeded: b))
        let count = Int(b % U(U.bitWidth))
        func rotate(_ left: Int) -> U { left == 0 ? a : a << U(left) | a >> U(U.bitWidth - left) }
        func bits(_ value: S) -> UInt64 { UInt64(U(truncatingIfNeeded: value)) }
        func flag(_ value: Bool) -> UInt64 { value ? 1 : 0 }
        switch name {
        case "add": return UInt64(a &+ b)
        case "sub": return UInt64(a &- b)
        case "mul": return UInt64(a &* b)
        case "div_s": return b == 0 || (sa == .min && sb == -1) ? nil : bits(sa / sb)
        case "div_u": return b == 0 ? nil : UInt64(a / b)
        case "rem_s": return b == 0 ? nil : sb == -1 ? 0 : bits(sa % sb)
        case "rem_u": return b == 0 ? nil : UInt64(a % b)
        case "and": return UInt64(a & b)
        case "or": return UInt64(a | b)
        case "xor": return UInt64(a ^ b)
        case "shl": return UInt64(a << U(count))
        case "shr_s": return bits(sa >> S(count))
        case "shr_u": return UInt64(a >> U(count))
        case "rotl": return UInt64(rotate(count))
        case "rotr": return UInt64(rotate((U.bitWidth - count) % U.bitWidth))
        case "eq": return flag(a == b)
        case "ne": return flag(a != b)
        case "lt_s": return flag(sa < sb)
        case "lt_u": return flag(a < b)
        case "gt_s": return flag(sa > sb)
        case "gt_u": return flag(a > b)
        case "le_s": return flag(sa <= sb)
        case "le_u": return flag(a <= b)
        case "ge_s": return flag(sa >= sb)
        case "ge_u": return flag(a >= b)
        default: return nil
        }
    }

    static let text: String = {
        var text = "(module\n"
        for (index, name) in binaryNames.enumerated() {
            for type in ["i32", "i64"] {
                let result = index < 15 ? type : "i32"
                text +=
                    """
                    (func (export \"\(type).\(name)\") (param \(type) \(type)) (result \(result)) (\(type).\(name) \
                    (local.get 0) (local.get 1)))\n
                    """
            }
        }
        for type in ["i32", "i64"] {
            for name in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
                text +=
                    """
                    (func (export \"\(type).\(name)\") (param \(type)) (result \(type)) (\(type).\(name) (local.get \
                    0)))\n
                    """
            }
        }
        for (target, source) in [("i32", "f32"), ("i32", "f64"), ("i64", "f32"), ("i64", "f64")] {
            for sign in ["s", "u"] {
                for kind in ["trunc", "trunc_sat"] {
                    let name = "\(target).\(kind)_\(source)_\(sign)"
                    text += "(func (export \"\(name)\") (param \(source)) (result \(target)) (\(name) (local.get 0)))\n"
                }
            }
        }
        for type in ["f32", "f64"] {
            for name in ["min", "max", "add", "sub", "mul", "div", "copysign"] {
                text +=
                    """
                    (func (export \"\(type).\(name)\") (param \(type) \(type)) (result \(type)) (\(type).\(name) \
                    (local.get 0) (local.get 1)))\n
                    """
            }
        }
        return text + ")"
    }()

    @Test("Integer instructions", arguments: modes.indices)
    func integers(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        for name in Self.binaryNames {
            let narrow = try instance.function("i32." + name)
            for a in Self.edges32 {
                for b in Self.edges32 {
                    let found = try? narrow.call([.i32(Int32(bitPattern: a)), .i32(Int32(bitPattern: b))])[0].bits
                    #expect(found == Self.expected(name, a, b, Int32.self), "i32.\(name) \(a) \(b)")
                }
            }
            let wide = try instance.function("i64." + name)
            for a in Self.edges64 {
                for b in Self.edges64 {
                    let found = try? wide.call([.i64(Int64(bitPattern: a)), .i64(Int64(bitPattern: b))])[0].bits
                    #expect(found == Self.expected(name, a, b, Int64.self), "i64.\(name) \(a) \(b)")
                }
            }
        }
        for a in Self.edges32 {
            func call(_ name: String) throws -> UInt64 {
                try instance.function("i32." + name).call([.i32(Int32(bitPattern: a))])[0].bits
            }
            #expect(try call("clz") == UInt64(a.leadingZeroBitCount))
            #expect(try call("ctz") == UInt64(a.trailingZeroBitCount))
            #expect(try call("popcnt") == UInt64(a.nonzeroBitCount))
            #expect(try call("extend8_s") == UInt64(UInt32(bitPattern: Int32(Int8(truncatingIfNeeded: a)))))
            #expect(try call("extend16_s") == UInt64(UInt32(bitPattern: Int32(Int16(truncatingIfNeeded: a)))))
        }
    }

    static let floatEdges: [Double] = [
        0, -0.0, 0.5, -0.5, -0.9999999, 1, -1, 2147483647, 2147483648, -2147483648, -2147483649, -2147483648.9,
        4294967295,
        4294967296, 0x1p63, -0x1p63, 0x1p64, 0x1.fffffffffffffp62, -0x1.0000000000001p63, .infinity, -.infinity, .nan,
        1e300, -1e300, .leastNonzeroMagnitude,
    ]

    @Test("Truncations at the boundaries of their ranges", arguments: modes.indices)
    func truncations(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        for value in Self.floatEdges {
            for source in ["f32", "f64"] {
                let argument: Value = source == "f32" ? .f32(Float(value)) : .f64(value)
                let exact = source == "f32" ? Double(Float(value)) : value
                func check<T: FixedWidthInteger>(_ type: T.Type, _ prefix: String, _ suffix: String) throws {
                    let name = prefix + suffix
                    // In range when the truncated value is; NaN never is.
                    let whole = exact.rounded(.towardZero)
                    let inRange = T(exactly: whole)
                    let found = try? instance.function(prefix + ".trunc" + suffix).call([argument])[0].bits
                    #expect(
                        found == inRange.map { UInt64(truncatingIfNeeded: $0) & mask(T.bitWidth) }, "\(name) \(exact)")
                    let saturated = exact.isNaN ? 0 : inRange ?? (exact < 0 ? T.min : T.max)
                    let sat = try instance.function(prefix + ".trunc_sat" + suffix).call([argument])[0].bits
                    #expect(sat == UInt64(truncatingIfNeeded: saturated) & mask(T.bitWidth), "\(name) sat \(exact)")
                }
                try check(Int32.self, "i32", "_\(source)_s")
                try check(UInt32.self, "i32", "_\(source)_u")
                try check(Int64.self, "i64", "_\(source)_s")
                try check(UInt64.self, "i64", "_\(source)_u")
            }
        }
    }

    private func mask(_ bitCount: Int) -> UInt64 { bitCount == 64 ? .max : (1 << UInt64(bitCount)) - 1 }

    @Test("NaNs come out quiet, minimum and maximum order zeros", arguments: modes.indices)
    func floats(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let signalling = Double(bitPattern: 0x7FF0_0000_0000_0001)
        for name in ["add", "sub", "mul", "div", "min", "max"] {
            for other in [0.0, 1.0, -0.0, .infinity, signalling] {
                for operands in [[signalling, other], [other, signalling]] {
                    let bits = try instance.function("f64." + name).call(operands.map { .f64($0) })[0].bits
                    #expect(
                        bits & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000,
                        "\(name) \(operands) gave \(String(bits, radix: 16))")
                }
            }
        }
        #expect(try instance.function("f64.min").call([.f64(0), .f64(-0.0)])[0].bits == 1 << 63)
        #expect(try instance.function("f64.max").call([.f64(-0.0), .f64(0)])[0].bits == 0)
        #expect(
            try instance.function("f64.copysign").call([.f64(signalling), .f64(-1)])[0].bits == 0xFFF0_0000_0000_0001)
    }
}

extension Value {
    /// A number's bits, narrow ones zero-extended.
    var bits: UInt64 {
        switch self {
        case .i32(let value): UInt64(UInt32(bitPattern: value))
        case .i64(let value): UInt64(bitPattern: value)
        case .f32(let value): UInt64(value.bitPattern)
        case .f64(let value): value.bitPattern
        case .v128(let vector): vector.low
        case .funcref, .externref, .exnref, .anyref: 0
        }
    }
}
