internal import CRuntime
internal import LLVM
internal import Wasm

/// Specification: "Control Instructions" (calls).
extension FunctionLowering {
    func lower(_ call: Family.Call, _ instruction: Instruction) {
        switch call {
        case .direct: callFunction(Int(instruction.immediates.index))
        case .indirect: callIndirect(instruction.immediates)
        }
    }

    func callFunction(_ index: Int) {
        let type = wasm.type(ofFunction: index)
        let arguments = pop(type.parameters.count)
        if index >= wasm.importedFunctionCount {
            finishCall(module.function(index), instance, arguments, type)
        } else {
            let record = record(ofFunction: index)
            let code = module.constantPointer(of: record, offset: offset(\wasmc_function.code), byteCount: 1)
            let context = module.constantPointer(of: record, offset: offset(\wasmc_function.context), byteCount: 1)
            finishCall(code, context, arguments, type)
        }
    }

    /// Every function that is imported or referenced has a record.
    func record(ofFunction index: Int) -> IRValue {
        build.offset(instance, byteCount: module.layout.recordOffset(function: index) ?? 0)
    }

    private func callIndirect(_ immediates: Immediates) {
        let typeIndex = Int(immediates.index)
        let type = wasm.types[typeIndex]
        let element = widened(pop())
        let arguments = pop(type.parameters.count)
        let table = table(Int(immediates.secondIndex))
        trap(WASMC_TRAP_UNDEFINED_ELEMENT, if: build.compare(.uge, element, tableCount(table)))
        let reference = loadElement(table, element)
        trap(WASMC_TRAP_UNINITIALIZED_ELEMENT, if: build.compare(.eq, reference, i64(0)))
        let record = build.cast(.integerToPointer, reference, to: module.pointer)
        let found = module.field(module.i32, of: record, offset: offset(\wasmc_function.type_id))
        let typeIDs = module.constantPointer(
            of: instance, offset: offset(\wasmc_instance.type_ids), byteCount: wasm.types.count * 4)
        let expected = module.field(module.i32, of: typeIDs, offset: typeIndex * 4)
        trap(WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH, if: build.compare(.ne, found, expected))
        let code = module.field(module.pointer, of: record, offset: offset(\wasmc_function.code))
        let context = module.field(module.pointer, of: record, offset: offset(\wasmc_function.context))
        finishCall(code, context, arguments, type)
    }

    private func finishCall(_ code: IRValue, _ context: IRValue, _ arguments: [IRValue], _ type: FunctionType) {
        makesCalls = true
        let result = build.call(module.functionType(type), code, [context] + arguments)
        for value in module.split(result, type.results) { push(value) }
    }
}
