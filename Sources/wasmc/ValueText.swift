import ArgumentParser
import WasmEngine

/// Values as a person writes them on the command line.
extension Value {
    /// Integers in decimal or, after 0x, hexadecimal, signed or not; floats as Swift reads them, also "inf", "nan" and
    /// 0x1p3; a vector as 0x and up to 32 hexadecimal digits; a null reference as "null".
    init(text: String, _ type: ValueType) throws {
        let value: Value? =
            switch type.representation {
            case .i32: Self.integer(text, Int32.self, UInt32.self).map { .i32($0) }
            case .i64: Self.integer(text, Int64.self, UInt64.self).map { .i64($0) }
            case .f32: Float(text).map { .f32($0) }
            case .f64: Double(text).map { .f64($0) }
            case .v128: Self.vector(text)
            case .reference where text == "null": Value.null(of: type)
            case .reference: nil
            }
        guard let value else { throw ValidationError("'\(text)' is not a value of type \(type)") }
        self = value
    }

    private static func integer<Signed: FixedWidthInteger, Unsigned: FixedWidthInteger>(
        _ text: String, _: Signed.Type, _: Unsigned.Type
    ) -> Signed? {
        let isNegative = text.hasPrefix("-")
        let magnitude = isNegative ? text.dropFirst() : text[...]
        guard magnitude.lowercased().hasPrefix("0x") else {
            return Signed(text) ?? Unsigned(text).map { Signed(truncatingIfNeeded: $0) }
        }
        let digits = magnitude.dropFirst(2)
        guard let first = digits.first, first.isHexDigit else { return nil }
        return isNegative
            ? Signed("-" + digits, radix: 16) : Unsigned(digits, radix: 16).map { Signed(truncatingIfNeeded: $0) }
    }

    private static func vector(_ text: String) -> Value? {
        let digits = text.dropFirst(2)
        guard text.lowercased().hasPrefix("0x"), (1...32).contains(digits.count), digits.allSatisfy(\.isHexDigit) else {
            return nil
        }
        let low = UInt64(digits.suffix(16), radix: 16) ?? 0
        return .v128(low: low, high: UInt64(digits.dropLast(16), radix: 16) ?? 0)
    }

    private static func text(_ reference: AnyReference) -> String {
        switch reference.kind {
        case .structure: "struct"
        case .array: "array"
        case .i31(let number): "i31 \(number)"
        case .external(let external): "extern \(external.number)"
        }
    }

    func text(in store: Store) -> String {
        switch self {
        case .i32(let value): "\(value)"
        case .i64(let value): "\(value)"
        case .f32(let value): "\(value)"
        case .f64(let value): "\(value)"
        case .v128(let value): "v128 0x\(String(value.high, radix: 16)) 0x\(String(value.low, radix: 16))"
        case .funcref(let reference):
            reference.map { "function \((try? store.function($0).type.description) ?? "")" } ?? "null"
        case .externref(let reference):
            reference.map { $0.object.map(Self.text) ?? "extern \($0.number)" } ?? "null"
        case .anyref(let reference): reference.map(Self.text) ?? "null"
        case .exnref(let reference): reference == nil ? "null" : "exception"
        }
    }
}
