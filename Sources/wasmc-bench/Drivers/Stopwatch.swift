import Foundation

/// Wall and CPU time since it was made, in nanoseconds.
struct Stopwatch {
    private let wallStart = Self.now(CLOCK_MONOTONIC)
    private let cpuStart = Self.now(CLOCK_PROCESS_CPUTIME_ID)

    var elapsed: Double { Self.now(CLOCK_MONOTONIC) - wallStart }

    /// Writes the lines that ``DriverLine`` reads.
    func report(_ name: String) {
        let wall = elapsed
        let cpu = Self.now(CLOCK_PROCESS_CPUTIME_ID) - cpuStart
        Self.write("bench \(name) \(Int(wall))\nbench \(name)-cpu \(Int(cpu))\n")
    }

    static func report(_ name: String, _ value: Int) { write("bench \(name) \(value)\n") }

    /// Writes the median of `samples`, each of which took `count` steps.
    static func reportMedian(_ name: String, of samples: [Double], count: Int = 1) {
        guard let statistics = Statistics(samples) else { return }
        write("bench \(name) \(statistics.median / Double(count))\n")
    }

    private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
