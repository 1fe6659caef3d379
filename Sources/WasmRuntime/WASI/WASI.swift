internal import CRuntime
internal import Glibc
internal import Wasm

/// A WASI preview 1 context: what a program is given. Two contexts in one process share nothing.
///
/// Nothing of the host is visible but what is listed here. A context is used by one thread at a time, as a store is;
/// its descriptors stay open until it is freed, or the program closes them.
///
/// ```swift
/// let output = WASI.OutputBuffer()
/// var imports = Imports()
/// imports.define(try WASI(
///     arguments: ["program"], preopens: [.init(host: "data", guest: "/", isReadOnly: true)], stdin: .empty,
///     stdout: .buffer(output)))
/// let exit = try program.instantiate(imports: imports).runCommand()
/// print("status", exit.status, "after", output.bytes.count, "bytes")
/// ```
public final class WASI {
    /// A host directory that the guest sees under a name of its own.
    public struct Preopen: Sendable {
        /// The directory's path on this machine.
        public var host: String
        /// The program's name for it.
        public var guest: String
        /// The program may read what is beneath the directory and change nothing; trying is "read-only file system".
        public var isReadOnly: Bool
        /// What the host's directory lives as long as.
        var folder: MemoryFolder?

        /// A directory under the program's name for it.
        public init(host: String, guest: String, isReadOnly: Bool = false) {
            self.host = host
            self.guest = guest
            self.isReadOnly = isReadOnly
        }

        /// A folder in memory, under a name.
        public init(_ folder: MemoryFolder, guest: String, isReadOnly: Bool = false) {
            self.init(host: folder.path, guest: guest, isReadOnly: isReadOnly)
            self.folder = folder
        }
    }

