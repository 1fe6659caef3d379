import LLVM
import Wasm

/// Vectors are on the operand stack, in locals and in globals as sixteen bytes; an instruction sees them as its
/// lanes.
extension FunctionLowering {
    /// Pops a vector as lanes; without a shape, the value as it is.
    mutating func pop(_ shape: Shape?) -> Value {
        let value = pop()
        return shape.map { builder.cast(.bitcast, value, to: types.vector($0)) } ?? value
    }

    /// Pushes a number, or a vector's lanes.
    mutating func push(lanes value: Value) {
        push(value.type.isVector ? builder.cast(.bitcast, value, to: types.v128) : value)
    }

    /// Pushes truth values: a number, or lanes of all ones or zeros.
    mutating func push(comparison: Value, _ shape: Shape?) {
        guard let shape else { return push(boolean: comparison) }
        push(lanes: builder.cast(.sext, comparison, to: types.integerVector(shape)))
    }

    func splat(_ value: Value, _ shape: Shape) -> Value { splat(value, count: shape.laneCount) }

    func splat(_ value: Value, count: Int) -> Value {
        let vector = Type.vector(value.type, count: count)
        let first = builder.insertLane(vector.poison, types.i32.zero, value)
        return builder.shuffle(first, vector.poison, repeatElement(0, count: count))
    }

    // MARK: Lanes

    mutating func vectorLane(_ operation: Family.VectorLane, _ instruction: Instruction, _ row: InstructionRow) {
        // Not all of these see lanes.
        func shape() -> Shape { self.shape(of: row) }
        let lane = types.i32.constant(Int(instruction.immediates.lane))
        switch operation {
        case .shuffle:
            shuffleCount += 1
            let b = pop()
            push(builder.shuffle(pop(), b, instruction.immediates.shuffleLanes))
        case .swizzle:
            let indices = pop()
            push(swizzle(pop(), indices))
        case .splat:
            let value = pop()
            let isNarrow = shape() == .i8x16 || shape() == .i16x8
            push(lanes: splat(isNarrow ? builder.cast(.trunc, value, to: types.lane(shape())) : value, shape()))
        case .extract: push(builder.extractLane(pop(shape()), lane))
        case .extractSigned: push(builder.cast(.sext, builder.extractLane(pop(shape()), lane), to: types.i32))
        case .extractUnsigned: push(builder.cast(.zext, builder.extractLane(pop(shape()), lane), to: types.i32))
        case .replace:
            let value = pop()
            let isNarrow = shape() == .i8x16 || shape() == .i16x8
            let element = isNarrow ? builder.cast(.trunc, value, to: types.lane(shape())) : value
            push(lanes: builder.insertLane(pop(shape()), lane, element))
        case .bitSelect:
            let mask = pop()
            let b = pop()
            push(bitSelect(pop(), b, mask: mask))
        }
    }

    /// The bits of `a` where the mask's are set, else those of `b`.
    func bitSelect(_ a: Value, _ b: Value, mask: Value) -> Value {
        let others = builder.binary(.and, b, builder.binary(.xor, mask, mask.type.allOnes))
        return builder.binary(.or, builder.binary(.and, a, mask), others)
    }

    /// The bytes of `vector` at `indices`; 0 for an index beyond 15.
    func swizzle(_ vector: Value, _ indices: Value) -> Value {
        switch unit.options.target.byteShuffle {
        case .pshufb:
            // Takes an index with its highest bit set as 0, and of the others the low four bits.
            let indices = unit.intrinsic(
                "llvm.uadd.sat", [types.v128], [indices, splat(types.i8.constant(0x70), .i8x16)])
            return unit.intrinsic("llvm.x86.ssse3.pshuf.b.128", [], [vector, indices])
        case .tbl: return unit.intrinsic("llvm.aarch64.neon.tbl1", [types.v128], [vector, indices])
        case nil:
            var result = types.v128.zero
            for number in 0..<16 {
                let place = types.i32.constant(number)
                let index = builder.extractLane(indices, place)
                let inside = builder.binary(.and, index, types.i8.constant(15))
                let isInside = builder.compare(.eq, index, inside)
                let byte = builder.select(isInside, builder.extractLane(vector, inside), types.i8.zero)
                result = builder.insertLane(result, place, byte)
            }
            return result
        }
    }

    // MARK: Tests

    mutating func vectorTest(_ operation: Family.VectorTest, _ row: InstructionRow) {
        let value = pop(row.operandShape)
        switch operation {
        case .anyTrue:
            let bits = builder.cast(.bitcast, value, to: unit.context.integer(bitCount: 128))
            push(boolean: builder.compare(.ne, bits, bits.type.zero))
        case .allTrue:
            let isZero = laneBits(builder.compare(.eq, value, value.type.zero), row)
            push(boolean: builder.compare(.eq, isZero, isZero.type.zero))
        case .bitmask:
            push(builder.cast(.zext, laneBits(builder.compare(.slt, value, value.type.zero), row), to: types.i32))
        }
    }

    /// A bit for every lane's truth value.
    private func laneBits(_ comparison: Value, _ row: InstructionRow) -> Value {
        builder.cast(.bitcast, comparison, to: unit.context.integer(bitCount: operandShape(of: row).laneCount))
    }
}
