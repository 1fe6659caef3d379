internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func call(_ operation: Family.Call, _ instruction: Instruction) {
        flushFuel()
        unit.landingPad = landingPad()
        defer { unit.landingPad = nil }
        switch operation {
        case .direct: callDirect(Int(instruction.immediates.index))
        case .indirect:
            callIndirect(
                type: Int(instruction.immediates.index), table: Int(instruction.immediates.secondIndex))
        case .reference: callReference(type: Int(instruction.immediates.index))
        }
        callCount += 1
        refreshMemoryVariables()
        reloadFuel()
    }

    private mutating func callDirect(_ index: Int) {
        let typeIndex = unit.wasm.functions[index].typeIndex
        let arguments = popArguments(ofType: typeIndex)
        pushResults(callFunction(index, arguments), of: typeIndex)
    }

    private mutating func callReference(type: Int) {
        let record = popFunction()
        let arguments = popArguments(ofType: type)
        pushResults(located { unit.callRecord(record, type: type, arguments) }, of: type)
    }

    /// The record that the reference on top of the stack points at; traps without one.
    mutating func popFunction() -> Value {
        let reference = pop()
        trap(WASMC_TRAP_NULL_FUNCTION_REFERENCE, if: builder.compare(.eq, reference, types.i64.zero))
        return builder.cast(.inttoptr, reference, to: types.pointer)
    }

    func callFunction(_ index: Int, _ arguments: [Value]) -> Value {
        located {
            index < unit.wasm.importedFunctionCount
                ? unit.callImport(index, instance, arguments) : unit.callDefined(index, instance, arguments)
        }
    }
}
