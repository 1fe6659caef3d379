import LLVM
import Wasm

/// The bridges between C, where values travel in arrays of `wasmc_value`, and the convention of generated code.
extension CompilationUnit {
    func lowerTrampolines() {
        for index in wasm.types.indices {
            lowerEntry(ofType: index)
            lowerHost(ofType: index)
        }
    }

    /// `void wasm_entry_t(const wasmc_function *, wasmc_value *)`: calls a function of the type.
    private func lowerEntry(ofType index: Int) {
        let type = wasm.types[index]
        let entry = addFunction(
            SymbolName.entry(index), .function([types.pointer, types.pointer], returning: types.void))
        builder.position(atEndOf: entry.appendBlock())
        let record = entry.parameter(0)
        let values = entry.parameter(1)
        let arguments = loadValues(type.parameters, from: values)
        let code = loadConstant(types.pointer, record, FunctionField.code)
        let callee = loadConstant(types.pointer, record, FunctionField.context)
        let result = builder.call(signature(ofType: index), code, [callee] + arguments)
        switch type.results.count {
        case 0: break
        case 1: storeValues([result], to: values)
        default: storeValues(type.results.indices.map { builder.extractValue(result, $0) }, to: values)
        }
        builder.return(nil)
    }

    /// A function of the type whose context is a `wasmc_host_binding`: calls its `invoke` with an array of the values.
    private func lowerHost(ofType index: Int) {
        let type = wasm.types[index]
        let host = addFunction(SymbolName.host(index), signature(ofType: index))
        builder.position(atEndOf: host.appendBlock())
        let binding = host.parameter(0)
        let count = max(type.parameters.count, type.results.count, 1)
        let values = builder.alloca(
            .array(types.i8, count: count * ValueLayout.stride), alignment: ValueLayout.alignment)
        storeValues(type.parameters.indices.map { host.parameter($0 + 1) }, to: values)
        let invoke = loadConstant(types.pointer, binding, HostBindingField.invoke)
        _ = builder.call(.function([types.pointer, types.pointer], returning: types.void), invoke, [binding, values])
        let results = loadValues(type.results, from: values)
        switch results.count {
        case 0: builder.return(nil)
        case 1: builder.return(results[0])
        default: builder.return(structure(results, type.results))
        }
    }

    /// Several results as the one value that a function returns.
    func structure(_ values: [Value], _ valueTypes: [ValueType]) -> Value {
        var result = returnType(valueTypes).poison
        for (index, value) in values.enumerated() { result = builder.insertValue(result, value, index) }
        return result
    }

    private func loadValues(_ valueTypes: [ValueType], from values: Value) -> [Value] {
        valueTypes.enumerated().map { index, type in
            builder.load(
                self.type(type), address(values, index * ValueLayout.stride), alignment: ValueLayout.alignment)
        }
    }

    private func storeValues(_ list: [Value], to values: Value) {
        for (index, value) in list.enumerated() {
            builder.store(value, address(values, index * ValueLayout.stride), alignment: ValueLayout.alignment)
        }
    }
}
