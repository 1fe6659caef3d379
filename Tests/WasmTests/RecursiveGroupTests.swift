import Testing
import Wasm

/// Types by bytes: more of them than anybody writes.
@Suite struct RecursiveGroupTests {
    private static func leb(_ number: Int) -> [UInt8] {
        number < 0x80 ? [UInt8(number)] : [UInt8(number & 0x7F | 0x80)] + leb(number >> 7)
    }

    private static func module(_ types: [[UInt8]]) -> [UInt8] {
        let section = [1, 0x4E] + leb(types.count) + types.joined()
        return [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1] + leb(section.count) + section
    }

    private static func structure(below supertype: Int?, fieldType: Int, fieldCount: Int) -> [UInt8] {
        let field = [0x63] + leb(fieldType) + [0]
        return [0x50] + (supertype.map { [1] + leb($0) } ?? [0]) + [0x5F] + leb(fieldCount)
            + Array(repeating: field, count: fieldCount).joined()
    }

    /// Each field of one type would ask whether the end of the chain is below its start.
    @Test("A chain of supertypes that is too long is refused before anything goes along it", .timeLimit(.minutes(1)))
    func longChain() throws {
        let (count, fieldCount) = (500_000, 10_000)
        var types = [
            Self.structure(below: nil, fieldType: 4, fieldCount: fieldCount),
            Self.structure(below: 0, fieldType: count - 1, fieldCount: fieldCount),
            Self.structure(below: 0, fieldType: count - 1, fieldCount: fieldCount),
            Self.structure(below: 0, fieldType: count - 1, fieldCount: fieldCount),
            Self.structure(below: nil, fieldType: 0, fieldCount: 0),
        ]
        for type in 5..<count { types.append(Self.structure(below: type - 1, fieldType: 0, fieldCount: 0)) }
        #expect { try Module(bytes: Self.module(types)) } throws: { "\($0)".contains("more supertypes than the limit") }
    }
}
