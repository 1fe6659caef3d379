internal import WasmEngine

/// A WASI context: what a program is given.
public final class WASIBridgeToHost {
    /// A directory of the host's, or one of a ``MemoryFileSystem``, that the program sees under a name of its own.
    public struct Preopen: Sendable {
        /// The program's name for it.
        public let guestPath: String
        /// The host's name for it.
        public let hostPath: String

        /// A directory under two names.
        public init(guestPath: String, hostPath: String) {
            self.guestPath = guestPath
            self.hostPath = hostPath
        }

        static func list(_ directories: [String: String]) -> [Preopen] {
            directories.sorted { $0.key < $1.key }.map { Preopen(guestPath: $0.key, hostPath: $0.value) }
        }
    }

    /// Which files a program is given.
    public struct FileSystemOptions {
        var memory: MemoryFileSystem?
        var preopens: [Preopen] = []
        var stdio: (stdin: CInt, stdout: CInt, stderr: CInt) = (0, 1, 2)

        /// Directories of the host's, which ``withPreopens(_:)`` names.
        public static func host() -> FileSystemOptions { FileSystemOptions() }

        /// Files in memory.
        public static func memory(_ fileSystem: MemoryFileSystem) -> FileSystemOptions {
            FileSystemOptions(memory: fileSystem)
        }

        /// With these descriptors for the standard streams.
        public func withStdio(
            stdin: some RawRepresentable<CInt> = HostDescriptor.standardInput,
            stdout: some RawRepresentable<CInt> = HostDescriptor.standardOutput,
            stderr: some RawRepresentable<CInt> = HostDescriptor.standardError
        ) -> FileSystemOptions {
            var options = self
            options.stdio = (stdin.rawValue, stdout.rawValue, stderr.rawValue)
            return options
        }

        /// With these descriptors for the standard streams: what `.init(rawValue: 3)` in a call means.
        public func withStdio(
            stdin: HostDescriptor = .standardInput, stdout: HostDescriptor = .standardOutput,
            stderr: HostDescriptor = .standardError
        ) -> FileSystemOptions {
            var options = self
            options.stdio = (stdin.rawValue, stdout.rawValue, stderr.rawValue)
            return options
        }

        /// With these directories, which get the descriptors from 3 on.
        public func withPreopens(_ preopens: [Preopen]) -> FileSystemOptions {
            var options = self
            options.preopens = preopens
            return options
        }
    }

    private let wasi: WASI

