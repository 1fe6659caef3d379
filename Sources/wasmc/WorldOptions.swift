import ArgumentParser
import Foundation
import WasmEngine

/// What a WASI program sees of the host: nothing but the standard streams, unless it is said here.
struct WorldOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A host directory that the program sees under a name of its own; with :ro it can change nothing in it. Programs made by Go look for absolute names: give them .::/ instead of a relative name.",
            valueName: "host::guest[:ro]"))
    var dir: [String] = []

    @Option(
        help: ArgumentHelp(
            "An environment variable of the program; without a value, this process's.", valueName: "NAME[=VALUE]"))
    var env: [String] = []

    @Flag(help: "Give the program all environment variables of this process; a name that --env gives is not taken from them.")
    var inheritEnv = false

    @Option(help: ArgumentHelp("The file that the program reads as its standard input.", valueName: "file"))
    var stdin: String?

    func world(arguments: [String]) throws -> WASI {
        var input = WASI.Input.inherited
        if let stdin {
            let file = open(stdin, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure("\(stdin): \(String(cString: strerror(errno)))") }
            input = .descriptor(file)
        }
        // The world keeps a duplicate.
        defer { if case .descriptor(let file) = input { close(file) } }
        let preopens = try dir.map(Directory.init).map { WASI.Preopen(host: $0.host, guest: $0.guest, isReadOnly: $0.isReadOnly) }
        return try WASI(arguments: arguments, environment: try environment(), preopens: preopens, stdin: input)
    }

    private func environment() throws -> [(name: String, value: String)] {
        let own = ProcessInfo.processInfo.environment
        let named = try env.map { try variable($0, own) }
        let inherited = inheritEnv ? own.filter { variable in !named.contains { $0.name == variable.key } } : [:]
        return inherited.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
            + named.compactMap { name, value in value.map { (name: name, value: $0) } }
    }

    private func variable(_ text: String, _ own: [String: String]) throws -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (text, own[text]) }
        guard equals != text.startIndex else {
            throw ValidationError("--env takes NAME=VALUE or NAME, found '\(text)'")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
