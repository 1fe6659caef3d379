import LLVM
import Wasm

extension CompilationUnit {
    func constant(_ operation: Family.Constant, _ instruction: Instruction) -> Value {
        let bits = instruction.immediates.bits
        switch operation {
        case .i32: return types.i32.constant(bits)
        case .i64: return types.i64.constant(bits)
        case .f32: return hidingUnit(types.f32.constant(bits: bits))
        case .f64: return hidingUnit(types.f64.constant(bits: bits))
        case .v128: return vectorConstant(low: bits, high: instruction.immediates.highBits)
        }
    }

    private func vectorConstant(low: UInt64, high: UInt64) -> Value {
        let halves = Type.constantVector([types.i64.constant(low), types.i64.constant(high)])
        let value = builder.cast(.bitcast, halves, to: types.v128)
        // As ``hidingUnit(_:)``, for every lane; a zero vector is hidden where it is subtracted.
        let singles = [low, low >> 32, high, high >> 32].map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
        let doubles = [low, high].map(Double.init(bitPattern:))
        let hasUnit =
            singles.contains { $0.magnitude == 1 || $0.isZero && $0.sign == .minus }
            || doubles.contains { $0.magnitude == 1 || $0.isZero && $0.sign == .minus }
        return hasUnit ? opaque(value) : value
    }

    /// LLVM folds `x * 1`, `x / 1`, `x - 0` and `-0 + x` to `x` and so may keep a NaN signalling that the operation has
    /// to quiet. It must not see that such a constant is one.
    func hidingUnit(_ value: Value) -> Value {
        guard let number = value.floatConstant, number == 0 || number == 1 || number == -1 else { return value }
        return opaque(value)
    }
}
