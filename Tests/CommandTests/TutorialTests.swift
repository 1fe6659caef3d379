import Foundation
import Testing

/// The tutorial's snippets are parts of a program that is built with everything else, and it does what they say.
@Suite struct TutorialTests {
    private static func lines(of path: String) throws -> [Substring] {
        try String(contentsOf: package.appending(path: path), encoding: .utf8).split(separator: "\n")
            .map { $0[...].drop { $0 == " " } }.filter { !$0.isEmpty }
    }

    @Test("Each Swift snippet of the tutorial stands in its program, line by line")
    func snippets() throws {
        let program = try Self.lines(of: "Sources/Examples/Tutorial/main.swift")
        var snippet: [Substring]?
        var count = 0
        for line in try Self.lines(of: "Sources/WasmEngine/WasmEngine.docc/Tutorial.md") {
            if line == "```swift" {
                snippet = []
            } else if line == "```", let lines = snippet {
                #expect(program.contains(lines), "\(lines.joined(separator: "\n"))")
                snippet = nil
                count += 1
            } else if snippet != nil {
                snippet?.append(line)
            }
        }
        #expect(count == 6)
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

                """, "\(outcome.errors)")
    }
}
