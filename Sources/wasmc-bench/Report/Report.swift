import Foundation
import Wasm

/// A result as one self-contained page.
struct Report {
    private let results: Results
    private let palette: Palette

    init(_ results: Results) {
        self.results = results
        palette = Palette(engines: results.engines)
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>wasmc-bench</title>
        <style>\(Self.style)\(palette.style)</style>
        <main>
        <h1>\(headline)</h1>
        <p class="muted">\(subline)</p>
        \(errors)
        <section><h2>Run time against native code</h2>
        <p class="muted">Geometric means, on a logarithmic scale. Less is better; 1 is the fastest \
        native build of the same source.</p>
        \(runTimes)</section>
        <section><h2>Every workload</h2>
        <p class="muted">Medians, on a logarithmic scale, slowest in wasmc first. The line behind a point is the \
        spread of its samples. Point at one for its figures.</p>
        \(legend)\(workloads.svg)</section>
        <section><h2>Everything else</h2><p class="muted">Geometric means where several workloads tell. Logarithmic \
        scales.</p>
        <div class="grid">\(metrics)</div></section>
        <section><h2>Figures</h2><details><summary>All medians of run time</summary>\(table)</details>
        <details><summary>Machine, versions, settings</summary><dl>\(circumstances)</dl></details></section>
        </main></html>
        """
    }

    private var headline: String {
        guard let mean = results.geomeans["wasmc"]?["run"] else { return "wasmc-bench" }
        return "wasmc takes \(Text.number(mean, 2)) × the time of native code"
    }

    private var subline: String {
        let count = results.workloads.filter { name in results.engines.contains { results.runTime(name, $0) != nil } }
            .count
        let parts = [
            count.counted("workload"), results.engines.count.counted("engine"),
            "\(results.settings["rounds"] ?? "?") samples each",
        ]
        return Text.escaped(
            (parts + [results.machine["processor"], results.machine["date"]].compactMap(\.self)).joined(
                separator: " · "))
    }

    private var errors: String {
        let errors = results.rows.compactMap { row in row.error.map { "\(row.workload) in \(row.engine): \($0)" } }
        let missing = results.missing.sorted { $0.key < $1.key }.map { "\($0.key) was not measured: \($0.value)" }
        return (errors.map { ("error", $0) } + missing.map { ("muted", $0) })
            .map { "<p class=\"\($0.0)\">\(Text.escaped($0.1))</p>" }.joined()
    }

    /// Kernels and real programs apart.
    private var runTimes: String {
        [("Kernels", Metric.run), ("Real programs", .programRun)].filter { !values($0.1).isEmpty }
            .map { "<h3>\($0.0)</h3>\(geometricMeans($0.1).svg)" }.joined()
    }

    private func geometricMeans(_ metric: Metric) -> BarPlot {
        BarPlot(
            metric: metric.rawValue, unit: "×", values: values(metric), palette: palette, reference: 1,
            isLogarithmic: true)
    }

    private var workloads: DotPlot { DotPlot(results: results, palette: palette) }

    private var metrics: String {
        Metric.allCases.filter { !$0.isRunTime }.compactMap { metric in
            let values = values(metric)
            guard !values.isEmpty else { return nil }
            let plot = BarPlot(
                metric: metric.rawValue, unit: metric.unit, values: values, palette: palette, isLogarithmic: true)
            return "<figure><figcaption>\(metric.title) <span class=\"muted\">\(metric.unit), "
                + "\(metric.isBetterWhenGreater ? "more" : "less") is better</span></figcaption>\(plot.svg)</figure>"
        }.joined()
    }

    private func values(_ metric: Metric) -> [(engine: String, value: Double)] {
        results.engines.compactMap { engine in results.geomeans[engine]?[metric.rawValue].map { (engine, $0) } }
    }

    private var legend: String {
        let items = results.engines.map {
            "<span><i style=\"background:\(palette.color($0))\"></i>\(Text.escaped($0))</span>"
        }
        return "<p class=\"legend\">\(items.joined())</p>"
    }

    private var table: String {
        let head = (["workload"] + results.engines.map { "\($0), ms" }).map { "<th>\(Text.escaped($0))</th>" }.joined()
        let rows = results.workloads.compactMap { workload -> String? in
            let rows = results.engines.map { results.runTime(workload, $0) }
            guard rows.contains(where: { $0 != nil }) else { return nil }
            let cells = rows.map { row in "<td>\(row?.value.map { Text.number($0, 3) } ?? "–")</td>" }
            return "<tr><th>\(Text.escaped(workload))</th>\(cells.joined())</tr>"
        }
        return "<div class=\"scroll\"><table><tr>\(head)</tr>\(rows.joined())</table></div>"
    }

    private var circumstances: String {
        [results.machine, results.versions, results.settings].flatMap { $0.sorted { $0.key < $1.key } }
            .map { "<dt>\(Text.escaped($0.key))</dt><dd>\(Text.escaped($0.value))</dd>" }.joined()
    }
}

/// Text as HTML and SVG want it.
enum Text {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }

    static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// Three significant digits.
    static func short(_ value: Double) -> String {
        value >= 100 ? number(value, 0) : value >= 10 ? number(value, 1) : number(value, 2)
    }
}
