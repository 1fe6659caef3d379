/// Something that runs workloads.
protocol Peer {
    var name: String { get }
    /// `false` for native builds, with which all others are compared.
    var runsWasm: Bool { get }
    /// Whether it knows the instructions of -msimd128.
    var runsVectors: Bool { get }

    /// The version that is on this machine.
    ///
    /// - Throws: ``Failure`` saying what is missing.
    func version(_ builder: Builder) throws -> String

    /// Builds what can be built before the workload runs.
    ///
    /// - Returns: `nil` when this engine has no way to run such a workload.
    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation?
}

extension Peer {
    var runsWasm: Bool { true }
    var runsVectors: Bool { runsWasm }
}

/// A workload that an engine can run.
struct Preparation {
    /// The workload's own arguments are added at its end.
    var command: [String]
    var wasmByteCount: Int?
    /// What was measured before the workload runs. Belongs to the first sample, which is taken right after.
    var costs: [Metric: Double] = [:]

    init(command: [String], wasm: String? = nil) {
        self.command = command
        wasmByteCount = wasm.flatMap(Builder.byteCount)
    }

    /// The costs of an executable that was built: `artifact` by `steps`. Without a step of this run it has no compile
    /// time.
    mutating func built(_ artifact: String, _ steps: [Builder.Cost?]) {
        costs[.artifactSize] = Builder.byteCount(artifact).map { Double($0) / Metric.artifactSize.scale }
        let done = steps.compactMap(\.self)
        guard done.count == steps.count else { return }
        let cpu = done.map(\.cpu).reduce(0, +)
        costs[.compile] = done.map(\.wall).reduce(0, +) / Metric.compile.scale
        costs[.compileCPU] = cpu / Metric.compileCPU.scale
        costs[.compileRate] = wasmByteCount.map { Double($0) / cpu * Metric.compileRate.scale }
    }
}

/// An engine that runs builds with -msimd128.
struct VectorBuild: Peer {
    let engine: any Peer

    var name: String { engine.name + "+simd" }

    func version(_ builder: Builder) throws -> String { try engine.version(builder) }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        workload.kind.isCalled ? try engine.prepare(workload, builder, simd: true) : nil
    }
}
