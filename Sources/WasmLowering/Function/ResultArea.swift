import LLVM
import Wasm

/// One or two results of a function travel in registers. More of them are written to an area of the caller's frame,
/// laid out as an array of `wasmc_value`, whose address follows the instance among the arguments. LLVM's own way for
/// many, a structure returned by value, gives every call a slot of its own and every result a node of the call: time
/// and stack out of proportion to the code.
extension CompilationUnit {
    private static let mostReturned = 2

    func usesResultArea(_ results: [ValueType]) -> Bool { results.count > Self.mostReturned }

    /// What a function with these results returns.
    func returnType(_ results: [ValueType]) -> Type {
        switch results.count {
        case 0: types.void
        case 1: type(results[0])
        case 2: context.structure(results.map(type))
        default: types.void
        }
    }

    /// The parameters that come before the function's own.
    func leadingParameters(_ results: [ValueType]) -> [Type] {
        usesResultArea(results) ? [types.pointer, types.pointer] : [types.pointer]
    }

    /// The parameters of a function of the type, without the instance: the result area, then its own.
    func parametersBehindContext(of function: Function, type: FunctionType) -> [Value] {
        let count = leadingParameters(type.results).count + type.parameters.count
        return (1..<count).map(function.parameter)
    }

    /// Ends the block of `function` with its results.
    func returnResults(_ values: [Value], _ results: [ValueType], of function: Function) {
        switch values.count {
        case 0: builder.return(nil)
        case 1: builder.return(values[0])
        case 2:
            let first = builder.insertValue(returnType(results).poison, values[0], 0)
            builder.return(builder.insertValue(first, values[1], 1))
        default:
            storeValues(values, to: function.parameter(1))
            builder.return(nil)
        }
    }

    func loadValues(_ valueTypes: [ValueType], from values: Value) -> [Value] {
        valueTypes.enumerated().map { index, type in
            builder.load(
                self.type(type), address(values, index * ValueLayout.stride), alignment: ValueLayout.alignment)
        }
    }

    func storeValues(_ list: [Value], to values: Value) {
        for (index, value) in list.enumerated() {
            builder.store(value, address(values, index * ValueLayout.stride), alignment: ValueLayout.alignment)
        }
    }
}

/// Where a function lets those that it calls write their results: one area, as large as the call with the most needs.
struct ResultArea {
    let address: Value
    var valueCount: Int
}

extension FunctionLowering {
    /// The arguments of a call of the type, which are on the operand stack, after the result area.
    mutating func popArguments(ofType index: Int) -> [Value] {
        let type = unit.wasm.types[index]
        countTransfer(of: type.parameters.count)
        countTransfer(of: type.results.count)
        argumentCount += type.parameters.count
        let arguments = pop(count: type.parameters.count)
        return unit.usesResultArea(type.results) ? [resultArea(valueCount: type.results.count)] + arguments : arguments
    }

    private mutating func resultArea(valueCount: Int) -> Value {
        let byteCount = types.i64.constant(valueCount * ValueLayout.stride)
        if let known = resultArea {
            if valueCount > known.valueCount {
                known.address.setOperand(0, byteCount)
                resultArea?.valueCount = valueCount
            }
            return known.address
        }
        let current = builder.block
        builder.position(atEndOf: entry)
        let address = builder.alloca(bytes: byteCount, alignment: ValueLayout.alignment)
        builder.position(atEndOf: current)
        resultArea = ResultArea(address: address, valueCount: valueCount)
        return address
    }

    /// - Parameter call: a call of the type.
    mutating func pushResults(_ call: Value, of type: Int) {
        let results = unit.wasm.types[type].results
        switch results.count {
        case 0: break
        case 1: push(call)
        case 2: for index in 0..<2 { push(builder.extractValue(call, index)) }
        default: if let resultArea { operands += unit.loadValues(results, from: resultArea.address) }
        }
    }
}
