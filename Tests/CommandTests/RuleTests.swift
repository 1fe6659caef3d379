import Foundation
import Testing

/// `dev check`, on the repository itself and on scratch repositories with one planted offence.
@Suite("The rules of the repository") struct RuleTests {
    @Test("The repository keeps to all of them")
    func repository() throws {
        let outcome = try run("dev", ["check", package.path])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    /// What `dev check` says of these files, by one rule.
    private func check(_ rule: String, _ files: [String: String]) throws -> Outcome {
        let root = try temporaryFolder()
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try run("dev", ["check", "--only", rule, root.path])
    }

    struct Offence: CustomTestStringConvertible, Sendable {
        let rule: String
        let files: [String: String]
        let complaint: String
        var testDescription: String { "\(rule): \(complaint)" }
    }

    private static let long = String(repeating: "x", count: 121)
    private static let picture = "Sources/WasmEngine/WasmEngine.docc/Architecture.dot"
    private static let formatting = #"{"version": 1, "indentation": {"spaces": 4}}"#
    private static let offences = [
        Offence(
            rule: "format",
            files: [".swift-format": formatting, "Sources/A/Indented.swift": "func a() {\n  b()\n}\n"],
            complaint: "Sources/A/Indented.swift:2: [Indentation]"),
        Offence(
            rule: "format",
            files: [".clang-format": "BasedOnStyle: LLVM\n", "Runtime/store/tab.c": "int a(void) {\n\treturn 1;\n}\n"],
            complaint: "Runtime/store/tab.c:2: code should be clang-formatted"),
        Offence(
            rule: "format",
            files: [".clang-format": "BasedOnStyle: LLVM\n", "Sources/A/Blank.cpp": "int a; \n"],
            complaint: "Sources/A/Blank.cpp:1: code should be clang-formatted"),
        Offence(
            rule: "format", files: ["Runtime/platform/tab.S": "f:\n\tret\n"],
            complaint: "Runtime/platform/tab.S:2 has a tab"),
        Offence(
            rule: "format", files: ["Runtime/platform/gap.S": "f:\n\n\n    ret\n"],
            complaint: "Runtime/platform/gap.S:3 is the second empty line"),
        Offence(
            rule: "lines", files: ["Sources/A/Wide.swift": "let a = 1\n// \(long)\n"],
            complaint: "Sources/A/Wide.swift:2 has 124 columns"),
        Offence(
            rule: "lines", files: ["Runtime/store/wide.c": "// \(long)\n"],
            complaint: "Runtime/store/wide.c:1 has 124 columns"),
        Offence(
            rule: "lines", files: ["Sources/A/Wide.cpp": "\(long)\n"],
            complaint: "Sources/A/Wide.cpp:1 has 121 columns"),
        Offence(
            rule: "files", files: ["Sources/A/Long.swift": String(repeating: "\n", count: 501)],
            complaint: "Sources/A/Long.swift has 501 lines"),
        Offence(
            rule: "folders",
            files: Dictionary(uniqueKeysWithValues: (1...26).map { ("Fixtures/many/\($0).txt", "") }),
            complaint: "Fixtures/many has 26 files"),
        Offence(
            rule: "names", files: ["Sources/A/Same.swift": "", "Sources/B/Same.swift": ""],
            complaint: "Sources/A/Same.swift and Sources/B/Same.swift have one name"),
        Offence(
            rule: "documentation",
            files: ["Sources/Wasm/Bare.swift": "/// Said.\n@frozen\npublic struct A {\n    public var bare = 1\n}\n"],
            complaint: "Sources/Wasm/Bare.swift:4 has no documentation comment: public var bare"),
        Offence(
            rule: "documentation",
            files: ["Sources/Wasm/Bare.swift": "/// Said.\n@inlinable public var a = 1\n@inlinable public var b = 1\n"],
            complaint: "Sources/Wasm/Bare.swift:3 has no documentation comment: @inlinable public var b"),
        Offence(
            rule: "documentation",
            files: [
                "Sources/Wasm/Bare.swift": "/// - Throws: an error.\n@inlinable\npublic func a() {}\n"
            ],
            complaint: "Sources/Wasm/Bare.swift:3 has no sentence on what it is: public func a()"),
        Offence(
            rule: "switches",
            files: [
                "Sources/WasmLowering/New.swift": """
                func lower(_ family: Family) {
                    switch family {
                    case .load(let load): lower(load)
                    default: break
                    }
                }
                """
            ], complaint: "Sources/WasmLowering/New.swift:4 hides what has no arm"),
        Offence(
            rule: "switches",
            files: [
                "Sources/WasmLowering/New.swift":
                    "switch family {\ncase .load(let load): lower(load)\ncase _: break\n}\n"
            ], complaint: "Sources/WasmLowering/New.swift:3 hides what has no arm"),
        Offence(
            rule: "architecture",
            files: [
                "Package.swift": #".target(name: "Wasm"), .target(name: "Text", dependencies: ["Wasm"]),"#,
                picture: "    \"Wasm\" [label = \"Wasm\"]\n",
            ], complaint: "\(picture) lacks Text, which is a target"),
        Offence(
            rule: "architecture",
            files: [
                "Package.swift": #".target(name: "Wasm"), .target(name: "Text", dependencies: ["Wasm"]),"#,
                picture: "    \"Wasm\" [label = \"A\"]\n    \"Text\" [label = \"B\"]\n    \"Wasm\" -> \"Text\"\n",
            ], complaint: "\(picture) does not say that Text uses Wasm\n\(picture) says that Wasm uses Text"),
        Offence(
            rule: "architecture",
            files: ["Package.swift": #".target(name: "Wasm")"#, picture: "    \"Wasm\" [label = \"A\"]\n"],
            complaint: "Architecture.svg is not drawn from \(picture): it lacks Wasm"),
        Offence(
            rule: "passes",
            files: [
                "Sources/LLVMPasses/Loops/Bare.cpp":
                    "// Makes loops better.\n// Invariant: none.\n\nPreservedAnalyses BarePass::run(Function &) {}\n"
            ], complaint: "Sources/LLVMPasses/Loops/Bare.cpp does not open with its picture"),
        Offence(
            rule: "paths",
            files: [
                "CONTRIBUTING.md": "See `Sources/A/Here.swift` and `Gone.swift`.\n", "Sources/A/Here.swift": "",
            ],
            complaint: "CONTRIBUTING.md:1 names Gone.swift, which is not there"),
        Offence(
            rule: "comments",
            files: [
                "Runtime/store/a.h": "typedef struct wasmc_room {\n    int size;\n} wasmc_room;\nint colour;\n",
                "Runtime/store/a.c": "// As large as wasmc_room.size, and as bright as wasmc_room.colour.\n",
            ], complaint: "Runtime/store/a.c:1 names wasmc_room.colour, which is not in the code"),
        Offence(
            rule: "comments", files: ["Sources/LLVMPasses/A.cpp": "// Nothing but `lowerChecks` gives it a meaning.\n"],
            complaint: "Sources/LLVMPasses/A.cpp:1 names lowerChecks"),
        Offence(
            rule: "generated",
            files: [
                "Sources/Wasm/Instructions/Instructions.table": "0x00 unreachable - * core control.unreachable\n",
                "Sources/Wasm/Instructions/Generated/Opcode.swift": "",
            ], complaint: "Generated/Opcode.swift is not what the instruction table says"),
        Offence(
            rule: "generated",
            files: ["Sources/Wasm/Instructions/Instructions.table": "0x00 unreachable - * core control.unreachable\n"],
            complaint: "Generated/opcodes.h is not what the instruction table says"),
    ]

    @Test("A planted offence is found, and the message names its place", arguments: offences)
    func planted(_ offence: Offence) throws {
        let outcome = try check(offence.rule, offence.files)
        #expect(outcome.status == 1 && outcome.text.contains(offence.complaint), "\(outcome.text)\(outcome.errors)")
    }

    @Test("What looks like an offence and is none passes")
    func innocent() throws {
        let files = [
            "Sources/A/Same.swift": "", "Sources/dev/Same.swift": "",
            "Sources/Wasm/Generated/Wide.swift": "/// Said.\npublic var a = \"\(Self.long)\"\n",
            "Sources/Wasm/Inside.swift": "struct A {\n    var bare = 1\n}\npublic import B\n",
            "Sources/WasmLowering/Number.swift": "switch count {\ncase 0: a()\ndefault: b()\n}\n",
            "CONTRIBUTING.md": "| `\(Self.long)` |\n`Sources/A/` and `swift run dev`\n",
        ]
        for rule in ["lines", "files", "folders", "names", "documentation", "switches", "paths", "comments"] {
            let outcome = try check(rule, files)
            #expect(outcome.status == 0, "\(rule): \(outcome.text)\(outcome.errors)")
        }
    }
}
