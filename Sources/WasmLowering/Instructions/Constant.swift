import LLVM
import Wasm

extension CompilationUnit {
    func constant(_ operation: Family.Constant, _ instruction: Instruction) -> Value {
        let bits = instruction.immediates.bits
        switch operation {
        case .i32: return types.i32.constant(bits)
        case .i64: return types.i64.constant(bits)
        case .f32: return types.f32.constant(bits: bits)
        case .f64: return types.f64.constant(bits: bits)
        case .v128:
            let high = types.i64.constant(instruction.immediates.highBits)
            let halves = Type.constantVector([types.i64.constant(bits), high])
            return builder.cast(.bitcast, halves, to: types.v128)
        }
    }
}
