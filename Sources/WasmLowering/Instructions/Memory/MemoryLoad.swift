import LLVM
import Wasm

extension FunctionLowering {
    mutating func load(_ operation: Family.Load, _ instruction: Instruction, _ row: InstructionRow) {
        switch operation {
        case .i32: load(types.i32, byteCount: 4, instruction)
        case .i64: load(types.i64, byteCount: 8, instruction)
        case .f32: push(loadWhole(types.f32, byteCount: 4, instruction))
        case .f64: push(loadWhole(types.f64, byteCount: 8, instruction))
        case .signed8: load(types.i8, byteCount: 1, instruction, .sext, row)
        case .unsigned8: load(types.i8, byteCount: 1, instruction, .zext, row)
        case .signed16: load(types.i16, byteCount: 2, instruction, .sext, row)
        case .unsigned16: load(types.i16, byteCount: 2, instruction, .zext, row)
        case .signed32: load(types.i32, byteCount: 4, instruction, .sext, row)
        case .unsigned32: load(types.i32, byteCount: 4, instruction, .zext, row)
        }
    }

    private mutating func load(_ type: Type, byteCount: Int, _ instruction: Instruction) {
        push(loadMemory(type, byteCount: byteCount, instruction))
    }

    private mutating func load(
        _ type: Type, byteCount: Int, _ instruction: Instruction, _ extend: Builder.Cast, _ row: InstructionRow
    ) {
        let narrow = loadMemory(type, byteCount: byteCount, instruction)
        push(builder.cast(extend, narrow, to: row.result == .i64 ? types.i64 : types.i32))
    }

    /// Pops an index and loads from linear memory, at any alignment.
    mutating func loadMemory(_ type: Type, byteCount: Int, _ instruction: Instruction) -> Value {
        let value = builder.load(type, popAddress(instruction, byteCount: byteCount), alignment: 1)
        markMemoryAccess(value, instruction.immediates.memoryIndex)
        // Another thread may write meanwhile, and then the value may be any, but always the same one: what is checked
        // is what is used.
        return unit.isShared(memory: instruction.immediates.memoryIndex) ? builder.freeze(value) : value
    }

    /// The same for floats and vectors. Where the fault is the trap, an instruction that needs half of the bytes, or
    /// none under a mask, must not have the load for an operand; where passes run, PreventLoadFolding.cpp sees to that.
    mutating func loadWhole(_ type: Type, byteCount: Int, _ instruction: Instruction) -> Value {
        let value = loadMemory(type, byteCount: byteCount, instruction)
        return unit.options.reliesOnFaults && unit.options.optimization == .none ? builder.freeze(value) : value
    }
}
