import ArgumentParser
import CodeVerification
import Foundation
import Synchronization
import Wasm
import WasmEngine
import WasmSpec
import WasmText

struct Verification: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile many modules, verify their machine code, and count the forms of accesses at each level.",
        discussion: """
            Prints a row for each form, and then, for each level, the modules with accesses that are not understood or \
            are not compared as their code is to. With --containment it counts what the last pass did in place of \
            that, a row for each module. The official suite is found through WASM_SPEC_TESTSUITE, by default \
            ../shared/spec-testsuite. Exits with 1 when no module was verified.
            """)

    @Argument(help: "Modules, .wasm or .wat; without any those of the official suite.") var files: [String] = []
    @Option(help: "The levels, separated by commas.") var levels = "O0,O1,O2,O3"
    @Option(help: "guarded or checked.") var memory = Engine.MemoryProtection.guarded
    @Option(help: "Take each n-th module only.") var every = 1
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "List each access that is not understood.") var list = false
    @Flag(help: "Count the accesses that the last pass proves, and its tests, masks and checks.")
    var containment = false

    private struct Finding {
        let place: Int
        let module: String
        let report: Result<CodeReport, any Error>
    }

    func validate() throws {
        guard every > 0, threads > 0 else { throw ValidationError("--every and --threads are at least 1") }
        _ = try optimizations()
    }

    private func optimizations() throws -> [OptimizationLevel] {
        try levels.split(separator: ",").map { name in
            guard let level = OptimizationLevel(rawValue: String(name)) else {
                throw ValidationError("'\(name)' is none of O0, O1, O2, O3")
            }
            return level
        }
    }

    private func modules() throws -> [(name: String, module: Module)] {
        guard files.isEmpty else {
            return try files.map { file in
                let bytes = try Array(Data(contentsOf: URL(filePath: file)))
                let binary = file.hasSuffix(".wat") ? try WasmText.parse(String(decoding: bytes, as: UTF8.self)) : bytes
                return (URL(filePath: file).lastPathComponent, try Module(bytes: binary))
            }
        }
        let folder = ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"] ?? "../shared/spec-testsuite"
        return try SuiteModule.all(in: folder).map { ($0.name, $0.module) }
    }

    func run() throws {
        let all = try modules()
        let chosen = stride(from: 0, to: all.count, by: every).map { all[$0] }
        guard !chosen.isEmpty else {
            throw ValidationError("no modules; set WASM_SPEC_TESTSUITE to the suite's folder")
        }
        let levels = try optimizations()
        if containment { return try printContainment(of: chosen, at: levels) }
        let findings = levels.map { verify(chosen, at: $0) }
        print("\(chosen.count.counted("module")), \(memory.rawValue)\n")
        print("| form | \(levels.map(\.rawValue).joined(separator: " | ")) |")
        print("|---|\(String(repeating: "---|", count: levels.count))")
        for form in AccessForm.allCases {
            let counts = findings.map { $0.reduce(0) { $0 + ((try? $1.report.get().counts[form]) ?? 0) } }
            if counts.contains(where: { $0 > 0 }) {
                print("| \(form.summary) | \(counts.map { "\($0)" }.joined(separator: " | ")) |")
            }
        }
        let notCompared = findings.map { $0.reduce(0) { $0 + ((try? $1.report.get().notCompared.count) ?? 0) } }
        print("| of these not compared | \(notCompared.map { "\($0)" }.joined(separator: " | ")) |")
        for (level, findings) in zip(levels, findings) { printRest(findings, at: level) }
    }

    private func verify(_ modules: [(name: String, module: Module)], at level: OptimizationLevel) -> [Finding] {
        let next = Atomic(0)
        let found = Mutex<[Finding]>([])
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            while case let place = next.wrappingAdd(1, ordering: .relaxed).oldValue, place < modules.count {
                let (name, module) = modules[place]
                let report = Result { try CodeReport(artifact: engine(at: level).artifact(of: module)) }
                found.withLock { $0.append(Finding(place: place, module: name, report: report)) }
            }
        }
        return found.withLock { $0.sorted { $0.place < $1.place } }
    }

    private func engine(at level: OptimizationLevel) -> Engine {
        var options = Engine.Options(optimization: level, memory: memory, threadCount: 1)
        options.cache = nil
        return Engine(options: options)
    }

    private func printContainment(of modules: [(name: String, module: Module)], at levels: [OptimizationLevel]) throws {
        print("| module, \(memory.rawValue) | proven | tests before loops | masks | checks |\n|---|---|---|---|---|")
        for level in levels {
            var total = [0, 0, 0, 0]
            func printRow(_ name: String, _ counts: [Int]) {
                print("| \(name), \(level.rawValue) | \(counts.map { "\($0)" }.joined(separator: " | ")) |")
            }
            for (name, module) in modules {
                let reports = try engine(at: level).explain(module)
                let counts = [
                    \.provenAccessCount, \.containmentTestCount, \.containmentMaskCount, \.containmentCheckCount,
                ].map { (count: KeyPath<FunctionReport, Int>) in reports.reduce(0) { $0 + $1[keyPath: count] } }
                printRow(name, counts)
                total = zip(total, counts).map(+)
            }
            printRow("all", total)
        }
    }

    private func printRest(_ findings: [Finding], at level: OptimizationLevel) {
        for finding in findings {
            switch finding.report {
            case .failure(let error): print("\n\(level.rawValue), \(finding.module): \(error)")
            case .success(let report):
                if report.isUnderstood { continue }
                print(
                    "\n\(level.rawValue), \(finding.module): \(report.notUnderstood.count) not understood, "
                        + "\(report.notCompared.count) not compared")
                for access in list ? report.notUnderstood + report.notCompared : [] {
                    print("  \(access.function)+\(access.offset): \(access.instruction): \(access.reason)")
                }
            }
        }
    }
}
