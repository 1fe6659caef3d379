import Testing
import Wasm
import WasmText

@Suite struct NumberTests {
    /// The bytes of the constant in `(global type (type.const literal))`.
    private func constant(_ type: String, _ literal: String) throws -> UInt64 {
        let module = try Module(text: "(global \(type) (\(type).const \(literal)))")
        let range = try #require(module.globals.first?.initializer?.range)
        return module.bytes[range].dropFirst().dropLast().reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0x8000_0000), ("1.5", 0x3FC0_0000), ("1.", 0x3F80_0000), ("0x1.8p3", 0x4140_0000),
            ("0x1.", 0x3F80_0000), ("1_0.2_5e0_1", 0x42CD_0000), ("inf", 0x7F80_0000), ("-inf", 0xFF80_0000),
            ("nan", 0x7FC0_0000), ("-nan:0x1", 0xFF80_0001), ("nan:0x7f_ffff", 0x7FFF_FFFF),
            ("0x1p-149", 1), ("0x1p-150", 0), ("0x1.8p-150", 1), ("1e-500", 0), ("3.4028235e38", 0x7F7F_FFFF),
            // Halfway cases that rounding through a double would get wrong.
            ("0x1.000001000000001p0", 0x3F80_0001), ("1.00000017881393432617187499", 0x3F80_0001),
            ("1.00000017881393432617187500", 0x3F80_0002), ("1.00000017881393432617187501", 0x3F80_0002),
        ] as [(String, UInt64)])
    func floatsAreRoundedOnce(literal: String, bits: UInt64) throws {
        #expect(try constant("f32", literal) == bits)
    }

    @Test(
        arguments: [
            ("4.9406564584124654e-324", 1), ("0x1p-1075", 0), ("0x1.fffffffffffff8p0", 0x4000_0000_0000_0000),
            ("1.7976931348623157e308", 0x7FEF_FFFF_FFFF_FFFF), ("nan:0x8_0000_0000_0000", 0x7FF8_0000_0000_0000),
        ] as [(String, UInt64)])
    func doublesAreRoundedOnce(literal: String, bits: UInt64) throws {
        #expect(try constant("f64", literal) == bits)
    }

    @Test(arguments: ["1__0", "_1", "1_", "0x", "0x1p", "1e", ".5", "0x.8", "nan:0x", "1e+", "--1", "0b1", "infinity"])
    func whatIsNoNumberIsRefused(literal: String) {
        #expect(throws: TextError.self) { try constant("f64", literal) }
    }

    @Test(arguments: ["1e39", "0x1p128", "340282356779733661637539395458142568448", "nan:0x0", "nan:0x80_0000"])
    func whatExceedsTheTypeIsRefused(literal: String) {
        #expect {
            try constant("f32", literal)
        } throws: {
            ($0 as? TextError)?.message.hasPrefix("constant out of range") == true
        }
    }

    @Test(arguments: [("2147483648", "-2147483648"), ("0xffff_ffff", "-1"), ("+1", "1")])
    func integersWrapToTheirWidth(unsigned: String, signed: String) throws {
        #expect(
            try WasmText.parse("(func i32.const \(unsigned) drop)") == WasmText.parse("(func i32.const \(signed) drop)")
        )
    }
}
