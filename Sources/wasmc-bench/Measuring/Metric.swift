/// What is measured. Raw values are the names in results.
enum Metric: String, Codable, CaseIterable {
    /// A call of the kernel.
    case run
    /// The same of a real program's.
    case programRun = "run-program"
    /// From bytes to code that can be run, in wall time.
    case compile
    /// The same, in CPU time of all threads.
    case compileCPU = "compile-cpu"
    /// Bytes of WebAssembly compiled in a second of CPU time.
    case compileRate = "compile-rate"
    /// An operation of a kernel that does many alike.
    case operation
    /// A process that compiles and runs a program that does nothing.
    case startUp = "start-up"
    /// A process that runs it from what was compiled before.
    case precompiledStartUp = "start-up-precompiled"
    /// From the start of a large program's process to its first output, and to its end; and the CPU time of all that.
    case firstOutput = "first-output"
    case programEnd = "program-end"
    case programCPU = "program-cpu"
    /// Bytes of WebAssembly decoded and validated in a second by one thread.
    case validationRate = "validation-rate"
    /// From compiled code to an instance with a memory of 16 pages, one of many.
    case instantiate
    /// The same with `Engine.Options.instancePool`.
    case pooledInstantiate = "instantiate-pooled"
    /// From compiled code to an instance whose memory begins with 10 MB of data, one of many.
    case dataInstantiate = "instantiate-data"
    case pooledDataInstantiate = "instantiate-data-pooled"
    /// From an artifact of more than 5 MB in a file to compiled code; and with its checksum compared.
    case load
    case verifiedLoad = "load-verified"
    /// A call of an exported function that adds two numbers.
    case hostToGuest = "host-to-guest"
    /// A call of an imported function that adds two numbers.
    case guestToHost = "guest-to-host"
    /// The process's greatest resident memory.
    case peakMemory = "peak-memory"
    /// How long the collector of objects stopped the guest, at most.
    case longestPause = "longest-pause"
    /// Bytes of the executable or of the compiled module's file.
    case artifactSize = "artifact-size"

    /// For people.
    var title: String {
        switch self {
        case .run: "Run time"
        case .programRun: "Run time, real programs"
        case .compile: "Compile time"
        case .compileCPU: "Compile time, CPU"
        case .compileRate: "Compile rate"
        case .operation: "An operation"
        case .startUp: "Start-up"
        case .precompiledStartUp: "Start-up, precompiled"
        case .firstOutput: "Programs, first output"
        case .programEnd: "Programs, end"
        case .programCPU: "Programs, CPU"
        case .validationRate: "Validation, one thread"
        case .instantiate: "Instantiation"
        case .pooledInstantiate: "Instantiation, pooled"
        case .dataInstantiate: "Instantiation, 10 MB of data"
        case .pooledDataInstantiate: "Instantiation, 10 MB of data, pooled"
        case .load: "Loading 5 MB"
        case .verifiedLoad: "Loading 5 MB, verified"
        case .hostToGuest: "Call, host to guest"
        case .guestToHost: "Call, guest to host"
        case .peakMemory: "Peak memory"
        case .longestPause: "Longest pause for objects"
        case .artifactSize: "Artifact size"
        }
    }

    var unit: String {
        switch self {
        case .run, .programRun, .compile, .compileCPU, .startUp, .precompiledStartUp, .firstOutput, .programEnd,
            .programCPU, .longestPause:
            "ms"
        case .compileRate, .validationRate: "MB/s"
        case .instantiate, .pooledInstantiate, .dataInstantiate, .pooledDataInstantiate, .load, .verifiedLoad: "µs"
        case .hostToGuest, .guestToHost, .operation: "ns"
        case .peakMemory: "MB"
        case .artifactSize: "KB"
        }
    }

    /// How many of the driver's units (nanoseconds, bytes, bytes a nanosecond) make one of these.
    var scale: Double {
        switch self {
        case .run, .programRun, .compile, .compileCPU, .startUp, .precompiledStartUp, .firstOutput, .programEnd,
            .programCPU, .peakMemory, .longestPause:
            1e6
        case .instantiate, .pooledInstantiate, .dataInstantiate, .pooledDataInstantiate, .load, .verifiedLoad,
            .artifactSize,
            .compileRate, .validationRate:
            1e3
        case .hostToGuest, .guestToHost, .operation: 1
        }
    }

    /// Whether native code has it, too, so that the ratio to that is what tells.
    var isRunTime: Bool { self == .run || self == .programRun }

    var isBetterWhenGreater: Bool { self == .compileRate || self == .validationRate }
}
