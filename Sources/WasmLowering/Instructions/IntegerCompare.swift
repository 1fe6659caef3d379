import LLVM
import Wasm

extension FunctionLowering {
    mutating func integerTest(_ operation: Family.IntegerTest) {
        switch operation {
        case .equalZero:
            let value = pop()
            push(boolean: builder.compare(.eq, value, value.type.zero))
        }
    }

    mutating func integerCompare(_ operation: Family.IntegerCompare, _ row: InstructionRow) {
        let predicate: Builder.IntegerPredicate =
            switch operation {
            case .equal: .eq
            case .notEqual: .ne
            case .lessSigned: .slt
            case .lessUnsigned: .ult
            case .greaterSigned: .sgt
            case .greaterUnsigned: .ugt
            case .lessOrEqualSigned: .sle
            case .lessOrEqualUnsigned: .ule
            case .greaterOrEqualSigned: .sge
            case .greaterOrEqualUnsigned: .uge
            }
        let b = pop(row.operandShape)
        let a = pop(row.operandShape)
        push(comparison: builder.compare(predicate, a, b), row.operandShape)
    }
}
