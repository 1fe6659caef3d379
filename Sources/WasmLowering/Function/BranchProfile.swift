import LLVM
import Wasm

/// Code that counts where control goes, and code that LLVM arranges by such counts: see ``ExecutionProfile``.
extension FunctionLowering {
    func countEntry() {
        guard let body = unit.wasm.functions[index].body else { return }
        increment(at: body.lowerBound)
        if let profile = unit.options.profile { function.setEntryCount(profile.counts[body.lowerBound, default: 0]) }
    }

    /// - Parameter condition: whether the branch is taken.
    func countBranch(_ condition: Value, _ instruction: Instruction) {
        increment(at: instruction.offset)
        increment(at: instruction.offset + 1, by: condition)
    }

    /// - Parameters:
    ///   - index: the number of the label; the last is meant by all that are larger.
    func countLabel(_ index: Value, labelCount: Int, _ instruction: Instruction) {
        guard let counters = unit.options.counters else { return }
        let last = types.i32.constant(labelCount - 1)
        let label = builder.select(builder.compare(.ult, index, last), index, last)
        let first = address(ofCounter: instruction.offset + 1, counters)
        increment(builder.offset(first, by: builder.cast(.zext, label, to: types.i64), of: types.i64))
    }

    private func increment(at byteOffset: Int, by condition: Value? = nil) {
        guard let counters = unit.options.counters else { return }
        increment(address(ofCounter: byteOffset, counters), by: condition)
    }

    private func increment(_ counter: Value, by condition: Value? = nil) {
        let step = condition.map { builder.cast(.zext, $0, to: types.i64) } ?? types.i64.constant(1)
        builder.store(builder.binary(.add, builder.load(types.i64, counter), step), counter)
    }

    private func address(ofCounter byteOffset: Int, _ counters: UInt) -> Value {
        let address = types.i64.constant(UInt64(counters) + UInt64(byteOffset * MemoryLayout<UInt64>.stride))
        return builder.cast(.inttoptr, address, to: types.pointer)
    }

    // MARK: Use

    /// Tells LLVM which way the branch went when it was counted, or is expected to go by the module's producer.
    func weigh(_ branch: Value, _ instruction: Instruction) {
        let kind = unit.context.metadataKind("prof")
        if let profile = unit.options.profile {
            let reached = profile.counts[instruction.offset, default: 0]
            let taken = min(profile.counts[instruction.offset + 1, default: 0], reached)
            if let weights = unit.branchWeights([taken, reached - taken]) { branch.setMetadata(kind, weights) }
        } else if let isTaken = unit.wasm.branchHints[index]?[instruction.offset] {
            branch.setMetadata(kind, isTaken ? unit.likelyWeights : unit.unlikelyWeights)
        }
    }

    /// How often each label of a `br_table` was chosen.
    func weigh(_ table: Value, labels: [UInt32], _ instruction: Instruction) {
        guard let profile = unit.options.profile, let last = labels.last else { return }
        // As the cases of the switch: its default takes the labels like the last one.
        var weights: [UInt64] = [0]
        for (number, depth) in labels.enumerated() {
            let count = profile.counts[instruction.offset + 1 + number, default: 0]
            if depth == last {
                weights[0] = ProfileSummary.saturatingSum(weights[0], count)
            } else {
                weights.append(count)
            }
        }
        guard let node = unit.branchWeights(weights) else { return }
        table.setMetadata(unit.context.metadataKind("prof"), node)
    }
}
