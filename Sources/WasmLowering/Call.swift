internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func call(_ operation: Family.Call, _ instruction: Instruction) {
        flushPoints()
        switch operation {
        case .direct: callDirect(Int(instruction.immediates.index))
        case .indirect:
            callIndirect(
                type: Int(instruction.immediates.index), table: Int(instruction.immediates.secondIndex))
        }
        makesCalls = true
        refreshMemoryVariables()
        reloadPoints()
    }

    private mutating func callDirect(_ index: Int) {
        let typeIndex = unit.wasm.functions[index].typeIndex
        let arguments = pop(count: unit.wasm.types[typeIndex].parameters.count)
        let result: Value
        if index < unit.wasm.importedFunctionCount, let record = unit.layout.recordOffset(function: index) {
            result = callRecord(unit.address(instance, record), type: typeIndex, arguments)
        } else {
            result = located { builder.call(unit.function(index), [instance] + arguments) }
        }
        pushResults(result, of: typeIndex)
    }

    private mutating func callIndirect(type: Int, table: Int) {
        let index = popIndex()
        let arguments = pop(count: unit.wasm.types[type].parameters.count)
        let tablePointer = self.tablePointer(table)
        let count = unit.loadField(types.i64, tablePointer, TableField.count)
        trap(WASMC_TRAP_UNDEFINED_ELEMENT, if: builder.compare(.uge, index, count))
        let element = loadElement(tablePointer, index, as: types.pointer)
        trap(WASMC_TRAP_UNINITIALIZED_ELEMENT, if: builder.compare(.eq, element, types.pointer.zero))
        let typeIDs = unit.loadConstant(types.pointer, instance, InstanceField.typeIDs)
        let expected = unit.loadConstant(types.i32, typeIDs, type * MemoryLayout<UInt32>.stride)
        let found = unit.loadConstant(types.i32, element, FunctionField.typeID)
        trap(WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH, if: builder.compare(.ne, found, expected))
        pushResults(callRecord(element, type: type, arguments), of: type)
    }

    private func callRecord(_ record: Value, type: Int, _ arguments: [Value]) -> Value {
        let code = unit.loadConstant(types.pointer, record, FunctionField.code)
        let context = unit.loadConstant(types.pointer, record, FunctionField.context)
        return located { builder.call(unit.signature(ofType: type), code, [context] + arguments) }
    }

    private mutating func pushResults(_ result: Value, of type: Int) {
        let count = unit.wasm.types[type].results.count
        if count == 1 { push(result) }
        if count > 1 { for index in 0..<count { push(builder.extractValue(result, index)) } }
    }
}
