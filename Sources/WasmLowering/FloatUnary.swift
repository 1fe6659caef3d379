import LLVM
import Wasm

extension FunctionLowering {
    mutating func floatUnary(_ operation: Family.FloatUnary) {
        let value = pop()
        switch operation {
        case .absolute: push(unit.intrinsic("llvm.fabs", [value.type], [value]))
        case .negate: push(builder.fneg(value))
        case .ceiling: push(unit.intrinsic("llvm.ceil", [value.type], [value]))
        case .floor: push(unit.intrinsic("llvm.floor", [value.type], [value]))
        case .truncate: push(unit.intrinsic("llvm.trunc", [value.type], [value]))
        case .nearest: push(unit.intrinsic("llvm.roundeven", [value.type], [value]))
        case .squareRoot: push(unit.intrinsic("llvm.sqrt", [value.type], [value]))
        }
    }
}
