import LLVM
import Wasm

extension FunctionLowering {
    mutating func floatCompare(_ operation: Family.FloatCompare, _ row: InstructionRow) {
        let predicate: Builder.FloatPredicate =
            switch operation {
            case .equal: .oeq
            case .notEqual: .une
            case .less: .olt
            case .greater: .ogt
            case .lessOrEqual: .ole
            case .greaterOrEqual: .oge
            }
        let b = pop(row.operandShape)
        let a = pop(row.operandShape)
        push(comparison: builder.compare(predicate, a, b), row.operandShape)
    }
}
