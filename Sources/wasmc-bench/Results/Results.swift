import Foundation

/// Everything that one run of the harness found.
struct Results: Codable {
    var rows: [Row] = []
    /// By engine and metric: of `ratioToNative` for `run` and `run-program`, of `value` for the others.
    var geomeans: [String: [String: Double]] = [:]
    var versions: [String: String] = [:]
    /// Engines that were asked for and are not on this machine, with the reason.
    var missing: [String: String] = [:]
    var settings: [String: String]
    var machine: [String: String] = Self.thisMachine

    init(settings: [String: String]) { self.settings = settings }

    init(contentsOf path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(path): the file cannot be read")
        }
        do {
            self = try JSONDecoder().decode(Results.self, from: data)
        } catch {
            throw Failure("\(path): the file is no saved result of wasmc-bench")
        }
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }

    /// Fills in the geometric means.
    mutating func summarize() {
        for engine in Set(rows.map(\.engine)) {
            for metric in Metric.allCases {
                let values = rows.filter { $0.engine == engine && $0.metric == metric }
                    .compactMap { metric.isRunTime ? $0.ratioToNative : $0.value }
                geomeans[engine, default: [:]][metric.rawValue] = Statistics.geometricMean(values)
            }
        }
    }

    /// Engines in the order in which they ran.
    var engines: [String] { rows.reduce(into: []) { if !$0.contains($1.engine) { $0.append($1.engine) } } }
    var workloads: [String] { rows.reduce(into: []) { if !$0.contains($1.workload) { $0.append($1.workload) } } }

    /// Of a kernel or a program.
    func runTime(_ workload: String, _ engine: String) -> Row? {
        row(workload, engine, .run) ?? row(workload, engine, .programRun)
    }

    func row(_ workload: String, _ engine: String, _ metric: Metric) -> Row? {
        rows.first { $0.workload == workload && $0.engine == engine && $0.metric == metric }
    }

    private static var thisMachine: [String: String] {
        func field(_ file: String, _ name: String) -> String? {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        var machine = [
            "processors": "\(ProcessInfo.processInfo.activeProcessorCount)",
            "system": ProcessInfo.processInfo.operatingSystemVersionString,
            "date": Date.now.formatted(.iso8601),
        ]
        machine["processor"] = field("/proc/cpuinfo", "model name")
        machine["memory"] = field("/proc/meminfo", "MemTotal")
        machine["load"] = try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines)
        return machine
    }
}
