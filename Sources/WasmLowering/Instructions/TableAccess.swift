internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func table(_ operation: Family.Table, _ instruction: Instruction) {
        let index = instruction.immediates.index
        let second = instruction.immediates.secondIndex
        switch operation {
        case .get:
            let element = popIndex()
            let table = checkedTable(Int(index), element)
            push(loadElement(table, element, as: types.i64))
        case .set:
            let value = pop()
            let element = popIndex()
            let table = checkedTable(Int(index), element)
            unit.aliasing.mark(builder.store(value, elementAddress(table, element)), .tableElement)
        case .size:
            push(
                builder.cast(
                    .trunc, unit.loadField(types.i64, tablePointer(Int(index)), TableField.count), to: types.i32))
        case .grow:
            let count = popIndex()
            let value = pop()
            chargeBulk(elementCount: count)
            let old = callRuntime(.tableGrow, [index32(index), value, count])
            push(builder.cast(.trunc, old, to: types.i32))
        case .fill:
            let count = popIndex()
            let value = pop()
            let start = popIndex()
            chargeBulk(elementCount: count)
            callRuntime(.tableFill, [index32(index), start, value, count])
        case .copy:
            let (destination, source, count) = popCopyOperands()
            chargeBulk(elementCount: count)
            callRuntime(.tableCopy, [index32(index), index32(second), destination, source, count])
        case .initialize:
            let (destination, source, count) = popCopyOperands()
            chargeBulk(elementCount: count)
            callRuntime(.tableInitialize, [index32(second), index32(index), destination, source, count])
        case .dropElements:
            unit.call(.elementDrop, instance, [index32(index)])
        }
    }

    /// Pops destination, source and count, zero-extended.
    mutating func popCopyOperands() -> (Value, Value, Value) {
        let count = popIndex()
        let source = popIndex()
        let destination = popIndex()
        return (destination, source, count)
    }

    /// The runtime's structure of a table.
    func tablePointer(_ index: Int) -> Value {
        unit.loadConstant(types.pointer, instance, unit.layout.tableOffset(index))
    }

    func loadElement(_ table: Value, _ index: Value, as type: Type) -> Value {
        let value = builder.load(type, elementAddress(table, index))
        unit.aliasing.mark(value, .tableElement)
        return value
    }

    private func elementAddress(_ table: Value, _ index: Value) -> Value {
        let elements = unit.loadField(types.pointer, table, TableField.elements)
        return builder.offset(elements, by: index, of: types.i64)
    }

    private mutating func checkedTable(_ table: Int, _ index: Value) -> Value {
        let pointer = tablePointer(table)
        let count = unit.loadField(types.i64, pointer, TableField.count)
        trap(WASMC_TRAP_TABLE_OUT_OF_BOUNDS, if: builder.compare(.uge, index, count))
        return pointer
    }
}
