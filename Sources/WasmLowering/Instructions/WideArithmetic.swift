import LLVM
import Wasm

/// Numbers of 128 bits, as pairs of 64: the low half is below the high one.
extension FunctionLowering {
    mutating func wideArithmetic(_ operation: Family.WideArithmetic) {
        switch operation {
        case .add:
            let b = popWide()
            pushWide(builder.binary(.add, popWide(), b))
        case .subtract:
            let b = popWide()
            pushWide(builder.binary(.sub, popWide(), b))
        case .multiplySigned: multiplyWide(.sext)
        case .multiplyUnsigned: multiplyWide(.zext)
        }
    }

    private var wide: Type { unit.context.integer(bitCount: 128) }

    private mutating func multiplyWide(_ extend: Builder.Cast) {
        let b = builder.cast(extend, pop(), to: wide)
        pushWide(builder.binary(.mul, builder.cast(extend, pop(), to: wide), b))
    }

    private mutating func popWide() -> Value {
        let high = builder.binary(.shl, builder.cast(.zext, pop(), to: wide), wide.constant(64))
        return builder.binary(.or, high, builder.cast(.zext, pop(), to: wide))
    }

    private mutating func pushWide(_ value: Value) {
        push(builder.cast(.trunc, value, to: types.i64))
        push(builder.cast(.trunc, builder.binary(.lshr, value, wide.constant(64)), to: types.i64))
    }
}
