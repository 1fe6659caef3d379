internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func conversion(_ operation: Family.Conversion, _ row: InstructionRow) {
        let value = pop()
        let target = unit.type(unit.expected(row.result, "\(row.name) has no result", placeholder: .i32))
        switch operation {
        case .wrap: push(builder.cast(.trunc, value, to: target))
        case .extendSigned: push(builder.cast(.sext, value, to: target))
        case .extendUnsigned: push(builder.cast(.zext, value, to: target))
        case .truncateSigned:
            checkRange(value, isSigned: true, to: target)
            push(builder.cast(.fptosi, value, to: target))
        case .truncateUnsigned:
            checkRange(value, isSigned: false, to: target)
            push(builder.cast(.fptoui, value, to: target))
        case .saturateSigned: push(unit.intrinsic("llvm.fptosi.sat", [target, value.type], [value]))
        case .saturateUnsigned: push(unit.intrinsic("llvm.fptoui.sat", [target, value.type], [value]))
        case .convertSigned: push(builder.cast(.sitofp, value, to: target))
        case .convertUnsigned: push(builder.cast(.uitofp, value, to: target))
        case .promote: push(builder.cast(.fpext, value, to: target))
        case .demote: push(demote(value, to: target))
        case .reinterpret: push(builder.cast(.bitcast, value, to: target))
        }
    }

    /// Traps unless the number, cut to an integer, fits into `target`: LLVM leaves the conversion undefined then.
    private mutating func checkRange(_ value: Value, isSigned: Bool, to target: Type) {
        let bitCount = target.integerBitCount
        let isSingle = value.type == types.f32
        // The bounds are exact in the operand's type. Below the smallest integer there is another number whose cut is
        // still that integer, unless the operand's precision ends before the fraction.
        let limit = Double(sign: .plus, exponent: isSigned ? bitCount - 1 : bitCount, significand: 1)
        let hasFraction = (isSingle ? 24 : 53) > bitCount
        let (lower, isExclusive): (Double, Bool) =
            switch (isSigned, hasFraction) {
            case (false, _): (-1, true)
            case (true, true): (-limit - 1, true)
            case (true, false): (-limit, false)
            }
        let aboveLower = builder.compare(isExclusive ? .ogt : .oge, value, value.type.constant(lower))
        let belowLimit = builder.compare(.olt, value, value.type.constant(limit))
        let next = newBlock()
        let outside = newBlock()
        builder.branch(if: builder.binary(.and, aboveLower, belowLimit), to: next, else: outside)
        start(outside)
        let isNaN = builder.compare(.uno, value, value)
        let invalid = trapBlock(WASMC_TRAP_INVALID_CONVERSION_TO_INTEGER)
        let overflow = trapBlock(WASMC_TRAP_INTEGER_OVERFLOW)
        located { builder.branch(if: isNaN, to: invalid, else: overflow) }
        start(next)
    }
}
