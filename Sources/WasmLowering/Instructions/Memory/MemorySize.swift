import LLVM
import Wasm

extension FunctionLowering {
    mutating func memory(_ operation: Family.Memory, _ instruction: Instruction) {
        let memory = instruction.immediates.memoryIndex
        switch operation {
        case .size:
            let pageShift = types.i64.constant(unit.wasm.memories[memory].type.pageByteCount.trailingZeroBitCount)
            push(size: builder.binary(.lshr, memoryByteCount(memory), pageShift), as: address(inMemory: memory))
        case .grow:
            let pages = popIndex(as: address(inMemory: memory))
            let old = unit.call(.memoryGrow, instance, [index32(UInt32(memory)), pages])
            push(size: old, as: address(inMemory: memory))
            refreshMemoryVariables()
        }
    }
}
