import ArgumentParser
import CodeVerification
import Foundation
import WasmEngine

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show of a compiled module's machine code why each access to memory stays inside.",
        discussion: """
            Every access, call, indirect jump and return has one of a few forms, or is listed as not understood, which \
            does not say that it is wrong. Exit status: 0 when all are understood; 2 when some are not; 3 when the \
            others are, but code that is to compare each access with the memory's size has accesses without a \
            comparison, which stay within the memory's reservation.
            """)

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "List all that is not understood, not only the first of them.") var all = false

    @Argument(help: "The compiled module: .cwasm.") var file: PathName

    private static let fewAccesses = 20

    func run() throws {
        let bytes = try ModuleFile.bytes(file)
        guard Artifact.isLikely(bytes) else {
            throw Failure("\(file): this is no compiled module; `wasmc compile` makes one")
        }
        let report: CodeReport
        do { report = try CodeReport(artifact: bytes) } catch { throw Failure("\(file): \(error)") }
        if json { try printJSON(report) } else { try printTable(report) }
        if !report.notUnderstood.isEmpty { throw ArgumentParser.ExitCode(2) }
        if !report.notCompared.isEmpty { throw ArgumentParser.ExitCode(3) }
    }

    private func printTable(_ report: CodeReport) throws {
        for form in AccessForm.allCases {
            guard let count = report.counts[form] else { continue }
            try Output.print(String(format: "%8d  ", count) + form.summary)
        }
        let accesses = report.notUnderstood + report.notCompared
        let listed = all ? accesses[...] : accesses.prefix(Self.fewAccesses)
        for access in listed {
            try Output.print("\(access.function)+\(access.offset): \(access.instruction): \(access.reason)")
        }
        let left = accesses.count - listed.count
        if left > 0 { try Output.print("and \(left) more; --all lists them") }
    }

    private struct Row: Encodable {
        let counts: [String: Int]
        let notUnderstood, notCompared: [CodeReport.Access]
    }

    private func printJSON(_ report: CodeReport) throws {
        let counts = Dictionary(uniqueKeysWithValues: report.counts.map { ("\($0.key)", $0.value) })
        try Output.printJSON(Row(counts: counts, notUnderstood: report.notUnderstood, notCompared: report.notCompared))
    }
}
