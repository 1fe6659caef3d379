import LLVM
import Wasm

/// Relaxed SIMD: instructions whose results the specification leaves open within a few choices.
///
/// Invariant: an operation always makes the same choice on one target, wherever LLVM moves, inlines or evaluates it:
/// what LLVM knows of the IR's operation is exactly what the processor does. So the fast forms are either exact in IR,
/// or intrinsics of the target, which LLVM evaluates as the target would.
extension FunctionLowering {
    mutating func relaxed(_ operation: Family.Relaxed, _ row: InstructionRow) {
        // The sum that a dot product is added to has the result's lanes.
        var operands = operation == .dotAdd ? [pop(row.resultShape)] : []
        while operands.count < row.parameters.count { operands.insert(pop(row.operandShape), at: 0) }
        let result = unit.options.relaxedSIMD == .fast ? fast(operation, operands, row) : nil
        push(lanes: result ?? deterministic(operation, operands, row))
    }

    // MARK: The same on every machine

    /// The specification's deterministic choice, which is that of the instruction without `relaxed` where there is one.
    private func deterministic(_ operation: Family.Relaxed, _ operands: [Value], _ row: InstructionRow) -> Value {
        switch operation {
        case .swizzle: swizzle(operands[0], operands[1])
        case .truncateSigned: saturate(operands[0], isSigned: true, row)
        case .truncateUnsigned: saturate(operands[0], isSigned: false, row)
        case .multiplyAdd: arithmetic(.fadd, arithmetic(.fmul, operands[0], operands[1]), operands[2])
        case .multiplySubtract:
            arithmetic(.fadd, arithmetic(.fmul, builder.fneg(operands[0]), operands[1]), operands[2])
        case .laneSelect: bitSelect(operands[0], operands[1], mask: operands[2])
        case .minimum: floatMinimum(operands[0], operands[1], integer: types.integerVector(operandShape(of: row)))
        case .maximum: floatMaximum(operands[0], operands[1], integer: types.integerVector(operandShape(of: row)))
        case .multiplyQ15: multiplyQ15(operands[0], operands[1])
        case .dot: dotPairs(operands[0], operands[1])
        case .dotAdd:
            builder.binary(.add, addPairs(of: extended(dotPairs(operands[0], operands[1]))), operands[2])
        }
    }

    /// Products of signed bytes, each two added up in 16 bits, where they wrap around.
    private func dotPairs(_ a: Value, _ b: Value) -> Value {
        let wide = Type.vector(types.i16, count: 16)
        return addPairs(
            of: builder.binary(.mul, builder.cast(.sext, a, to: wide), builder.cast(.sext, b, to: wide)))
    }

    private func extended(_ value: Value) -> Value {
        builder.cast(.sext, value, to: .vector(types.i32, count: value.type.laneCount))
    }

    // MARK: What the processor does in one or two instructions

    /// `nil` where the target has nothing faster.
    private func fast(_ operation: Family.Relaxed, _ operands: [Value], _ row: InstructionRow) -> Value? {
        switch operation {
        case .swizzle: fastSwizzle(operands)
        case .truncateSigned: fastTruncateSigned(operands[0], row)
        case .truncateUnsigned: fastTruncateUnsigned(operands[0], row)
        case .multiplyAdd: fused(operands[0], operands[1], operands[2])
        case .multiplySubtract: fused(builder.fneg(operands[0]), operands[1], operands[2])
        case .laneSelect: fastLaneSelect(operands, row)
        case .minimum: fastMinimum(operands[0], operands[1], row)
        case .maximum: fastMaximum(operands[0], operands[1], row)
        case .multiplyQ15: fastMultiplyQ15(operands)
        case .dot: fastDot(operands[0], operands[1])
        case .dotAdd: fastDotAdd(operands)
        }
    }

    private var isX86: Bool { unit.architecture == .x86_64 }

    /// An index with its highest bit set gives 0; of others the low four bits count.
    private func fastSwizzle(_ operands: [Value]) -> Value? {
        guard unit.options.target.byteShuffle == .pshufb else { return nil }
        return unit.intrinsic("llvm.x86.ssse3.pshuf.b.128", [], operands)
    }

