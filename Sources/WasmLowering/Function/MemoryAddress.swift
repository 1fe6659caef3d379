internal import CRuntime
import LLVM
import Wasm

/// Effective addresses. The 33-bit sum of a 32-bit index and a 32-bit offset, plus the size of the access, cannot wrap
/// in 64 bits. A 64-bit index is compared with what the memory's size leaves of it, so that nothing is added.
extension FunctionLowering {
    /// Pops the index of an access of `byteCount` bytes, makes sure that all of them are inside the memory, and gives
    /// the machine address.
    mutating func popAddress(_ instruction: Instruction, byteCount: Int) -> Value {
        let memory = instruction.immediates.memoryIndex
        let offset = instruction.immediates.memoryOffset
        let (sum, wraps) = offset.addingReportingOverflow(UInt64(byteCount))
        // No memory is as large as that.
        let end = wraps ? UInt64.max : sum
        let isInside = isInside(memory, byteCount: end)
        let index = popIndex(as: address(inMemory: memory))
        if !isInside { check(memory, index, byteCount: types.i64.constant(end)) }
        let start = builder.offset(memoryBase(memory), by: index, of: types.i8)
        return offset == 0 ? start : builder.offset(start, by: types.i64.constant(offset), of: types.i8)
    }

    /// Marks a load or store of linear memory.
    func markMemoryAccess(_ access: Value, _ memory: Int) {
        unit.aliasing.mark(access, .linearMemory(memory))
        // The fault is the trap: LLVM may not drop or move an access whose value it does not need.
        if unit.options.reliesOnFaults { access.setVolatile() }
        setPlace(access)
    }

    /// The access says which instruction it belongs to, if it faults.
    func setPlace(_ access: Value) {
        if let lineScope { access.setLine(UInt32(instructionOffset), in: lineScope) }
    }

    /// Traps unless `byteCount` bytes from `index` on lie in the memory, and gives their machine address.
    mutating func rangeAddress(_ memory: Int, _ index: Value, byteCount: Value) -> Value {
        check(memory, index, byteCount: byteCount)
        return builder.offset(memoryBase(memory), by: index, of: types.i8)
    }

    /// Traps unless `byteCount` bytes from `index` on lie in the memory. Where passes remove checks it is opaque to
    /// LLVM, which would rewrite a comparison so that they do not know it again.
    private mutating func check(_ memory: Int, _ index: Value, byteCount: Value) {
        let size = memoryByteCount(memory)
        let type = unit.wasm.memories[memory].type
        guard unit.options.optimization.removesChecks else {
            guard type.is64Bit else {
                let end = builder.binary(.add, index, byteCount)
                return trap(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, if: builder.compare(.ugt, end, size))
            }
            if byteCount.integerConstant.map({ $0 > type.minimumByteCount }) ?? true {
                trap(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, if: builder.compare(.ugt, byteCount, size))
            }
            let last = builder.binary(.sub, size, byteCount)
            return trap(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, if: builder.compare(.ugt, index, last))
        }
        let check = type.endsWithGuardPages ? unit.boundsCheck : unit.boundsCheck64
        let operands = [index, byteCount, size, types.i64.constant(type.minimumByteCount), types.i64.constant(memory)]
        trap(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, unless: builder.call(check, operands))
    }
}
