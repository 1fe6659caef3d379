import LLVM
import Wasm

/// `return_call`, `return_call_indirect` and `return_call_ref`. A function of the tail set takes this one's place; any
/// other one is called, and its results are this one's.
extension FunctionLowering {
    mutating func returnCall(_ index: Int) {
        flushFuel()
        let arguments = popTailArguments(ofType: unit.wasm.functions[index].typeIndex)
        jump(toFunction: index, arguments)
        // Calls are what entries check the stack and interruptions for.
        callCount += 1
    }

    mutating func returnCallIndirect(type: Int, table: Int) {
        flushFuel()
        let index = popIndex(as: address(inTable: table))
        let arguments = popTailArguments(ofType: type)
        let members = unit.constantTable(table, ofType: type)?.members(ofType: unit.typeNumbers[type])
        if let members, members.count <= Self.mostComparisons {
            for member in members {
                let (found, next) = (newBlock(), newBlock())
                let isFound = builder.compare(.eq, index, types.i64.constant(member.element))
                builder.branch(if: isFound, to: found, else: next)
                start(found)
                jump(toFunction: member.function, arguments)
                start(next)
            }
            trapElement(index, table: table)
        } else if let members, let constant = unit.constantTables[table], unit.options.tier == nil {
            jump(toMember: index, of: constant, members, type: type, table: table, arguments)
        } else {
            let record = loadFunction(index, type: type, table: table)
            located { unit.jump(toRecord: record, type: type, instance, arguments, in: function) }
        }
        callCount += 1
    }

    mutating func returnCallReference(type: Int) {
        flushFuel()
        let record = popFunction()
        let arguments = popTailArguments(ofType: type)
        located { unit.jump(toRecord: record, type: type, instance, arguments, in: function) }
        callCount += 1
    }

    /// The arguments, which are on the operand stack, after this function's own result area.
    private mutating func popTailArguments(ofType index: Int) -> [Value] {
        let type = unit.wasm.types[index]
        countTransfer(of: type.parameters.count)
        argumentCount += type.parameters.count
        let arguments = pop(count: type.parameters.count)
        return (unit.usesResultArea(type.results) ? [function.parameter(1)] : []) + arguments
    }

    private func jump(toFunction index: Int, _ arguments: [Value]) {
        let type = unit.wasm.functions[index].typeIndex
        if index < unit.wasm.importedFunctionCount {
            let record = unit.address(instance, unit.recordOffset(function: index))
            located { unit.jump(toRecord: record, type: type, instance, arguments, in: function) }
        } else if unit.wasm.functions[index].makesTailCalls {
            let code = unit.bestCode(ofFunction: index, instance)
            located { unit.jumpToTailCode(code, unit.wasm.types[type], context: instance, instance, arguments) }
        } else {
            unit.returnCall(callFunction(index, arguments), resultTypes)
        }
    }

    /// One comparison with the number of elements, one with the type's number.
    private mutating func jump(
        toMember index: Value, of constant: ConstantTable, _ members: [ConstantTable.Member], type: Int, table: Int,
        _ arguments: [Value]
    ) {
        let tailCallers = members.count { unit.wasm.functions[$0.function].makesTailCalls }
        if tailCallers == 0 {
            let call = callConstant(constant, index, type: type, table: table, arguments)
            return unit.returnCall(call, resultTypes)
        }
        let start = unit.tailAddress(of: constant, table)
        let element = findElement(start, constant, index, type: type, table: table)
        let distance = unit.loadConstant(types.i32, element, 0)
        if tailCallers < members.count {
            let (jump, call) = (newBlock(), newBlock())
            builder.branch(if: builder.compare(.ne, distance, types.i32.zero), to: jump, else: call)
            self.start(call)
            let result = callConstant(constant, index, type: type, table: table, arguments)
            unit.returnCall(result, resultTypes)
            self.start(jump)
        }
        let code = builder.offset(start, by: builder.cast(.sext, distance, to: types.i64), of: types.i8)
        located { unit.jumpToTailCode(code, unit.wasm.types[type], context: instance, instance, arguments) }
    }
}
