import LLVM
import Wasm

extension FunctionLowering {
    mutating func memory(_ operation: Family.Memory, _ instruction: Instruction) {
        let memory = instruction.immediates.memoryIndex
        switch operation {
        case .size:
            let pageShift = types.i64.constant(MemoryType.pageByteCount.trailingZeroBitCount)
            push(builder.cast(.trunc, builder.binary(.lshr, memoryByteCount(memory), pageShift), to: types.i32))
        case .grow:
            let old = unit.call(.memoryGrow, instance, [index32(UInt32(memory)), popIndex()])
            push(builder.cast(.trunc, old, to: types.i32))
            refreshMemoryVariables()
        }
    }
}
