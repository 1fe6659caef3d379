import LLVM
import Wasm

extension FunctionLowering {
    mutating func floatUnary(_ operation: Family.FloatUnary, _ row: InstructionRow) {
        let value = pop(row.operandShape)
        let result =
            switch operation {
            case .absolute: unit.intrinsic("llvm.fabs", [value.type], [value])
            case .negate: builder.fneg(value)
            case .ceiling: unit.intrinsic("llvm.ceil", [value.type], [value])
            case .floor: unit.intrinsic("llvm.floor", [value.type], [value])
            case .truncate: unit.intrinsic("llvm.trunc", [value.type], [value])
            case .nearest: unit.intrinsic("llvm.roundeven", [value.type], [value])
            case .squareRoot: unit.intrinsic("llvm.sqrt", [value.type], [value])
            }
        push(lanes: result)
    }
}
