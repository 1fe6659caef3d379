internal import CRuntime
import LLVM
import Wasm

/// Where the exceptions of a `try_table` or `try` go.
struct Handler {
    /// Compares the tag of the exception in the store with those of the clauses, one after the other; an exception that
    /// no clause catches goes on to the handler around this one, or out of the function.
    let dispatch: BasicBlock
    /// Where exceptions of calls get in; made with the first call.
    var landingPad: BasicBlock?
}

/// Where a function lists the references to exceptions that it holds, for the runtime.
struct HeldReferences {
    let locals: [Int]
    let array: Value
    /// Of a longer list, the runtime would have to look for each exception.
    static let most = 32
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
        handle(in: dispatch)
    }

    /// Exceptions of the innermost block go there.
    mutating func handle(in dispatch: BasicBlock) {
        handlerFrames.append(frames.count - 1)
        frames[frames.count - 1].handler = Handler(dispatch: dispatch)
    }

    private mutating func lowerClauses(_ clauses: [CatchClause]) {
        for clause in clauses {
            guard let tag = clause.tag else {
                // What follows catches nothing.
                return branch(to: clause, values: [])
            }
            let next = startIfThrown(tag)
            branch(to: clause, values: exceptionValues(tag: tag))
            start(next)
        }
        raise()
    }

    /// Starts what runs if the exception in the store has this tag; the other block is the result.
    mutating func startIfThrown(_ tag: Int) -> BasicBlock {
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let thrown = unit.loadField(types.pointer, store, StoreField.exceptionTag)
        let (found, next) = (newBlock(), newBlock())
        builder.branch(if: builder.compare(.eq, thrown, tagPointer(tag)), to: found, else: next)
        start(found)
        return next
    }

    /// Ends the block.
    private mutating func branch(to clause: CatchClause, values: [Value]) {
        let height = operands.count
        if clause.hasReference {
            operands += values + [referToException()]
        } else {
            forgetReference()
            operands += values
        }
        jump(to: frame(depth: clause.label))
        operands.removeSubrange(height...)
    }

    // MARK: References

    /// A reference to the exception in the store. The runtime frees those that the function got before and does not
    /// hold any more: in locals, or among the operands.
    mutating func referToException() -> Value {
        let list = heldReferences ?? makeHeldReferences()
        heldReferences = list
        var count = WASMC_HOLDS_ALL
        if list.locals.count + operands.count + caughtReferences.count <= HeldReferences.most {
            var held = operands.indices.filter { reader.operandType(at: $0).isExceptionReference }.map { operands[$0] }
            for local in list.locals { held.append(readLocal(local)) }
            for slot in caughtReferences { held.append(builder.load(types.i64, slot.address)) }
            for (index, value) in held.enumerated() {
                builder.store(value, unit.address(list.array, index * MemoryLayout<wasmc_ref>.stride))
            }
            count = UInt32(held.count)
            // Each clause of three bytes may ask for one.
            transferCount += held.count
        }
        let array = builder.cast(.ptrtoint, list.array, to: types.i64)
        return located { unit.call(.exceptionReference, instance, [array, index32(count)]) }
    }

    private func makeHeldReferences() -> HeldReferences {
        let locals = reader.locals.indices.filter { reader.locals[$0].isExceptionReference }
        let current = builder.block
        builder.position(atEndOf: entry)
        let array = builder.alloca(.array(types.i64, count: HeldReferences.most))
        builder.position(atEndOf: current)
        return HeldReferences(locals: locals, array: array)
    }

    /// The exception is caught for good.
    mutating func forgetReference() {
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

    func exceptionValues(tag: Int) -> [Value] {
        let parameters = unit.wasm.types[unit.wasm.tags[tag].typeIndex].parameters
        if parameters.isEmpty { return [] }
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
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
        throwAgain(reference)
    }

    mutating func throwAgain(_ reference: Value) {
        unit.call(.takeException, instance, [reference])
        raise()
    }

    /// Ends the block: the exception in the store goes to the innermost handler, or out of the function.
    mutating func raise() { raise(to: handlerFrames.last) }

    mutating func raise(to frame: Int?) {
        if let handler = frame.flatMap({ frames[$0].handler }) {
            return builder.branch(to: handler.dispatch)
        }
        flushFuel()
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let builtins = unit.loadConstant(types.pointer, instance, InstanceField.builtins)
        let code = unit.loadConstant(types.pointer, builtins, fieldOffset(\wasmc_builtins.throw_exception))
        _ = located { unit.throwException(in: store, by: code) }
        // Calls are what entries check the stack for.
        callCount += 1
    }

    // MARK: Landing pads

    /// Where exceptions of calls go; `nil` where nothing is caught.
    mutating func landingPad() -> BasicBlock? {
        guard let index = handlerFrames.last, let handler = frames[index].handler else { return nil }
        if let known = handler.landingPad { return known }
        let current = builder.block
        let pad = newBlock()
        builder.position(atEndOf: pad)
        builder.landingPad()
        function.hasLandingPads()
        refreshMemoryVariables()
        reloadFuel()
        builder.branch(to: handler.dispatch)
        builder.position(atEndOf: current)
        frames[index].handler?.landingPad = pad
        return pad
    }
}

extension CompilationUnit {
    /// Ends the block: throws the exception that is in the store.
    @discardableResult
    func throwException(in store: Value, by code: Value) -> Value {
        let call = builder.call(.function([types.pointer], returning: types.void), code, [store])
        call.addCallAttribute(context.attribute("noreturn"))
        call.addCallAttribute(context.attribute("cold"))
        builder.unreachable()
        return call
    }
}
