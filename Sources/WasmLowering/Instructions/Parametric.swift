import LLVM
import Wasm

extension FunctionLowering {
    mutating func parametric(_ operation: Family.Parametric) {
        switch operation {
        case .drop: _ = pop()
        case .select, .typedSelect:
            let condition = popBoolean()
            let otherwise = pop()
            let value = pop()
            push(builder.select(condition, value, otherwise))
        }
    }
}
