internal import CRuntime
import LLVM
import Wasm

/// Stack overflow is found on entry, before anything happened: the stack pointer is compared with the limit that the
/// runtime sets for the running thread, which has more stack after it. A function looks when its frame is there
/// already, so that it counts; leaves do not look, but for long ones of interruptible code. Both is right for frames
/// that are small beside the room beyond the limit, which only code generation can tell: see ``FrameSizes``. A function
/// with a larger frame is split, and what its callers see compares with the frame's size before it goes on in the body.
extension FunctionLowering {
    /// Ends the entry block: to `body`, or to the trap.
    mutating func checkStack(then body: BasicBlock) {
        if let byteCount = unit.frames.largeFrame(of: entrance) {
            builder.branch(to: body)
            enterBody(frameByteCount: byteCount)
        } else if callCount > 0 || isLongWithoutCalls {
            unit.frames.notesCheck(in: entrance)
            compareStackPointer(frameByteCount: 0, scope: lineScope, in: function, then: body)
        } else {
            builder.branch(to: body)
        }
    }

    /// A function without calls that takes long enough for a row of its calls to outlast an interruption.
    private var isLongWithoutCalls: Bool {
        unit.options.isInterruptible && (unit.wasm.functions[index].body?.count ?? 0) > Self.mostBytesOfQuietFunction
    }

    private static let mostBytesOfQuietFunction = 128

    /// The function that callers see: the comparison, and a jump to the body.
    private mutating func enterBody(frameByteCount: UInt64) {
        builder.position(atEndOf: entrance.appendBlock())
        let scope = unit.offsets?.addScope(to: entrance)
        let next = entrance.appendBlock()
        compareStackPointer(frameByteCount: frameByteCount, scope: scope, in: entrance, then: next)
        builder.position(atEndOf: next)
        if let scope { builder.setLine(WASMC_HIDDEN_PLACE, in: scope) }
        let result = builder.call(function, entrance.parameters)
        builder.clearLine()
        result.setMustTail()
        unit.returnCall(result, resultTypes)
    }

    private func compareStackPointer(
        frameByteCount: UInt64, scope: LineTable.Scope?, in function: Function, then next: BasicBlock
    ) {
        let register = unit.context.value(
            unit.context.metadata([unit.context.metadata(unit.architecture.stackPointer)]))
        var stackPointer = unit.intrinsic("llvm.read_register", [types.i64], [register])
        let instance = function.parameter(0)
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let limit = unit.loadField(types.i64, store, StoreField.stackLimit)
        if frameByteCount > 0 {
            // Saturating: an address below the frame's size would wrap.
            stackPointer = unit.intrinsic(
                "llvm.usub.sat", [types.i64], [stackPointer, types.i64.constant(frameByteCount)])
        }
        let overflow = function.appendBlock()
        builder.branch(if: builder.compare(.ult, stackPointer, limit), to: overflow, else: next)
        builder.position(atEndOf: overflow)
        if let scope { builder.setLine(UInt32(instructionOffset), in: scope) }
        unit.callCold(.stackCheckFailed, instance, [types.i64.constant(frameByteCount)])
        builder.clearLine()
        builder.branch(to: next)
    }
}
