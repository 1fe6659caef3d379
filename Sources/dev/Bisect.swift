public import ArgumentParser
import Foundation
public import WasmEngine
import WasmSpec

struct Bisect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Name the function whose optimised code does something else than its code at O0.",
        discussion: """
            Calls every exported function once with fixed arguments; imported functions are logged and return fixed \
            values. Exits with 1 when a function was found.
            """)

    @Argument(help: "A module in the binary format.") var file: String
    @Option(name: .customShort("O", allowingJoined: true), help: "The level: 1, 2 or 3.") var level = 2
    @Option(help: "checked or guarded.") var memory = Engine.MemoryProtection.checked

    func run() throws {
        guard let optimization = OptimizationLevel(rawValue: "O\(level)"), optimization != .none else {
            throw ValidationError("-O takes 1, 2 or 3, not \(level)")
        }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw ValidationError("\(file): cannot be read")
        }
        let mode = Mode(optimization: optimization, memory: memory)
        guard let found = try Bisection(of: Array(bytes), mode: mode) else {
            print("every function does the same at \(mode) as at O0")
            return
        }
        let name = try Module(bytes: Array(bytes)).names.functions[found.function].map { " $\($0)" } ?? ""
        print(
            """
            function \(found.function)\(name) differs at \(mode)
              line \(found.line): O0 gives    \(found.expected)
              line \(found.line): \(mode) gives \(found.found)
            """)
        throw ExitCode.failure
    }
}

extension Engine.MemoryProtection: ExpressibleByArgument {}
