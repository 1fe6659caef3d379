import DWARF
import Testing
import Wasm
import WasmText

@Suite("Lines of source") struct SourceLinesTests {
    static func uleb(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + uleb(value >> 7)
    }

    static func custom(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = uleb(name.utf8.count) + Array(name.utf8) + content
        return [0] + uleb(body.count) + body
    }

    static func number(_ value: Int, byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    static func string(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    /// A unit with its length, its version and the length of what is in `header`.
    static func unit(version: Int, is64Bit: Bool = false, header: [UInt8], program: [UInt8]) -> [UInt8] {
        let size = is64Bit ? 8 : 4
        let body =
            number(version, byteCount: 2) + (version == 5 ? [4, 0] : []) + number(header.count, byteCount: size)
            + header + program
        return (is64Bit ? number(0xFFFF_FFFF, byteCount: 4) : []) + number(body.count, byteCount: size) + body
    }

    /// Instructions of one byte, one operation each, rows begin statements, lines from -5 in steps of 14, 12 standard
    /// opcodes.
    static func start(version: Int) -> [UInt8] {
        [1] + (version >= 4 ? [1] : []) + [1, 0xFB, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
    }

    /// Lines 10 at 5, 13 at 7, 12 at 30; the end at 40. File 1, then file 2.
    static let program: [UInt8] =
        [0, 5, 2, 5, 0, 0, 0, 3, 9, 1, UInt8(13 + 5 + 3 + 2 * 14), 4, 2, 2, 23, 3, 0x7F, 1, 2, 10, 0, 1, 1]

    static let files2 = string("include") + [0] + string("main.c") + [0, 0, 0] + string("list.h") + [1, 0, 0] + [0]

    static func check(_ lines: SourceLines?, _ module: Module) throws {
        let lines = try #require(lines)
        func at(_ address: Int) -> SourceLines.Location? { lines.location(at: module.codeOffset + address) }
        #expect(at(4) == nil)
        #expect(at(5) == .init(file: "main.c", line: 10))
        #expect(at(6) == .init(file: "main.c", line: 10))
        #expect(at(7) == .init(file: "main.c", line: 13))
        #expect(at(29) == .init(file: "main.c", line: 13))
        #expect(at(30) == .init(file: "include/list.h", line: 12))
        #expect(at(39) == .init(file: "include/list.h", line: 12))
        #expect(at(40) == nil)
        #expect(lines.location(at: 0) == nil)
        #expect(lines.location(at: .max) == nil)
    }

    static func module(_ sections: [UInt8]) throws -> Module { try Module(bytes: base.get().bytes + sections) }

    private static let base = Result {
        try Module(text: #"(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#)
    }

    @Test("Versions 2 to 4 name files after the directories", arguments: [2, 3, 4], [false, true])
    func oldVersions(_ version: Int, _ is64Bit: Bool) throws {
        let header = Self.start(version: version) + Self.files2
        let module = try Self.module(
            Self.custom(
                ".debug_line", Self.unit(version: version, is64Bit: is64Bit, header: header, program: Self.program)))
        try Self.check(SourceLines(module), module)
    }

    @Test("Version 5 names files in forms of its own", arguments: [false, true])
    func version5(_ is64Bit: Bool) throws {
        let size = is64Bit ? 8 : 4
        let strings = Self.string("/home") + Self.string("include") + Self.string("main.c")
        let directories = [1, 1, 0x1F, 2] + Self.number(0, byteCount: size) + Self.number(6, byteCount: size)
        // Path, directory, and an MD5 sum; file 0 is file 1 again.
        let sum = [UInt8](repeating: 7, count: 16)
        let main = Self.number(14, byteCount: size) + [0] + sum
        let list = Self.number(0, byteCount: size) + [1] + sum
        let names = Self.string("list.h")
        let files: [UInt8] =
            [3, 1, 0x1F, 2, 0x0B, 5, 0x1E, 3] + main + main + Self.number(strings.count, byteCount: size)
            + list.dropFirst(size)
        let unit = Self.unit(
            version: 5, is64Bit: is64Bit, header: Self.start(version: 5) + directories + files, program: Self.program)
        let module = try Self.module(Self.custom(".debug_line", unit) + Self.custom(".debug_line_str", strings + names))
        try Self.check(SourceLines(module), module)
    }

    @Test("Functions that a linker removed and units of unknown versions say nothing")
    func removed() throws {
        let header = Self.start(version: 4) + Self.files2
        let removed: [UInt8] = [
            0, 5, 2, 0, 0, 0, 0, 1, 2, 50, 0, 1, 1, 0, 5, 2, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 50, 0, 1, 1,
        ]
        let unknown = Self.number(6, byteCount: 4) + [9, 0, 1, 2, 3, 4]
        let module = try Self.module(
            Self.custom(".debug_line", unknown + Self.unit(version: 4, header: header, program: removed + Self.program))
        )
        try Self.check(SourceLines(module), module)
        #expect(try SourceLines(Self.module([])) == nil)
    }

    @Test("Whatever bytes are there, reading them ends and answers")
    func hostileBytes() throws {
        let header = Self.start(version: 4) + Self.files2
        let four = Self.unit(version: 4, header: header, program: Self.program)
        let directories: [UInt8] = [1, 1, 0x08, 1] + Self.string("d")
        let files: [UInt8] = [2, 1, 0x08, 2, 0x0B, 2] + Self.string("a") + [0] + Self.string("b") + [0]
        let five = Self.unit(version: 5, header: Self.start(version: 5) + directories + files, program: Self.program)
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var answers = 0
        for _ in 0..<5_000 {
            var bytes = random(2) == 0 ? four + five : five + four
            for _ in 0..<(1 + random(6)) {
                let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(random(256))]
                let position = random(bytes.count)
                switch random(4) {
                case 0: bytes.remove(at: position)
                case 1: bytes.insert(interesting[random(6)], at: position)
                default: bytes[position] = interesting[random(6)]
                }
            }
            let module = try Self.module(Self.custom(".debug_line", bytes))
            guard let lines = SourceLines(module) else { continue }
            for offset in stride(from: 0, to: 120, by: 7) where lines.location(at: offset) != nil { answers += 1 }
        }
        #expect(answers > 5_000)
    }
}
