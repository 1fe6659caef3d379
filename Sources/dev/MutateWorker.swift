import ArgumentParser
import Foundation
import WasmEngine

/// The child of `dev mutate`: a line for each module as soon as its verdict is known, so that what stops it is the next
/// one.
struct MutateWorker: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Argument(help: "The modules.") var file: String
    @Option(help: "The first module's index.") var first = 0

    func run() throws {
        var options = Engine.Options(optimization: .none)
        options.cache = nil
        // What the oracle has, too.
        options.features.remove(.legacyExceptions)
        let engine = Engine(options: options)
        for module in try ModuleFile(url: URL(filePath: file)).read().dropFirst(first) {
            limitProcessorTime(seconds: 2)
            let (verdict, message) = verdict(on: module, engine)
            print("\(verdict.rawValue) \(peakKibibytes) \(message.split(separator: "\n").joined(separator: " "))")
            fflush(nil)
        }
    }

    private func verdict(on bytes: [UInt8], _ engine: Engine) -> (Verdict, String) {
        do {
            _ = try engine.compile(Module(bytes: bytes, features: engine.options.features))
            return (.valid, "")
        } catch let error as ModuleError {
            return (error.kind == .limit ? .limited : .refused, "\(error)")
        } catch {
            return (.uncompiled, "\(error)")
        }
    }

    private var peakKibibytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    /// The signal that ends the process when one module takes longer.
    private func limitProcessorTime(seconds: Int) {
        var timer = itimerval()
        timer.it_value.tv_sec = seconds
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    }
}
