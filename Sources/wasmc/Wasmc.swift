import ArgumentParser
import Foundation
import WasmEngine

@main
struct Wasmc: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wasmc",
        abstract: "Compile WebAssembly to native code with LLVM, and run it.",
        discussion: """
            Exit status: the guest's own from `run`; 134 when the guest traps; 125 when it runs out of points; 124 \
            when its time is over; 130 after Ctrl-C; 1 when a file cannot be read, is not a valid module, or cannot be \
            linked; 64 for unusable arguments.
            """,
        version: Engine.compilerDescription,
        subcommands: [
            Run.self, Compile.self, Build.self, Validate.self, Inspect.self, Verify.self, Cache.self, Wast.self,
        ])

    static func main() {
        // Every compilation runs in a process of its own, which is this executable, too.
        CompilerWorker.serveIfStarted()
        CodeProvider.serveIfStarted()
        Output.reserveStreams()
        let arguments = RawArguments.strings.map { $0 == "-V" && CommandLine.argc == 2 ? "--version" : $0 }
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            leave(error)
        }
    }

    /// As ArgumentParser ends a command, but a message that standard output does not take is an error.
    private static func leave(_ error: any Error) -> Never {
        let status = exitCode(for: error)
        let message = withoutFarSuggestion(fullMessage(for: error))
        if status == .success, !message.isEmpty {
            do { try Output.print(message) } catch { leave(error) }
        } else if !message.isEmpty {
            Output.note(message + "\n")
        }
        Foundation.exit(status.rawValue)
    }

    /// "Did you mean '--dir'?" for `--foo` helps nobody: a suggestion shares more than half of its letters.
    private static func withoutFarSuggestion(_ message: String) -> String {
        guard let match = message.firstMatch(of: /Unknown option '--?([^']+)'\. (Did you mean '--?([^']+)'\?)/),
            distance(Array(match.1), Array(match.3)) * 2 > min(match.1.count, match.3.count)
        else { return message }
        return message.replacingOccurrences(of: " " + match.2, with: "")
    }

    /// How many letters have to be inserted, deleted or replaced.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
