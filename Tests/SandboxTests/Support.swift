import Testing
import WasmEngine
import WasmSpec

/// Every way in which code is made: all levels, with and without guard pages, plain, with points and with deadlines,
/// and at the levels that optimise also for functions and loops that began at O0.
let everyMode: [Mode] = OptimizationLevel.allCases.flatMap { level in
    [Engine.MemoryProtection.checked, .guarded].flatMap { memory in
        [(false, false), (true, false), (false, true)].flatMap { isMetered, isInterruptible in
            (level == .none ? [nil] : [nil, 1]).map { threshold in
                Mode(
                    optimization: level, memory: memory, isMetered: isMetered, isInterruptible: isInterruptible,
                    threshold: threshold)
            }
        }
    }
}

/// Those in which loops are changed most, for scripts with many functions.
let optimizingModes = everyMode.filter { [.standard, .aggressive].contains($0.optimization) && $0.threshold == nil }

/// Runs a script of the specification's language, whose assertions say what every engine answers.
func expectToPass(_ script: String, _ mode: Mode, sourceLocation: SourceLocation = #_sourceLocation) {
    let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
    #expect(report.passed > 0, "\(mode): nothing was asserted", sourceLocation: sourceLocation)
    for failure in report.failures {
        Issue.record("\(mode), line \(failure.line): \(failure.message)", sourceLocation: sourceLocation)
    }
}
