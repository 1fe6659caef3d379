/// What one process told: the guest on standard output, drivers and `measure` on standard error.
struct Sample {
    var values: [Metric: Double]
    /// Empty for a workload without one.
    var checksum = ""

    /// Drivers' names for metrics.
    private static let names: [String: Metric] = [
        "compile": .compile, "compile-cpu": .compileCPU, "instantiate": .instantiate, "host-to-guest": .hostToGuest,
        "guest-to-host": .guestToHost, "longest-pause": .longestPause, "peak": .peakMemory, "artifact": .artifactSize,
        "load": .load,
        "load-verified": .verifiedLoad,
        "instantiate-pooled": .pooledInstantiate, "instantiate-data": .dataInstantiate,
        "instantiate-data-pooled": .pooledDataInstantiate,
    ]

    /// - Throws: ``Failure`` when the process failed or its calls do not agree.
    init(_ command: Command, of kind: Workload.Kind, wasmByteCount: Int?) throws {
        guard command.status == 0 else {
            throw Failure(
                "exit status \(command.status): \(command.errors.split(separator: "\n").first ?? "no message")")
        }
        let told = DriverLine.values(command.errors)
        values = [:]
        for (name, value) in told {
            if let metric = Self.names[name] { values[metric] = value / metric.scale }
        }
        if let cpu = told["compile-cpu"], cpu > 0, let wasmByteCount {
            values[.compileRate] = Double(wasmByteCount) / cpu * Metric.compileRate.scale
        }
        switch kind {
        case .precompiledStartUp: values[.precompiledStartUp] = told["wall"].map { $0 / Metric.startUp.scale }
        case .validation:
            guard let time = told["validation"], time > 0, let wasmByteCount else { throw Failure("no time was told") }
            values[.validationRate] = Double(wasmByteCount) / time * Metric.validationRate.scale
        case .startUp: values[.startUp] = told["wall"].map { $0 / Metric.startUp.scale }
        case .kernel: values[.run] = try readCalls(command.output) / Metric.run.scale
        case .program: values[.programRun] = try readCalls(command.output) / Metric.programRun.scale
        case .bare(let module):
            let time = try readCalls(command.output)
            if let operations = module.operations {
                values[.operation] = time / operations / Metric.operation.scale
            } else {
                values[.run] = time / Metric.run.scale
            }
        case .loading: break
        case .start:
            let metrics: [(String, Metric)] = [
                ("first-output", .firstOutput), ("wall", .programEnd), ("cpu", .programCPU),
            ]
            for (name, metric) in metrics { values[metric] = told[name].map { $0 / metric.scale } }
            values[.compile] = nil
        case .calls: _ = try readCalls(command.output)
        }
    }

    /// Reads a line for each call: nanoseconds and checksum.
    ///
    /// - Returns: the least time. The first call does not count, which also pays for pages that were never touched.
    private mutating func readCalls(_ output: String) throws -> Double {
        let calls = try output.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let time = Double(words[0]) else { throw Failure("unexpected output '\(line)'") }
            return (time, words[1])
        }
        guard let first = calls.first else { throw Failure("no output") }
        guard calls.allSatisfy({ $0.1 == first.1 }) else { throw Failure("the checksum differs from call to call") }
        checksum = String(first.1)
        return calls.dropFirst().map(\.0).min() ?? first.0
    }
}
