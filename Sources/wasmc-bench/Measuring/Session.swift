import Foundation

/// Runs workloads in engines, one process at a time, engines in turn.
struct Session {
    let builder: Builder
    let rounds: Int
    let milliseconds: Int
    let progress: ProgressBar
    let workloads: [Workload]

    /// A workload in an engine, as far as it was measured.
    private struct Cell {
        var engine: String
        var isNative: Bool
        var preparation: Preparation?
        var samples: [Sample] = []
        var error: String?
    }

    func results(of peers: [any Peer]) throws -> Results {
        var results = Results(settings: ["rounds": "\(rounds)", "milliseconds": "\(milliseconds)"])
        var present: [any Peer] = []
        for peer in peers {
            do {
                results.versions[peer.name] = try peer.version(builder)
                present.append(peer)
            } catch {
                results.missing[peer.name] = "\(error)"
            }
        }
        for (index, workload) in workloads.enumerated() {
            let cells = cells(workload, present) { round in
                progress.show(workload.name, done: index * rounds + round, of: workloads.count * rounds)
            }
            results.rows += rows(workload, cells)
        }
        progress.clear()
        results.summarize()
        return results
    }

    private func cells(_ workload: Workload, _ peers: [any Peer], progress: (_ round: Int) -> Void) -> [Cell] {
        progress(0)
        var cells = peers.compactMap { peer -> Cell? in
            var cell = Cell(engine: peer.name, isNative: !peer.runsWasm)
            do {
                guard let preparation = try peer.prepare(workload, builder, simd: false) else { return nil }
                cell.preparation = preparation
            } catch {
                cell.error = "\(error)"
            }
            return cell
        }
        for round in 0..<rounds {
            progress(round)
            for offset in cells.indices {
                // Another engine begins each round, so that none always follows the same one.
                let index = (offset + round) % cells.count
                guard let preparation = cells[index].preparation, cells[index].error == nil else { continue }
                do {
                    let arguments = workload.kind.arguments(milliseconds: milliseconds)
                    let command = try Command(builder.measured(preparation.command + arguments))
                    cells[index].samples.append(
                        try Sample(command, of: workload.kind, wasmByteCount: preparation.wasmByteCount))
                } catch {
                    cells[index].error = "\(error)"
                }
            }
        }
        let expected = cells.first { $0.isNative && !$0.samples.isEmpty } ?? cells.first { !$0.samples.isEmpty }
        for index in cells.indices {
            guard let expected,
                let other = cells[index].samples.first(where: { $0.checksum != expected.samples[0].checksum })
            else { continue }
            cells[index].error = "checksum \(other.checksum), \(expected.engine) has \(expected.samples[0].checksum)"
        }
        return cells
    }

    private func rows(_ workload: Workload, _ cells: [Cell]) -> [Row] {
        let native = cells.filter { $0.isNative && $0.error == nil }.compactMap { cell in
            Statistics(cell.samples.compactMap { $0.values[.run] })?.median
        }.min()
        return cells.flatMap { cell -> [Row] in
            if let error = cell.error { return [Row(workload: workload.name, engine: cell.engine, error: error)] }
            return Metric.allCases.compactMap { metric in
                let fixed = cell.preparation?.costs[metric].map { [$0] }
                guard let statistics = Statistics(fixed ?? cell.samples.compactMap { $0.values[metric] }) else {
                    return nil
                }
                return Row(
                    workload: workload.name, engine: cell.engine, metric: metric, statistics,
                    ratioToNative: metric == .run ? native.map { statistics.median / $0 } : nil)
            }
        }
    }
}
