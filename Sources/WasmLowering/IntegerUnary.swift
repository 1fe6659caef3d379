import LLVM
import Wasm

extension FunctionLowering {
    mutating func integerUnary(_ operation: Family.IntegerUnary) {
        let value = pop()
        switch operation {
        // The flag: the result for zero is defined (the width).
        case .countLeadingZeros: push(unit.intrinsic("llvm.ctlz", [value.type], [value, types.i1.zero]))
        case .countTrailingZeros: push(unit.intrinsic("llvm.cttz", [value.type], [value, types.i1.zero]))
        case .populationCount: push(unit.intrinsic("llvm.ctpop", [value.type], [value]))
        case .extend8: push(signExtendLow(types.i8, of: value))
        case .extend16: push(signExtendLow(types.i16, of: value))
        case .extend32: push(signExtendLow(types.i32, of: value))
        }
    }

    private func signExtendLow(_ narrow: Type, of value: Value) -> Value {
        builder.cast(.sext, builder.cast(.trunc, value, to: narrow), to: value.type)
    }
}
