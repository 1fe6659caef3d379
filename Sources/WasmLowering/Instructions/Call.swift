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
        let reference = pop()
        let arguments = popArguments(ofType: type)
        let targets = unit.likelyTargets(ofType: type)
        hasLikelyTargets = !targets.isEmpty
        let after = newBlock()
        var results: [(Value, BasicBlock)] = []
        for target in targets {
            let (found, next) = (newBlock(), newBlock())
            let isTarget = builder.compare(.eq, reference, unit.functionReference(target, instance))
            builder.branch(if: isTarget, to: found, else: next)
            start(found)
            results.append((callFunction(target, arguments), builder.block))
            builder.branch(to: after)
            start(next)
        }
        let record = record(of: reference)
        let result = located { unit.callRecord(record, type: type, arguments) }
        results.append((result, builder.block))
        builder.branch(to: after)
        start(after)
        pushResults(merged(results, ofType: type), of: type)
    }

    /// A function that does hardly more than one call through a reference becomes a part of its callers, where the
    /// processor learns of each call by itself. No target is inlined in this way, and no other function is called: code
    /// grows by the targets' calls for each call of it, and not by theirs.
    func inlineDispatch() {
        let caller = unit.wasm.functions[index]
        guard hasLikelyTargets, callCount == 1, (caller.body?.count ?? 0) <= Self.mostBytesOfDispatch,
            !caller.isReferenced, unit.frames.largeFrame(of: entrance) == nil
        else { return }
        function.addAttribute(unit.context.attribute("alwaysinline"))
    }

    private static let mostBytesOfDispatch = 32

    /// What a call gives that is made in one of several blocks.
    func merged(_ results: [(Value, BasicBlock)], ofType type: Int) -> Value {
        let type = unit.wasm.types[type]
        if type.results.isEmpty || unit.usesResultArea(type.results) { return results[0].0 }
        let result = builder.phi(results[0].0.type)
        for (value, block) in results { result.addIncoming(value, from: block) }
        return result
    }

    /// The record that the reference on top of the stack points at; traps without one.
    mutating func popFunction() -> Value {
        record(of: pop())
    }

    private mutating func record(of reference: Value) -> Value {
        var reference = reference
        if let unchecked = uncheckedFunction, unchecked.function == reference {
            reference = checked(unchecked, isCalled: true)
        }
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
