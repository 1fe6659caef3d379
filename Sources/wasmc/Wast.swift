import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Wast: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run test scripts; the exit status is 1 when an assertion fails.")

    @Argument(help: "Scripts: .wast.") var files: [PathName]
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var engine: EngineOptions

    func run() throws {
        var mode = Mode(optimization: engine.optimization, memory: engine.memory)
        mode.features = engine.features.features
        mode.relaxedSIMD = engine.relaxedSimd
        let report = SuiteReport(
            try files.map { ScriptReport(running: try ModuleFile.bytes($0), file: $0.description, mode: mode) })
        try Output.print(json ? try report.json() : report.table())
        if report.failed > 0 { throw ArgumentParser.ExitCode.failure }
    }
}
