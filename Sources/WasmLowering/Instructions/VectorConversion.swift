import LLVM
import Wasm

/// Conversions between lanes of different types or widths, and arithmetic that gives wider lanes.
extension FunctionLowering {
    mutating func vectorConversion(_ operation: Family.VectorConversion, _ row: InstructionRow) {
        switch operation {
        case .narrowSigned: push(lanes: narrow(isSigned: true, row))
        case .narrowUnsigned: push(lanes: narrow(isSigned: false, row))
        case .extendLowSigned: push(lanes: extendHalf(pop(row.operandShape), .sext, isHigh: false, row))
        case .extendLowUnsigned: push(lanes: extendHalf(pop(row.operandShape), .zext, isHigh: false, row))
        case .extendHighSigned: push(lanes: extendHalf(pop(row.operandShape), .sext, isHigh: true, row))
        case .extendHighUnsigned: push(lanes: extendHalf(pop(row.operandShape), .zext, isHigh: true, row))
        case .convertSigned: push(lanes: convert(.sitofp, row))
        case .convertUnsigned: push(lanes: convert(.uitofp, row))
        case .saturateSigned: push(lanes: saturate(pop(row.operandShape), isSigned: true, row))
        case .saturateUnsigned: push(lanes: saturate(pop(row.operandShape), isSigned: false, row))
        case .promoteLow:
            push(lanes: builder.cast(.fpext, lowHalf(pop(row.operandShape), row), to: types.vector(.f64x2)))
        case .demoteZero: push(lanes: demote(pop(row.operandShape)))
        }
    }

    // MARK: Integers

    /// The lanes of both operands in half the width, clamped; the operands are signed.
    private mutating func narrow(isSigned: Bool, _ row: InstructionRow) -> Value {
        let shape = resultShape(of: row)
        let b = pop(row.operandShape)
        let lanes = builder.shuffle(pop(row.operandShape), b, 0..<shape.laneCount)
        let lane = unit.context.integer(bitCount: shape.laneBitCount * 2)
        let bits = shape.laneBitCount
        let (smallest, largest) = isSigned ? (-1 << (bits - 1), 1 << (bits - 1) - 1) : (0, 1 << bits - 1)
        let above = unit.intrinsic(
            "llvm.smax", [lanes.type], [lanes, splat(lane.constant(smallest), count: shape.laneCount)])
        let clamped = unit.intrinsic(
            "llvm.smin", [lanes.type], [above, splat(lane.constant(largest), count: shape.laneCount)])
        return builder.cast(.trunc, clamped, to: types.vector(shape))
    }

    private func extendHalf(_ value: Value, _ extend: Builder.Cast, isHigh: Bool, _ row: InstructionRow) -> Value {
        let shape = resultShape(of: row)
        let first = isHigh ? shape.laneCount : 0
        let half = builder.shuffle(value, value, first..<first + shape.laneCount)
        return builder.cast(extend, half, to: types.vector(shape))
    }

    // MARK: Floats

    /// As many of the low lanes as the result has.
    private func lowHalf(_ value: Value, _ row: InstructionRow) -> Value {
        builder.shuffle(value, value, 0..<resultShape(of: row).laneCount)
    }

    private mutating func convert(_ operation: Builder.Cast, _ row: InstructionRow) -> Value {
        let shape = resultShape(of: row)
        return builder.cast(operation, lowHalf(pop(row.operandShape), row), to: types.vector(shape))
    }

    private func demote(_ value: Value) -> Value {
        let narrow = demote(value, to: .vector(types.f32, count: 2))
        return builder.shuffle(narrow, narrow.type.zero, 0..<4)
    }

    /// To 32-bit integers: NaN gives 0, what is too large or small the nearest. Two float lanes leave two zeros.
    func saturate(_ value: Value, isSigned: Bool, _ row: InstructionRow) -> Value {
        if unit.architecture == .x86_64 {
            if row.operandShape == .f32x4 {
                return isSigned ? saturateSinglesX86(value) : saturateUnsignedSinglesX86(value)
            }
            if isSigned { return saturateDoublesX86(value) }
        }
        let result = Type.vector(types.i32, count: operandShape(of: row).laneCount)
        let name: StaticString = isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat"
        let integers = unit.intrinsic(name, [result, value.type], [value])
        return row.operandShape == .f32x4 ? integers : builder.shuffle(integers, result.zero, 0..<4)
    }

