internal import CRuntime
internal import LLVM
internal import Wasm

/// Integer instructions. LLVM leaves division by zero, overflow and large shifts undefined; WebAssembly does not, so
/// each is guarded before LLVM sees it. Specification: "Integer Operations".
extension FunctionLowering {
    func lower(_ test: Family.IntegerTest) {
        switch test {
        case .equalZero:
            let value = pop()
            pushCondition(build.compare(.eq, value, value.type.zero))
        }
    }

    func lower(_ compare: Family.IntegerCompare) {
        let predicate: IRBuilder.IntegerPredicate =
            switch compare {
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
        let right = pop()
        let left = pop()
        pushCondition(build.compare(predicate, left, right))
    }

    func lower(_ unary: Family.IntegerUnary, _ row: InstructionRow) {
        let type = module.type(row.operandType)
        let value = pop()
        func extend(from narrow: IRType) -> IRValue {
            build.cast(.signExtend, build.cast(.truncate, value, to: narrow), to: type)
        }
        switch unary {
        case .countLeadingZeros: push(build.intrinsic("llvm.ctlz", [type], [value, module.i1.constant(0)]))
        case .countTrailingZeros: push(build.intrinsic("llvm.cttz", [type], [value, module.i1.constant(0)]))
        case .populationCount: push(build.intrinsic("llvm.ctpop", [type], [value]))
        case .extend8: push(extend(from: module.i8))
        case .extend16: push(extend(from: module.i16))
        case .extend32: push(extend(from: module.i32))
        }
    }

    func lower(_ binary: Family.IntegerBinary, _ row: InstructionRow) {
        let type = module.type(row.operandType)
        let bitCount: UInt64 = row.operandType == .i32 ? 32 : 64
        let right = pop()
        let left = pop()
        var shiftCount: IRValue { build.binary(.and, right, type.constant(bitCount - 1)) }
        switch binary {
        case .add: push(build.binary(.add, left, right))
        case .subtract: push(build.binary(.sub, left, right))
        case .multiply: push(build.binary(.mul, left, right))
        case .and: push(build.binary(.and, left, right))
        case .or: push(build.binary(.or, left, right))
        case .xor: push(build.binary(.xor, left, right))
        case .shiftLeft: push(build.binary(.shl, left, shiftCount))
        case .shiftRightSigned: push(build.binary(.ashr, left, shiftCount))
        case .shiftRightUnsigned: push(build.binary(.lshr, left, shiftCount))
        case .rotateLeft: push(build.intrinsic("llvm.fshl", [type], [left, left, right]))
        case .rotateRight: push(build.intrinsic("llvm.fshr", [type], [left, left, right]))
        case .divideSigned:
            trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: build.compare(.eq, right, type.zero))
            let isMinimum = build.compare(.eq, left, type.constant(1 << (bitCount - 1)))
            let isMinusOne = build.compare(.eq, right, type.constant(.max))
            trap(WASMC_TRAP_INTEGER_OVERFLOW, if: build.binary(.and, isMinimum, isMinusOne))
            push(build.binary(.sdiv, left, right))
        case .divideUnsigned:
            trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: build.compare(.eq, right, type.zero))
            push(build.binary(.udiv, left, right))
        case .remainderSigned:
            trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: build.compare(.eq, right, type.zero))
            // By -1 the remainder is 0 as by 1, and 1 does not overflow.
            let isMinusOne = build.compare(.eq, right, type.constant(.max))
            push(build.binary(.srem, left, build.select(isMinusOne, type.constant(1), right)))
        case .remainderUnsigned:
            trap(WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, if: build.compare(.eq, right, type.zero))
            push(build.binary(.urem, left, right))
        }
    }
}
