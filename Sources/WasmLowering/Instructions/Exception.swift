internal import CRuntime
import LLVM
import Wasm

/// Where the exceptions of a `try_table` go.
struct Handler {
    /// Compares the tag of the exception in the store with those of the clauses, one after the other; an exception that
    /// no clause catches goes on to the handler around this one, or out of the function.
    let dispatch: BasicBlock
    /// Where exceptions of calls get in; made with the first call.
    var landingPad: BasicBlock?
}

/// Exceptions cost nothing until one is thrown:
///
///     try_table (catch $t $l)            invoke @f(...) to %next unwind %pad
///       call $f                          ...
///     end                          pad:  landingpad cleanup            ; our own unwinder gets here
///                                        read again what calls change
///                                        br %dispatch
///                            dispatch:   if (store.tag == $t) values of the store to $l
///                                        else throw again
///
/// `throw` within a `try_table` is a branch to `dispatch`.
///
/// Invariant: the exception that is thrown is in the store, and nothing else runs between whoever puts it there and the
/// `dispatch` that reads it. Locals are in their stack slots on every way to a landing pad.
extension FunctionLowering {
    mutating func enterTryTable(_ instruction: Instruction) {
        let dispatch = newBlock()
        let body = builder.block
        builder.position(atEndOf: dispatch)
        // Labels count from the block around, which is the innermost one here.
        lowerClauses(reader.catchClauses(of: instruction))
        builder.position(atEndOf: body)
        enter(.block, instruction)
        frames[frames.count - 1].handler = Handler(dispatch: dispatch)
    }

    private mutating func lowerClauses(_ clauses: [CatchClause]) {
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let thrown = unit.loadField(types.pointer, store, StoreField.exceptionTag)
        for clause in clauses {
            guard let tag = clause.tag else {
                // What follows catches nothing.
                return branch(to: clause, values: [])
            }
            let (found, next) = (newBlock(), newBlock())
            builder.branch(if: builder.compare(.eq, thrown, tagPointer(tag)), to: found, else: next)
            start(found)
            branch(to: clause, values: exceptionValues(store, tag: tag))
            start(next)
        }
        raise()
    }

    /// Ends the block.
    private mutating func branch(to clause: CatchClause, values: [Value]) {
        let height = operands.count
        operands += values
        if clause.hasReference {
            push(unit.call(.exceptionReference, instance))
        } else {
            forgetReference()
        }
        jump(to: frame(depth: clause.label))
        operands.removeSubrange(height...)
    }

    /// The exception is caught for good.
    private mutating func forgetReference() {
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let reference = unit.loadField(types.i64, store, StoreField.exception)
        let (known, next) = (newBlock(), newBlock())
        builder.branch(if: builder.compare(.ne, reference, types.i64.zero), to: known, else: next)
        start(known)
        unit.callCold(.exceptionCaught, instance)
        builder.branch(to: next)
        start(next)
    }

    private func tagPointer(_ tag: Int) -> Value {
        unit.loadConstant(types.pointer, instance, unit.layout.tagOffset(tag))
    }

    private func exceptionValues(_ store: Value, tag: Int) -> [Value] {
        let parameters = unit.wasm.types[unit.wasm.tags[tag].typeIndex].parameters
        if parameters.isEmpty { return [] }
        let values = unit.loadValues(
            parameters, from: unit.loadField(types.pointer, store, StoreField.exceptionValues))
        for value in values { unit.aliasing.mark(value, .runtime) }
        return values
    }

    // MARK: Throwing

    mutating func lowerThrow(tag: Int) {
        let parameters = unit.wasm.types[unit.wasm.tags[tag].typeIndex].parameters
        let values = pop(count: parameters.count)
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        func set(_ field: Int, _ value: Value) {
            unit.aliasing.mark(builder.store(value, unit.address(store, field)), .runtime)
        }
        if !values.isEmpty {
            let area = unit.loadField(types.pointer, store, StoreField.exceptionValues)
            for (index, value) in values.enumerated() {
                let place = unit.address(area, index * ValueLayout.stride)
                unit.aliasing.mark(builder.store(value, place, alignment: ValueLayout.alignment), .runtime)
            }
        }
        set(StoreField.exceptionTag, tagPointer(tag))
        set(StoreField.exception, types.i64.zero)
        raise()
    }

    mutating func lowerThrowReference() {
        let reference = pop()
        trap(WASMC_TRAP_NULL_REFERENCE, if: builder.compare(.eq, reference, types.i64.zero))
        unit.call(.takeException, instance, [reference])
        raise()
    }

    /// Ends the block: the exception in the store goes to the innermost handler, or out of the function.
    private mutating func raise() {
        if let handler = frames.last(where: { $0.handler != nil })?.handler {
            return builder.branch(to: handler.dispatch)
        }
        flushPoints()
        let call = located { unit.call(.throwException, instance) }
        call.addCallAttribute(unit.context.attribute("noreturn"))
        call.addCallAttribute(unit.context.attribute("cold"))
        builder.unreachable()
        // Calls are what entries check the stack for.
        callCount += 1
    }

    // MARK: Landing pads

    /// Where exceptions of calls go; `nil` outside of every `try_table`.
    mutating func landingPad() -> BasicBlock? {
        guard let index = frames.lastIndex(where: { $0.handler != nil }), let handler = frames[index].handler else {
            return nil
        }
        if let known = handler.landingPad { return known }
        let current = builder.block
        let pad = newBlock()
        builder.position(atEndOf: pad)
        builder.landingPad()
        function.hasLandingPads()
        refreshMemoryVariables()
        reloadPoints()
        builder.branch(to: handler.dispatch)
        builder.position(atEndOf: current)
        frames[index].handler?.landingPad = pad
        return pad
    }
}
