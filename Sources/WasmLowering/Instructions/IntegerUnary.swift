import LLVM
import Wasm

extension FunctionLowering {
    mutating func integerUnary(_ operation: Family.IntegerUnary, _ row: InstructionRow) {
        let value = pop(row.operandShape)
        let result =
            switch operation {
            // The flag: the result for zero is defined (the width).
            case .countLeadingZeros: unit.intrinsic("llvm.ctlz", [value.type], [value, types.i1.zero])
            case .countTrailingZeros: unit.intrinsic("llvm.cttz", [value.type], [value, types.i1.zero])
            case .populationCount: unit.intrinsic("llvm.ctpop", [value.type], [value])
            case .extend8: signExtendLow(types.i8, of: value)
            case .extend16: signExtendLow(types.i16, of: value)
            case .extend32: signExtendLow(types.i32, of: value)
            case .not: builder.binary(.xor, value, value.type.allOnes)
            // The flag: the smallest number's absolute value is defined (itself).
            case .absolute: unit.intrinsic("llvm.abs", [value.type], [value, types.i1.zero])
            case .negate: builder.binary(.sub, value.type.zero, value)
            }
        push(lanes: result)
    }

    private func signExtendLow(_ narrow: Type, of value: Value) -> Value {
        builder.cast(.sext, builder.cast(.trunc, value, to: narrow), to: value.type)
    }
}
