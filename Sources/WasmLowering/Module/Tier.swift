internal import CRuntime
import LLVM
import Wasm

/// For code that is replaced while it is used: which of a function's codes it is.
public enum Tier: String, Sendable, Hashable {
    /// Compiled at O0. Calls and loops count down, ask for optimized code, and continue in it.
    case baseline
    /// Compiled from functions whose count has reached the threshold.
    case optimized
}

/// Calls between functions of different objects go through the instance's list of tiers, whose code changes. A function
/// of the baseline that was called another way, through a reference, reads the list on entry. A loop that reaches the
/// threshold leaves for an on-stack replacement (OSR) entry, code that begins at its head with the locals in an array:
/// so a function that is called once gets optimized code, too.
extension FunctionLowering {
    /// The loop at whose head an OSR entry begins, and the head, once it has been lowered.
    struct LoopEntry {
        let number: Int
        var head: BasicBlock?
    }

    /// Where loops of the baseline leave for their OSR entries, with the entry's address.
    struct LoopExit {
        let block: BasicBlock
        let code: Value
    }

    // MARK: Baseline

    /// In the entry block: leaves for optimized code, or counts the call.
    mutating func enterBaseline() {
        guard unit.options.tier == .baseline else { return }
        let (optimized, own) = (newBlock(), newBlock())
        let code = unit.code(ofTier: index, instance)
        builder.branch(if: builder.compare(.ne, code, unit.function(index).value), to: optimized, else: own)
        builder.position(atEndOf: optimized)
        leaveForGood(code)
        start(own)
        let calls = unit.address(unit.tier(index, instance), TierField.calls)
        builder.store(builder.binary(.add, builder.load(types.i64, calls), types.i64.constant(1)), calls)
        let (hot, cold) = (newBlock(), newBlock())
        builder.branch(if: countDown(), to: hot, else: cold)
        builder.position(atEndOf: hot)
        unit.callCold(.functionIsHot, instance, [index32(UInt32(index))])
        builder.branch(to: cold)
        start(cold)
    }

    /// At a loop's head.
    mutating func enterLoop(_ head: BasicBlock) {
        defer { loopCount += 1 }
        if loopEntry?.number == loopCount { loopEntry?.head = head }
        guard unit.options.tier == .baseline else { return }
        let (hot, cold) = (newBlock(), newBlock())
        builder.branch(if: countDown(), to: hot, else: cold)
        builder.position(atEndOf: hot)
        if operands.isEmpty, caughtReferences.isEmpty, !unit.wasm.functions[index].makesTailCalls {
            let code = unit.call(.loopIsHot, instance, [index32(UInt32(index)), index32(UInt32(loopCount))])
            let exit = makeLoopExit()
            exit.code.addIncoming(code, from: builder.block)
            builder.branch(if: builder.compare(.ne, code, types.i64.zero), to: exit.block, else: cold)
        } else {
            // Operands beneath a loop, and what a clause around it has caught, are not handed over, and a function of
            // the tail set must leave no frame.
            unit.callCold(.functionIsHot, instance, [index32(UInt32(index))])
            builder.branch(to: cold)
        }
        start(cold)
    }

    /// The function's one way out of its loops.
    private mutating func makeLoopExit() -> LoopExit {
        if let loopExit { return loopExit }
        let current = builder.block
        let block = newBlock()
        builder.position(atEndOf: entry)
        let values = builder.alloca(
            .array(types.i8, count: max(1, locals.count) * ValueLayout.stride), alignment: ValueLayout.alignment)
        builder.position(atEndOf: block)
        let code = builder.phi(types.i64)
        for (position, type) in reader.locals.enumerated() where isUsed[position] {
            let address = unit.address(values, position * ValueLayout.stride)
            builder.store(
                builder.load(unit.type(type), locals[position].address), address, alignment: ValueLayout.alignment)
        }
        flushFuel()
        let signature = unit.loopSignature(function: index)
        let area = unit.usesResultArea(resultTypes) ? [function.parameter(1)] : []
        let pointer = builder.cast(.inttoptr, code, to: types.pointer)
        let result = hidden { builder.call(signature, pointer, [instance] + area + [values]) }
        unit.returnCall(result, resultTypes)
        builder.position(atEndOf: current)
        let exit = LoopExit(block: block, code: code)
        loopExit = exit
        return exit
    }

    /// Whether the function has counted down to zero.
    private func countDown() -> Value {
        let address = unit.address(unit.tier(index, instance), TierField.countdown)
        let left = builder.binary(.sub, builder.load(types.i64, address), types.i64.constant(1))
        builder.store(left, address)
        return builder.compare(.slt, left, types.i64.zero)
    }

    /// On entry: optimized code takes this code's place, with the same arguments.
    private func leaveForGood(_ code: Value) {
        let result = hidden { builder.call(function.type, code, function.parameters) }
        if unit.wasm.functions[index].makesTailCalls { result.setPreservesNothing() }
        result.setMustTail()
        unit.returnCall(result, resultTypes)
    }

    // MARK: Optimized code

    /// A local's value at an OSR entry.
    func loadLocal(_ position: Int, _ type: ValueType) -> Value {
        let values = function.parameter(unit.leadingParameters(resultTypes).count)
        let address = unit.address(values, position * ValueLayout.stride)
        return builder.load(unit.type(type), address, alignment: ValueLayout.alignment)
    }
}

extension CompilationUnit {
    /// The type of an OSR entry: its function's, with an array of the locals for parameters.
    func loopSignature(function index: Int) -> Type {
        let results = wasm.type(ofFunction: index).results
        return .function(leadingParameters(results) + [types.pointer], returning: returnType(results))
    }

    /// Calls a function of the module: directly, or where its code may change, the best there is now.
    func callDefined(_ index: Int, _ instance: Value, _ arguments: [Value]) -> Value {
        let code = bestCode(ofFunction: index, instance)
        guard !wasm.functions[index].makesTailCalls else {
            return callTailCode(code, wasm.type(ofFunction: index), context: instance, instance, arguments)
        }
        return callGuest(signature(ofFunction: index), code, [instance] + arguments)
    }

    func bestCode(ofFunction index: Int, _ instance: Value) -> Value {
        guard let tier = options.tier, tier == .baseline || !functionIndices.contains(index) else {
            return function(index).value
        }
        return code(ofTier: index, instance)
    }

    func code(ofTier index: Int, _ instance: Value) -> Value {
        loadField(types.pointer, tier(index, instance), TierField.code)
    }

    func tier(_ index: Int, _ instance: Value) -> Value {
        address(loadConstant(types.pointer, instance, InstanceField.tiers), index * TierField.stride)
    }
}
