internal import CRuntime
import LLVM

/// Traps are control flow that LLVM sees: a condition, a branch to a cold block, a call that does not return. So every
/// pass keeps them in their place among the stores and calls around them.
extension FunctionLowering {
    mutating func trap(_ outcome: wasmc_outcome, if condition: Value) {
        let next = newBlockBehindTrap(outcome)
        let trap = trapBlock(outcome)
        located { builder.branch(if: condition, to: trap, else: next) }
        start(next)
    }

    mutating func trap(_ outcome: wasmc_outcome, unless condition: Value) {
        let next = newBlockBehindTrap(outcome)
        let trap = trapBlock(outcome)
        located { builder.branch(if: condition, to: next, else: trap) }
        start(next)
    }

    func trap(_ outcome: wasmc_outcome) {
        flushFuel()
        _ = located { unit.trap(outcome, instance) }
    }

    private mutating func newBlockBehindTrap(_ outcome: wasmc_outcome) -> BasicBlock {
        if outcome == WASMC_TRAP_MEMORY_OUT_OF_BOUNDS { checkCount += 1 } else { trapCount += 1 }
        return function.appendBlock()
    }

    /// The function's one block that traps for this reason, as long as passes run. Then each jump to it gets a copy of
    /// its own.
    ///
    /// Its call has the line of the one instruction that jumps there. So where LLVM proves the trap, and the jump goes
    /// with its line, the call still tells the place and the frames that it was inlined into. Of several instructions
    /// it has none.
    mutating func trapBlock(_ outcome: wasmc_outcome) -> BasicBlock {
        if let known = trapBlocks[outcome.rawValue] {
            if known.line != UInt32(instructionOffset), let lineScope { known.call.setLine(0, in: lineScope) }
            return known.block
        }
        let current = builder.block
        let block = newBlock()
        if unit.keepsNames { block.setName("trap\(outcome.rawValue)") }
        builder.position(atEndOf: block)
        flushFuel()
        let call = located { unit.trap(outcome, instance) }
        builder.position(atEndOf: current)
        trapBlocks[outcome.rawValue] = TrapBlock(block: block, call: call, line: UInt32(instructionOffset))
        return block
    }

    // MARK: Offsets

    /// What generates code that may stop the guest, or call what may: the code is found by its offset in the module.
    func located<Result>(_ generate: () -> Result) -> Result { located(at: UInt32(instructionOffset), generate) }

    /// A call whose frame nobody sees.
    func hidden<Result>(_ generate: () -> Result) -> Result { located(at: WASMC_HIDDEN_PLACE, generate) }

    private func located<Result>(at place: UInt32, _ generate: () -> Result) -> Result {
        guard let lineScope else { return generate() }
        builder.setLine(place, in: lineScope)
        defer { builder.clearLine() }
        return generate()
    }
}

/// A block that ends in a trap.
struct TrapBlock {
    let block: BasicBlock
    let call: Value
    /// That of the instruction that it was made for.
    let line: UInt32
}
