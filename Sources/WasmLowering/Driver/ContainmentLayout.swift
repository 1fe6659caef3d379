internal import CRuntime
import LLVM

extension CompilationUnit {
    /// What the last pass may take for granted: where the instance has its memories and tables.
    var containment: Containment {
        Containment(
            reservation: options.memory == .guarded ? (WASMC_GUARD_BEFORE_BYTES, WASMC_RESERVED_BYTES) : nil,
            memories: wasm.memories.indices.map { index in
                Containment.Memory(
                    memory: UInt64(layout.memoryOffset(index)), base: UInt64(layout.baseOffset(index)),
                    minimumByteCount: wasm.memories[index].type.minimumByteCount,
                    isReserved: isReserved(memory: index))
            },
            tables: wasm.tables.indices.map { UInt64(layout.tableOffset($0)) },
            builtins: UInt64(InstanceField.builtins), trap: UInt64(Builtin.trap.offset),
            outcome: WASMC_INTERNAL_ERROR.rawValue,
            memoryBase: UInt64(MemoryField.base), memoryByteCount: UInt64(MemoryField.byteCount),
            tableElements: UInt64(TableField.elements), tableCount: UInt64(TableField.count))
    }
}
