import Foundation
import Synchronization
import Wasm

/// A line of a child to `dev loops`; every other line is what differs.
enum LoopEvent {
    /// The module's number, and its mode.
    case at(UInt64, String)
    /// Calls, traps, exhaustions, modes, and 1 when something differed.
    case done([Int])

    init?(line: String) {
        if line.hasPrefix("@done "), case let numbers = line.dropFirst(6).split(separator: " ").compactMap({ Int($0) }),
            numbers.count == 5
        {
            self = .done(numbers)
        } else if line.hasPrefix("@at "), case let fields = line.dropFirst(4).split(separator: " ", maxSplits: 1),
            let module = fields.first.flatMap({ UInt64($0) })
        {
            self = .at(module, fields.count > 1 ? "in \(fields[1])" : "")
        } else {
            return nil
        }
    }

    var line: String {
        switch self {
        case .at(let module, let place): "@at \(module) \(place)"
        case .done(let numbers): "@done \(numbers.map { "\($0)" }.joined(separator: " "))"
        }
    }
}

/// What all children did.
final class LoopTally: Sendable {
    struct Numbers {
        var modules = 0
        var runs = 0
        var calls = 0
        var traps = 0
        var exhaustions = 0
        var differing = 0
        var crashes = 0
        /// What children said of where they were: the modes.
        var places: Set<String> = []
    }

    private let numbers = Mutex(Numbers())
    let end: Date?

    init(end: Date?) { self.end = end }

    var total: Numbers { numbers.withLock { $0 } }
    var isOver: Bool { end.map { Date() >= $0 } ?? false }

    func add(_ done: [Int]) {
        let modules = numbers.withLock { numbers in
            numbers.modules += 1
            numbers.calls += done[0] * done[3]
            numbers.traps += done[1] * done[3]
            numbers.exhaustions += done[2] * done[3]
            numbers.runs += done[3]
            numbers.differing += done[4]
            return numbers.modules
        }
        if isatty(2) == 1 { FileHandle.standardError.write(Data("\r\(modules.counted("module"))".utf8)) }
    }

    func note(_ place: String) { numbers.withLock { _ = $0.places.insert(place) } }

    func add(_ finding: String, isCrash: Bool) {
        numbers.withLock { numbers in
            if isCrash { numbers.crashes += 1 }
            print(finding)
            fflush(nil)
        }
    }
}

/// Says what a child is about to do, and ends the process by a signal when it takes so many seconds of processor time.
func reportToParent(_ event: LoopEvent, seconds: Int) {
    print(event.line)
    fflush(nil)
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
}
