import LLVM
import Wasm

extension FunctionLowering {
    mutating func floatCompare(_ operation: Family.FloatCompare) {
        let predicate: Builder.FloatPredicate =
            switch operation {
            case .equal: .oeq
            case .notEqual: .une
            case .less: .olt
            case .greater: .ogt
            case .lessOrEqual: .ole
            case .greaterOrEqual: .oge
            }
        let b = pop()
        let a = pop()
        push(boolean: builder.compare(predicate, a, b))
    }
}