    /// A context of the host's files.
    ///
    /// - Parameters:
    ///   - args: the program's name first.
    ///   - preopens: directories of the host's; they get the descriptors from 3 on.
    ///   - stdin: a descriptor, as the following ones: ``HostDescriptor`` or swift-system's. They are duplicated.
    ///   - wallClock, monotonicClock, randomGenerator: what the program takes for the time, and for random bytes.
    /// - Throws: ``WASIError`` when something cannot be opened.
    public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [Preopen] = [],
        stdin: some RawRepresentable<CInt> = HostDescriptor.standardInput,
        stdout: some RawRepresentable<CInt> = HostDescriptor.standardOutput,
        stderr: some RawRepresentable<CInt> = HostDescriptor.standardError,
        wallClock: any WallClock = SystemWallClock(), monotonicClock: any MonotonicClock = SystemMonotonicClock(),
        randomGenerator: any RandomBufferGenerator = SystemRandomNumberGenerator()
    ) throws {
        try self.init(
            args: args, environment: environment,
            fileSystem: .host().withStdio(stdin: stdin, stdout: stdout, stderr: stderr).withPreopens(preopens),
            wallClock: wallClock, monotonicClock: monotonicClock, randomGenerator: randomGenerator)
    }

    /// As above: what `.init(rawValue: 3)` in a call means.
    ///
    /// - Throws: ``WASIError`` when something cannot be opened.
    public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [Preopen] = [],
        stdin: HostDescriptor = .standardInput, stdout: HostDescriptor = .standardOutput,
        stderr: HostDescriptor = .standardError, wallClock: any WallClock = SystemWallClock(),
        monotonicClock: any MonotonicClock = SystemMonotonicClock(),
        randomGenerator: any RandomBufferGenerator = SystemRandomNumberGenerator()
    ) throws {
        try self.init(
            args: args, environment: environment,
            fileSystem: .host().withStdio(stdin: stdin, stdout: stdout, stderr: stderr).withPreopens(preopens),
            wallClock: wallClock, monotonicClock: monotonicClock, randomGenerator: randomGenerator)
    }

    /// As above, with host directories by the program's name for them, in alphabetical order of these.
    ///
    /// - Throws: ``WASIError`` when something cannot be opened.
    @_disfavoredOverload public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [String: String] = [:],
        stdin: some RawRepresentable<CInt> = HostDescriptor.standardInput,
        stdout: some RawRepresentable<CInt> = HostDescriptor.standardOutput,
        stderr: some RawRepresentable<CInt> = HostDescriptor.standardError
    ) throws {
        try self.init(
            args: args, environment: environment, preopens: Preopen.list(preopens), stdin: stdin, stdout: stdout,
            stderr: stderr)
    }

    /// As above: what `.init(rawValue: 3)` in a call means.
    ///
    /// - Throws: ``WASIError`` when something cannot be opened.
    @_disfavoredOverload public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [String: String] = [:],
        stdin: HostDescriptor = .standardInput, stdout: HostDescriptor = .standardOutput,
        stderr: HostDescriptor = .standardError
    ) throws {
        try self.init(
            args: args, environment: environment, preopens: Preopen.list(preopens), stdin: stdin, stdout: stdout,
            stderr: stderr)
    }

    /// A context of these files.
    ///
    /// - Throws: ``WASIError`` when something cannot be opened.
    public init(
        args: [String] = [], environment: [String: String] = [:], fileSystem options: FileSystemOptions,
        wallClock: any WallClock = SystemWallClock(), monotonicClock: any MonotonicClock = SystemMonotonicClock(),
        randomGenerator: any RandomBufferGenerator = SystemRandomNumberGenerator()
    ) throws {
        let preopens = try options.preopens.map { preopen in
            guard let memory = options.memory else {
                return WASI.Preopen(host: preopen.hostPath, guest: preopen.guestPath)
            }
            return try memory.preopen(preopen.guestPath)
        }
        // The kernel fills buffers without help.
        let random = randomGenerator is SystemRandomNumberGenerator ? nil : BufferNumbers(generator: randomGenerator)
        wasi = try WASIError.wrap { () throws(WASI.SetupError) in
            try WASI(
                arguments: args,
                environment: environment.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
                preopens: preopens, stdin: .descriptor(options.stdio.stdin), stdout: .descriptor(options.stdio.stdout),
                stderr: .descriptor(options.stdio.stderr), clock: WASI.Clock(wallClock, monotonicClock), random: random)
        }
    }

    /// Defines WASI's functions.
    public func link(to imports: inout Imports, store: Store) { imports.definitions.define(wasi) }

    /// Runs a program: calls its `_start`.
    ///
    /// - Returns: the program's exit code.
    /// - Throws: ``Trap``, ``WasmKitException``, a host function's error, or ``WASIError`` when there is no `_start`.
    public func start(_ instance: Instance) throws -> UInt32 {
        guard instance.exports[function: "_start"] != nil else {
            throw WASIError(description: "the module exports no function _start, so it is a library and no program")
        }
        return try translatingErrors { UInt32(bitPattern: try instance.instance.runCommand().code) }
    }

    /// Initializes a library: calls its `_initialize`, if it has one.
    ///
    /// - Throws: ``Trap``, ``WasmKitException``, or a host function's error.
    public func initialize(_ instance: Instance) throws {
        try translatingErrors { try instance.instance.initializeReactor() }
    }

    /// Has nothing to do: what the program has opened is closed with it.
    public func close() throws {}
}

/// What a file of a ``MemoryFileSystem`` holds.
public enum FileContent: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// What a descriptor of the host's gives. WasmKit has such files; there are none here.
    case handle(HostDescriptor)
}

/// Files in memory, for programs that must not see the host's.
public final class MemoryFileSystem {
    private let folder: WASI.MemoryFolder

    /// An empty file system.
    ///
    /// - Throws: ``WASIError`` when the kernel has no room for it.
    public init() throws { folder = try WASIError.wrap { () throws(WASI.SetupError) in try WASI.MemoryFolder() } }

    /// Adds a file; the directories in its path are made.
    ///
    /// - Throws: ``WASIError`` when it cannot be written.
    public func addFile(at path: String, content: some Sequence<UInt8>) throws {
        try WASIError.wrap { () throws(WASI.SetupError) in
            try folder.write(Array(content), to: Self.relative(path))
        }
    }

    /// Adds a file of text.
    ///
    /// - Throws: ``WASIError`` when it cannot be written.
    public func addFile(at path: String, content: String) throws { try addFile(at: path, content: content.utf8) }

    /// What a file holds now.
    ///
    /// - Throws: ``Trap`` when there is no such file.
    public func getFile(at path: String) throws -> FileContent {
        guard let bytes = folder.contents(of: Self.relative(path)) else {
            throw Trap(reason: .message("the file system has no file \(path)"))
        }
        return .bytes(bytes)
    }

    fileprivate func preopen(_ guestPath: String) throws -> WASI.Preopen {
        guard Self.relative(guestPath).isEmpty else {
            throw Trap(
                reason: .message("a program gets a MemoryFileSystem as a whole: preopen \"/\", not \"\(guestPath)\""))
        }
        return WASI.Preopen(folder, guest: guestPath)
    }

    private static func relative(_ path: String) -> String { String(path.drop { $0 == "/" }) }
}
