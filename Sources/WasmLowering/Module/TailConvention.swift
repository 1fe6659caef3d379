import LLVM
public import Wasm

/// How functions that make tail calls are called: those of the tail set. Each may have to leave its place on the stack
/// to any other, so all of them have the same parameters, whatever their types:
///
///     result @function(ptr context, ptr resultArea, i64 x 9, <2 x double> x 8)
///
/// Arguments take the registers of their kind in turn and leave the others `poison`, which costs nothing. What finds no
/// register travels in an area of the store: the caller fills it just before the jump, the callee empties it when it
/// starts. The calling convention is LLVM's `preserve_none`: nothing has to be restored before a jump.
///
/// Everybody else calls such a function by an adapter, the `code` of its record.
///
/// Invariant: LLVM ends the process for a `musttail` that it cannot make, so it sees none but between functions of this
/// prototype, all of it in registers, with the same results. Results are at most two values, which fit in registers of
/// every architecture; more of them are in the result area.
extension CompilationUnit {
    /// The prototype of functions with these results.
    func tailSignature(_ results: [ValueType]) -> Type {
        let integers = Array(repeating: types.i64, count: TailArguments.integerCount)
        let vectors = Array(repeating: tailVector, count: TailArguments.vectorCount)
        return .function([types.pointer, types.pointer] + integers + vectors, returning: returnType(results))
    }

    private var tailVector: Type { .vector(types.f64, count: 2) }

    /// The type of the code that functions of the module are called by inside of it.
    func signature(ofFunction index: Int) -> Type {
        wasm.functions[index].makesTailCalls
            ? tailSignature(wasm.type(ofFunction: index).results) : signature(ofType: wasm.functions[index].typeIndex)
    }

    private func tailArea(_ instance: Value) -> Value {
        let store = loadConstant(types.pointer, instance, InstanceField.store)
        return loadField(types.pointer, store, StoreField.tailArguments)
    }

    /// The prototype's arguments after the context; fills the store's area.
    ///
    /// - Parameter arguments: the result area, if the type has one, then the function's own.
    private func tailArguments(_ arguments: [Value], _ type: FunctionType, _ instance: Value) -> [Value] {
        var packed = [types.pointer.poison]
        packed += Array(repeating: types.i64.poison, count: TailArguments.integerCount)
        packed += Array(repeating: tailVector.poison, count: TailArguments.vectorCount)
        var arguments = arguments[...]
        if usesResultArea(type.results), let area = arguments.popFirst() { packed[0] = area }
        for (argument, place) in zip(arguments, TailArguments.places(type.parameters)) {
            switch place {
            case .parameter(let index): packed[index - 1] = widened(argument, to: packed[index - 1].type)
            case .area(let index):
                let store = builder.store(
                    argument, address(tailArea(instance), index * ValueLayout.stride),
                    alignment: ValueLayout.alignment)
                aliasing.mark(store, .runtime)
            }
        }
        return packed
    }

    private func widened(_ argument: Value, to type: Type) -> Value {
        if argument.type == types.i32 { return builder.cast(.zext, argument, to: types.i64) }
        if argument.type == types.f32 || argument.type == types.f64 {
            let count = argument.type == types.f32 ? 4 : 2
            let vector = Type.vector(argument.type, count: count).poison
            return builder.cast(.bitcast, builder.insertLane(vector, types.i32.zero, argument), to: type)
        }
        return argument.type == type ? argument : builder.cast(.bitcast, argument, to: type)
    }

    private func narrowed(_ value: Value, to type: Type) -> Value {
        if type == types.i32 { return builder.cast(.trunc, value, to: type) }
        if type == types.f32 || type == types.f64 {
            let vector = builder.cast(.bitcast, value, to: .vector(type, count: type == types.f32 ? 4 : 2))
            return builder.extractLane(vector, types.i32.zero)
        }
        return value.type == type ? value : builder.cast(.bitcast, value, to: type)
    }

    /// The parameters of function `index`, whose code `function` is, as its type has them.
    /// - Parameter isUsed: by parameter; the others need not be read.
    func ownParameters(of function: Function, _ index: Int, _ isUsed: [Bool]) -> [Value?] {
        let type = wasm.type(ofFunction: index)
        if wasm.functions[index].makesTailCalls { return tailParameters(of: function, type, isUsed) }
        return parametersBehindContext(of: function, type: type).suffix(type.parameters.count)
    }

