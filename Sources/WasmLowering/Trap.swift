internal import CRuntime
import LLVM

/// Traps are control flow that LLVM sees: a condition, a branch to a cold block, a call that does not return. So every
/// pass keeps them in their place among the stores and calls around them.
extension FunctionLowering {
    mutating func trap(_ outcome: wasmc_outcome, if condition: Value) {
        let next = newBlock()
        builder.branch(if: condition, to: trapBlock(outcome), else: next)
        start(next)
    }

    mutating func trap(_ outcome: wasmc_outcome, unless condition: Value) {
        let next = newBlock()
        builder.branch(if: condition, to: next, else: trapBlock(outcome))
        start(next)
    }

    mutating func trap(_ outcome: wasmc_outcome) { builder.branch(to: trapBlock(outcome)) }

    /// The function's one block that traps for this reason.
    mutating func trapBlock(_ outcome: wasmc_outcome) -> BasicBlock {
        if let known = trapBlocks[outcome.rawValue] { return known }
        let current = builder.block
        let block = newBlock()
        if unit.keepsNames { block.setName("trap\(outcome.rawValue)") }
        builder.position(atEndOf: block)
        flushPoints()
        unit.trap(outcome, instance)
        builder.position(atEndOf: current)
        trapBlocks[outcome.rawValue] = block
        return block
    }
}