    /// What cannot be converted gives the smallest integer.
    private func fastTruncateSigned(_ value: Value, _ row: InstructionRow) -> Value? {
        guard isX86 else { return nil }
        return row.operandShape == .f32x4
            ? unit.intrinsic("llvm.x86.sse2.cvttps2dq", [], [value])
            : unit.intrinsic("llvm.x86.sse2.cvttpd2dq", [], [value])
    }

    /// What cannot be converted gives the largest integer. Before AVX-512 there is no such conversion, and none made of
    /// signed ones gives what is allowed for large numbers with less than saturating takes.
    private func fastTruncateUnsigned(_ value: Value, _ row: InstructionRow) -> Value? {
        guard isX86, unit.hasTargetFeature("avx512vl") else { return nil }
        let arguments = [value, types.vector(.i32x4).zero, types.i8.allOnes]
        return row.operandShape == .f32x4
            ? unit.intrinsic("llvm.x86.avx512.mask.cvttps2udq.128", [], arguments)
            : unit.intrinsic("llvm.x86.avx512.mask.cvttpd2udq.128", [], arguments)
    }

    private func fused(_ a: Value, _ b: Value, _ c: Value) -> Value? {
        // Without the instruction LLVM would call the C library for each lane.
        guard !isX86 || unit.hasTargetFeature("fma") else { return nil }
        return unit.intrinsic("llvm.fma", [a.type], [hidden(a), hidden(b), hidden(c)])
    }

    /// The highest bit of each lane decides. No instruction does that for lanes of 16 bits; AVX-512 and AArch64 select
    /// bits in one.
    private func fastLaneSelect(_ operands: [Value], _ row: InstructionRow) -> Value? {
        let hasBlend = isX86 && unit.hasTargetFeature("sse4.1") && !unit.hasTargetFeature("avx512vl")
        guard hasBlend, row.operandShape != .i16x8 else { return nil }
        let isFirst = builder.compare(.slt, operands[2], operands[2].type.zero)
        return builder.select(isFirst, operands[0], operands[1])
    }

    // `minps` is exactly this comparison and selection: for NaNs and for zeros of different signs the second operand.

    private func fastMinimum(_ a: Value, _ b: Value, _ row: InstructionRow) -> Value {
        switch unit.architecture {
        case .x86_64: builder.select(builder.compare(.olt, a, b), a, b)
        case .aarch64: unit.intrinsic("llvm.aarch64.neon.fmin", [a.type], [a, b])
        }
    }

    private func fastMaximum(_ a: Value, _ b: Value, _ row: InstructionRow) -> Value {
        switch unit.architecture {
        case .x86_64: builder.select(builder.compare(.ogt, a, b), a, b)
        case .aarch64: unit.intrinsic("llvm.aarch64.neon.fmax", [a.type], [a, b])
        }
    }

    private func fastMultiplyQ15(_ operands: [Value]) -> Value? {
        switch unit.architecture {
        case .x86_64:
            unit.hasTargetFeature("ssse3") ? unit.intrinsic("llvm.x86.ssse3.pmul.hr.sw.128", [], operands) : nil
        case .aarch64: unit.intrinsic("llvm.aarch64.neon.sqrdmulh", [operands[0].type], operands)
        }
    }

    /// The second operand's bytes count as unsigned, and sums saturate: x86's instruction has them in this order.
    private func fastDot(_ a: Value, _ b: Value) -> Value? {
        guard isX86, unit.hasTargetFeature("ssse3") else { return nil }
        return unit.intrinsic("llvm.x86.ssse3.pmadd.ub.sw.128", [], [b, a])
    }

    private func fastDotAdd(_ operands: [Value]) -> Value? {
        guard let pairs = fastDot(operands[0], operands[1]) else { return nil }
        let ones = splat(types.i16.constant(1), .i16x8)
        let sums = unit.intrinsic("llvm.x86.sse2.pmadd.wd", [], [pairs, ones])
        return builder.binary(.add, sums, operands[2])
    }
}

extension CompilationUnit {
    /// Code for the target may use this feature of processors, in LLVM's name.
    func hasTargetFeature(_ name: String) -> Bool { targetFeatures.contains(name) }
}
