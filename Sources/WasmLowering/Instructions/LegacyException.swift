import LLVM
import Wasm

/// A `try` whose clauses follow its body.
struct Attempt {
    /// Goes on with an exception that none of the clauses so far has caught; `nil` after `catch_all`.
    var uncaught: BasicBlock?
    /// An instruction `rethrow` throws what a clause has caught.
    let isThrownAgain: Bool
    /// The reference to what the clause has caught that is lowered.
    var caught: StackSlot?
}

/// The form of exceptions from before version 3, by the means of ``Exception``: clauses that are after the body they
/// belong to, and an exception that is thrown again without a reference to it in the program. The clauses make up the
/// block that ``Handler/dispatch`` is elsewhere:
///
///     try                               invoke @f(...) to %next unwind %pad
///       call $f                         br %end
///     catch $t                dispatch: if (store.tag == $t) ...; br %end
///       ...
///     end                               else throw again
///
/// `delegate` ends the body with a `dispatch` that throws again further out.
///
/// Invariant: after the first clause the `try` handles nothing more. What a clause throws again is held from there to
/// its end, as locals hold references.
extension FunctionLowering {
    mutating func enterTry(_ instruction: Instruction) {
        enter(.block, instruction)
        let dispatch = newBlock()
        handle(in: dispatch)
        frames[frames.count - 1].attempt = Attempt(
            uncaught: dispatch, isThrownAgain: unit.wasm.rethrowingTries.contains(instruction.offset))
    }

    /// - Parameter tag: of the exceptions that the clause catches; `nil` for all.
    mutating func lowerCatch(tag: Int?) {
        let top = frames.count - 1
        if reader.isFallthroughReachable { jump(to: top) }
        endClause(of: top)
        guard let attempt = frames[top].attempt, let uncaught = attempt.uncaught else { return }
        operands.removeSubrange(frames[top].height...)
        start(uncaught)
        checkedRanges.continue(from: frames[top].mark)
        let next = tag.map { startIfThrown($0) }
        frames[top].attempt?.uncaught = next
        let values = tag.map { exceptionValues(tag: $0) } ?? []
        countTransfer(of: values.count)
        if attempt.isThrownAgain {
            let reference = referToException()
            var slot = makeReferenceSlot()
            slot.store(reference, in: builder, nil)
            caughtReferences.append(slot)
            frames[top].attempt?.caught = slot
        } else {
            forgetReference()
        }
        operands += values
    }

    /// Ends the body, or the clause before.
    private mutating func endClause(of frame: Int) {
        if frames[frame].handler != nil {
            handlerFrames.removeLast()
            frames[frame].handler = nil
        }
        if frames[frame].attempt?.caught != nil {
            caughtReferences.removeLast()
            frames[frame].attempt?.caught = nil
        }
    }

    /// After a block, whose frame has gone: what no clause has caught goes on.
    mutating func leaveAttempt(_ frame: ControlFrame) {
        guard let attempt = frame.attempt else { return }
        if attempt.caught != nil { caughtReferences.removeLast() }
        guard let uncaught = attempt.uncaught else { return }
        start(uncaught)
        raise()
    }

    /// Ends the innermost block, a `try` whose exceptions go to the handler of a block around it.
    mutating func delegate(to depth: UInt32) {
        let target = frame(depth: depth + 1)
        let current = builder.block
        if let dispatch = frames[frames.count - 1].attempt?.uncaught {
            builder.position(atEndOf: dispatch)
            raise(to: handlerFrame(outwardsFrom: target))
            builder.position(atEndOf: current)
        }
        frames[frames.count - 1].attempt = nil
        leave()
    }

    /// The innermost frame with a handler that is this one or further out.
    private func handlerFrame(outwardsFrom frame: Int) -> Int? {
        var (low, high) = (0, handlerFrames.count)
        while low < high {
            let middle = (low + high) / 2
            if handlerFrames[middle] <= frame { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? handlerFrames[low - 1] : nil
    }

    mutating func rethrow(depth: UInt32) {
        guard let caught = frames[frame(depth: depth)].attempt?.caught else { return }
        throwAgain(builder.load(types.i64, caught.address))
    }

    private func makeReferenceSlot() -> StackSlot {
        let current = builder.block
        builder.position(atEndOf: entry)
        let slot = StackSlot(types.i64, in: builder)
        builder.position(atEndOf: current)
        return slot
    }
}
