/// Something that runs workloads.
protocol Peer {
    var name: String { get }
    /// `false` for native builds, with which all others are compared.
    var runsWasm: Bool { get }

    /// The version that is on this machine.
    ///
    /// - Throws: ``Failure`` saying what is missing.
    func version(_ builder: Builder) throws -> String

    /// Builds what can be built before the workload runs.
    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation
}

extension Peer {
    func prepare(_ workload: Workload, _ builder: Builder) throws -> Preparation {
        try prepare(workload, builder, simd: false)
    }
}

/// A workload that an engine can run.
struct Preparation {
    /// The workload's own arguments are added at its end.
    var command: [String]
    var wasmByteCount: Int?
    /// What was measured before the workload runs.
    var costs: [Metric: Double] = [:]
}

/// An engine that runs builds with -msimd128.
struct VectorBuild: Peer {
    let engine: any Peer

    var name: String { engine.name + "+simd" }
    var runsWasm: Bool { true }

    func version(_ builder: Builder) throws -> String { try engine.version(builder) }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation {
        try engine.prepare(workload, builder, simd: true)
    }
}
