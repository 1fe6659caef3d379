internal import CRuntime
import LLVM
import Wasm

/// Where code notices that it has to stop: at the heads of loops, and at the entries of functions that call others, whose
/// stack check fails while an interruption waits. Everything between two of those places is short, or done in pieces.
extension FunctionLowering {
    /// At a loop's head.
    mutating func checkInterruption() {
        guard unit.options.isInterruptible else { return }
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        guard !unit.options.optimization.removesChecks else {
            // Opaque to LLVM: passes let loops look once in a while.
            let flag = unit.address(store, StoreField.isInterrupted)
            return trap(WASMC_INTERRUPTED, unless: builder.call(unit.poll, [flag]))
        }
        let flag = unit.loadField(types.i32, store, StoreField.isInterrupted)
        // Another thread sets it: the loop must look every time.
        flag.setVolatile()
        trap(WASMC_INTERRUPTED, if: builder.compare(.ne, flag, types.i32.zero))
    }

    /// An operation on `byteCount` bytes of memory: what `short` generates, or the runtime's in pieces when there are so
    /// many that it would take long.
    mutating func inPieces(
        byteCount: Value, _ builtin: Builtin, _ arguments: [Value], short: (inout FunctionLowering) -> Void
    ) {
        guard unit.options.isInterruptible else { return short(&self) }
        let long = newBlock()
        let few = newBlock()
        let next = newBlock()
        let isLong = builder.compare(.ugt, byteCount, types.i64.constant(Self.longestPieceByteCount))
        builder.branch(if: isLong, to: long, else: few)
        start(long)
        callRuntime(builtin, arguments)
        builder.branch(to: next)
        start(few)
        short(&self)
        builder.branch(to: next)
        start(next)
    }

    private static let longestPieceByteCount = 1 << 20
}
