internal import LLVM
internal import Wasm

/// Float instructions. Plain LLVM arithmetic, never constrained intrinsics (they stop vectorisation); what LLVM would
/// fold without quieting a signalling NaN is hidden from it. Specification: "Floating-Point Operations".
extension FunctionLowering {
    func lower(_ compare: Family.FloatCompare) {
        let predicate: IRBuilder.FloatPredicate =
            switch compare {
            case .equal: .oeq
            case .notEqual: .une
            case .less: .olt
            case .greater: .ogt
            case .lessOrEqual: .ole
            case .greaterOrEqual: .oge
            }
        let right = pop()
        let left = pop()
        pushCondition(build.compare(predicate, left, right))
    }

    func lower(_ unary: Family.FloatUnary, _ row: InstructionRow) {
        let type = module.type(row.operandType)
        let value = pop()
        func call(_ intrinsic: String) { push(build.intrinsic(intrinsic, [type], [value])) }
        switch unary {
        case .absolute: call("llvm.fabs")
        case .negate: push(build.negate(value))
        case .ceiling: call("llvm.ceil")
        case .floor: call("llvm.floor")
        case .truncate: call("llvm.trunc")
        case .nearest: call("llvm.roundeven")
        case .squareRoot: call("llvm.sqrt")
        }
    }

    func lower(_ binary: Family.FloatBinary, _ row: InstructionRow) {
        let type = module.type(row.operandType)
        let right = pop()
        let left = pop()
        func arithmetic(_ operation: IRBuilder.Binary) {
            push(build.binary(operation, module.hidden(left), module.hidden(right)))
        }
        switch binary {
        case .add: arithmetic(.fadd)
        case .subtract: arithmetic(.fsub)
        case .multiply: arithmetic(.fmul)
        case .divide: arithmetic(.fdiv)
        case .minimum: push(build.intrinsic("llvm.minimum", [type], [left, right]))
        case .maximum: push(build.intrinsic("llvm.maximum", [type], [left, right]))
        case .copySign: push(build.intrinsic("llvm.copysign", [type], [left, right]))
        }
    }
}
