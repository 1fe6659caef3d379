import LLVM
import Wasm

extension FunctionLowering {
    mutating func store(_ operation: Family.Store, _ instruction: Instruction) {
        switch operation {
        case .i32, .f32: storeMemory(pop(), byteCount: 4, instruction)
        case .i64, .f64: storeMemory(pop(), byteCount: 8, instruction)
        case .low8: storeMemory(builder.cast(.trunc, pop(), to: types.i8), byteCount: 1, instruction)
        case .low16: storeMemory(builder.cast(.trunc, pop(), to: types.i16), byteCount: 2, instruction)
        case .low32: storeMemory(builder.cast(.trunc, pop(), to: types.i32), byteCount: 4, instruction)
        }
    }

    /// Pops an index and stores to linear memory, at any alignment.
    mutating func storeMemory(_ value: Value, byteCount: Int, _ instruction: Instruction) {
        let access = builder.store(value, popAddress(instruction, byteCount: byteCount), alignment: 1)
        markMemoryAccess(access, instruction.immediates.memoryIndex)
    }
}
