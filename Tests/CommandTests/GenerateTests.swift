import Foundation
import Testing

/// `dev generate` on a scratch copy with one more row. `RowTests` goes on from there: it follows every row through
/// decoder, validator, text and lowering.
@Suite("What comes from the instruction table") struct GenerateTests {
    /// The generated files of the repository's table with these rows at its end.
    private func generate(adding rows: String) throws -> (outcome: Outcome, root: URL) {
        let root = try temporaryFolder()
        let folder = "Sources/Wasm/Instructions"
        try FileManager.default.createDirectory(at: root.appending(path: folder), withIntermediateDirectories: true)
        let table = try String(contentsOf: package.appending(path: folder + "/Instructions.table"), encoding: .utf8)
        try Data((table + rows + "\n").utf8).write(to: root.appending(path: folder + "/Instructions.table"))
        return (try run("dev", ["generate", root.path]), root)
    }

    @Test("A row of a new family gets an opcode, a row for decoder and validator, and a family that has no arm yet")
    func newFamily() throws {
        let (outcome, root) = try generate(
            adding: "0xFD 0x13F f32x4.made_up - [f32x4 f32x4 f32x4] -> [f32x4] simd madeUp.all")
        try #require(outcome.status == 0, "\(outcome.errors)")
        func generated(_ name: String) throws -> String {
            try String(
                contentsOf: root.appending(path: "Sources/Wasm/Instructions/Generated/\(name)"), encoding: .utf8)
        }
        #expect(try generated("Opcode.swift").contains("    /// `f32x4.made_up`\n    case f32x4MadeUp\n"))
        #expect(
            try generated("InstructionRows.swift").contains(
                #".init("f32x4.made_up", 0xFD, 0x13F, .none, [.v128, .v128, .v128], .v128, .simd, .madeUp(.all)"#))
        // Lowering switches over families without a default, by the rule `switches` of `dev check`: it does not compile
        // until there is an arm.
        let families = try generated("Family.swift")
        #expect(families.contains("    case madeUp(MadeUp)\n") && families.contains("public enum MadeUp"))
    }

    @Test("A row that says too little is refused with its line")
    func damaged() throws {
        let (outcome, _) = try generate(adding: "0xFD 0x13F f32x4.made_up simd")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("expected opcode, name, immediates, type, feature, family"))
    }
}
