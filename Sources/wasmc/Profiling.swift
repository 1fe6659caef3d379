import ArgumentParser
import WasmEngine

/// What the compiler is told of earlier runs.
struct ProfileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Arrange the code by what `wasmc run --profile-generate` counted; only speed changes.", valueName: "file"))
    var profileUse: PathName?

    /// - Throws: ``Failure`` for what is no profile.
    func profile() throws -> ExecutionProfile? {
        try profileUse.map { try Self.profile($0, text: ModuleFile.bytes($0)) }
    }

    static func profile(_ path: PathName, text: [UInt8]) throws -> ExecutionProfile {
        do throws(ExecutionProfile.Malformed) { return try ExecutionProfile(text: text) } catch {
            throw Failure("\(path): \(error)")
        }
    }
}

/// Counts what a program does, and writes it to a file when it has ended, together with what the file has.
struct ProfileRecorder {
    private let file: OutputFile
    private let counters: ExecutionCounters
    private let earlier: ExecutionProfile?

    /// - Throws: ``Failure`` where the file cannot be written, or has something else.
    init(_ path: PathName, of module: WasmEngine.Module, inputs: [PathName]) throws {
        file = try OutputFile(path, inputs: inputs)
        earlier = try file.contents.flatMap { try $0.isEmpty ? nil : ProfileOptions.profile(path, text: $0) }
        if let earlier, !earlier.isOf(module) {
            throw Failure("\(path): this is the profile of another module; name another file, or remove this one")
        }
        guard let counters = ExecutionCounters(for: module) else {
            throw Failure("\(path): there is no memory for a counter for each byte of the module")
        }
        self.counters = counters
        // Threads of the guest may count until the process has ended.
        _ = Unmanaged.passRetained(counters)
    }

    /// Has code count, and no other take its place.
    func instrument(_ options: inout Engine.Options) {
        options.counters = counters
        options.optimization = .none
        options.cache = nil
        options.tiering = nil
    }

    func write() throws {
        try file.write((earlier.map { counters.profile.adding($0) } ?? counters.profile).text)
    }
}
