import LLVM
import Wasm

extension FunctionLowering {
    mutating func floatBinary(_ operation: Family.FloatBinary, _ row: InstructionRow) {
        let b = pop(row.operandShape)
        let a = pop(row.operandShape)
        let result =
            switch operation {
            case .add: arithmetic(.fadd, a, b)
            case .subtract: arithmetic(.fsub, a, b)
            case .multiply: arithmetic(.fmul, a, b)
            case .divide: arithmetic(.fdiv, a, b)
            case .minimum: floatMinimum(a, b, integer: integerType(row))
            case .maximum: floatMaximum(a, b, integer: integerType(row))
            case .copySign: unit.intrinsic("llvm.copysign", [a.type], [a, b])
            case .pseudoMinimum: builder.select(builder.compare(.olt, b, a), b, a)
            case .pseudoMaximum: builder.select(builder.compare(.olt, a, b), b, a)
            }
        push(lanes: result)
    }

    private func integerType(_ row: InstructionRow) -> Type {
        row.operandShape.map(types.integerVector) ?? (row.result == .f32 ? types.i32 : types.i64)
    }

    // `llvm.minimum` may return a signalling NaN, and is slow on some processors. Two selects with exchanged operands
    // differ only in which zero (or NaN) they give; combining their bits gives the right zero, and adding the operands
    // gives a quiet NaN. For numbers and for vectors; `integer` is the integer type of the same shape.

    func floatMinimum(_ a: Value, _ b: Value, integer: Type) -> Value {
        let first = builder.select(builder.compare(.olt, a, b), a, b)
        let second = builder.select(builder.compare(.olt, b, a), b, a)
        return quieting(a, b, combine(.or, first, second, integer: integer))
    }

    func floatMaximum(_ a: Value, _ b: Value, integer: Type) -> Value {
        let first = builder.select(builder.compare(.ogt, a, b), a, b)
        let second = builder.select(builder.compare(.ogt, b, a), b, a)
        return quieting(a, b, combine(.and, first, second, integer: integer))
    }

    private func combine(_ operation: Builder.BinaryOperator, _ a: Value, _ b: Value, integer: Type) -> Value {
        let bits = builder.binary(
            operation, builder.cast(.bitcast, a, to: integer), builder.cast(.bitcast, b, to: integer))
        return builder.cast(.bitcast, bits, to: a.type)
    }

    private func quieting(_ a: Value, _ b: Value, _ ordered: Value) -> Value {
        builder.select(builder.compare(.uno, a, b), arithmetic(.fadd, a, b), ordered)
    }
}
