import Foundation
import Golden
import LLVM
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
private let files = (try? GoldenFile.all(in: root)) ?? []
/// Another version's passes and instruction selection give other code, which is not wrong.
private let isBlessedByThisLLVM = files.allSatisfy { $0.version == LLVM.version }

@Suite("Blessed output: 'dev bless' takes today's for right") struct GoldenTests {
    @Test(
        "Each file's passes and code are what was blessed",
        .enabled(if: isBlessedByThisLLVM, "blessed with another LLVM than \(LLVM.version): run 'dev bless'"),
        arguments: files)
    func output(_ file: GoldenFile) throws {
        let difference = GoldenFile.difference(file.blessed, try file.output())
        #expect(difference == nil, "\(file.name): \(difference ?? "")")
    }

    @Test("Every pass over IR has a file that shows what it does")
    func everyPass() throws {
        let texts = try files.filter { $0.kind == .ir }.map { try String(contentsOf: $0.url, encoding: .utf8) }
        // No pass over IR, but of machine code.
        let passes = Set(Pipeline.purposes.keys).subtracting(["wasmc-large-blocks", "wasmc-zero-extensions"])
        let shown = Set(passes.filter { pass in texts.contains { $0.contains("; passes: \(pass)") } })
        #expect(passes.subtracting(shown).sorted() == [])
    }

    @Test("A pass that is named in a pipeline has a purpose, and each has its place in one")
    func names() {
        let stages = Pipeline.allCases.flatMap { level in
            [true, false].flatMap { level.stages(checksMayFault: $0) }
        }
        let named = Set(stages.flatMap { $0.passes.matches(of: #/wasmc-[a-z-]+/#).map { String($0.output) } })
        #expect(named == Set(Pipeline.purposes.keys))
    }

    @Test("What is changed in a file's output is found")
    func difference() {
        #expect(GoldenFile.difference("a\nb\n", "a\nb\n") == nil)
        #expect(GoldenFile.difference("a\nb\n", "a\nc\n") == "line 2 was: b\n         and is: c")
        #expect(GoldenFile.difference("a\n", "a\nb\n") == "line 2 was: \n         and is: b")
    }
}
