import LLVM
import Wasm

extension FunctionLowering {
    mutating func call(_ operation: Family.Call, _ instruction: Instruction) {
        flushPoints()
        unit.landingPad = landingPad()
        defer { unit.landingPad = nil }
        switch operation {
        case .direct: callDirect(Int(instruction.immediates.index))
        case .indirect:
            callIndirect(
                type: Int(instruction.immediates.index), table: Int(instruction.immediates.secondIndex))
        }
        callCount += 1
        refreshMemoryVariables()
        reloadPoints()
    }

    private mutating func callDirect(_ index: Int) {
        let typeIndex = unit.wasm.functions[index].typeIndex
        let arguments = popArguments(ofType: typeIndex)
        pushResults(callFunction(index, arguments), of: typeIndex)
    }

    func callFunction(_ index: Int, _ arguments: [Value]) -> Value {
        located {
            index < unit.wasm.importedFunctionCount
                ? unit.callImport(index, instance, arguments) : unit.callDefined(index, instance, arguments)
        }
    }
}
