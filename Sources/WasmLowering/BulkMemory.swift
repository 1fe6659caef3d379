import LLVM
import Wasm

/// Copies and fills are one check and then LLVM's own `memmove` and `memset`: nothing is written before a trap.
extension FunctionLowering {
    mutating func bulkMemory(_ operation: Family.BulkMemory, _ instruction: Instruction) {
        let index = instruction.immediates.index
        let second = instruction.immediates.secondIndex
        switch operation {
        case .initialize:
            let (destination, source, count) = popCopyOperands()
            chargeBulk(byteCount: count)
            callRuntime(.memoryInitialize, [index32(second), index32(index), destination, source, count])
        case .dropData:
            unit.call(.dataDrop, instance, [index32(index)])
        case .copy:
            let (destination, source, count) = popCopyOperands()
            chargeBulk(byteCount: count)
            let from = rangeAddress(Int(second), source, byteCount: count)
            let to = rangeAddress(Int(index), destination, byteCount: count)
            unit.aliasing.mark(builder.moveMemory(to: to, from: from, byteCount: count), .linearMemory)
            makesCalls = true
        case .fill:
            let count = popIndex()
            chargeBulk(byteCount: count)
            let byte = builder.cast(.trunc, pop(), to: types.i8)
            let to = rangeAddress(Int(index), popIndex(), byteCount: count)
            unit.aliasing.mark(builder.setMemory(to, byte: byte, byteCount: count), .linearMemory)
            makesCalls = true
        }
    }
}
