import ArgumentParser
import Foundation
import WasmEngine

/// What a WASI program sees of the host: nothing but the standard streams, unless it is said here.
struct WASIOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A host directory that the program sees under a name of its own; with :ro it can change nothing in it. \
            Programs made by Go look for absolute names: give them .::/ instead of a relative name.
            """,
            valueName: "host::guest[:ro]"))
    var dir: [String] = []

    @Option(
        help: ArgumentHelp(
            "An environment variable of the program; without a value, this process's.", valueName: "NAME[=VALUE]"))
    var env: [String] = []

    @Flag(
        help:
            """
            Give the program all environment variables of this process; a name that --env gives is not taken from \
            them.
            """
    )
    var inheritEnv = false

    @Option(
        help: ArgumentHelp(
            """
            A file of environment variables of the program, a line each, NAME=VALUE or NAME; lines that start with # \
            are skipped. A name that --env gives is not taken from it.
            """,
            valueName: "file"))
    var envFile: [PathName] = []

    @Option(help: ArgumentHelp("The file that the program reads as its standard input.", valueName: "file"))
    var stdin: PathName?

    @Option(help: "What the program finds as its own name, its first argument; by default the module's path.")
    var argv0: String?

    @Option(
        help: ArgumentHelp(
            """
            A TCP address on which the program accepts connections, through a descriptor of its own: the first such \
            option's is 3. Directories come after them.
            """,
            valueName: "host:port"))
    var tcplisten: [String] = []

    /// - Parameters: as bytes with a NUL at the end, which need not be UTF-8.
    func wasi(program: [CChar], arguments: [[CChar]]) throws -> WASI {
        var input = WASI.Input.inherited
        if let stdin {
            let file = open(stdin.bytes, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure("\(stdin): \(ModuleFile.reason(errno))") }
            input = .descriptor(file)
        }
        // The context keeps a duplicate.
        defer { if case .descriptor(let file) = input { close(file) } }
        let directories = try dir.map(Directory.init)
        let sockets = try tcplisten.map { try ListeningSocket($0).descriptor }
        defer { for socket in sockets { close(socket) } }
        let wasi = try WASI(stdin: input, sockets: sockets)
        for directory in directories {
            try wasi.preopen(
                host: directory.host.bytes, guest: directory.guest.bytes, isReadOnly: directory.isReadOnly)
        }
        for argument in [argv0.map(RawArguments.bytes) ?? program] + arguments { try wasi.add(argument: argument) }
        for variable in try variables() { try wasi.add(variable: variable) }
        return wasi
    }

    /// Of two values for one name the last counts, as `env` has it.
    private func variables() throws -> [[CChar]] {
        let own = RawArguments.environment
        var chosen: [(name: ArraySlice<CChar>, variable: [CChar]?)] = []
        let ofFiles = try envFile.flatMap(EnvironmentFile.variables)
        for bytes in ofFiles + env.map(RawArguments.bytes) {
            let name = Self.name(bytes)
            guard !name.isEmpty else {
                throw ValidationError("--env takes NAME=VALUE or NAME, found '\(bytes.pathText)'")
            }
            let isWhole = name.count < bytes.count - 1
            chosen.removeAll { $0.name == name }
            chosen.append((name, isWhole ? bytes : own.first { Self.name($0) == name }))
        }
        let inherited = inheritEnv ? own.filter { variable in !chosen.contains { $0.name == Self.name(variable) } } : []
        return inherited.sorted { Self.name($0).lexicographicallyPrecedes(Self.name($1)) }
            + chosen.compactMap(\.variable)
    }

    private static func name(_ variable: [CChar]) -> ArraySlice<CChar> {
        variable.prefix { $0 != 0 && $0 != CChar(bitPattern: UInt8(ascii: "=")) }
    }
}
