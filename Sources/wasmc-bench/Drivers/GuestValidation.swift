import ArgumentParser
import Foundation
import WasmEngine

/// What decoding and validating a module costs in wasmc, on one thread: the least of many times.
struct GuestValidation: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure decoding and validation in wasmc.", shouldDisplay: false)

    @OptionGroup var settings: EngineSettings
    @Argument var file: String

    func run() throws {
        let bytes = try settings.contents(of: file)
        let samples = try (0..<20).map { _ in
            let stopwatch = Stopwatch()
            guard try Module(bytes: bytes).bytes.count == bytes.count else { throw Failure("the module is not whole") }
            return stopwatch.elapsed
        }
        Stopwatch.reportMedian("validation", of: [samples.min() ?? 0])
    }
}
