import LLVM
import Wasm

/// Copies and fills are one check and then LLVM's own `memmove` and `memset`: nothing is written before a trap.
extension FunctionLowering {
    mutating func bulkMemory(_ operation: Family.BulkMemory, _ instruction: Instruction) {
        let index = instruction.immediates.index
        let second = instruction.immediates.secondIndex
        switch operation {
        case .initialize:
            let (destination, source, count) = popCopyOperands(to: address(inMemory: second), from: .i32)
            chargeBulk(byteCount: count)
            callRuntime(.memoryInitialize, [index32(second), index32(index), destination, source, count])
        case .dropData:
            unit.call(.dataDrop, instance, [index32(index)])
        case .copy:
            let (destination, source, count) = popCopyOperands(
                to: address(inMemory: index), from: address(inMemory: second))
            chargeBulk(byteCount: count)
            let from = rangeAddress(Int(second), source, byteCount: count)
            let to = rangeAddress(Int(index), destination, byteCount: count)
            inPieces(byteCount: count, .memoryCopy, [index32(index), index32(second), destination, source, count]) {
                let access = $0.builder.moveMemory(to: to, from: from, byteCount: count)
                $0.unit.aliasing.mark(access, .linearMemories(Int(index), Int(second)))
                $0.setPlace(access)
            }
            callCount += 1
        case .fill:
            let count = popIndex(as: address(inMemory: index))
            chargeBulk(byteCount: count)
            let byte = pop()
            let destination = popIndex(as: address(inMemory: index))
            let to = rangeAddress(Int(index), destination, byteCount: count)
            inPieces(byteCount: count, .memoryFill, [index32(index), destination, byte, count]) {
                let byte = $0.builder.cast(.trunc, byte, to: $0.types.i8)
                let access = $0.builder.setMemory(to, byte: byte, byteCount: count)
                $0.unit.aliasing.mark(access, .linearMemory(Int(index)))
                $0.setPlace(access)
            }
            callCount += 1
        }
    }
}
