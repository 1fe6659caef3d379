internal import CRuntime
import LLVM
import Wasm

/// Where code notices that it has to stop: at the heads of loops, and at the entries of functions that call others,
/// whose stack check fails while an interruption waits. Between two of those places it looks before each bulk operation
/// that is not small, and once in a while in a long row of instructions. A bulk operation that is long is done in
/// pieces.
extension FunctionLowering {
    /// At a loop's head.
    mutating func checkInterruption() {
        guard unit.options.isInterruptible else { return }
        guard !unit.options.optimization.removesChecks else {
            // Opaque to LLVM: passes let loops look once in a while.
            let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
            let requests = unit.address(store, StoreField.requests)
            return trap(WASMC_INTERRUPTED, unless: builder.call(unit.poll, [requests, instance, unit.mayGoOn.value]))
        }
        trapIfInterrupted()
    }

    /// Not for passes to move or to thin out: another thread makes the request, and what follows takes long.
    private mutating func trapIfInterrupted() {
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let requests = unit.loadField(types.i32, store, StoreField.requests)
        requests.setVolatile()
        let (asked, next) = (newBlock(), newBlock())
        builder.branch(if: builder.compare(.ne, requests, types.i32.zero), to: asked, else: next)
        start(asked)
        trap(WASMC_INTERRUPTED, unless: unit.callMayGoOn(instance))
        builder.branch(to: next)
        start(next)
        stepCount = 0
    }

    /// Looks when there was no other reason to for many instructions.
    mutating func checkInterruption(after instruction: Instruction) {
        guard unit.options.isInterruptible else { return }
        stepCount += 1
        if case .call = instruction.opcode.row.family { stepCount += Self.stepsOfCall }
        // After a branch there is no block to look in.
        if case .control = instruction.opcode.row.family { return }
        if stepCount >= Self.longestRow { trapIfInterrupted() }
    }

    /// An operation on `byteCount` bytes of memory: what `short` generates, or the runtime's in pieces when there are
    /// so many that it would take long. Small ones whose size is known are like other instructions.
    mutating func inPieces(
        byteCount: Value, _ builtin: Builtin, _ arguments: [Value], short: (inout FunctionLowering) -> Void
    ) {
        guard unit.options.isInterruptible else { return short(&self) }
        let known = byteCount.integerConstant
        if let known, known <= Self.smallByteCount { return short(&self) }
        trapIfInterrupted()
        if let known, known <= Self.longestPieceByteCount { return short(&self) }
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
    private static let smallByteCount = 256
    /// Each of them may be the first to touch a page of memory.
    private static let longestRow = 4096
    /// A function without calls that is called does not look unless it is longer.
    private static let stepsOfCall = 32
}
