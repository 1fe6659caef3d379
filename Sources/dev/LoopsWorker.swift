import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

/// The child of `dev loops`: it says what it is about to compile, so that what ends the process is known.
struct LoopsWorker: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @OptionGroup var options: LoopOptions
    @OptionGroup var numbers: ChildNumbers

    func run() throws {
        if options.yielding { setenv("WASMC_YIELD_STRESS", "1", 1) }
        let reference: LoopNestComparison.Reference? =
            options.compileOnly
            ? nil
            : options.oracle == .wasmtime
                ? .wasmtime(try Wasmtime())
                : .mode(Mode(optimization: .none, memory: .checked, isMetered: options.metered))
        for number in numbers.all {
            let seed = options.seed &+ number
            let module = options.module(seed)
            let modes = options.modes(seed)
            var done = [0, 0, 0, modes.count, 0]
            do {
                if let reference {
                    let comparison = try LoopNestComparison(of: module, reference: reference, modes: modes) {
                        reportToParent(.at(number, "\($0)"), seconds: 60)
                    }
                    done[0...2] = [comparison.calls, comparison.traps, comparison.exhaustions]
                    if !comparison.differences.isEmpty {
                        done[4] = 1
                        print("seed \(seed): \(comparison.differences.joined(separator: "\nalso "))\n")
                    }
                } else {
                    for mode in modes {
                        reportToParent(.at(number, "\(mode)"), seconds: 60)
                        try module.compile(in: mode)
                    }
                }
            } catch {
                done[4] = 1
                print("seed \(seed): \(error)\n")
            }
            print(LoopEvent.done(done).line)
            fflush(nil)
        }
    }
}
