/// Numeric constants. Specification: "Numeric Instructions", "Vector Instructions".
extension TokenCursor {
    /// An integer's low bits; it may be written as a signed or as an unsigned number of that width.
    mutating func expectInteger(bitCount: Int) throws(TextError) -> UInt64 {
        guard let literal = IntegerLiteral(word()) else { throw unexpected() }
        guard let bits = literal.bits(bitCount: bitCount) else { throw error("i\(bitCount) constant out of range") }
        advance()
        return bits
    }

    /// A float's bits.
    mutating func expectFloat(bitCount: Int) throws(TextError) -> UInt64 {
        let bits: UInt64
        do throws(FloatLiteral.Failure) {
            bits = bitCount == 32 ? try FloatLiteral.f32(word()) : try FloatLiteral.f64(word())
        } catch {
            switch error {
            case .outOfRange: throw self.error("constant out of range for f\(bitCount)")
            case .notAFloat: throw unexpected()
            }
        }
        advance()
        return bits
    }

    /// The lanes of a vector, such as `i32x4`.
    struct Shape {
        var laneBitCount: Int
        var isFloat: Bool
        var laneCount: Int { 128 / laneBitCount }
    }

    mutating func expectShape() throws(TextError) -> Shape {
        let shape: Shape
        switch text() {
        case "i8x16": shape = Shape(laneBitCount: 8, isFloat: false)
        case "i16x8": shape = Shape(laneBitCount: 16, isFloat: false)
        case "i32x4": shape = Shape(laneBitCount: 32, isFloat: false)
        case "i64x2": shape = Shape(laneBitCount: 64, isFloat: false)
        case "f32x4": shape = Shape(laneBitCount: 32, isFloat: true)
        case "f64x2": shape = Shape(laneBitCount: 64, isFloat: true)
        default: throw unexpected()
        }
        advance()
        return shape
    }

    /// A shape and its lanes; the vector's 16 bytes.
    mutating func expectVector() throws(TextError) -> [UInt8] {
        let shape = try expectShape()
        var writer = ByteWriter()
        for _ in 0..<shape.laneCount {
            guard isAt(.word) else {
                throw error("wrong number of lane literals: \(shape.laneCount) are expected")
            }
            let lane =
                shape.isFloat
                ? try expectFloat(bitCount: shape.laneBitCount) : try expectInteger(bitCount: shape.laneBitCount)
            writer.littleEndian(lane, byteCount: shape.laneBitCount / 8)
        }
        if IntegerLiteral(word()) != nil || (try? FloatLiteral.f64(word())) != nil {
            throw error("wrong number of lane literals: \(shape.laneCount) are expected")
        }
        return writer.bytes
    }
}
