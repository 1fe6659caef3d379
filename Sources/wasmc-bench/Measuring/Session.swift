import Foundation

/// Runs workloads in engines, one process at a time.
///
/// A round runs every workload in every engine once, so that a while in which the machine is busy spoils one sample of
/// many, not all samples of one workload. The first round also builds them, so that compile times stand side by side.
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

        func statistics(_ metric: Metric) -> Statistics? { Statistics(samples.compactMap { $0.values[metric] }) }

        /// The median over the rounds, in each of which the samples were taken within seconds of each other: slow and
        /// fast whiles of the machine pass over both.
        func ratio(to native: Cell, _ metric: Metric) -> Double? {
            let pairs = zip(samples, native.samples).compactMap { own, other in
                other.values[metric].flatMap { other in own.values[metric].map { $0 / other } }
            }
            return Statistics(pairs)?.median
        }
    }

    func results(of peers: [any Peer]) throws -> Results {
        var results = Results(settings: [
            "rounds": "\(rounds)", "milliseconds": "\(milliseconds)", "priority": try builder.priority(),
            "flags": Builder.commonFlags.joined(separator: " "),
            "executables": builder.keepsExecutables ? "kept" : "built anew",
        ])
        var present: [any Peer] = []
        for peer in peers {
            do {
                results.versions[peer.name] = try peer.version(builder)
                present.append(peer)
            } catch {
                results.missing[peer.name] = "\(error)"
            }
        }
        var cells: [[Cell]] = []
        for round in 0..<rounds {
            for (index, workload) in workloads.enumerated() {
                progress.show(workload.name, done: round * workloads.count + index, of: rounds * workloads.count)
                if round == 0 { cells.append(present.compactMap { cell(workload, $0) }) }
                sample(workload, &cells[index], startingAt: round)
            }
        }
        progress.clear()
        for (workload, var cells) in zip(workloads, cells) {
            compareChecksums(&cells)
            results.rows += rows(workload, cells)
        }
        results.summarize()
        return results
    }

    /// Builds a workload for an engine; `nil` when the engine cannot run such workloads.
    private func cell(_ workload: Workload, _ peer: any Peer) -> Cell? {
        var cell = Cell(engine: peer.name, isNative: !peer.runsWasm)
        do {
            guard let preparation = try peer.prepare(workload, builder, simd: false) else { return nil }
            cell.preparation = preparation
        } catch {
            cell.error = "\(error)"
        }
        return cell
    }

    /// Takes a sample in each engine. Each round begins with another, so that none always follows the same one.
    private func sample(_ workload: Workload, _ cells: inout [Cell], startingAt first: Int) {
        for offset in cells.indices {
            let index = (offset + first) % cells.count
            guard let preparation = cells[index].preparation, cells[index].error == nil else { continue }
            do {
                let arguments = workload.kind.arguments(milliseconds: milliseconds)
                let command = try Command(builder.measured(preparation.command + arguments))
                var sample = try Sample(command, of: workload.kind, wasmByteCount: preparation.wasmByteCount)
                if cells[index].samples.isEmpty { sample.values.merge(preparation.costs) { $1 } }
                cells[index].samples.append(sample)
            } catch {
                cells[index].error = "\(error)"
            }
        }
    }

    /// Makes an engine's result an error when it differs from the native build's.
    private func compareChecksums(_ cells: inout [Cell]) {
        let expected = cells.first { $0.isNative && !$0.samples.isEmpty } ?? cells.first { !$0.samples.isEmpty }
        for index in cells.indices {
            guard let expected,
                let other = cells[index].samples.first(where: { $0.checksum != expected.samples[0].checksum })
            else { continue }
            cells[index].error = "checksum \(other.checksum), \(expected.engine) has \(expected.samples[0].checksum)"
        }
    }

    private func rows(_ workload: Workload, _ cells: [Cell]) -> [Row] {
        let natives = cells.filter { $0.isNative && $0.error == nil }
        return cells.flatMap { cell -> [Row] in
            if let error = cell.error { return [Row(workload: workload.name, engine: cell.engine, error: error)] }
            return Metric.allCases.compactMap { metric in
                guard let statistics = cell.statistics(metric) else { return nil }
                let best = natives.compactMap { native in native.statistics(metric).map { (native, $0.median) } }.min {
                    $0.1 < $1.1
                }
                return Row(
                    workload: workload.name, engine: cell.engine, metric: metric, statistics,
                    ratioToNative: best.map { cell.ratio(to: $0.0, metric) ?? statistics.median / $0.1 })
            }
        }
    }
}
