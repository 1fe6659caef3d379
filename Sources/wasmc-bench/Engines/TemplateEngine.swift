import ArgumentParser

/// An engine that is a command which runs a WASI program with arguments.
struct TemplateEngine: Peer {
    let name: String
    let runsVectors: Bool
    private let command: String

    /// The command goes to the shell, with arguments appended.
    init(name: String, command: String, runsVectors: Bool = true) {
        self.name = name
        self.command = command
        self.runsVectors = runsVectors
    }

    /// Reads `name=command {wasm}`.
    init(argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].contains("{wasm}") else {
            throw ValidationError("--engine takes 'name=command {wasm}', found '\(argument)'")
        }
        self.init(name: parts[0], command: parts[1])
    }

    func version(_ builder: Builder) throws -> String {
        let program = String(command.prefix { $0 != " " })
        guard try Command(["sh", "-c", "command -v \(program)"]).status == 0 else {
            throw Failure("\(program) is not installed")
        }
        return Command.firstLine([program, "--version"]) ?? "unknown"
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        guard workload.kind.isCalled || workload.kind == .startUp else { return nil }
        let wasm = try builder.wasm(workload, simd: simd)
        let quoted = "'" + wasm.replacing("'", with: #"'\''"#) + "'"
        let line = command.replacing("{wasm}", with: quoted) + " \"$@\""
        return Preparation(command: ["sh", "-c", line, name], wasm: wasm)
    }
}
