internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func table(_ operation: Family.Table, _ instruction: Instruction) {
        let index = instruction.immediates.index
        let second = instruction.immediates.secondIndex
        switch operation {
        case .get:
            let element = popIndex(as: address(inTable: index))
            let table = checkedTable(Int(index), element)
            push(loadElement(table, element, as: types.i64))
        case .set:
            let value = pop()
            let element = popIndex(as: address(inTable: index))
            let table = checkedTable(Int(index), element)
            unit.aliasing.mark(builder.store(value, elementAddress(table, element)), .tableElement)
        case .size:
            let count = unit.loadField(types.i64, tablePointer(Int(index)), TableField.count)
            push(size: count, as: address(inTable: index))
        case .grow:
            let count = popIndex(as: address(inTable: index))
            let value = pop()
            chargeBulk(elementCount: count)
            let old = callRuntime(.tableGrow, [index32(index), value, count])
            push(size: old, as: address(inTable: index))
        case .fill:
            let count = popIndex(as: address(inTable: index))
            let value = pop()
            let start = popIndex(as: address(inTable: index))
            chargeBulk(elementCount: count)
            callRuntime(.tableFill, [index32(index), start, value, count])
        case .copy:
            let (destination, source, count) = popCopyOperands(
                to: address(inTable: index), from: address(inTable: second))
            chargeBulk(elementCount: count)
            callRuntime(.tableCopy, [index32(index), index32(second), destination, source, count])
        case .initialize:
            let (destination, source, count) = popCopyOperands(to: address(inTable: second), from: .i32)
            chargeBulk(elementCount: count)
            callRuntime(.tableInitialize, [index32(second), index32(index), destination, source, count])
        case .dropElements:
            unit.call(.elementDrop, instance, [index32(index)])
        }
    }

    /// Pops destination, source and count. The count is as wide as the narrower of the other two.
    mutating func popCopyOperands(to destination: ValueType, from source: ValueType) -> (Value, Value, Value) {
        let count = popIndex(as: destination == source ? source : .i32)
        let start = popIndex(as: source)
        return (popIndex(as: destination), start, count)
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
