/// The same source, compiled natively.
struct NativeBuild: Peer {
    let name: String
    /// As -march takes it.
    let architecture: String

    var runsWasm: Bool { false }

    func version(_ builder: Builder) throws -> String {
        guard let version = Command.firstLine(["clang-22", "--version"]) else {
            throw Failure("clang-22 is not installed")
        }
        let source = try builder.probeSource()
        guard
            try Command(["clang-22", "-march=\(architecture)", source, "-o", "\(builder.scratch)/probe-\(name)"]).status
                == 0,
            try Command(["\(builder.scratch)/probe-\(name)"]).status == 0
        else { throw Failure("this machine does not run code for \(architecture)") }
        return version
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        guard workload.isInC, ![.calls, .validation, .loading].contains(workload.kind) else { return nil }
        let output = try builder.path(workload, ".\(name)")
        let cost = try builder.build(
            output, inputs: workload.sources, isMeasured: true,
            ["clang-22", "-march=\(architecture)"] + Builder.commonFlags + builder.program(workload) + [
                "-o", output, "-lm",
            ])
        var preparation = Preparation(command: [output])
        preparation.built(output, [cost])
        return preparation
    }
}
