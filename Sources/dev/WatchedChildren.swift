import ArgumentParser
import Foundation

/// Children that compile and run modules by their numbers: one that crashes is a finding, and the next one goes on
/// with the number after it.
struct WatchedChildren {
    /// The hidden command and its arguments, without the numbers.
    let command: [String]
    /// The seed of module 0.
    let seed: UInt64
    let count: Int
    let tally: LoopTally

    /// Runs all modules.
    ///
    /// - Parameter end: The number of modules.
    func run(end: UInt64) {
        DispatchQueue.concurrentPerform(iterations: max(1, count)) { worker in
            var next: UInt64? = UInt64(worker)
            while let first = next, first < end, !tally.isOver {
                next = child(first: first, end: end)
            }
        }
    }

    /// Runs a child, and returns the module to go on with when it ended before its time.
    private func child(first: UInt64, end: UInt64) -> UInt64? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        process.arguments = command + ["--first", "\(first)", "--end", "\(end)", "--stride", "\(max(1, count))"]
        process.standardOutput = pipe
        // What crashed is said here; a backtrace takes seconds.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        do { try process.run() } catch {
            tally.add("\(error)", isCrash: true)
            return nil
        }
        // A child may hang without using its time.
        let stop = DispatchWorkItem { process.terminate() }
        defer { stop.cancel() }
        if let end = tally.end {
            DispatchQueue.global().asyncAfter(wallDeadline: .now() + end.timeIntervalSinceNow, execute: stop)
        }
        var at: (module: UInt64?, place: String) = (nil, "")
        var rest: [UInt8] = []
        while case let more = pipe.fileHandleForReading.availableData, !more.isEmpty {
            rest += more
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<newline], as: UTF8.self)
                rest.removeFirst(newline + 1)
                switch LoopEvent(line: line) {
                case .at(let module, let place)?:
                    at = (module, place)
                    tally.note(place)
                case .done(let numbers)?: tally.add(numbers)
                case nil: tally.add(line, isCrash: false)
                }
            }
            if tally.isOver {
                process.terminate()
                break
            }
        }
        process.waitUntilExit()
        if tally.isOver { return nil }
        if process.terminationStatus == 0, process.terminationReason == .exit { return nil }
        let how = process.terminationReason == .uncaughtSignal ? "signal" : "status"
        let place = at.module.map { "seed \(seed &+ $0)" } ?? "before the first module"
        tally.add("\(place): the child ended with \(how) \(process.terminationStatus) \(at.place)\n", isCrash: true)
        // A child that cannot even begin would not the next time.
        return at.module.map { $0 + UInt64(max(1, count)) }
    }
}

/// Which modules or programs are a child's.
struct ChildNumbers: ParsableArguments {
    @Option(help: "The first one's number.") var first: UInt64
    @Option(help: "Where to stop.") var end: UInt64
    @Option(help: "From one number to the next.") var stride: UInt64 = 1

    var all: StrideTo<UInt64> { Swift.stride(from: first, to: end, by: Int(stride)) }
}
