import LLVM
import Wasm

/// The bridges between C, where values travel in arrays of `wasmc_value`, and the convention of generated code.
extension CompilationUnit {
    func lowerTrampolines(ofTypes types: [Int]) {
        for index in types {
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
        let area = usesResultArea(type.results) ? [values] : []
        let arguments = area + loadValues(type.parameters, from: values)
        let code = loadConstant(types.pointer, record, FunctionField.code)
        let callee = loadConstant(types.pointer, record, FunctionField.context)
        let result = callGuest(signature(ofType: index), code, [callee] + arguments)
        switch type.results.count {
        case 0: break
        case 1: storeValues([result], to: values)
        case 2: storeValues([builder.extractValue(result, 0), builder.extractValue(result, 1)], to: values)
        default: break  // They are there already.
        }
        builder.return(nil)
    }

    /// A function of the type whose context is a `wasmc_host_binding`: calls its `invoke` with an array of the values,
    /// and throws when that says so.
    private func lowerHost(ofType index: Int) {
        let type = wasm.types[index]
        let host = addFunction(SymbolName.host(index), signature(ofType: index))
        builder.position(atEndOf: host.appendBlock())
        let binding = host.parameter(0)
        let count = max(type.parameters.count, type.results.count, 1)
        let values = builder.alloca(
            .array(types.i8, count: count * ValueLayout.stride), alignment: ValueLayout.alignment)
        let parameters = parametersBehindContext(of: host, type: type)
        storeValues(parameters.suffix(type.parameters.count), to: values)
        let invoke = loadConstant(types.pointer, binding, HostBindingField.invoke)
        let isThrown = builder.call(
            .function([types.pointer, types.pointer], returning: types.i32), invoke, [binding, values])
        let (thrown, returned) = (host.appendBlock(), host.appendBlock())
        builder.branch(if: builder.compare(.ne, isThrown, types.i32.zero), to: thrown, else: returned)
        builder.position(atEndOf: thrown)
        throwException(
            in: loadConstant(types.pointer, binding, HostBindingField.store),
            by: loadConstant(types.pointer, binding, HostBindingField.throwException))
        builder.position(atEndOf: returned)
        returnResults(loadValues(type.results, from: values), type.results, of: host)
    }
}
