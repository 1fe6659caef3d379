import ArgumentParser
import Foundation
import Synchronization
import Wasm

struct Cache: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Damage the cache in every way, and see that programs run.",
        discussion: """
            Every run of a program must have the right result and at most one warning, and one file must remain in the \
            cache. Trials that need root are left out without it. Exits with 1 when something went wrong.
            """)

    @Option(help: "How many runs are killed.") var kills = 200
    @Option(help: "How many bits are flipped, one at a time.") var flips = 10_000
    @Option(help: ArgumentHelp("Truncates to every so many bytes.", valueName: "bytes")) var step = 1
    @Option(help: "How often all processes start at the same time.") var rounds = 100
    @Option(help: "How many processes start at the same time.") var processes = 16
    @Option(help: "The command `wasmc`; by default the one beside this command.") var wasmc: String?
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount

    func run() throws {
        var isGood = true
        func report(_ name: String, _ tally: CacheTrial.Tally, _ note: String = "") {
            print("\(name): \(tally.description)\(note)")
            isGood = isGood && tally.isGood
        }
        let (killed, interrupted) = try kill()
        report(interrupted.counted("run") + " killed at random points", killed)
        isGood = isGood && interrupted == kills
        let (flipped, replaced) = try flip()
        report(flips.counted("flipped bit"), flipped, ", \(replaced) replaced")
        report("truncated every \(step.counted("byte"))", try truncate())
        for (name, tally) in try stand() + directories() { report(name, tally) }
        report("\(processes.counted("process", plural: "processes")) at once, \(rounds.counted("time"))", try race())
        if !isGood { throw ExitCode.failure }
    }

    private func withTrial<Value>(_ body: (inout CacheTrial) throws -> Value) throws -> Value {
        let own = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        let beside = own.deletingLastPathComponent().appending(path: "wasmc").path(percentEncoded: false)
        var trial = try CacheTrial(wasmc: wasmc ?? beside)
        defer { trial.remove() }
        return try body(&trial)
    }

    /// Divides numbers among threads, each with a cache of its own that has its entry.
    private func spread(_ count: Int, _ body: @Sendable (inout CacheTrial, Int, Data) throws -> Bool) throws -> (
        CacheTrial.Tally, Int
    ) {
        let total = Mutex<(tally: CacheTrial.Tally, counted: Int, error: (any Error)?)>((.init(), 0, nil))
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { worker in
            do {
                try withTrial { trial in
                    try trial.check()
                    let good = try Data(contentsOf: URL(filePath: trial.entry))
                    var counted = 0
                    for number in stride(from: worker, to: count, by: max(1, threads))
                    where try body(&trial, number, good) { counted += 1 }
                    let tally = trial.tally
                    total.withLock { $0 = ($0.tally + tally, $0.counted + counted, $0.error) }
                }
            } catch {
                total.withLock { $0.error = error }
            }
        }
        let (tally, counted, error) = total.withLock { $0 }
        if let error { throw error }
        return (tally, counted)
    }

    // MARK: Trials

    private func kill() throws -> (CacheTrial.Tally, Int) {
        try withTrial { trial in
            var longest = 1_000_000.0
            var interrupted = 0
            for _ in 0..<kills * 20 where interrupted < kills {
                try? FileManager.default.removeItem(atPath: trial.entry)
                let start = ContinuousClock.now
                let victim = try trial.start()
                usleep(UInt32.random(in: 0...UInt32(longest)))
                Glibc.kill(victim.processIdentifier, SIGKILL)
                victim.waitUntilExit()
                // A run that was not killed says how long one takes.
                if victim.terminationReason == .uncaughtSignal {
                    interrupted += 1
                } else {
                    longest = max(1_000, min(longest, (ContinuousClock.now - start) / .microseconds(1)) * 0.95)
                }
                try trial.check()
            }
            return (trial.tally, interrupted)
        }
    }

    private func flip() throws -> (CacheTrial.Tally, Int) {
        try spread(flips) { trial, _, good in
            var changed = good
            changed[Int.random(in: 0..<good.count)] ^= 1 << UInt8.random(in: 0..<8)
            try Self.overwrite(trial.entry, with: changed)
            try trial.check()
            let isReplaced = try Data(contentsOf: URL(filePath: trial.entry)) == good
            if !isReplaced { try Self.overwrite(trial.entry, with: good) }
            return isReplaced
        }
    }

    private func truncate() throws -> CacheTrial.Tally {
        let byteCount = try withTrial { trial in
            try trial.check()
            return try Data(contentsOf: URL(filePath: trial.entry)).count
        }
        return try spread((byteCount + step - 1) / step) { trial, number, good in
            try Self.overwrite(trial.entry, with: good.prefix(number * step))
            try trial.check()
            return true
        }.0
    }

    /// What may be in an entry's place.
    private func stand() throws -> [(String, CacheTrial.Tally)] {
        let places: [(String, (CacheTrial, Data) throws -> Void)] = [
            ("a FIFO in an entry's place", { trial, _ in _ = mkfifo(trial.cache + "/taken", 0o600) }),
            ("a link to an endless file", { trial, _ in _ = symlink("/dev/zero", trial.cache + "/taken") }),
            ("an empty file", { trial, _ in try Self.overwrite(trial.cache + "/taken", with: Data()) }),
            (
                "another version's file",
                { trial, good in
                    var changed = good
                    changed[1024 + 8] += 1
                    try Self.overwrite(trial.cache + "/taken", with: changed)
                }
            ),
            (
                "another architecture's file",
                { trial, _ in
                    for target in ["aarch64-linux-gnu", "x86_64-linux-gnu"] {
                        let file = trial.folder.appending(path: target).path(percentEncoded: false)
                        let compiled = try execute(
                            [trial.wasmc, "compile", "--target", target, "-o", file, trial.module], output: nil)
                        guard compiled.terminationStatus == 0 else {
                            throw ValidationError("no module was made for \(target)")
                        }
                        let description = try execute(["readelf", "-h", file], output: nil)
                        guard description.terminationStatus == 0 else {
                            throw ValidationError("no ELF file was made for \(target)")
                        }
                        let machine = try Data(contentsOf: URL(filePath: file))
                        if machine[18] != Self.machine { try Self.overwrite(trial.cache + "/taken", with: machine) }
                    }
                }
            ),
        ]
        return try places.map { name, place in
            (
                name,
                try withTrial { trial in
                    try trial.check()
                    let entry = trial.entry
                    let good = try Data(contentsOf: URL(filePath: entry))
                    unlink(entry)
                    try place(trial, good)
                    rename(trial.cache + "/taken", entry)
                    try trial.check()
                    guard try Data(contentsOf: URL(filePath: entry)) == good else {
                        throw ValidationError("\(name) stayed")
                    }
                    return trial.tally
                }
            )
        }
    }

    /// Where the cache may be; what the kernel does not let others do is done as root, in a mount namespace of its own.
    private func directories() throws -> [(String, CacheTrial.Tally)] {
        func mounted(_ options: String, fill: Int? = nil) throws -> CacheTrial.Tally {
            try withTrial { trial in
                let filler =
                    fill.map { "head -c $((1048576 - \($0) * 4096)) /dev/zero >\"$0/filler\" 2>/dev/null;" } ?? ""
                let script = "mount -t tmpfs -o \(options),mode=700 cache \"$0\" || exit 1; \(filler) exec \"$@\""
                try FileManager.default.createDirectory(atPath: trial.cache, withIntermediateDirectories: true)
                for _ in 0..<2 {
                    try trial.check(prefix: ["unshare", "-m", "sh", "-c", script, trial.cache], countsFiles: false)
                }
                return trial.tally
            }
        }
        func directory(_ change: (CacheTrial) throws -> Void) throws -> CacheTrial.Tally {
            try withTrial { trial in
                try change(trial)
                for _ in 0..<2 { try trial.check(countsFiles: false) }
                return trial.tally
            }
        }
        let open = try directory { trial in
            try FileManager.default.createDirectory(atPath: trial.cache, withIntermediateDirectories: true)
            chmod(trial.cache, 0o777)
        }
        let file = try directory { try Self.overwrite($0.cache, with: Data("no directory".utf8)) }
        guard geteuid() == 0 else {
            return [("a directory that others may write to", open), ("a file for a directory", file)]
        }
        return [
            ("a directory that others may write to", open), ("a file for a directory", file),
            (
                "another user's directory",
                try directory { trial in
                    try FileManager.default.createDirectory(atPath: trial.cache, withIntermediateDirectories: true)
                    chown(trial.cache, 65_534, 65_534)
                }
            ),
            ("a read-only file system", try mounted("ro")),
            (
                "a full disk of 1 MiB, 0 to 7 pages free",
                try (0..<8).map { try mounted("size=1m", fill: $0) }.reduce(.init(), +)
            ),
        ]
    }

    private func race() throws -> CacheTrial.Tally {
        try withTrial { trial in
            for round in 0..<rounds {
                switch round % 3 {
                case 0: try? FileManager.default.removeItem(atPath: trial.entry)
                case 1: try Self.overwrite(trial.entry, with: Data("damaged".utf8))
                default: break
                }
                let started = try (0..<processes).map { try trial.start(errors: "errors-\($0)") }
                for (number, process) in started.enumerated() { try trial.finish(process, errors: "errors-\(number)") }
                trial.tally.files.insert(trial.files.count)
            }
            return trial.tally
        }
    }

    #if arch(x86_64)
        private static let machine: UInt8 = 62
    #else
        private static let machine: UInt8 = 183
    #endif

    /// In place, for this user alone.
    private static func overwrite(_ path: String, with bytes: Data) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(file) }
        guard file >= 0, bytes.withUnsafeBytes({ Glibc.write(file, $0.baseAddress, $0.count) }) == bytes.count else {
            throw CocoaError(.fileWriteUnknown)
        }
    }
}
