import Testing

@testable import Wasm

/// Modules that the decoder refuses, byte by byte: what they need is found all the same.
@Suite struct FeatureSurveyTests {
    private static func section(_ id: UInt8, _ content: [UInt8]) -> [UInt8] { [id, UInt8(content.count)] + content }

    private static func name(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func module(bodies: [[UInt8]], _ sections: [UInt8] = []) -> [UInt8] {
        var code: [UInt8] = []
        for body in bodies { code += [UInt8(body.count + 2), 0] + body + [0x0B] }
        let functions = [UInt8](repeating: 0, count: bodies.count)
        return [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0] + section(1, [1, 0x60, 0, 0])
            + section(3, [UInt8(bodies.count)] + functions) + sections + section(10, [UInt8(bodies.count)] + code)
    }

    @Test("What follows an unknown instruction is read, so that every feature is found where it is")
    func instructions() throws {
        // In an order: try and catch; try_table with both kinds of clauses; tail calls; a reference by index; an array;
        // a fence; an atomic load; a wide multiplication; a relaxed operation; an access of a second memory.
        let bodies: [[UInt8]] = [
            [0x06, 0x40, 0x07, 0, 0x19, 0x0B, 0x1F, 0x40, 2, 0, 1, 2, 2, 3, 0x0B],
            [0x12, 0, 0x13, 0, 0, 0xD0, 0, 0x1A],
            [0xFB, 8, 1, 2, 0xFB, 0x18, 3, 0, 0x6E, 0x6D, 0x1A],
            [0xFE, 3, 0, 0xFE, 0x10, 2, 0, 0xFC, 0x16, 0xFD, 0x80, 2],
            [0x28, 0x42, 1, 0, 0x1A, 0xD3],
        ]
        let survey = FeatureSurvey(Self.module(bodies: bodies), features: .wasm2)
        #expect(survey.unread.isEmpty, "\(survey.unread)")
        let found = Dictionary(uniqueKeysWithValues: survey.needs.map { ($0.feature, $0.functions) })
        let all: [(Feature, Set<Int>)] = [
            (.legacyExceptions, [0]), (.exceptions, [0]), (.tailCall, [1]), (.functionReferences, [1]), (.gc, [2, 4]),
            (.threads, [3]), (.wideArithmetic, [3]), (.relaxedSIMD, [3]), (.multiMemory, [4]),
        ]
        for (feature, functions) in all { #expect(found[feature] == functions, "\(feature)") }
    }

    @Test("Sections, types and producers are read around what is not known; a body that is damaged is named")
    func sections() throws {
        let producers = Self.name("producers") + [1] + Self.name("language") + [1] + Self.name("Dart") + Self.name("3")
        let types = Self.section(
            1, [2, 0x4E, 2, 0x50, 0, 0x5F, 2, 0x78, 1, 0x63, 0, 0, 0x4F, 1, 0, 0x5E, 0x7F, 1, 0x60, 1, 0x64, 0x6E, 0])
        let imports = Self.section(
            2, [2] + Self.name("e") + Self.name("f") + [0, 2] + Self.name("e") + Self.name("m") + [2, 5, 1, 2])
        let bytes: [UInt8] =
            [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0] + types + imports + Self.section(3, [1, 2])
            + Self.section(5, [1, 4, 1]) + Self.section(7, [1] + Self.name("run") + [0, 1])
            + Self.section(10, [1, 3, 0, 0xE5, 0x0B]) + Self.section(0, producers)
        #expect(throws: ModuleError.self) { try Module(bytes: bytes, features: [.core]) }
        let survey = FeatureSurvey(bytes, features: [.core])
        #expect(survey.imports.map(\.kind) == ["func", "memory"] && survey.exports.map(\.name) == ["run"])
        #expect(survey.producers == [Producer(field: "language", name: "Dart", version: "3")])
        #expect(
            survey.sections.map(\.name)
                == ["type", "import", "function", "memory", "export", "code", "custom \"producers\""])
        #expect(survey.unread.map(\.functionIndex) == [1])
        #expect(survey.needs.first?.feature == .gc && survey.needs.first?.offset == 11)
    }

    @Test("Bytes cut off anywhere, and any byte changed, end the survey without more")
    func damage() {
        let module = Self.module(bodies: [[0x06, 0x40, 0x07, 0, 0x19, 0x0B], [0xFB, 8, 1, 2, 0x1A], [0xFE, 3, 0]])
        for count in 0...module.count { _ = FeatureSurvey(Array(module.prefix(count))) }
        for place in 8..<module.count {
            for byte in [0, 0x4E, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = module
                changed[place] = byte
                _ = FeatureSurvey(changed)
            }
        }
    }
}
