internal import CRuntime
import LLVM
import Wasm

/// Atomic operations: aligned, sequentially consistent, and seen by all who share the memory.
///
/// After each, others may have told the guest that a shared memory has grown; so sizes are read again. See
/// ``MemoryVariables``.
extension FunctionLowering {
    mutating func atomic(_ operation: Family.Atomic, _ instruction: Instruction, _ row: InstructionRow) {
        switch operation {
        case .load:
            let place = popAtomicPlace(instruction, row)
            pushAtomic(mark(builder.atomicLoad(place.type, place.address, byteCount: place.byteCount), place), row)
        case .store:
            let value = pop()
            let place = popAtomicPlace(instruction, row)
            let narrow = narrowed(value, to: place.type)
            _ = mark(builder.atomicStore(narrow, place.address, byteCount: place.byteCount), place)
        case .add: update(.add, instruction, row)
        case .subtract: update(.subtract, instruction, row)
        case .and: update(.and, instruction, row)
        case .or: update(.or, instruction, row)
        case .xor: update(.xor, instruction, row)
        case .exchange: update(.exchange, instruction, row)
        case .compareExchange: compareExchange(instruction, row)
        case .wait: wait(instruction, row)
        case .notify: notify(instruction)
        case .fence: builder.fence()
        }
        refreshSharedMemoryVariables()
    }

    private struct AtomicPlace {
        var address: Value
        var type: Type
        var byteCount: Int
        var memory: Int
    }

    private func accessByteCount(_ row: InstructionRow) -> Int {
        unit.expected(row.accessByteCount, "\(row.name) has no width", placeholder: 1)
    }

    /// Pops the index of an access whose bytes are inside the memory and aligned. Alignment is looked at first: where
    /// the fault is the trap, nothing may come between the address and the access.
    private mutating func popAtomicPlace(_ instruction: Instruction, _ row: InstructionRow) -> AtomicPlace {
        let byteCount = accessByteCount(row)
        if byteCount > 1, let index = operands.last {
            // Memories start at multiples of any access's width.
            let low = index.type.constant(instruction.immediates.memoryOffset % UInt64(byteCount))
            let rest = builder.binary(
                .and, builder.binary(.add, index, low), index.type.constant(UInt64(byteCount - 1)))
            trap(WASMC_TRAP_UNALIGNED_ATOMIC, if: builder.compare(.ne, rest, index.type.zero))
        }
        return AtomicPlace(
            address: popAddress(instruction, byteCount: byteCount),
            type: unit.context.integer(bitCount: byteCount * 8), byteCount: byteCount,
            memory: instruction.immediates.memoryIndex)
    }

    private func mark(_ access: Value, _ place: AtomicPlace) -> Value {
        markMemoryAccess(access, place.memory)
        return access
    }

    private func narrowed(_ value: Value, to type: Type) -> Value {
        value.type == type ? value : builder.cast(.trunc, value, to: type)
    }

    private mutating func pushAtomic(_ value: Value, _ row: InstructionRow) {
        let type = row.result == .i64 ? types.i64 : types.i32
        push(value.type == type ? value : builder.cast(.zext, value, to: type))
    }

    private mutating func update(
        _ update: Builder.AtomicUpdate, _ instruction: Instruction, _ row: InstructionRow
    ) {
        let value = pop()
        let place = popAtomicPlace(instruction, row)
        let old = builder.atomicUpdate(update, place.address, narrowed(value, to: place.type))
        pushAtomic(mark(old, place), row)
    }

    /// Of an expected value that is wider than the access, only as many bits are compared.
    private mutating func compareExchange(_ instruction: Instruction, _ row: InstructionRow) {
        let replacement = pop()
        let expected = pop()
        let place = popAtomicPlace(instruction, row)
        let pair = builder.atomicCompareExchange(
            place.address, expected: narrowed(expected, to: place.type),
            replacement: narrowed(replacement, to: place.type))
        pushAtomic(builder.extractValue(mark(pair, place), 0), row)
    }

    // MARK: Waiting

    private mutating func wait(_ instruction: Instruction, _ row: InstructionRow) {
        let timeout = pop()
        let value = pop()
        let expected = value.type == types.i64 ? value : builder.cast(.zext, value, to: types.i64)
        let index = popIndex()
        let offset = types.i64.constant(instruction.immediates.memoryOffset)
        let byteCount = types.i32.constant(accessByteCount(row))
        let memory = index32(instruction.immediates.index)
        push(callRuntime(.atomicWait, [memory, index, offset, expected, timeout, byteCount]))
        callCount += 1
        refreshMemoryVariables()
    }

    private mutating func notify(_ instruction: Instruction) {
        let most = pop()
        let index = popIndex()
        let offset = types.i64.constant(instruction.immediates.memoryOffset)
        push(callRuntime(.atomicNotify, [index32(instruction.immediates.index), index, offset, most]))
    }
}
