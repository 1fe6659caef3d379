import Foundation
import WasmEngine

/// A line that says how far a compilation is; nothing where standard error is no terminal.
enum CompileProgress {
    /// Compilations that are done sooner show nothing.
    private static let delay = Duration.seconds(1)

    /// Compiles with a progress line, and says which functions were left unoptimised.
    ///
    /// - Parameter deadline: when to give up.
    static func show<Result>(
        for module: Module, until deadline: ContinuousClock.Instant? = nil,
        _ compile: (CompilationMonitor) throws -> Result
    ) rethrows -> Result {
        let isShown = isatty(STDERR_FILENO) == 1
        let start = ContinuousClock.now
        let monitor = CompilationMonitor(deadline: deadline) { progress in
            let elapsed = ContinuousClock.now - start
            if isShown, elapsed > delay { write("\r\u{1B}[K" + line(progress, after: elapsed)) }
        }
        defer {
            if isShown { write("\r\u{1B}[K") }
            for crash in monitor.crashes {
                let what = crash.function.map { name($0, in: module) } ?? "all code"
                write(
                    "warning: the compiler failed and starts again, without optimising \(what): \(crash.description)\n")
            }
            for function in monitor.unoptimizedFunctions {
                write(
                    "note: \(name(function, in: module)) is compiled without optimisation, which would take too long\n")
            }
        }
        return try compile(monitor)
    }

    private static func name(_ function: Int, in module: Module) -> String {
        "function \(function)" + (module.name(ofFunction: function).map { " $\($0.shown)" } ?? "")
    }

    static func line(_ progress: CompilationProgress, after elapsed: Duration) -> String {
        let done = Double(progress.compiledByteCount) / Double(max(1, progress.byteCount))
        guard done > 0 else { return "compiling" }
        let seconds = elapsed / .seconds(1)
        return "compiling: \(Int(done * 100)) %, about \(Int((seconds / done - seconds).rounded(.up))) s left"
    }

    private static func write(_ text: String) { Output.note(text) }
}
