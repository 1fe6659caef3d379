internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func integerBinary(_ operation: Family.IntegerBinary) {
        let b = pop()
        let a = pop()
        switch operation {
        case .add: push(builder.binary(.add, a, b))
        case .subtract: push(builder.binary(.sub, a, b))
        case .multiply: push(builder.binary(.mul, a, b))
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
        case .and: push(builder.binary(.and, a, b))
        case .or: push(builder.binary(.or, a, b))
        case .xor: push(builder.binary(.xor, a, b))
        case .shiftLeft: push(builder.binary(.shl, a, shiftCount(b)))
        case .shiftRightSigned: push(builder.binary(.ashr, a, shiftCount(b)))
        case .shiftRightUnsigned: push(builder.binary(.lshr, a, shiftCount(b)))
        case .rotateLeft: push(unit.intrinsic("llvm.fshl", [a.type], [a, a, b]))
        case .rotateRight: push(unit.intrinsic("llvm.fshr", [a.type], [a, a, b]))
        }
    }

    /// Shift counts are taken modulo the width; LLVM leaves larger ones undefined.
    private func shiftCount(_ value: Value) -> Value {
        builder.binary(.and, value, value.type.constant(value.type.integerBitCount - 1))
    }

    private mutating func trapIfZero(_ divisor: Value) {
        trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: builder.compare(.eq, divisor, divisor.type.zero))
    }

    private mutating func trapIfOverflowing(_ dividend: Value, _ divisor: Value) {
        let smallest = dividend.type.constant(UInt64(1) << UInt64(dividend.type.integerBitCount - 1))
        let isSmallest = builder.compare(.eq, dividend, smallest)
        let isMinusOne = builder.compare(.eq, divisor, divisor.type.allOnes)
        trap(WASMC_TRAP_INTEGER_OVERFLOW, if: builder.binary(.and, isSmallest, isMinusOne))
    }
}
