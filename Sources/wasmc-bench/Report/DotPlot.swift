import Foundation
import Wasm

/// Each workload's run time against native code, a point for each engine, on a logarithmic scale.
struct DotPlot {
    let results: Results
    let palette: Palette

    private static let width = 940.0
    private static let left = 150.0
    private static let right = 20.0
    private static let top = 26.0
    private static let rowHeight = 22.0
    private static let ticks = [0.5, 1, 2, 4, 8, 16, 32]

    /// Slowest in wasmc first; what wasmc did not run comes last.
    private var workloads: [String] {
        func ratio(_ workload: String) -> Double { results.runTime(workload, "wasmc")?.ratioToNative ?? 0 }
        return results.workloads
            .filter { workload in results.engines.contains { results.runTime(workload, $0)?.ratioToNative != nil } }
            .sorted { ratio($0) > ratio($1) }
    }

    /// Values beyond the scale are at its end.
    private func x(_ ratio: Double) -> Double {
        let ends = (Self.ticks[0], Self.ticks[Self.ticks.count - 1])
        let clamped = min(max(ratio, ends.0), ends.1)
        return Self.left + (Self.width - Self.left - Self.right) * log(clamped / ends.0) / log(ends.1 / ends.0)
    }

    var svg: String {
        let names = workloads
        let height = Self.top + Self.rowHeight * Double(names.count) + 6
        let grid = Self.ticks.map { tick in
            let place = Text.number(x(tick), 1)
            let label = (tick == Self.ticks.last ? "≥ " : "") + (tick < 1 ? "½" : "\(Int(tick))") + " ×"
            return """
                <line class="\(tick == 1 ? "one" : "grid")" x1="\(place)" x2="\(place)" \
                y1="\(Self.top - 8)" y2="\(height)"/>\
                <text class="tick" x="\(place)" y="12" text-anchor="middle">\(label)</text>
                """
        }
        let rows = names.enumerated().map { index, name in
            row(name, y: Self.top + Self.rowHeight * (Double(index) + 0.5))
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="Run time against native code">\
            \(grid.joined())\(rows.joined())</svg>
            """
    }

    private func row(_ workload: String, y: Double) -> String {
        // wasmc's point is drawn last, above the others.
        let engines = results.engines.filter { $0 != "wasmc" } + results.engines.filter { $0 == "wasmc" }
        let points = engines.compactMap { engine -> String? in
            guard let row = results.runTime(workload, engine), let ratio = row.ratioToNative, let value = row.value,
                let least = row.least, let most = row.most, value > 0
            else { return nil }
            let title =
                "\(workload) in \(engine): \(Text.short(ratio)) × native, \(Text.short(value)) ms "
                + "(\(Text.short(least)) to \(Text.short(most)) in \(row.sampleCount.counted("sample")))"
            let ends = (x(ratio * least / value), x(ratio * most / value))
            return """
                <line class="spread" stroke="\(palette.color(engine))" x1="\(Text.number(ends.0, 1))" \
                x2="\(Text.number(ends.1, 1))" y1="\(y)" y2="\(y)"/>\
                <circle cx="\(Text.number(x(ratio), 1))" cy="\(y)" r="\(engine == "wasmc" ? 6.5 : 5)" \
                fill="\(palette.color(engine))"><title>\(Text.escaped(title))</title></circle>
                """
        }
        return
            """
            <text x=\"\(Self.left - 12)\" y=\"\(y + 4)\" \
            text-anchor=\"end\">\(Text.escaped(workload))</text>\(points.joined())
            """
    }
}