    /// The parameters of a function of the tail set as its own type has them; reads the store's area, so the function
    /// has done nothing else before.
    private func tailParameters(of function: Function, _ type: FunctionType, _ isUsed: [Bool]) -> [Value?] {
        zip(type.parameters, TailArguments.places(type.parameters)).enumerated().map { position, parameter in
            guard isUsed[position] else { return nil }
            let (type, place) = (self.type(parameter.0), parameter.1)
            switch place {
            case .parameter(let index): return narrowed(function.parameter(index), to: type)
            case .area(let index):
                let area = tailArea(function.parameter(0))
                let value = builder.load(
                    type, address(area, index * ValueLayout.stride), alignment: ValueLayout.alignment)
                aliasing.mark(value, .runtime)
                return value
            }
        }
    }

    // MARK: Calls

    /// Calls code of the tail set.
    ///
    /// - Parameters:
    ///   - context: the called function's instance; `instance` is the caller's, of the same store.
    ///   - arguments: the result area, if the type has one, then the function's own.
    func callTailCode(
        _ code: Value, _ type: FunctionType, context: Value, _ instance: Value, _ arguments: [Value]
    ) -> Value {
        let packed = tailArguments(arguments, type, instance)
        let call = callGuest(tailSignature(type.results), code, [context] + packed)
        call.setPreservesNothing()
        return call
    }

    /// Ends the block: the called function takes this one's place.
    func jumpToTailCode(
        _ code: Value, _ type: FunctionType, context: Value, _ instance: Value, _ arguments: [Value]
    ) {
        let call = callTailCode(code, type, context: context, instance, arguments)
        call.setMustTail()
        returnCall(call, type.results)
    }

    /// Ends the block with the results of a function that was called with this one's result area.
    func returnCall(_ call: Value, _ results: [ValueType]) {
        builder.return(returnType(results) == types.void ? nil : call)
    }

    /// Ends the block with a tail call of the function that a record describes. One that makes no tail calls itself is
    /// called: it cannot continue a chain of them, so the stack does not grow.
    func jump(toRecord record: Value, type: Int, _ instance: Value, _ arguments: [Value], in function: Function) {
        let distance = loadConstant(types.i32, record, FunctionField.tailDistance)
        let (jump, call) = (function.appendBlock(), function.appendBlock())
        builder.branch(if: builder.compare(.ne, distance, types.i32.zero), to: jump, else: call)
        builder.position(atEndOf: call)
        returnCall(callRecord(record, type: type, arguments), wasm.types[type].results)
        builder.position(atEndOf: jump)
        let code = loadConstant(types.pointer, record, FunctionField.code)
        let tailCode = builder.offset(code, by: builder.cast(.sext, distance, to: types.i64), of: types.i8)
        let context = loadConstant(types.pointer, record, FunctionField.context)
        jumpToTailCode(tailCode, wasm.types[type], context: context, instance, arguments)
    }

    // MARK: Adapters

    /// What calls through records and constant tables call in place of a function of the tail set.
    func lowerTailAdapter(ofFunction index: Int) {
        let type = wasm.functions[index].typeIndex
        let adapter = tailAdapter(ofFunction: index)
        builder.elsewhere(adapter.appendBlock()) {
            let arguments = parametersBehindContext(of: adapter, type: wasm.types[type])
            let call = callDefined(index, adapter.parameter(0), arguments)
            // The function is not wanted twice.
            call.addCallAttribute(context.attribute("noinline"))
            returnCall(call, wasm.types[type].results)
        }
    }

    func tailAdapter(ofFunction index: Int) -> Function {
        if let known = tailAdapters[index] { return known }
        let adapter = addFunction(
            SymbolName.tailAdapter(index), signature(ofType: wasm.functions[index].typeIndex))
        tailAdapters[index] = adapter
        return adapter
    }
}

/// Where the arguments of the convention of tail calls travel.
public enum TailArguments {
    /// With the context and the result area all of the registers but one, for the address of an indirect jump.
    static let integerCount = 9
    static let vectorCount = 8

    enum Place {
        /// By its index, the context and the result area included.
        case parameter(Int)
        case area(Int)
    }

    static func places(_ parameters: [ValueType]) -> [Place] {
        var (integers, vectors, area) = (0, 0, 0)
        return parameters.map { type in
            if type.representation.isInteger, integers < integerCount {
                integers += 1
                return .parameter(1 + integers)
            }
            if !type.representation.isInteger, vectors < vectorCount {
                vectors += 1
                return .parameter(1 + integerCount + vectors)
            }
            area += 1
            return .area(area - 1)
        }
    }

    /// How many arguments of a call between the module and others may need room in the store.
    public static func areaCount(_ module: Wasm.Module) -> Int {
        guard module.functions.contains(where: \.makesTailCalls) else { return 0 }
        let counts = module.types.map { type in
            places(type.parameters).count { if case .area = $0 { true } else { false } }
        }
        return counts.max() ?? 0
    }
}
