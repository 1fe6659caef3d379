import Foundation
import Testing

/// The tutorial's snippets are parts of a program that is built with everything else, and it does what they say.
@Suite struct TutorialTests {
    private static func lines(of path: String) throws -> [Substring] {
        try String(contentsOf: package.appending(path: path), encoding: .utf8).split(separator: "\n")
            .map { $0[...].drop { $0 == " " } }.filter { !$0.isEmpty }
    }

    /// The text of a Swift file's documentation comments.
    private static func comments(of path: String) throws -> [Substring] {
        try lines(of: path).filter { $0.hasPrefix("///") }.map { $0.dropFirst(3).drop { $0 == " " } }
            .filter { !$0.isEmpty }
    }

    /// The snippets of a page that are in none of the files, and how many there are in all.
    private static func strangers(of page: String, in files: [String]) throws -> (strangers: [String], count: Int) {
        let programs = try files.map(lines)
        var snippet: [Substring]?
        var strangers: [String] = []
        var count = 0
        for line in try page.hasSuffix(".swift") ? comments(of: page) : lines(of: page) {
            if line == "```swift" {
                snippet = []
            } else if line == "```", let lines = snippet?.filter({ !$0.hasPrefix("import ") }) {
                // What goes into a manifest is not a part of a program: `.ci/check-programs` has it in one.
                if lines.allSatisfy({ $0.hasPrefix(".package(") || $0.hasPrefix(".product(") }) {
                    snippet = nil
                    continue
                }
                if !programs.contains(where: { $0.contains(lines) }) { strangers.append(lines.joined(separator: "\n")) }
                snippet = nil
                count += 1
            } else if snippet != nil {
                snippet?.append(line)
            }
        }
        return (strangers, count)
    }

    private static let documents = "Sources/WasmEngine/WasmEngine.docc/"

    @Test("Each Swift snippet of the tutorial is in its program, line by line")
    func snippets() throws {
        let found = try Self.strangers(
            of: Self.documents + "Tutorial.md", in: ["Sources/Examples/Tutorial/main.swift"])
        #expect(found.strangers == [] && found.count == 6)
    }

    @Test("Each Swift snippet of an article is in a program of its own, line by line")
    func articles() throws {
        let folder = package.appending(path: Self.documents + "Articles")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
        #expect(pages.count >= 8)
        var count = 0
        for page in pages {
            let program = "Sources/Examples/Tutorial/" + page.replacing(".md", with: ".swift")
            let hasProgram = FileManager.default.fileExists(atPath: package.appending(path: program).path)
            let programs =
                hasProgram ? [program] : ["Sources/Examples/EarlyExitArtifact/EarlyExitArtifact.swift"]
            let found = try Self.strangers(of: Self.documents + "Articles/" + page, in: programs)
            #expect(found.strangers == [], "\(page)")
            count += found.count
        }
        #expect(count == 13)
    }

    @Test("Each Swift snippet of the page Embedding stands in its program, line by line")
    func embedding() throws {
        let found = try Self.strangers(
            of: Self.documents + "Embedding.md", in: ["Sources/Examples/Tutorial/EmbeddingPage.swift"])
        #expect(found.strangers == [] && found.count >= 16)
    }

    @Test("Each Swift snippet of the first pages and of a type's comment stands in a program, line by line")
    func firstPagesAndComments() throws {
        let examples = try FileManager.default.contentsOfDirectory(
            atPath: package.appending(path: "Sources/Examples/Tutorial").path)
        let programs =
            examples.map { "Sources/Examples/Tutorial/" + $0 }
            + ["Tests/WasmKitCompatibilityTests/WasmKitProgramTests.swift"]
        var pages = ["README.md", Self.documents + "WasmEngine.md", Self.documents + "Migration.md"]
        let libraries = [
            "DWARF", "Wasm", "WasmEngine", "WasmKitCompatibility", "WasmLowering", "WasmRuntime", "WasmText",
        ]
        for library in libraries {
            let files = FileManager.default.enumerator(atPath: package.appending(path: "Sources/" + library).path)
            for case let file as String in try #require(files) where file.hasSuffix(".swift") {
                pages.append("Sources/\(library)/\(file)")
            }
        }
        var count = 0
        for page in pages {
            let found = try Self.strangers(of: page, in: programs)
            #expect(found.strangers == [], "\(page)")
            count += found.count
        }
        #expect(count >= 44)
    }

    @Test("Each public type of the library has a place among the topics of its first page")
    func topics() throws {
        let page = try Self.lines(of: Self.documents + "WasmEngine.md")
        var count = 0
        for library in ["WasmEngine", "WasmRuntime"] {
            let files = FileManager.default.enumerator(atPath: package.appending(path: "Sources/" + library).path)
            for case let file as String in try #require(files) where file.hasSuffix(".swift") {
                let text = try String(
                    contentsOf: package.appending(path: "Sources/\(library)/\(file)"), encoding: .utf8)
                for match in text.matches(of: /(?m)^public (?:final class|struct|enum|protocol) (\w+)/) {
                    #expect(page.contains("- ``\(match.1)``"), "\(file)")
                    count += 1
                }
            }
        }
        #expect(count >= 60)
    }

    @Test("The tutorial's program prints what its steps promise")
    func output() throws {
        let outcome = try run("tutorial")
        #expect(
            outcome.text == """
                add: 42
                plug-in: hello from the host
                stopped: deadline
                grow: i32(-1)
                program: hello status 3
                exports: ["memory", "_start"]
                served: 600 bytes
                fetched: 41
                memory: text 239
                sum: 8.0
                refused: 3 bytes at 65534 of 65536
                pages: 2
                dispatched: 42
                empty slot: uninitializedElement
                counter: 109
                messages: [1, 2]
                messages: [1, 2, 1, 2] left: true
                x: 5.0 true
                x: 7.0 true
                counted: [160, 15, 0, 0]
                total: 300
                a stranger's module ran
                logged
                8
                green
                3 2
                text 16
                42
                0
                0 0
                1\u{20}
                5
                5
                8
                2
                64
                [WasmRuntime.Value.i32(-1)]
                Exited early with exit code: 1
                from the landing page
                1
                8
                8 false
                env log func [i32] -> []
                process
                [-5, 5]
                8
                ["memory", "counter", "add", "mix", "run", "fail", "forever", "_start"] true
                42 1
                42
                true i32(-1) 3.5
                unreachable in fail
                wasm trap: unreachable 1
                [i32] -> [i32] i32(42)
                8
                4 funcref(nil)
                i32(7)
                1
                stopped: requested
                500 remaining
                1 pages of 1000
                8
                exit 7
                i32(7)
                7 request
                status 2 after 0 bytes
                [WasmRuntime.Value.i32(3), WasmRuntime.Value.i32(1)]
                memory memory 1
                alloc func [i32] -> [i32]
                run func [] -> [i32 i32]
                sum func [v128] -> [v128]
                true
                hello 1701604567
                SIMD4<Float>(2.0, 4.0, 6.0, 8.0)
                [WasmRuntime.Value.i32(3)]
                4
                81 285
                40

                """, "\(outcome.errors)")
    }
}
