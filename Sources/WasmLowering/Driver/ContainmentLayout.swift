internal import CRuntime
import LLVM

extension CompilationUnit {
    /// What the last pass may take for granted: where the instance has its memories and tables, and its
    /// store the heap.
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
            heap: Containment.Heap(
                store: UInt64(InstanceField.store), base: UInt64(StoreField.heapBase),
                before: WASMC_HEAP_BEFORE_BYTES, behind: WASMC_HEAP_RESERVED_BYTES),
            descriptors: Containment.Descriptors(
                pointer: UInt64(InstanceField.descriptors), end: UInt64(WASMC_OBJECT_ID_MASK) + 16,
                byteCount: UInt64(WASMC_DESCRIPTOR_REGION_BYTES) + UInt64(WASMC_MOST_DESCRIPTOR_BYTES)),
            functions: Containment.Functions(
                pointer: UInt64(StoreField.functions),
                byteCount: UInt64(WASMC_FUNCTION_NUMBERS) * UInt64(MemoryLayout<UInt>.stride)),
            builtins: UInt64(InstanceField.builtins), trap: UInt64(Builtin.trap.offset),
            outcome: WASMC_INTERNAL_ERROR.rawValue,
            memoryBase: UInt64(MemoryField.base), memoryByteCount: UInt64(MemoryField.byteCount),
            tableElements: UInt64(TableField.elements), tableCount: UInt64(TableField.count))
    }
}
