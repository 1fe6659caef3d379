internal import CRuntime
internal import LLVM
internal import Wasm

/// Specification: "Table Instructions", "Reference Instructions".
extension FunctionLowering {
    func table(_ index: Int) -> IRValue {
        module.constantPointer(
            of: instance, offset: module.layout.tableOffset(index), byteCount: MemoryLayout<wasmc_table>.size)
    }

    func tableCount(_ table: IRValue) -> IRValue {
        module.field(module.i64, of: table, offset: offset(\wasmc_table.count))
    }

    private func elementAddress(_ table: IRValue, _ index: IRValue) -> IRValue {
        let elements = module.field(module.pointer, of: table, offset: offset(\wasmc_table.elements))
        return build.offset(elements, byteCount: build.binary(.shl, index, i64(3)))
    }

    /// The index has been checked.
    func loadElement(_ table: IRValue, _ index: IRValue) -> IRValue {
        let load = build.load(module.i64, elementAddress(table, index))
        module.mark(load, .table)
        return load
    }

    func lower(_ operation: Family.Table, _ instruction: Instruction) {
        let index = Int(instruction.immediates.index)
        let first = i32(UInt64(instruction.immediates.index))
        let second = i32(UInt64(instruction.immediates.secondIndex))
        switch operation {
        case .get:
            let element = widened(pop())
            let table = table(index)
            trap(WASMC_TRAP_TABLE_OUT_OF_BOUNDS, if: build.compare(.uge, element, tableCount(table)))
            push(loadElement(table, element))
        case .set:
            let value = pop()
            let element = widened(pop())
            let table = table(index)
            trap(WASMC_TRAP_TABLE_OUT_OF_BOUNDS, if: build.compare(.uge, element, tableCount(table)))
            let store = build.store(value, elementAddress(table, element))
            module.mark(store, .table)
            if module.options.memory == .guarded { store.setVolatile() }
        case .size: push(build.cast(.truncate, tableCount(table(index)), to: module.i32))
        case .grow:
            let count = widened(pop())
            let old = callBuiltin(\.table_grow, returning: module.i64, [first, pop(), count])
            push(build.cast(.truncate, old, to: module.i32))
        case .fill:
            let operands = pop(3)
            _ = callBuiltin(
                \.table_fill, returning: module.void, [first, widened(operands[0]), operands[1], widened(operands[2])])
        case .copy: _ = callBuiltin(\.table_copy, returning: module.void, [first, second] + popRange())
        case .initialize: _ = callBuiltin(\.table_init, returning: module.void, [second, first] + popRange())
        case .dropElements: _ = callBuiltin(\.element_drop, returning: module.void, [first])
        }
    }

    func lower(_ reference: Family.Reference, _ instruction: Instruction) {
        switch reference {
        case .null: push(i64(0))
        case .isNull: pushCondition(build.compare(.eq, pop(), i64(0)))
        case .function: push(functionReference(Int(instruction.immediates.index)))
        }
    }

    func functionReference(_ index: Int) -> IRValue {
        build.cast(.pointerToInteger, record(ofFunction: index), to: module.i64)
    }
}
