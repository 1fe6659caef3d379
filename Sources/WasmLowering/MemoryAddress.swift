internal import CRuntime
internal import LLVM
internal import Wasm

/// From an index in linear memory to an address that is inside of it, or a trap.
extension FunctionLowering {
    private func memory(_ index: Int) -> IRValue {
        module.constantPointer(
            of: instance, offset: module.layout.memoryOffset(index), byteCount: MemoryLayout<wasmc_memory>.size)
    }

    func memoryByteCount(_ index: Int) -> IRValue {
        module.field(module.i64, of: memory(index), offset: offset(\wasmc_memory.byte_count))
    }

    /// The address of `byteCount` bytes at `index` + the immediate offset.
    ///
    /// Checked: index and offset have 32 bits each, so their 64-bit sum cannot wrap, and a memory never shrinks, so the
    /// size read here stays a safe bound. Guarded: the sum never leaves the reservation, and the access itself faults.
    func address(_ immediates: Immediates, byteCount: Int) -> IRValue {
        let index = widened(pop())
        let memoryIndex = immediates.memoryIndex
        if module.options.memory == .checked {
            let end = build.binary(.add, index, i64(immediates.memoryOffset + UInt64(byteCount)))
            trap(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, if: build.compare(.ugt, end, memoryByteCount(memoryIndex)))
        }
        let base = module.field(module.pointer, of: memory(memoryIndex), offset: offset(\wasmc_memory.base))
        let start = build.offset(base, byteCount: index)
        return build.offset(start, byteCount: i64(immediates.memoryOffset))
    }

    /// Every access to linear memory: any alignment, apart from the runtime's structures, and volatile where faults
    /// have to stay where they are.
    func finish(_ access: IRValue) {
        access.setAlignment(1)
        module.mark(access, .linearMemory)
        if module.options.memory == .guarded { access.setVolatile() }
    }
}

/// Specification: "Memory Instructions".
extension FunctionLowering {
    func lower(_ load: Family.Load, _ row: InstructionRow, _ immediates: Immediates) {
        let type = module.type(row.result ?? .i32)
        let (narrow, extension_): (IRType, IRBuilder.Cast) =
            switch load {
            case .i32, .i64, .f32, .f64: (type, .bitcast)
            case .signed8: (module.i8, .signExtend)
            case .unsigned8: (module.i8, .zeroExtend)
            case .signed16: (module.i16, .signExtend)
            case .unsigned16: (module.i16, .zeroExtend)
            case .signed32: (module.i32, .signExtend)
            case .unsigned32: (module.i32, .zeroExtend)
            }
        let value = build.load(narrow, address(immediates, byteCount: load.byteCount))
        finish(value)
        push(narrow == type ? value : build.cast(extension_, value, to: type))
    }

    func lower(_ store: Family.Store, _ row: InstructionRow, _ immediates: Immediates) {
        let value = pop()
        let narrow: IRType =
            switch store {
            case .i32, .i64, .f32, .f64: value.type
            case .low8: module.i8
            case .low16: module.i16
            case .low32: module.i32
            }
        let address = address(immediates, byteCount: store.byteCount)
        finish(build.store(narrow == value.type ? value : build.cast(.truncate, value, to: narrow), address))
    }

    func lower(_ memory: Family.Memory, _ immediates: Immediates) {
        switch memory {
        case .size:
            let pages = build.binary(.lshr, memoryByteCount(immediates.memoryIndex), i64(16))
            push(build.cast(.truncate, pages, to: module.i32))
        case .grow:
            let pages = widened(pop())
            let old = callBuiltin(\.memory_grow, returning: module.i64, [i32(UInt64(immediates.index)), pages])
            push(build.cast(.truncate, old, to: module.i32))
        }
    }

    /// Destination, source and count, widened.
    func popRange() -> [IRValue] { pop(3).map(widened) }

    func lower(_ bulk: Family.BulkMemory, _ immediates: Immediates) {
        let index = i32(UInt64(immediates.index))
        let second = i32(UInt64(immediates.secondIndex))
        switch bulk {
        case .initialize: _ = callBuiltin(\.memory_init, returning: module.void, [second, index] + popRange())
        case .dropData: _ = callBuiltin(\.data_drop, returning: module.void, [index])
        case .copy: _ = callBuiltin(\.memory_copy, returning: module.void, [index, second] + popRange())
        case .fill:
            let operands = pop(3)
            _ = callBuiltin(
                \.memory_fill, returning: module.void, [index, widened(operands[0]), operands[1], widened(operands[2])])
        }
    }
}

extension Family.Load {
    var byteCount: Int {
        switch self {
        case .signed8, .unsigned8: 1
        case .signed16, .unsigned16: 2
        case .i32, .f32, .signed32, .unsigned32: 4
        case .i64, .f64: 8
        }
    }
}

extension Family.Store {
    var byteCount: Int {
        switch self {
        case .low8: 1
        case .low16: 2
        case .i32, .f32, .low32: 4
        case .i64, .f64: 8
        }
    }
}
