internal import CRuntime
internal import LLVM
internal import Wasm

/// An open block. Branches to its label and the way out of it carry values in phi instructions.
struct ControlFrame {
    enum Kind { case block, loop, `if`, `else` }
    var kind: Kind
    /// Where a branch goes: the end, or a loop's start.
    var label: IRBlock
    var labelValues: [IRValue]
    var end: IRBlock
    var endValues: [IRValue]
    /// The operands below the block's own.
    var height: Int
    /// Of an `if`: where it goes without the condition, and the operands it started with.
    var elseBlock: IRBlock?
    var startValues: [IRValue] = []
}

/// Specification: "Control Instructions".
extension FunctionLowering {
    func lower(_ control: Family.Control, _ instruction: Instruction, _ isFallthroughReachable: Bool) {
        switch control {
        case .nop: break
        case .unreachable: build.branch(trapBlock(WASMC_TRAP_UNREACHABLE))
        case .block: open(.block, instruction)
        case .loop: open(.loop, instruction)
        case .if: open(.if, instruction)
        case .else: lowerElse(isFallthroughReachable)
        case .end: lowerEnd(isFallthroughReachable)
        case .br: branch(to: frames[frames.count - 1 - Int(instruction.immediates.index)])
        case .brIf:
            let condition = build.compare(.ne, pop(), i32(0))
            let frame = frames[frames.count - 1 - Int(instruction.immediates.index)]
            let next = block("next")
            addIncoming(to: frame)
            build.branch(condition, frame.label, else: next)
            build.move(to: next)
        case .brTable: lowerBranchTable(instruction)
        case .return: branch(to: frames[0])
        }
    }

    /// Phi instructions at the start of a block.
    func phis(_ types: [ValueType], in block: IRBlock) -> [IRValue] {
        let here = build.block
        build.move(to: block)
        defer { build.move(to: here) }
        return types.map { build.phi(module.type($0)) }
    }

    /// The values on top of the stack go to a branch's target.
    private func addIncoming(to frame: ControlFrame) { addIncoming(frame.labelValues) }

    private func addIncoming(_ phis: [IRValue]) {
        for (phi, value) in zip(phis, operands.suffix(phis.count)) { phi.addIncoming(value, from: build.block) }
    }

    private func branch(to frame: ControlFrame) {
        addIncoming(to: frame)
        build.branch(frame.label)
    }

    private func open(_ kind: ControlFrame.Kind, _ instruction: Instruction) {
        let type = wasm.functionType(of: instruction.immediates.blockType)
        let end = block("end")
        let endValues = phis(type.results, in: end)
        switch kind {
        case .loop:
            let start = block("loop")
            let startValues = phis(type.parameters, in: start)
            addIncoming(startValues)
            build.branch(start)
            build.move(to: start)
            operands.removeLast(startValues.count)
            frames.append(
                ControlFrame(
                    kind: kind, label: start, labelValues: startValues, end: end, endValues: endValues,
                    height: operands.count))
            operands.append(contentsOf: startValues)
        case .if:
            let condition = build.compare(.ne, pop(), i32(0))
            let then = block("then")
            let otherwise = block("else")
            build.branch(condition, then, else: otherwise)
            build.move(to: then)
            let height = operands.count - type.parameters.count
            frames.append(
                ControlFrame(
                    kind: kind, label: end, labelValues: endValues, end: end, endValues: endValues, height: height,
                    elseBlock: otherwise, startValues: Array(operands[height...])))
        case .block, .else:
            frames.append(
                ControlFrame(
                    kind: kind, label: end, labelValues: endValues, end: end, endValues: endValues,
                    height: operands.count - type.parameters.count))
        }
    }

    private func lowerElse(_ isFallthroughReachable: Bool) {
        let last = frames.count - 1
        if isFallthroughReachable {
            addIncoming(frames[last].endValues)
            build.branch(frames[last].end)
        }
        operands.removeSubrange(frames[last].height...)
        operands.append(contentsOf: frames[last].startValues)
        frames[last].kind = .else
        if let otherwise = frames[last].elseBlock {
            otherwise.moveToEnd(of: function)
            build.move(to: otherwise)
        }
    }

    private func lowerEnd(_ isFallthroughReachable: Bool) {
        let frame = frames.removeLast()
        if isFallthroughReachable {
            addIncoming(frame.endValues)
            build.branch(frame.end)
        }
        if frame.kind == .if, let otherwise = frame.elseBlock {
            // Without an else the operands pass through.
            build.move(to: otherwise)
            for (phi, value) in zip(frame.endValues, frame.startValues) { phi.addIncoming(value, from: otherwise) }
            build.branch(frame.end)
        }
        operands.removeSubrange(frame.height...)
        for value in frame.endValues { push(value) }
        frame.end.moveToEnd(of: function)
        build.move(to: frame.end)
    }

    private func lowerBranchTable(_ instruction: Instruction) {
        let selector = pop()
        let labels = labelReader?(instruction) ?? []
        guard let defaultLabel = labels.last else { return }
        func target(_ depth: UInt32) -> ControlFrame { frames[frames.count - 1 - Int(depth)] }
        let choice = build.switch(selector, default: target(defaultLabel).label, caseCount: labels.count - 1)
        for depth in labels { addIncoming(to: target(depth)) }
        for (index, depth) in labels.dropLast().enumerated() {
            choice.addCase(i32(UInt64(index)), target(depth).label)
        }
    }
}
