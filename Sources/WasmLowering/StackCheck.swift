internal import CRuntime
import LLVM

/// Stack overflow is found on entry, before anything happened: the stack pointer is compared with the limit that the
/// runtime sets for the running thread. Leaves with small frames need no check: the runtime leaves room beyond the
/// limit.
extension FunctionLowering {
    /// Frames below this fit into the room beyond the limit.
    private static let smallFrame = 4096
    /// An operand can be spilled for about every instruction, but LLVM reuses the slots.
    private static let largestOperandArea = 65_536

    /// Ends the entry block: to `body`, or to the trap.
    mutating func checkStack(bodyByteCount: Int, then body: BasicBlock) {
        let localsCount = loopExit == nil ? locals.count : 2 * locals.count
        let estimate = localsCount * 16 + min(bodyByteCount * 8, Self.largestOperandArea)
        guard callCount > 0 || estimate > Self.smallFrame else { return builder.branch(to: body) }
        let register = unit.context.value(unit.context.metadata([unit.context.metadata(unit.options.target.stackPointer)]))
        var stackPointer = unit.intrinsic("llvm.read_register", [types.i64], [register])
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let limit = unit.loadField(types.i64, store, StoreField.stackLimit)
        let overflow = newBlock()
        if estimate > Self.smallFrame {
            // Saturating: an address below the frame's size would wrap.
            stackPointer = unit.intrinsic(
                "llvm.usub.sat", [types.i64], [stackPointer, types.i64.constant(estimate)])
        }
        builder.branch(if: builder.compare(.ult, stackPointer, limit), to: overflow, else: body)
        builder.position(atEndOf: overflow)
        located { unit.callCold(.stackCheckFailed, instance) }
        builder.branch(to: body)
    }
}
