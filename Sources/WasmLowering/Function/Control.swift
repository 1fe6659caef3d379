internal import CRuntime
import LLVM
import Wasm

/// A block that has been entered and not left yet.
struct ControlFrame {
    enum Kind {
        case block
        case loop
        /// With where the `else` or, without one, the end goes on, and the operands to start it with.
        case `if`(otherwise: BasicBlock, parameters: [Value])
        case `else`
    }

    var kind: Kind
    /// Where branches go, and the values they bring.
    let label: BasicBlock
    let labelValues: [Value]
    /// The number of operands below the block's own.
    let height: Int
    let results: [Type]
    /// What was known before it.
    let mark: CheckedRanges.Mark
    /// Of a `try_table` or `try`: where its exceptions go.
    var handler: Handler?
    /// Of a `try`.
    var attempt: Attempt?
    /// Something branches to the end.
    var isEndReached = false
}

/// Structured control becomes basic blocks; the values that meet at a label become phis.
extension FunctionLowering {
    mutating func control(_ operation: Family.Control, _ instruction: Instruction) {
        switch operation {
        case .unreachable: trap(WASMC_TRAP_UNREACHABLE)
        case .nop: break
        case .block: enter(.block, instruction)
        case .loop: enter(.loop, instruction)
        case .if: enterIf(instruction)
        case .else: lowerElse()
        case .end: leave()
        case .br: branch(depth: instruction.immediates.index)
        case .brIf: branchIf(instruction)
        case .brTable: branchTable(instruction)
        case .brOnNull: branchOnNull(instruction)
        case .brOnNonNull: branchOnNonNull(instruction)
        case .brOnCast, .brOnCastFail: branchOnCast(isFail: operation == .brOnCastFail, instruction)
        case .return: branch(depth: UInt32(frames.count - 1))
        case .tryTable: enterTryTable(instruction)
        case .try: enterTry(instruction)
        case .catch: lowerCatch(tag: Int(instruction.immediates.index))
        case .catchAll: lowerCatch(tag: nil)
        case .delegate: delegate(to: instruction.immediates.index)
        case .rethrow: rethrow(depth: instruction.immediates.index)
        case .throw: lowerThrow(tag: Int(instruction.immediates.index))
        case .throwReference: lowerThrowReference()
        case .returnCall: returnCall(Int(instruction.immediates.index))
        case .returnCallIndirect:
            returnCallIndirect(
                type: Int(instruction.immediates.index), table: Int(instruction.immediates.secondIndex))
        case .returnCallReference: returnCallReference(type: Int(instruction.immediates.index))
        }
    }

    // MARK: Entering

    enum EntryKind { case block, loop }

    mutating func enter(_ kind: EntryKind, _ instruction: Instruction) {
        let type = unit.wasm.functionType(of: instruction.immediates.blockType)
        enter(kind, parameters: type.parameters, results: type.results)
    }

    mutating func enter(_ kind: EntryKind, parameters: [ValueType], results: [ValueType]) {
        let height = operands.count - parameters.count
        let resultTypes = results.map(unit.type)
        let mark = checkedRanges.mark
        switch kind {
        case .block:
            let (label, values) = makeLabel(resultTypes)
            frames.append(
                ControlFrame(
                    kind: .block, label: label, labelValues: values, height: height, results: resultTypes, mark: mark))
        case .loop:
            let (label, values) = makeLabel(parameters.map(unit.type))
            let initial = pop(count: parameters.count)
            connect(values, to: initial)
            builder.branch(to: label)
            start(label)
            operands += values
            checkedRanges.enterLoop()
            enterLoop(label)
            loopDepth += 1
            deepestLoop = max(deepestLoop, loopDepth)
            frames.append(
                ControlFrame(
                    kind: .loop, label: label, labelValues: values, height: height, results: resultTypes, mark: mark))
            checkInterruption()
        }
    }

    private mutating func enterIf(_ instruction: Instruction) {
        let type = unit.wasm.functionType(of: instruction.immediates.blockType)
        let condition = popBoolean()
        countBranch(condition, instruction)
        let then = newBlock()
        let otherwise = newBlock()
        let resultTypes = type.results.map(unit.type)
        let (label, values) = makeLabel(resultTypes)
        let parameters = Array(operands.suffix(type.parameters.count))
        frames.append(
            ControlFrame(
                kind: .if(otherwise: otherwise, parameters: parameters), label: label, labelValues: values,
                height: operands.count - parameters.count, results: resultTypes, mark: checkedRanges.mark))
        weigh(builder.conditionalBranch(condition, to: then, else: otherwise), instruction)
        start(then)
    }

    /// A block that is reached with values of these types.
    private mutating func makeLabel(_ types: [Type]) -> (BasicBlock, [Value]) {
        let label = newBlock()
        guard !types.isEmpty else { return (label, []) }
        countTransfer(of: types.count)
        let current = builder.block
        builder.position(atEndOf: label)
        let values = types.map { builder.phi($0) }
        builder.position(atEndOf: current)
        return (label, values)
    }

