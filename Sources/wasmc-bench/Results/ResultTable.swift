import Foundation

/// A result as text for a terminal.
struct ResultTable {
    private let results: Results

    init(_ results: Results) { self.results = results }

    var text: String {
        let engines = results.engines
        let tables = [
            runTimes(engines, .run), runTimes(engines, .programRun), operations(engines), starts(engines),
            metrics(engines),
        ]
        var sections = tables.compactMap(\.self)
        let errors = results.rows.compactMap { row in row.error.map { "error: \(row.workload) in \(row.engine): \($0)" }
        }
        let missing = results.missing.sorted { $0.key < $1.key }.map { "missing: \($0.key): \($0.value)" }
        let machine = results.machine.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let settings = results.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", ")
        let versions = results.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", ")
        sections.append((errors + missing + [machine, versions, settings]).joined(separator: "\n"))
        return sections.joined(separator: "\n\n")
    }

    /// Milliseconds of the fastest native build, then each engine's ratio to it.
    private func runTimes(_ engines: [String], _ metric: Metric) -> String? {
        guard results.rows.contains(where: { $0.metric == metric }) else { return nil }
        var table = [[metric == .run ? "workload" : "program", "native ms"] + engines]
        for workload in results.workloads where engines.contains(where: { results.row(workload, $0, metric) != nil }) {
            let rows = engines.map { results.row(workload, $0, metric) }
            let native = results.rows.first { $0.workload == workload && $0.metric == metric && $0.ratioToNative == 1 }?
                .value
            table.append(
                [workload, native.map { number($0, 3) } ?? "-"]
                    + rows.map { row in
                        if row?.error != nil { return "error" }
                        if let ratio = row?.ratioToNative { return number(ratio, 2) }
                        return row?.value.map { number($0, 3) + " ms" } ?? "-"
                    })
        }
        table.append(
            ["geometric mean", ""] + engines.map { results.geomeans[$0]?[metric.rawValue].map { number($0, 3) } ?? "-" }
        )
        return align(table)
    }

    /// Nanoseconds of an operation, in each engine.
    private func operations(_ engines: [String]) -> String? {
        let workloads = results.workloads.filter { workload in
            engines.contains { results.row(workload, $0, .operation) != nil }
        }
        let rows = workloads.map { workload in
            [workload]
                + engines.map { engine in
                    let row = results.row(workload, engine, .operation)
                    return row.map { $0.error == nil ? $0.value.map { number($0, 2) } ?? "-" : "error" } ?? "-"
                }
        }
        return rows.isEmpty ? nil : align([["operation, ns"] + engines] + rows)
    }

    /// What a start of a large program costs, in each engine.
    private func starts(_ engines: [String]) -> String? {
        let metrics: [Metric] = [.firstOutput, .programEnd, .programCPU, .peakMemory]
        var table = [["program", "engine"] + metrics.map { "\($0.rawValue) \($0.unit)" }]
        for workload in results.workloads {
            for engine in engines where results.row(workload, engine, .firstOutput) != nil {
                let values = metrics.map { results.row(workload, engine, $0)?.value }
                table.append([workload, engine] + values.map { $0.map { number($0, 0) } ?? "-" })
            }
        }
        return table.count > 1 ? align(table) : nil
    }

    /// Geometric means of everything else.
    private func metrics(_ engines: [String]) -> String {
        var table = [["geometric means", "unit"] + engines]
        for metric in Metric.allCases where !metric.isRunTime && metric != .operation {
            let values = engines.map { results.geomeans[$0]?[metric.rawValue] }
            guard values.contains(where: { $0 != nil }) else { continue }
            table.append([metric.rawValue, metric.unit] + values.map { $0.map { number($0, $0 < 10 ? 2 : 0) } ?? "-" })
        }
        return align(table)
    }

    private func number(_ value: Double, _ digits: Int) -> String {
        value.formatted(
            .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    }

    /// The first column to the left, the others to the right.
    private func align(_ table: [[String]]) -> String {
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
