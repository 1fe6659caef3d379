import CodeVerification
import Foundation
import Testing
import WasmEngine
import WasmSpec

@Suite struct SuiteTests {
    private static let folder: String = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
            ?? package.appending(path: "../shared/spec-testsuite").path(percentEncoded: false)
    }()

    /// WASMC_VERIFY_EVERY=1 takes all modules, 2 every other, and every level but O3; all of them take an hour.
    private static let chosen = ProcessInfo.processInfo.environment["WASMC_VERIFY_EVERY"].flatMap { Int($0) }
    private static let distance = max(1, chosen ?? 12)

    @Test("Every access of the official suite's modules is understood without optimization")
    func modulesOfTheSuite() throws {
        let modules = try SuiteModule.all(in: Self.folder)
        guard !modules.isEmpty else {
            print("NOT RUN: the official test suite is not at \(Self.folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        var compilations = Compilation.all.filter { $0.optimization == .none }
        if Self.chosen != nil {
            compilations += Compilation.all.filter { $0.optimization == .less || $0.optimization == .standard }
        }
        for compilation in compilations {
            var counts: [AccessForm: Int] = [:]
            var open: [String] = []
            for index in Swift.stride(from: 0, to: modules.count, by: Self.distance) {
                let report = try CodeReport(artifact: compilation.artifact(modules[index].module))
                counts.merge(report.counts, uniquingKeysWith: +)
                if !report.isUnderstood { open.append("\(modules[index].name)\n\(report.listing)") }
            }
            if Self.chosen != nil {
                let list = counts.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
                print(
                    "\(compilation): \(list); \(open.count) modules with something "
                        + "else\n\(open.joined(separator: "\n"))"
                )
            }
            if compilation.optimization == .none {
                #expect(open.isEmpty, "\(open.joined(separator: "\n"))")
            }
        }
    }
}