    private mutating func connect(_ phis: [Value], to values: [Value]) {
        countTransfer(of: values.count)
        for (phi, value) in zip(phis, values) { phi.addIncoming(value, from: builder.block) }
    }

    // MARK: Leaving

    private mutating func lowerElse() {
        let top = frames.count - 1
        if reader.isFallthroughReachable { jump(to: top) }
        guard case .if(let otherwise, let parameters) = frames[top].kind else { return }
        start(otherwise)
        checkedRanges.continue(from: frames[top].mark)
        operands.removeSubrange(frames[top].height...)
        operands += parameters
        frames[top].kind = .else
    }

    mutating func leave() {
        let top = frames.count - 1
        let isFallthroughReachable = reader.isFallthroughReachable
        switch frames[top].kind {
        case .loop:
            let frame = frames.removeLast()
            loopDepth -= 1
            checkedRanges.leaveLoop(from: frame.mark)
            if !isFallthroughReachable {
                // What follows is valid but never runs.
                operands.removeSubrange(frame.height...)
                start(newBlock())
                operands += frame.results.map(\.zero)
            }
            return
        case .block, .else:
            if isFallthroughReachable { jump(to: top) }
        case .if(let otherwise, let parameters):
            if isFallthroughReachable { jump(to: top) }
            start(otherwise)
            operands.removeSubrange(frames[top].height...)
            operands += parameters
            jump(to: top)
        }
        let frame = frames.removeLast()
        operands.removeSubrange(frame.height...)
        if frame.handler != nil { handlerFrames.removeLast() }
        leaveAttempt(frame)
        start(frame.label)
        checkedRanges.continue(from: frame.mark)
        operands += results(of: frame)
        if frames.isEmpty { returnOperands() }
    }

    /// What is on the stack after a block: its phis, or anything when its end is never reached.
    private func results(of frame: ControlFrame) -> [Value] {
        if frame.isEndReached { return frame.labelValues }
        for value in frame.labelValues { value.erase() }
        return frame.results.map(\.zero)
    }

    private func returnOperands() {
        flushFuel()
        unit.returnResults(operands, resultTypes, of: function)
    }

    // MARK: Branches

    /// Branches to a frame's label with the values on top of the stack, which stay there.
    mutating func jump(to frame: Int) {
        connect(frames[frame].labelValues, to: operands.suffix(frames[frame].labelValues.count))
        builder.branch(to: frames[frame].label)
        frames[frame].isEndReached = true
    }

    func frame(depth: UInt32) -> Int { frames.count - 1 - Int(depth) }

    private mutating func branch(depth: UInt32) { jump(to: frame(depth: depth)) }

    private mutating func branchIf(_ instruction: Instruction) { branchIf(popBoolean(), instruction) }

    /// The reference stays where there is one.
    private mutating func branchOnNull(_ instruction: Instruction) {
        let reference = pop()
        branchIf(builder.compare(.eq, reference, types.i64.zero), instruction)
        push(reference)
    }

    /// The reference goes along with the branch.
    private mutating func branchOnNonNull(_ instruction: Instruction) {
        guard let reference = operands.last else { return }
        branchIf(builder.compare(.ne, reference, types.i64.zero), instruction)
        _ = pop()
    }

    /// The reference goes along with the branch, and stays where it is not taken.
    private mutating func branchOnCast(isFail: Bool, _ instruction: Instruction) {
        guard let reference = operands.last else { return }
        let target = instruction.immediates.castTarget
        let matches = test(reference, heapType(of: target), allowsNull: target.isNullable)
        branchIf(isFail ? builder.binary(.xor, matches, types.i1.constant(1)) : matches, instruction)
    }

    private mutating func branchIf(_ condition: Value, _ instruction: Instruction) {
        countBranch(condition, instruction)
        let target = frame(depth: instruction.immediates.index)
        connect(frames[target].labelValues, to: operands.suffix(frames[target].labelValues.count))
        let next = newBlock()
        weigh(builder.conditionalBranch(condition, to: frames[target].label, else: next), instruction)
        frames[target].isEndReached = true
        start(next)
    }

    /// One edge for each different label that takes values: a phi needs an entry for every edge.
    private mutating func branchTable(_ instruction: Instruction) {
        let labels = reader.labels(of: instruction)
        let index = pop()
        countLabel(index, labelCount: labels.count, instruction)
        var edges: [UInt32: BasicBlock] = [:]
        let current = builder.block
        for depth in labels where edges[depth] == nil {
            let target = frame(depth: depth)
            guard !frames[target].labelValues.isEmpty else {
                edges[depth] = frames[target].label
                frames[target].isEndReached = true
                continue
            }
            let edge = newBlock()
            edges[depth] = edge
            builder.position(atEndOf: edge)
            jump(to: target)
            builder.position(atEndOf: current)
        }
        tableLabelCount += edges.count
        guard let last = labels.last, let fallback = edges[last] else { return }
        let table = builder.switchOn(index, default: fallback, caseCount: labels.count - 1)
        for (number, depth) in labels.dropLast().enumerated() where depth != last {
            guard let edge = edges[depth] else { continue }
            table.addCase(types.i32.constant(number), edge)
        }
        weigh(table, labels: labels, instruction)
    }
}