    // The processor's conversion gives the smallest integer for all that it cannot convert. LLVM's own expansion does
    // not make use of that: 7 instructions instead of 31.

    private func saturateSinglesX86(_ value: Value) -> Value {
        let integers = types.vector(.i32x4)
        let number = builder.select(builder.compare(.ord, value, value), value, value.type.zero)
        let converted = unit.intrinsic("llvm.x86.sse2.cvttps2dq", [], [number])
        let limit = splat(types.f32.constant(2_147_483_648.0), .f32x4)
        let isTooLarge = builder.cast(.sext, builder.compare(.oge, number, limit), to: integers)
        return builder.binary(.xor, converted, isTooLarge)
    }

    /// The part below 2^31 and the part above it, each converted as signed.
    private func saturateUnsignedSinglesX86(_ value: Value) -> Value {
        let integers = types.vector(.i32x4)
        let number = builder.select(builder.compare(.ogt, value, value.type.zero), value, value.type.zero)
        let limit = splat(types.f32.constant(2_147_483_648.0), .f32x4)
        let excess = builder.binary(.fsub, number, limit)
        let isTooLarge = builder.cast(.sext, builder.compare(.oge, excess, limit), to: integers)
        let above = builder.binary(.xor, unit.intrinsic("llvm.x86.sse2.cvttps2dq", [], [excess]), isTooLarge)
        let below = unit.intrinsic("llvm.x86.sse2.cvttps2dq", [], [number])
        return builder.binary(.add, below, unit.intrinsic("llvm.smax", [integers], [above, integers.zero]))
    }

    private func saturateDoublesX86(_ value: Value) -> Value {
        let number = builder.select(builder.compare(.ord, value, value), value, value.type.zero)
        let limit = splat(types.f64.constant(2_147_483_647.0), .f64x2)
        let clamped = builder.select(builder.compare(.olt, number, limit), number, limit)
        return unit.intrinsic("llvm.x86.sse2.cvttpd2dq", [], [clamped])
    }

    // MARK: Arithmetic in twice the width

    mutating func vectorWidening(_ operation: Family.VectorWidening, _ row: InstructionRow) {
        switch operation {
        case .multiplyLowSigned: push(lanes: multiplyHalves(.sext, isHigh: false, row))
        case .multiplyLowUnsigned: push(lanes: multiplyHalves(.zext, isHigh: false, row))
        case .multiplyHighSigned: push(lanes: multiplyHalves(.sext, isHigh: true, row))
        case .multiplyHighUnsigned: push(lanes: multiplyHalves(.zext, isHigh: true, row))
        case .addPairwiseSigned: push(lanes: addPairs(of: extendAll(pop(row.operandShape), .sext, row)))
        case .addPairwiseUnsigned: push(lanes: addPairs(of: extendAll(pop(row.operandShape), .zext, row)))
        case .dotSigned:
            let b = extendAll(pop(row.operandShape), .sext, row)
            let a = extendAll(pop(row.operandShape), .sext, row)
            push(lanes: addPairs(of: builder.binary(.mul, a, b)))
        }
    }

    private mutating func multiplyHalves(_ extend: Builder.Cast, isHigh: Bool, _ row: InstructionRow) -> Value {
        let b = extendHalf(pop(row.operandShape), extend, isHigh: isHigh, row)
        let a = extendHalf(pop(row.operandShape), extend, isHigh: isHigh, row)
        return builder.binary(.mul, a, b)
    }

    private func extendAll(_ value: Value, _ extend: Builder.Cast, _ row: InstructionRow) -> Value {
        let shape = resultShape(of: row)
        return builder.cast(extend, value, to: .vector(types.lane(shape), count: shape.laneCount * 2))
    }

    func addPairs(of value: Value) -> Value {
        let count = value.type.laneCount
        let even = builder.shuffle(value, value, stride(from: 0, to: count, by: 2))
        let odd = builder.shuffle(value, value, stride(from: 1, to: count, by: 2))
        return builder.binary(.add, even, odd)
    }
}
