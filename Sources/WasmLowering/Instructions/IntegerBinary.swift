internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func integerBinary(_ operation: Family.IntegerBinary, _ row: InstructionRow) {
        // A vector's shift count is a number.
        let b = row.parameters.last == .v128 ? pop(row.operandShape) : pop()
        let a = pop(row.operandShape)
        switch operation {
        case .add: push(lanes: builder.binary(.add, a, b))
        case .subtract: push(lanes: builder.binary(.sub, a, b))
        case .multiply: push(lanes: builder.binary(.mul, a, b))
        case .divideSigned:
            trapIfZero(b)
            trapIfOverflowing(a, b)
            push(builder.binary(.sdiv, a, b))
        case .divideUnsigned:
            trapIfZero(b)
            push(builder.binary(.udiv, a, b))
        case .remainderSigned:
            trapIfZero(b)
            // The remainder by -1 is 0, as by 1, but LLVM leaves that of the smallest number undefined.
            let isMinusOne = builder.compare(.eq, b, b.type.allOnes)
            push(builder.binary(.srem, a, builder.select(isMinusOne, b.type.constant(1), b)))
        case .remainderUnsigned:
            trapIfZero(b)
            push(builder.binary(.urem, a, b))
        case .and: push(lanes: builder.binary(.and, a, b))
        case .andNot: push(lanes: builder.binary(.and, a, builder.binary(.xor, b, b.type.allOnes)))
        case .or: push(lanes: builder.binary(.or, a, b))
        case .xor: push(lanes: builder.binary(.xor, a, b))
        case .shiftLeft: push(lanes: builder.binary(.shl, a, shiftCount(b, row)))
        case .shiftRightSigned: push(lanes: builder.binary(.ashr, a, shiftCount(b, row)))
        case .shiftRightUnsigned: push(lanes: builder.binary(.lshr, a, shiftCount(b, row)))
        case .rotateLeft: push(unit.intrinsic("llvm.fshl", [a.type], [a, a, b]))
        case .rotateRight: push(unit.intrinsic("llvm.fshr", [a.type], [a, a, b]))
        case .addSaturatingSigned: push(lanes: unit.intrinsic("llvm.sadd.sat", [a.type], [a, b]))
        case .addSaturatingUnsigned: push(lanes: unit.intrinsic("llvm.uadd.sat", [a.type], [a, b]))
        case .subtractSaturatingSigned: push(lanes: unit.intrinsic("llvm.ssub.sat", [a.type], [a, b]))
        case .subtractSaturatingUnsigned: push(lanes: unit.intrinsic("llvm.usub.sat", [a.type], [a, b]))
        case .minimumSigned: push(lanes: unit.intrinsic("llvm.smin", [a.type], [a, b]))
        case .minimumUnsigned: push(lanes: unit.intrinsic("llvm.umin", [a.type], [a, b]))
        case .maximumSigned: push(lanes: unit.intrinsic("llvm.smax", [a.type], [a, b]))
        case .maximumUnsigned: push(lanes: unit.intrinsic("llvm.umax", [a.type], [a, b]))
        case .averageUnsigned: push(lanes: average(a, b, row))
        case .multiplyQ15Saturating: push(lanes: multiplyQ15(a, b))
        }
    }

    /// Shift counts are taken modulo the width; LLVM leaves larger ones undefined.
    private func shiftCount(_ value: Value, _ row: InstructionRow) -> Value {
        guard let shape = row.operandShape else {
            return builder.binary(.and, value, value.type.constant(value.type.integerBitCount - 1))
        }
        let count = builder.binary(.and, value, types.i32.constant(shape.laneBitCount - 1))
        return splat(builder.cast(shape == .i64x2 ? .zext : .trunc, count, to: types.lane(shape)), shape)
    }

    // MARK: Traps of division

    private mutating func trapIfZero(_ divisor: Value) {
        trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: builder.compare(.eq, divisor, divisor.type.zero))
    }

    private mutating func trapIfOverflowing(_ dividend: Value, _ divisor: Value) {
        let smallest = dividend.type.constant(UInt64(1) << UInt64(dividend.type.integerBitCount - 1))
        let isSmallest = builder.compare(.eq, dividend, smallest)
        let isMinusOne = builder.compare(.eq, divisor, divisor.type.allOnes)
        trap(WASMC_TRAP_INTEGER_OVERFLOW, if: builder.binary(.and, isSmallest, isMinusOne))
    }

    // MARK: Vectors only

    /// (a + b + 1) / 2 in twice the width, which LLVM recognises.
    private func average(_ a: Value, _ b: Value, _ row: InstructionRow) -> Value {
        let shape = operandShape(of: row)
        let wide = Type.vector(shape == .i8x16 ? types.i16 : types.i32, count: shape.laneCount)
        let one = splat(shape == .i8x16 ? types.i16.constant(1) : types.i32.constant(1), count: shape.laneCount)
        let sum = builder.binary(.add, builder.cast(.zext, a, to: wide), builder.cast(.zext, b, to: wide))
        return builder.cast(.trunc, builder.binary(.lshr, builder.binary(.add, sum, one), one), to: a.type)
    }

    /// (a * b + 2^14) / 2^15; only -1 times -1 (as fractions) exceeds the largest number.
    func multiplyQ15(_ a: Value, _ b: Value) -> Value {
        func all(_ value: Int) -> Value { splat(types.i32.constant(value), count: 8) }
        let wide = Type.vector(types.i32, count: 8)
        let product = builder.binary(.mul, builder.cast(.sext, a, to: wide), builder.cast(.sext, b, to: wide))
        let rounded = builder.binary(.ashr, builder.binary(.add, product, all(1 << 14)), all(15))
        return builder.cast(.trunc, unit.intrinsic("llvm.smin", [wide], [rounded, all(0x7FFF)]), to: a.type)
    }
}
