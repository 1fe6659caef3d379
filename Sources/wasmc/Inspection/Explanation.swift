import Foundation
import WasmEngine

/// What `compile --explain` prints.
struct Explanation {
    let reports: [FunctionReport]
    let module: WasmEngine.Module

    /// Functions with memory accesses or loops, then totals.
    func print() throws {
        let names = module.functionNames()
        for report in reports where report.isTooExpensive || report.emittedCheckCount > 0 || !report.obstacles.isEmpty {
            let name = names[report.function].map { " $\($0.shown)" } ?? ""
            try Output.print("function \(report.function)\(name): \(Self.summary(report))")
            for (obstacle, count) in report.obstacles.sorted(by: { $0.key < $1.key }) {
                try Output.print("  \(obstacle)\(count > 1 ? " (\(count.counted("loop")))" : "")")
            }
        }
        func total(_ field: (FunctionReport) -> Int) -> Int { reports.reduce(0) { $0 + field($1) } }
        try Output.print(
            """
            \(reports.count.counted("function")): \(total(\.emittedCheckCount).counted("check")), \
            \(total(\.remainingCheckCount)) left; \(total(\.versionedLoopCount).counted("loop")) versioned, \
            \(total(\.rerolledLoopCount)) re-rolled, \(total(\.vectorizedLoopCount)) vectorised
            containment: \(total(\.provenAccessCount).counted("access", plural: "accesses")) proven, \
            \(total(\.containmentTestCount).counted("test")) before loops, \
            \(total(\.containmentMaskCount).counted("mask")), \(total(\.containmentCheckCount).counted("check"))
            """)
    }

    private static func summary(_ report: FunctionReport) -> String {
        if report.isTooExpensive { return "too expensive to optimise, compiled at O0" }
        if report.isUncontained { return "has an access that containment does not understand, compiled at O0" }
        var parts = ["\(report.emittedCheckCount.counted("check")), \(report.remainingCheckCount) left"]
        for (count, what) in [
            (report.versionedLoopCount, "versioned"), (report.rerolledLoopCount, "re-rolled"),
            (report.vectorizedLoopCount, "vectorised"),
        ] where count > 0 {
            parts.append("\(count.counted("loop")) \(what)")
        }
        return parts.joined(separator: ", ") + String(format: "; %.1f ms", report.passSeconds * 1000)
    }

    func printJSON() throws {
        let names = module.functionNames()
        let rows = reports.map { report in
            Row(
                function: report.function, name: names[report.function], checks: report.emittedCheckCount,
                checksLeft: report.remainingCheckCount, versionedLoops: report.versionedLoopCount,
                rerolledLoops: report.rerolledLoopCount, vectorizedLoops: report.vectorizedLoopCount,
                obstacles: report.obstacles,
                passMilliseconds: report.passSeconds * 1000, isTooExpensive: report.isTooExpensive)
        }
        try Output.printJSON(rows)
    }

    private struct Row: Encodable {
        let function: Int
        let name: String?
        let checks, checksLeft, versionedLoops, rerolledLoops, vectorizedLoops: Int
        let obstacles: [String: Int]
        let passMilliseconds: Double
        let isTooExpensive: Bool
    }
}
