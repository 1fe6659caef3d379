import ArgumentParser
import Foundation
import WasmEngine

/// What a WASI program sees of the host: nothing but the standard streams, unless it is said here.
struct WorldOptions: ParsableArguments {
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

    @Option(help: ArgumentHelp("The file that the program reads as its standard input.", valueName: "file"))
    var stdin: PathName?

    /// - Parameters: as bytes with a NUL at the end, which need not be UTF-8.
    func world(program: [CChar], arguments: [[CChar]]) throws -> WASI {
        var input = WASI.Input.inherited
        if let stdin {
            let file = open(stdin.bytes, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure("\(stdin): \(ModuleFile.reason(errno))") }
            input = .descriptor(file)
        }
        // The world keeps a duplicate.
        defer { if case .descriptor(let file) = input { close(file) } }
        let directories = try dir.map(Directory.init)
        let world = try WASI(stdin: input)
        for directory in directories {
            try world.preopen(
                host: directory.host.bytes, guest: directory.guest.bytes, isReadOnly: directory.isReadOnly)
        }
        for argument in [program] + arguments { try world.add(argument: argument) }
        for variable in try variables() { try world.add(variable: variable) }
        return world
    }

    /// Of two values for one name the last counts, as `env` has it.
    private func variables() throws -> [[CChar]] {
        let own = RawArguments.environment
        var chosen: [(name: ArraySlice<CChar>, variable: [CChar]?)] = []
        for text in env {
            let bytes = RawArguments.bytes(of: text)
            let name = Self.name(bytes)
            guard !name.isEmpty else {
                throw ValidationError("--env takes NAME=VALUE or NAME, found '\(RawArguments.shown(text))'")
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
