import ArgumentParser

/// An engine that the user names: a command that runs a WASI program with arguments.
struct TemplateEngine: Peer {
    let name: String
    private let command: String

    /// Reads `name=command {wasm}`; the command goes to the shell, arguments are appended.
    init(argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].contains("{wasm}") else {
            throw ValidationError("--engine takes 'name=command {wasm}', found '\(argument)'")
        }
        name = parts[0]
        command = parts[1]
    }

    var runsWasm: Bool { true }

    func version(_ builder: Builder) throws -> String {
        let program = String(command.prefix { $0 != " " })
        guard try Command(["sh", "-c", "command -v \(program)"]).status == 0 else {
            throw Failure("\(program) is not installed")
        }
        return Command.firstLine([program, "--version"]) ?? "unknown"
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation {
        let wasm = try builder.wasm(workload, simd: simd)
        let quoted = "'" + wasm.replacing("'", with: #"'\''"#) + "'"
        return Preparation(
            command: ["sh", "-c", command.replacing("{wasm}", with: quoted) + " \"$@\"", name],
            wasmByteCount: Builder.byteCount(wasm))
    }
}
