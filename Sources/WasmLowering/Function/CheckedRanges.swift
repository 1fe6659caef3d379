import LLVM

/// Ranges proven in bounds: as many bytes from the address on that a local holds. An access to them needs no check of
/// its own, which matters where no pass runs that finds this out. Memories never shrink, so a range stays in bounds.
///
/// A range is known from its check to the end of the block in which it was checked, unless the local is written in
/// between. In a loop only what the loop itself has checked is known, because its end may write the local.
struct CheckedRanges {
    private struct Range {
        let memory: Int
        let byteCount: UInt64
        let checkedAt: Int
    }

    private struct Local {
        var range: Range?
        var writtenAt = 0
    }

    /// An operand that came from a local.
    private struct Read {
        let operand: Value
        let local: Int
        let readAt: Int
    }

    /// What was known at a place that others are reached from.
    struct Mark {
        fileprivate let replacedCount: Int
        fileprivate let loopStart: Int
    }

    private var locals: [Local]
    /// By its height on the operand stack.
    private var reads: [Read?] = []
    /// What has to be known again after the blocks that are entered, oldest first.
    private var replaced: [(local: Int, range: Range?)] = []
    private var loopStart = 0
    /// Counts what happens, so that one can tell what was first.
    private var now = 0

    init(localCount: Int) { locals = Array(repeating: Local(), count: localCount) }

    // MARK: Locals

    /// The operand at this height is the value of a local.
    mutating func read(_ local: Int, as operand: Value, height: Int) {
        now += 1
        while reads.count <= height { reads.append(nil) }
        reads[height] = Read(operand: operand, local: local, readAt: now)
    }

    mutating func write(_ local: Int) {
        now += 1
        locals[local].writtenAt = now
    }

    // MARK: Checks

    /// Whether `byteCount` bytes from the address on that was the operand at this height lie in the memory. When it is
    /// not known, they are going to be checked now.
    mutating func contain(_ operand: Value, height: Int, memory: Int, byteCount: UInt64) -> Bool {
        // What is left at this height from an operand before is another value.
        guard height < reads.count, let read = reads[height], read.operand == operand,
            locals[read.local].writtenAt < read.readAt
        else { return false }
        let known = locals[read.local].range
        if let known, known.memory == memory, known.byteCount >= byteCount,
            known.checkedAt > max(locals[read.local].writtenAt, loopStart)
        {
            return true
        }
        now += 1
        replaced.append((read.local, known))
        locals[read.local].range = Range(memory: memory, byteCount: byteCount, checkedAt: now)
        return false
    }

    // MARK: Blocks

    var mark: Mark { Mark(replacedCount: replaced.count, loopStart: loopStart) }

    mutating func enterLoop() {
        now += 1
        loopStart = now
    }

    /// A loop's end is reached through all of the loop.
    mutating func leaveLoop(from mark: Mark) { loopStart = mark.loopStart }

    /// Goes on where only what was known at `mark` has happened on every path.
    mutating func `continue`(from mark: Mark) {
        while replaced.count > mark.replacedCount, let (local, range) = replaced.popLast() {
            locals[local].range = range
        }
        loopStart = mark.loopStart
    }
}

extension FunctionLowering {
    private var knowsRanges: Bool {
        !unit.options.optimization.removesChecks
            && (!unit.options.reliesOnFaults || unit.wasm.memories.contains { !$0.type.endsWithGuardPages })
    }

    /// The operand on top is the value that a local has now.
    mutating func noteRead(of local: Int) {
        guard knowsRanges, let operand = operands.last else { return }
        checkedRanges.read(local, as: operand, height: operands.count - 1)
    }

    /// Whether an access needs no check: to `byteCount` bytes from the address on that is the operand on top.
    mutating func isInside(_ memory: Int, byteCount: UInt64) -> Bool {
        let type = unit.wasm.memories[memory].type
        if unit.options.reliesOnFaults, type.endsWithGuardPages { return true }
        guard knowsRanges, let operand = operands.last else { return false }
        if let address = operand.integerConstant {
            return byteCount <= type.minimumByteCount && address <= type.minimumByteCount - byteCount
        }
        return checkedRanges.contain(operand, height: operands.count - 1, memory: memory, byteCount: byteCount)
    }
}
