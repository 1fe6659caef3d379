import Foundation
import Testing
@testable import Wasm

@Suite("Counted nouns") struct CountedNounTests {
    @Test("A noun agrees with its number")
    func agreement() {
        #expect([0, 1, 2].map { $0.counted("byte") } == ["0 bytes", "1 byte", "2 bytes"])
        #expect(UInt64(1).counted("memory", plural: "memories") == "1 memory")
        #expect(UInt64.max.counted("memory", plural: "memories") == "18446744073709551615 memories")
    }

    @Test("No message puts a noun in the plural behind a number that may be 1")
    func messages() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        // Interpolations of what is called a count, by themselves: `\(type.parameters.count) arguments`.
        let pattern = #/\\\((?:[a-z]\w*\.)*(?:count|\w+Count)\) [a-z]+s\b/#
        // Examples are others' programs, and the traces of WasmSpec have a format.
        func isOther(_ file: URL) -> Bool {
            ["/Examples/", "/WasmSpec/"].contains { file.path().contains("/Sources" + $0) }
        }
        var found: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" && !isOther(file) {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            found += lines.compactMap { $0.firstMatch(of: pattern).map { "\(file.lastPathComponent): \($0.output)" } }
        }
        #expect(found.isEmpty, "say count.counted(\"argument\")")
    }
}
