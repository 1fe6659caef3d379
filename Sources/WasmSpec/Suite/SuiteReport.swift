public import Foundation

/// What came of several scripts in several modes.
public struct SuiteReport: Sendable, Codable {
    public var files: Int
    public var commands: Int
    public var assertions: Int
    public var passed: Int
    public var failed: Int
    public var skipped: Int
    /// A row for every file and mode.
    public var results: [ScriptReport]

    public init(_ results: [ScriptReport]) {
        self.results = results
        files = Set(results.map(\.file)).count
        commands = results.reduce(0) { $0 + $1.commands }
        assertions = results.reduce(0) { $0 + $1.assertions }
        passed = results.reduce(0) { $0 + $1.passed }
        failed = results.reduce(0) { $0 + $1.failed }
        skipped = results.reduce(0) { $0 + $1.skipped }
    }

    /// The scripts beneath a folder, by path relative to it, in order.
    public static func scripts(in folder: String) -> [String] {
        var paths: [String] = []
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where path.hasSuffix(".wast") {
            paths.append(path)
        }
        return paths.sorted()
    }

    /// Runs scripts in all of the modes, on several threads.
    public init(
        scripts: [String], in folder: String, modes: [Mode], knownFailures: KnownFailures = KnownFailures(),
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        let work = WorkList(scripts.flatMap { script in modes.map { (script, $0) } })
        let group = DispatchGroup()
        for _ in 0..<max(1, threadCount) {
            group.enter()
            let thread = Thread {
                while let (script, mode) = work.next() {
                    let bytes = FileManager.default.contents(atPath: "\(folder)/\(script)").map(Array.init)
                    work.append(
                        ScriptReport(running: bytes ?? [], file: script, mode: mode, knownFailures: knownFailures))
                }
                group.leave()
            }
            // LLVM recurses over what it compiles.
            thread.stackSize = 64 << 20
            thread.start()
        }
        group.wait()
        self.init(work.reports.sorted { ($0.file, $0.mode) < ($1.file, $1.mode) })
    }

    /// The report as JSON.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The report as a table, then the failures.
    public func table(failureLimit: Int = .max) -> String {
        func row(_ columns: [String]) -> String {
            let widths = [48, 12, 10, 8, 8, 8, 10, 8]
            return zip(columns, widths).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
                .joined(separator: " ")
        }
        var lines = [row(["file", "mode", "commands", "passed", "failed", "skipped", "assertions", "seconds"])]
        for result in results {
            lines.append(
                row([
                    result.file, result.mode, "\(result.commands)", "\(result.passed)", "\(result.failed)",
                    "\(result.skipped)", "\(result.assertions)", String(format: "%.2f", result.seconds),
                ]))
        }
        for (mode, results) in Dictionary(grouping: results, by: \.mode).sorted(by: { $0.key < $1.key }) {
            let total = SuiteReport(results)
            lines.append(
                row([
                    "\(total.files) files", mode, "\(total.commands)", "\(total.passed)", "\(total.failed)",
                    "\(total.skipped)", "\(total.assertions)",
                    String(format: "%.2f", results.reduce(0) { $0 + $1.seconds }),
                ]))
        }
        let failures = results.flatMap { result in
            result.failures.map { "\(result.file):\($0.line): \(result.mode): \($0.message)\n    \($0.text)" }
        }
        lines += failures.prefix(failureLimit)
        if failures.count > failureLimit { lines.append("... and \(failures.count - failureLimit) more failures") }
        return lines.joined(separator: "\n")
    }
}

/// Scripts to run and the reports of those that ran, shared by the threads.
private final class WorkList: @unchecked Sendable {
    // Unchecked: every access is under the lock.
    private let lock = NSLock()
    private var items: ArraySlice<(String, Mode)>
    private var finished: [ScriptReport] = []

    init(_ items: [(String, Mode)]) { self.items = items[...] }

    func next() -> (String, Mode)? { lock.withLock { items.popFirst() } }
    func append(_ report: ScriptReport) { lock.withLock { finished.append(report) } }
    var reports: [ScriptReport] { lock.withLock { finished } }
}
