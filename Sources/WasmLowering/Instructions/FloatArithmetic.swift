import LLVM

/// LLVM folds `x * 1`, `x / 1`, `x - 0` and `x + -0` to `x`, `x * -1` to `-x`, and the demotion of a promotion to what
/// was promoted. That may be a signalling NaN, of which arithmetic has to make a quiet one.
///
/// Invariant: LLVM knows nothing of the operands that would let it do so. Where passes run, operands are hidden in
/// calls that `OperandRevealing.cpp` takes away. Where none run, constants are loaded from where LLVM does not know
/// them, and what could turn out to be one while instructions are selected is multiplied by such a one.
extension FunctionLowering {
    /// Adds, subtracts, multiplies or divides numbers or lanes.
    func arithmetic(_ operation: Builder.BinaryOperator, _ a: Value, _ b: Value) -> Value {
        // What arithmetic gives is quiet, and nothing is known of it either.
        if a.isFloatArithmetic || b.isFloatArithmetic { return builder.binary(operation, a, b) }
        if b.isNumberConstant { return builder.binary(operation, a, hidden(b)) }
        if a.isNumberConstant { return builder.binary(operation, hidden(a), b) }
        return builder.binary(operation, hidden(a), hidden(b))
    }

    func demote(_ value: Value, to type: Type) -> Value {
        builder.cast(.fptrunc, value.isFloatArithmetic ? value : hidden(value), to: type)
    }

    /// The same value, of which LLVM knows nothing that it could fold arithmetic with.
    func hidden(_ value: Value) -> Value {
        if unit.options.optimization != .none { return builder.call(unit.operandFunction(value.type), [value]) }
        if value.isConstant { return unit.opaque(value) }
        return value.isUncalculated ? value : builder.binary(.fmul, value, unit.opaque(value.type.constant(1.0)))
    }
}

extension CompilationUnit {
    /// Gives its argument, which only `OperandRevealing.cpp` knows.
    func operandFunction(_ type: Type) -> Function {
        let lane = type == types.f32 || type == types.vector(.f32x4) ? "f32" : "f64"
        let name = "wasmc.operand." + lane + (type.isVector ? "x\(type.laneCount)" : "")
        if let known = operandFunctions[name] { return known }
        let function = addPseudoFunction(name, .function([type], returning: type), mayBeMoved: true, inlineCost: 0)
        operandFunctions[name] = function
        return function
    }
}

extension Value {
    /// A scalar constant that is no NaN.
    fileprivate var isNumberConstant: Bool { floatConstant.map { !$0.isNaN } ?? false }
}