    /// Why a context could not be made.
    public struct SetupError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, for people.
        public var description: String
    }

    let context: OpaquePointer
    /// What C code points at through the context.
    private var kept: [AnyObject] = []

    /// A context that gives a program this, and nothing else.
    ///
    /// - Parameters:
    ///   - arguments: the program's name first.
    ///   - preopens: get the descriptors from 3 on, in this order.
    ///   - sockets: host sockets, listening or connected, that get the descriptors after those. They are duplicated;
    ///     the program cannot make others, but accept on them. A listening one on which others accept, too, should
    ///     have `O_NONBLOCK`: else a program whose connection another took waits for the next beyond its deadline.
    ///   - clock: what the program takes for the time; the machine's clocks if nil.
    ///   - random: where the program's random bytes come from; the kernel if nil.
    ///   - descriptorLimit: the most descriptors that the program may have open at once. All programs of a process
    ///     together get no more than three quarters of its own (`ulimit -n`): beyond, they are told that too many files
    ///     are open.
    /// - Throws: ``SetupError`` when a directory cannot be opened, a descriptor is not open, a string holds a NUL or
    ///   the name of a variable a `=`.
    public init(
        arguments: [String] = [], environment: [(name: String, value: String)] = [], preopens: [Preopen] = [],
        stdin: Input = .inherited, stdout: Output = .inherited, stderr: Output = .inherited, sockets: [Int32] = [],
        clock: Clock? = nil, random: (any RandomNumberGenerator)? = nil, descriptorLimit: Int = 4096
    ) throws(SetupError) {
        guard let context = wasmc_wasi_create() else {
            throw SetupError(description: "no memory is left for a WASI context")
        }
        self.context = context
        wasmc_wasi_set_descriptor_limit(context, UInt32(clamping: descriptorLimit))
        if let clock { wasmc_wasi_set_clock(context, keep(clock.boxed)) }
        if let random { wasmc_wasi_set_random(context, keep(RandomBox(random))) }
        for argument in arguments {
            try Self.check(argument)
            guard wasmc_wasi_add_argument(context, argument) else { throw SetupError(description: "no memory is left") }
        }
        for (name, value) in environment {
            try Self.check(name + value)
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
                throw SetupError(
                    description:
                        "\"\(name)\" cannot be the name of an environment variable: it is empty or holds an equals sign"
                )
            }
            guard wasmc_wasi_add_variable(context, "\(name)=\(value)") else {
                throw SetupError(description: "no memory is left")
            }
        }
        if case .descriptor(let file) = stdin { try Self.requireOpen(file, "stdin") }
        if case .descriptor(let file) = stdout { try Self.requireOpen(file, "stdout") }
        if case .descriptor(let file) = stderr { try Self.requireOpen(file, "stderr") }
        try add(stdin.source(inherited: 0))
        try add(stdout.source(inherited: 1))
        try add(stderr.source(inherited: 2))
        for preopen in preopens {
            try Self.check(preopen.host + preopen.guest)
            try open(preopen)
        }
        for socket in sockets { try Self.requireOpen(socket, "sockets") }
        for socket in sockets { try add(.descriptor(socket, canRead: true, canWrite: true)) }
    }

    deinit { wasmc_wasi_destroy(context) }

    private func open(_ preopen: Preopen) throws(SetupError) {
        let isOpen: Bool
        if let folder = preopen.folder {
            isOpen = wasmc_wasi_preopen_folder(context, folder.folder, preopen.guest, preopen.isReadOnly)
            kept.append(folder)
        } else {
            isOpen = wasmc_wasi_preopen(context, preopen.host, preopen.guest, preopen.isReadOnly)
        }
        if !isOpen { throw Self.obstacle(toOpening: preopen.host, errno) }
    }

    static func obstacle(toOpening directory: String, _ reason: Int32) -> SetupError {
        let advice =
            switch reason {
            case ENOENT: "; make it first, or name one that is there"
            case ENOTDIR: "; name the directory that holds it"
            case EACCES: "; this process must be allowed to read it"
            case EMFILE: "; its descriptorLimit or the process's (ulimit -n) must be higher"
            default: ""
            }
        let text = String(cString: strerror(reason)) + advice
        return SetupError(description: "the directory '\(directory)' cannot be opened for the program: \(text)")
    }

    private func add(_ source: StreamSource) throws(SetupError) {
        let added =
            switch source {
            case .descriptor(let file, let canRead, let canWrite): wasmc_wasi_add_file(context, file, canRead, canWrite)
            case .implemented(let box): wasmc_wasi_add_stream(context, keep(box))
            }
        guard added else {
            throw SetupError(
                description:
                    """
                    no descriptor is left for a stream: its descriptorLimit or that of this process (ulimit -n) is \
                    reached
                    """
            )
        }
    }

    private func keep<Box: BoxedForC>(_ box: Box) -> Box.Interface {
        kept.append(box)
        return box.interface
    }

    /// A stream that this process was started without is empty for the program; a descriptor that the host names has to
    /// be open.
    private static func requireOpen(_ file: Int32, _ parameter: String) throws(SetupError) {
        guard fcntl(file, F_GETFD) < 0 else { return }
        throw SetupError(description: "\(parameter): this process has no open descriptor \(file)")
    }

    private static func check(_ text: String) throws(SetupError) {
        if text.utf8.contains(0) {
            throw SetupError(description: "an argument, variable or path holds a NUL character")
        }
    }
}

/// A host object behind functions that C calls.
protocol BoxedForC: AnyObject {
    associatedtype Interface
    /// Valid as long as the object.
    var interface: Interface { get }
}

extension BoxedForC {
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static func from(_ context: UnsafeMutableRawPointer?) -> Self? {
        context.map { Unmanaged<Self>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Imports {
    /// Defines the functions of `wasi_snapshot_preview1`, and of `wasi_unstable`, which old programs import, on a
    /// context.
    public mutating func define(_ wasi: WASI) {
        for (name, function) in WASI.functions {
            let implementation = HostFunction.Implementation.c(
                function.callback, userData: UnsafeMutableRawPointer(wasi.context), owner: wasi)
            definitions[name] = .host(HostFunction(type: function.type, implementation: implementation))
        }
    }
}
