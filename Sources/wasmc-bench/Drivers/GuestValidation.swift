import ArgumentParser
import Foundation
import WasmEngine

/// What decoding and validating a module costs in wasmc, on one thread: the least of many times.
struct GuestValidation: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure decoding and validation in wasmc.", shouldDisplay: false)

    @OptionGroup var settings: EngineSettings
    @Argument var file: String
    @Argument var milliseconds: Int

    func run() throws {
        let bytes = try settings.contents(of: file)
        let whole = Stopwatch()
        var least = Double.infinity
        repeat {
            let stopwatch = Stopwatch()
            guard try Module(bytes: bytes).bytes.count == bytes.count else { throw Failure("the module is not whole") }
            least = min(least, stopwatch.elapsed)
        } while whole.elapsed < Double(milliseconds) * 1e6
        Stopwatch.reportMedian("validation", of: [least])
    }
}
