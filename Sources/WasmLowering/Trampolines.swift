internal import CRuntime
internal import LLVM
internal import Wasm

/// The bridges between value arrays and generated code, two for each function type.
extension ModuleLowering {
    private static var valueByteCount: Int { MemoryLayout<wasmc_value>.stride }

    /// `wasm_entry_<type>(function, values)`: calls a guest or host function with its arguments in an array.
    func lowerEntryTrampoline(typeIndex: Int) {
        let type = wasm.types[typeIndex]
        let trampoline = declare("wasm_entry_\(typeIndex)", ir.function([pointer, pointer], returning: void), isGuest: false)
        build.move(to: ir.appendBlock("entry", to: trampoline))
        let (function, values) = (trampoline.parameter(0), trampoline.parameter(1))
        let code = field(pointer, of: function, offset: offset(\wasmc_function.code))
        let context = field(pointer, of: function, offset: offset(\wasmc_function.context))
        let arguments = load(type.parameters, from: values)
        let result = build.call(functionType(type), code, [context] + arguments)
        store(split(result, type.results), to: values)
        build.returnVoid()
    }

    /// `wasm_host_<type>(binding, arguments...)`: calls a host function through its binding.
    func lowerHostTrampoline(typeIndex: Int) {
        let type = wasm.types[typeIndex]
        let trampoline = declare("wasm_host_\(typeIndex)", functionType(type), isGuest: false)
        build.move(to: ir.appendBlock("entry", to: trampoline))
        let binding = trampoline.parameter(0)
        let count = max(type.parameters.count, type.results.count, 1)
        let values = build.alloca(ir.array(of: ir.vector(of: i64, count: 2), count: count))
        store(type.parameters.indices.map { trampoline.parameter($0 + 1) }, to: values)
        let invoke = field(pointer, of: binding, offset: offset(\wasmc_host_binding.invoke))
        _ = build.call(ir.function([pointer, pointer], returning: void), invoke, [binding, values])
        `return`(load(type.results, from: values), type.results)
    }

    private func load(_ types: [ValueType], from values: IRValue) -> [IRValue] {
        types.enumerated().map { index, valueType in
            let load = build.load(type(valueType), build.offset(values, byteCount: index * Self.valueByteCount))
            load.setAlignment(8)
            return load
        }
    }

    private func store(_ results: [IRValue], to values: IRValue) {
        for (index, result) in results.enumerated() {
            build.store(result, build.offset(values, byteCount: index * Self.valueByteCount)).setAlignment(8)
        }
    }

    /// A call's results as single values.
    func split(_ result: IRValue, _ types: [ValueType]) -> [IRValue] {
        switch types.count {
        case 0: []
        case 1: [result]
        default: types.indices.map { build.extract(result, $0) }
        }
    }

    func `return`(_ values: [IRValue], _ types: [ValueType]) {
        switch values.count {
        case 0: build.returnVoid()
        case 1: build.return(values[0])
        default:
            var aggregate = resultType(types).undefined
            for (index, value) in values.enumerated() { aggregate = build.insert(aggregate, value, index) }
            build.return(aggregate)
        }
    }
}
