import Foundation
import Wasm
import WasmText

/// A program, a cache of its own, and what became of running it.
struct CacheTrial {
    /// What the runs of one kind came to.
    struct Tally {
        var runs = 0
        var wrong = 0
        var crashes = 0
        var mostWarnings = 0
        var files: Set<Int> = []

        var isGood: Bool { runs > 0 && wrong == 0 && crashes == 0 && mostWarnings <= 1 && files.isSubset(of: [1]) }

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(
                runs: left.runs + right.runs, wrong: left.wrong + right.wrong, crashes: left.crashes + right.crashes,
                mostWarnings: max(left.mostWarnings, right.mostWarnings), files: left.files.union(right.files))
        }

        var description: String {
            let left = files.isEmpty ? "" : ", \(files.sorted().map(String.init).joined(separator: " or ")) file left"
            return "\(runs.counted("run")), \(runs - wrong) right, \(crashes) crashed, "
                + "at most \(mostWarnings.counted("warning"))\(left)"
        }
    }

    private static let status: Int32 = 42
    private static let text = """
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory 1) (data (i32.const 0) "\\2a")
          (func (export "_start") (call $exit (i32.load8_u (i32.const 0)))))
        """

    let folder: URL
    let wasmc: String
    var tally = Tally()

    /// - Parameter wasmc: the command to run.
    init(wasmc: String) throws {
        self.wasmc = wasmc
        folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-cache-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(WasmText.parse(Array(Self.text.utf8))).write(to: folder.appending(path: "module.wasm"))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    var module: String { folder.appending(path: "module.wasm").path(percentEncoded: false) }
    var cache: String { folder.appending(path: "cache").path(percentEncoded: false) }
    /// What the cache's directory holds.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? [] }
    /// The only entry's path, once there is one.
    var entry: String { cache + "/" + (files.first ?? "none") }

    /// Starts the program, with `prefix` in front of the command; its warnings go to the file `errors`.
    func start(prefix: [String] = [], errors: String = "errors") throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["WASMC_CACHE=" + cache] + prefix + [wasmc, "run", module]
        let file = folder.appending(path: errors)
        _ = FileManager.default.createFile(atPath: file.path(percentEncoded: false), contents: nil)
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = handle
        try process.run()
        return process
    }

    /// Waits for the program, for a minute at most, and counts what it did.
    mutating func finish(_ process: Process, errors: String = "errors") throws {
        let end = ContinuousClock.now + .seconds(60)
        while process.isRunning, .now < end { usleep(500) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        let warnings = try String(contentsOf: folder.appending(path: errors), encoding: .utf8).split(separator: "\n")
        tally.runs += 1
        if process.terminationReason == .uncaughtSignal { tally.crashes += 1 }
        if process.terminationStatus != Self.status {
            tally.wrong += 1
            print("status \(process.terminationStatus): \(warnings.joined(separator: "\n"))")
        }
        tally.mostWarnings = max(tally.mostWarnings, warnings.count)
    }

    /// One run to its end, after which `fileCount` files are in the cache.
    mutating func check(prefix: [String] = [], countsFiles: Bool = true) throws {
        try finish(try start(prefix: prefix))
        if countsFiles { tally.files.insert(files.count) }
    }
}
