import Foundation

/// What became worse between two results.
struct Comparison {
    let baseline: Results
    let results: Results
    /// Less than this is noise.
    var tolerance = 0.10

    /// A sentence for each value of wasmc that is worse by more than the tolerance and outside the spread of both
    /// results.
    var regressions: [String] {
        results.rows.compactMap { row in
            guard row.engine.hasPrefix("wasmc"), let old = baseline.row(row.workload, row.engine, row.metric),
                let before = old.ratioToNative ?? old.value, let after = row.ratioToNative ?? row.value, before > 0,
                after > 0
            else { return nil }
            let isGreaterBetter = row.metric.isBetterWhenGreater
            let factor = isGreaterBetter ? before / after : after / before
            guard factor > 1 + tolerance, isOutsideSpread(old, row, isGreaterBetter) else { return nil }
            func text(_ value: Double) -> String { String(format: "%.3g", value) }
            let unit = row.ratioToNative == nil ? " \(row.unit)" : " of native"
            return "regression: \(row.workload), \(row.engine), \(row.metric.rawValue): \(text(before)) before, "
                + "\(text(after))\(unit) now, \(text((factor - 1) * 100)) % worse"
        }
    }

    /// Whether the best of the new samples is worse than the worst of the old ones.
    private func isOutsideSpread(_ old: Row, _ new: Row, _ isGreaterBetter: Bool) -> Bool {
        guard let oldLeast = old.least, let oldMost = old.most, let newLeast = new.least, let newMost = new.most else {
            return true
        }
        return isGreaterBetter ? newMost < oldLeast : newLeast > oldMost
    }
}
