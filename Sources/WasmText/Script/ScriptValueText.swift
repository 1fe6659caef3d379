import Wasm

// Values and patterns as scripts write them: `(f32.const 0.2)`.

extension ScriptValue: CustomStringConvertible {
    /// As a constant instruction in the text format.
    public var description: String {
        switch self {
        case .i32(let bits): "(i32.const \(Int32(bitPattern: bits)))"
        case .i64(let bits): "(i64.const \(Int64(bitPattern: bits)))"
        case .f32(let bits): "(f32.const \(FloatText.text(UInt64(bits), bitCount: 32)))"
        case .f64(let bits): "(f64.const \(FloatText.text(bits, bitCount: 64)))"
        case .v128(let low, let high):
            "(v128.const i32x4 "
                + [low & 0xFFFF_FFFF, low >> 32, high & 0xFFFF_FFFF, high >> 32].map { "0x\(String($0, radix: 16))" }
                .joined(separator: " ") + ")"
        case .null(let type): "(ref.null \(type.heapType?.description ?? ""))"
        case .externReference(let number): "(ref.extern \(number))"
        case .functionReference: "(ref.func)"
        case .hostReference(let number): "(ref.host \(number))"
        case .object(let kind): "(ref.\(kind.rawValue))"
        case .externObject: "(ref.extern)"
        case .exceptionReference: "(ref.exn)"
        }
    }

    /// A vector with lanes of floats, where the pattern that it is compared with has such; else as it is.
    public func description(like pattern: ResultPattern) -> String {
        guard case .v128(let low, let high) = self, case .lanes(_, let bitCount) = pattern else { return description }
        let lanes = bitCount == 64 ? [low, high] : [low & 0xFFFF_FFFF, low >> 32, high & 0xFFFF_FFFF, high >> 32]
        return ResultPattern.lanes(lanes.map { .bits($0) }, bitCount: bitCount).description
    }
}

extension ResultPattern: CustomStringConvertible {
    /// As a script's result in the text format.
    public var description: String {
        switch self {
        case .value(let value): value.description
        case .f32(let pattern): "(f32.const \(pattern.text(bitCount: 32)))"
        case .f64(let pattern): "(f64.const \(pattern.text(bitCount: 64)))"
        case .lanes(let patterns, let bitCount):
            "(v128.const \(bitCount == 32 ? "f32x4" : "f64x2") "
                + patterns.map { $0.text(bitCount: bitCount) }.joined(separator: " ") + ")"
        case .null: "(ref.null)"
        case .anyExternReference: "(ref.extern)"
        case .anyObject: "(ref.any)"
        case .anyComparable: "(ref.eq)"
        case .either(let patterns): "(either " + patterns.map(\.description).joined(separator: " ") + ")"
        }
    }
}

extension FloatPattern {
    func text(bitCount: Int) -> String {
        switch self {
        case .bits(let bits): FloatText.text(bits, bitCount: bitCount)
        case .canonicalNaN: "nan:canonical"
        case .arithmeticNaN: "nan:arithmetic"
        }
    }
}
