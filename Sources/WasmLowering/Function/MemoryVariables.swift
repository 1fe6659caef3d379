internal import CRuntime
import LLVM
import Wasm

/// A linear memory's base and size as the running function knows them: variables that LLVM keeps in registers. Another
/// function, and `memory.grow`, may move a memory or make it larger, never smaller; so they are read again after calls,
/// and a size read earlier is a safe bound everywhere. A shared memory never moves, and another thread may make it
/// larger at any time: its size is read as a whole, and again after what may have told the guest of that.
///
/// Where no passes run, to read again what nobody uses is 13 % of a program's IR, and a module may have 100 memories.
/// So there all is read where it is used, but for the base of a reservation, which never moves: that is read once.
struct MemoryVariables {
    var base: StackSlot
    var byteCount: StackSlot
    var isUsed = false
    /// The instructions that read the variables again, oldest first.
    var refreshes: [Value] = []
}

extension FunctionLowering {
    mutating func makeMemoryVariables() {
        for index in unit.wasm.memories.indices {
            let variables = MemoryVariables(
                base: StackSlot(unit.pointer(toMemory: index), in: builder),
                byteCount: StackSlot(types.i64, in: builder))
            if unit.keepsNames {
                variables.base.address.setName("memory\(index).base")
                variables.byteCount.address.setName("memory\(index).byteCount")
            }
            memories.append(variables)
        }
    }

    /// Reads the variables again, after something that may have changed them.
    mutating func refreshMemoryVariables() {
        for index in memories.indices where !isReadWhereUsed { refresh(index) }
    }

    /// Reads the sizes of shared memories again, after an atomic operation.
    mutating func refreshSharedMemoryVariables() {
        for index in memories.indices where unit.isShared(memory: index) && !isReadWhereUsed { refresh(index) }
    }

    private var isReadWhereUsed: Bool { unit.options.optimization == .none }

    private mutating func refresh(_ index: Int) {
        refreshCount += 1
        let memory = memoryPointer(index)
        let base =
            unit.isReserved(memory: index)
            ? fixedBase(index) : unit.loadField(memories[index].base.type, memory, MemoryField.base)
        let byteCount = loadByteCount(index, memory)
        let stores = [
            memories[index].base.store(base, in: unit.builder, stretch),
            memories[index].byteCount.store(byteCount, in: unit.builder, stretch),
        ]
        memories[index].refreshes += [base, byteCount] + stores
    }

    /// At the end of the entry block: reads the variables, or takes them away when the function never used them.
    mutating func finishMemoryVariables() {
        for index in memories.indices {
            if isReadWhereUsed {
                memories[index].byteCount.address.erase()
                if memories[index].isUsed, unit.isReserved(memory: index) {
                    memories[index].base.store(fixedBase(index), in: unit.builder, stretch)
                } else {
                    memories[index].base.address.erase()
                }
                continue
            }
            if memories[index].isUsed { refresh(index); continue }
            for instruction in memories[index].refreshes.reversed() { instruction.erase() }
            memories[index].byteCount.address.erase()
            memories[index].base.address.erase()
        }
    }

    mutating func memoryBase(_ index: Int) -> Value {
        if isReadWhereUsed, !unit.isReserved(memory: index) {
            return unit.loadField(memories[index].base.type, memoryPointer(index), MemoryField.base)
        }
        memories[index].isUsed = true
        return memories[index].base.load(in: unit.builder, stretch)
    }

    private func fixedBase(_ index: Int) -> Value {
        unit.loadConstant(memories[index].base.type, instance, unit.layout.baseOffset(index))
    }

    private func loadByteCount(_ index: Int, _ memory: Value) -> Value {
        let byteCount = unit.loadField(types.i64, memory, MemoryField.byteCount)
        if unit.isShared(memory: index) {
            byteCount.setAlignment(MemoryLayout<UInt64>.alignment)
            byteCount.setMonotonic()
        }
        return byteCount
    }

    mutating func memoryByteCount(_ index: Int) -> Value {
        if isReadWhereUsed { return loadByteCount(index, memoryPointer(index)) }
        memories[index].isUsed = true
        return memories[index].byteCount.load(in: unit.builder, stretch)
    }

    /// The runtime's structure of a memory.
    func memoryPointer(_ index: Int) -> Value {
        unit.loadConstant(types.pointer, instance, unit.layout.memoryOffset(index))
    }
}

extension CompilationUnit {
    /// The memory lies in a reservation that its addresses cannot leave.
    func isReserved(memory index: Int) -> Bool {
        options.memory == .guarded && wasm.memories[index].type.endsWithGuardPages
    }

    /// Each memory is an address space of its own where passes run: then LLVM never makes one access of two to
    /// different memories, and passes can tell whose access they see. LLVM takes nothing else from that; addresses of
    /// all of these spaces are the machine's.
    func pointer(toMemory index: Int) -> Type {
        options.optimization == .none ? types.pointer : context.pointer(addressSpace: index)
    }

    func isShared(memory index: Int) -> Bool { wasm.memories[index].type.isShared }
}
