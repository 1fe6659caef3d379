internal import CRuntime

/// The parts of an artifact that only tools read: headers, section names and the symbol table.
struct SectionWriter {
    private struct Section {
        var name: String
        var type: UInt32
        var flags: UInt64 = 0
        var range: Range<Int>
        var link: UInt32 = 0
        var info: UInt32 = 0
        var alignment: UInt64 = 1
        var entryByteCount: UInt64 = 0
    }

    private let linker: ObjectLinker
    private let metadata: Range<Int>
    private let names: (String) -> String
    /// The file header and the program headers.
    private(set) var headers: [UInt8] = []

    init(_ linker: ObjectLinker, metadata: wasmc_span, names: @escaping (String) -> String) {
        self.linker = linker
        self.metadata = Int(metadata.offset)..<Int(metadata.offset) + Int(metadata.count)
        self.names = names
    }

    /// What follows the image, which ends at `start`.
    mutating func write(at start: Int) -> [UInt8] {
        var tail: [UInt8] = []
        func append(_ bytes: [UInt8]) -> Range<Int> {
            tail += bytes
            return start + tail.count - bytes.count..<start + tail.count
        }
        var sections = [
            Section(name: "", type: ELF.null, range: 0..<0),
            Section(
                name: ".text", type: ELF.programBits, flags: ELF.alloc | ELF.executable, range: linker.code,
                alignment: 16),
            Section(name: ".rodata", type: ELF.programBits, flags: ELF.alloc, range: linker.constants, alignment: 16),
            Section(name: ".wasmc.metadata", type: ELF.programBits, flags: ELF.alloc, range: metadata, alignment: 16),
            Section(
                name: ".wasmc.data", type: ELF.programBits, flags: ELF.alloc,
                range: (metadata.upperBound + 15) / 16 * 16..<start,
                alignment: 16),
        ]
        tail.append(contentsOf: repeatElement(0, count: (8 - start % 8) % 8))
        let (symbols, strings) = symbolTable()
        let symbolCount = symbols.count / ELF.symbolByteCount
        sections.append(
            Section(
                name: ".symtab", type: ELF.symbolTable, range: append(symbols), link: UInt32(sections.count + 1),
                info: UInt32(symbolCount), alignment: 8, entryByteCount: UInt64(ELF.symbolByteCount)))
        sections.append(Section(name: ".strtab", type: ELF.stringTable, range: append(strings)))
        sections.append(Section(name: ".shstrtab", type: ELF.stringTable, range: 0..<0))
        let sectionNames = sections.map { Array($0.name.utf8) + [0] }
        sections[sections.count - 1].range = append(Array(sectionNames.joined()))
        tail.append(contentsOf: repeatElement(0, count: (8 - (start + tail.count) % 8) % 8))
        let table = start + tail.count
        var name = 0
        for (section, bytes) in zip(sections, sectionNames) {
            tail += header(of: section, name: name)
            name += bytes.count
        }
        writeHeaders(sectionTable: table, sectionCount: sections.count, end: start)
        return tail
    }

    private func header(of section: Section, name: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: ELF.sectionHeaderByteCount)
        bytes.store(UInt32(name), at: 0)
        bytes.store(section.type, at: 4)
        bytes.store(section.flags, at: 8)
        if section.flags & ELF.alloc != 0 { bytes.store(UInt64(section.range.lowerBound), at: 16) }
        bytes.store(UInt64(section.range.lowerBound), at: 24)
        bytes.store(UInt64(section.range.count), at: 32)
        bytes.store(section.link, at: 40)
        bytes.store(section.info, at: 44)
        bytes.store(section.alignment, at: 48)
        bytes.store(section.entryByteCount, at: 56)
        return bytes
    }

    private func symbolTable() -> (symbols: [UInt8], strings: [UInt8]) {
        var symbols = [UInt8](repeating: 0, count: ELF.symbolByteCount)
        var strings: [UInt8] = [0]
        for function in linker.functions {
            var symbol = [UInt8](repeating: 0, count: ELF.symbolByteCount)
            symbol.store(UInt32(strings.count), at: 0)
            symbol.store(ELF.function, at: 4)
            symbol.store(1 as UInt16, at: 6)
            symbol.store(UInt64(function.offset), at: 8)
            symbol.store(UInt64(function.byteCount), at: 16)
            symbols += symbol
            strings += Array(names(function.name).utf8) + [0]
        }
        return (symbols, strings)
    }

    private mutating func writeHeaders(sectionTable: Int, sectionCount: Int, end: Int) {
        let segments: [(flags: UInt32, range: Range<Int>)] = [
            (4, 0..<linker.code.lowerBound), (5, linker.code), (4, linker.constants.lowerBound..<end),
        ]
        headers = [UInt8](repeating: 0, count: ELF.headerByteCount)
        headers.replaceSubrange(0..<7, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1])
        headers.store(3 as UInt16, at: 16)  // a shared object
        headers.store(linker.architecture.elfMachine, at: 18)
        headers.store(1 as UInt32, at: 20)
        headers.store(UInt64(ELF.headerByteCount), at: 32)
        headers.store(UInt64(sectionTable), at: 40)
        headers.store(UInt16(ELF.headerByteCount), at: 52)
        headers.store(UInt16(ELF.programHeaderByteCount), at: 54)
        headers.store(UInt16(segments.count), at: 56)
        headers.store(UInt16(ELF.sectionHeaderByteCount), at: 58)
        headers.store(UInt16(sectionCount), at: 60)
        headers.store(UInt16(sectionCount - 1), at: 62)
        for segment in segments {
            var header = [UInt8](repeating: 0, count: ELF.programHeaderByteCount)
            header.store(ELF.load, at: 0)
            header.store(segment.flags, at: 4)
            for field in [8, 16, 24] { header.store(UInt64(segment.range.lowerBound), at: field) }
            for field in [32, 40] { header.store(UInt64(segment.range.count), at: field) }
            header.store(UInt64(linker.pageByteCount), at: 48)
            headers += header
        }
    }
}
