/// A module whose functions are in it several times: a large module of real code.
struct RepeatedModule {
    let bytes: [UInt8]

    private static let functionSection: UInt8 = 3
    private static let codeSection: UInt8 = 10

    /// Repeats every function until the module has at least `byteCount` bytes. Calls go to the first copies.
    ///
    /// - Throws: ``Failure`` when `module` is no module.
    init(_ module: [UInt8], atLeast byteCount: Int) throws {
        let sections = try Self.sections(module)
        guard let code = sections.first(where: { $0.id == Self.codeSection })?.contents, !code.isEmpty else {
            throw Failure("a module without functions cannot be repeated")
        }
        let count = 1 + max(0, byteCount - module.count + code.count - 1) / code.count
        var result = Array(module.prefix(8))
        for section in sections {
            var contents = Array(section.contents)
            if section.id == Self.functionSection || section.id == Self.codeSection {
                var rest = section.contents
                let functionCount = try Self.unsigned(&rest)
                contents = Self.leb128(functionCount * count) + Array(repeating: Array(rest), count: count).joined()
            }
            result += [section.id] + Self.leb128(contents.count) + contents
        }
        bytes = result
    }

    private static func sections(_ module: [UInt8]) throws -> [(id: UInt8, contents: ArraySlice<UInt8>)] {
        guard module.starts(with: [0, 0x61, 0x73, 0x6D]) else { throw Failure("this is no module") }
        var rest = module.dropFirst(8)
        var sections: [(id: UInt8, contents: ArraySlice<UInt8>)] = []
        while let id = rest.popFirst() {
            let size = try unsigned(&rest)
            guard size <= rest.count else { throw Failure("a section is longer than its module") }
            sections.append((id, rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return sections
    }

    private static func unsigned(_ rest: inout ArraySlice<UInt8>) throws -> Int {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = rest.popFirst() else { break }
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Failure("a number is not a LEB128 of 32 bits")
    }

    private static func leb128(_ value: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }
}
