/// What one process told: the guest on standard output, drivers and `measure` on standard error.
struct Sample {
    var values: [Metric: Double]
    var checksum: String

    /// Drivers' names for metrics.
    private static let names: [String: Metric] = [
        "compile": .compile, "compile-cpu": .compileCPU, "instantiate": .instantiate, "peak": .peakMemory,
        "artifact": .artifactSize,
    ]

    /// - Throws: ``Failure`` when the process failed or its calls do not agree.
    init(_ command: Command, wasmByteCount: Int?) throws {
        guard command.status == 0 else {
            throw Failure(
                "exit status \(command.status): \(command.errors.split(separator: "\n").first ?? "no message")")
        }
        values = [:]
        for (name, value) in DriverLine.values(command.errors) {
            if let metric = Self.names[name] { values[metric] = value / metric.scale }
        }
        if let cpu = values[.compileCPU], cpu > 0, let wasmByteCount {
            values[.compileRate] = Double(wasmByteCount) / 1e6 / (cpu / 1e3)
        }
        let calls = try command.output.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let time = Double(words[0]) else { throw Failure("unexpected output '\(line)'") }
            return (time, words[1])
        }
        guard let first = calls.first else { throw Failure("no output") }
        guard calls.allSatisfy({ $0.1 == first.1 }) else { throw Failure("the checksum differs from call to call") }
        checksum = String(first.1)
        // The first call also pays for pages that were never touched.
        values[.run] = (calls.dropFirst().map(\.0).min() ?? first.0) / Metric.run.scale
    }
}
