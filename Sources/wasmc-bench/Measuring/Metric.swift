/// What is measured. Raw values are the names in results.
enum Metric: String, Codable, CaseIterable {
    /// A call of the kernel.
    case run
    /// From bytes to code that can be run, in wall time.
    case compile
    /// The same, in CPU time of all threads.
    case compileCPU = "compile-cpu"
    /// Bytes of WebAssembly compiled in a second of CPU time.
    case compileRate = "compile-rate"
    /// From compiled code to an instance.
    case instantiate
    /// The process's greatest resident memory.
    case peakMemory = "peak-memory"
    /// Bytes of the executable or of the compiled module's file.
    case artifactSize = "artifact-size"

    var unit: String {
        switch self {
        case .run, .compile, .compileCPU: "ms"
        case .compileRate: "MB/s"
        case .instantiate: "µs"
        case .peakMemory: "MB"
        case .artifactSize: "KB"
        }
    }

    /// How many of the driver's units (nanoseconds, bytes) make one of these.
    var scale: Double {
        switch self {
        case .run, .compile, .compileCPU, .peakMemory: 1e6
        case .instantiate, .artifactSize, .compileRate: 1e3
        }
    }

    var isBetterWhenGreater: Bool { self == .compileRate }
}
