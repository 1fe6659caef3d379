internal import CRuntime
internal import LLVM
internal import Wasm

/// Conversions. Specification: "Conversions".
extension FunctionLowering {
    func lower(_ conversion: Family.Conversion, _ row: InstructionRow) {
        let source = row.operandType
        let target = row.result ?? source
        let type = module.type(target)
        let value = pop()
        switch conversion {
        case .wrap: push(build.cast(.truncate, value, to: type))
        case .extendSigned: push(build.cast(.signExtend, value, to: type))
        case .extendUnsigned: push(build.cast(.zeroExtend, value, to: type))
        case .truncateSigned: push(truncate(value, source, target, isSigned: true))
        case .truncateUnsigned: push(truncate(value, source, target, isSigned: false))
        case .saturateSigned: push(build.intrinsic("llvm.fptosi.sat", [type, value.type], [value]))
        case .saturateUnsigned: push(build.intrinsic("llvm.fptoui.sat", [type, value.type], [value]))
        case .convertSigned: push(build.cast(.signedToFloat, value, to: type))
        case .convertUnsigned: push(build.cast(.unsignedToFloat, value, to: type))
        case .demote:
            // LLVM folds a demoted promotion to its operand, signalling NaNs included.
            let opaque = value.isFloatExtension ? build.intrinsic("llvm.arithmetic.fence", [module.f64], [value]) : value
            push(build.cast(.floatTruncate, opaque, to: type))
        case .promote: push(build.cast(.floatExtend, value, to: type))
        case .reinterpret: push(build.cast(.bitcast, value, to: type))
        }
    }

    /// LLVM's conversion is undefined outside of the integer's range, so the range is tested first.
    private func truncate(_ value: IRValue, _ source: ValueType, _ target: ValueType, isSigned: Bool) -> IRValue {
        trap(WASMC_TRAP_INVALID_CONVERSION_TO_INTEGER, if: build.compare(.uno, value, value))
        let type = value.type
        let isInRange: IRValue
        if isSigned {
            let bound: Double = target == .i32 ? 0x1p31 : 0x1p63
            let lower =
                source == .f64 && target == .i32
                ? build.compare(.ogt, value, type.floatConstant(-bound - 1))
                : build.compare(.oge, value, type.floatConstant(-bound))
            isInRange = build.binary(.and, lower, build.compare(.olt, value, type.floatConstant(bound)))
        } else {
            let bound: Double = target == .i32 ? 0x1p32 : 0x1p64
            isInRange = build.binary(
                .and, build.compare(.ogt, value, type.floatConstant(-1.0)), build.compare(.olt, value, type.floatConstant(bound)))
        }
        trap(WASMC_TRAP_INTEGER_OVERFLOW, if: build.compare(.eq, isInRange, module.i1.constant(0)))
        return build.cast(isSigned ? .floatToSigned : .floatToUnsigned, value, to: module.type(target))
    }
}
