internal import WasmLowering

/// A relocatable ELF object, as LLVM writes it.
struct ObjectFile {
    struct Section {
        var type: UInt32
        var flags: UInt64
        var bytes: Range<Int>
        var alignment: Int
        var link: Int
        var info: Int

        var isLoaded: Bool { flags & ELF.alloc != 0 && type != ELF.null && type != ELF.unwind && !bytes.isEmpty }
        var isExecutable: Bool { flags & ELF.executable != 0 }
    }

    struct Symbol {
        var name: String
        /// `nil`: defined elsewhere.
        var section: Int?
        var value: Int
        var byteCount: Int
        var isFunction: Bool
        var isLocal: Bool
    }

    struct Relocation {
        var offset: Int
        var type: UInt32
        var symbol: Int
        var addend: Int64
    }

    let bytes: [UInt8]
    let machine: UInt16
    private(set) var sections: [Section] = []
    private(set) var symbols: [Symbol] = []

    /// - Throws: ``CompileError`` when the bytes are no relocatable object.
    init(_ bytes: [UInt8]) throws(CompileError) {
        self.bytes = bytes
        guard bytes.count >= ELF.headerByteCount, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw .linking("it is no ELF object")
        }
        machine = bytes.load(at: 18)
        let start = Int(truncatingIfNeeded: bytes.load(at: 40) as UInt64)
        let count = Int(bytes.load(at: 60) as UInt16)
        guard start >= 0, start <= bytes.count, count * ELF.sectionHeaderByteCount <= bytes.count - start else {
            throw .linking("its section headers lie outside")
        }
        for index in 0..<count { try readSection(at: start + index * ELF.sectionHeaderByteCount) }
        markUnwindInformation(names: Int(bytes.load(at: 62) as UInt16), headers: start)
        for section in sections where section.type == ELF.symbolTable { try readSymbols(section) }
    }

    /// AArch64 has no type of section for it, but the name.
    private mutating func markUnwindInformation(names index: Int, headers: Int) {
        guard index < sections.count else { return }
        let names = sections[index].bytes
        for number in sections.indices {
            let header = headers + number * ELF.sectionHeaderByteCount
            let name = names.lowerBound + Int(bytes.load(at: header) as UInt32)
            guard name < names.upperBound else { continue }
            if bytes[name..<names.upperBound].starts(with: ELF.unwindName) { sections[number].type = ELF.unwind }
        }
    }

    private mutating func readSection(at header: Int) throws(CompileError) {
        let type: UInt32 = bytes.load(at: header + 4)
        let offset = Int(truncatingIfNeeded: bytes.load(at: header + 24) as UInt64)
        let count = Int(truncatingIfNeeded: bytes.load(at: header + 32) as UInt64)
        let alignment = Int(truncatingIfNeeded: bytes.load(at: header + 48) as UInt64)
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset,
            type != ELF.noBits || count == 0,
            (0...4096).contains(alignment)
        else { throw .linking("a section lies outside") }
        sections.append(
            Section(
                type: type, flags: bytes.load(at: header + 8), bytes: offset..<offset + count,
                alignment: max(1, alignment),
                link: Int(bytes.load(at: header + 40) as UInt32), info: Int(bytes.load(at: header + 44) as UInt32)))
    }

    private mutating func readSymbols(_ table: Section) throws(CompileError) {
        guard table.link < sections.count else { throw .linking("its symbol table has no names") }
        let names = sections[table.link].bytes
        for start in stride(from: table.bytes.lowerBound, to: table.bytes.upperBound, by: ELF.symbolByteCount) {
            guard start + ELF.symbolByteCount <= table.bytes.upperBound else {
                throw .linking("its symbol table is cut off")
            }
            let name = Int(bytes.load(at: start) as UInt32)
            let info: UInt8 = bytes.load(at: start + 4)
            let section = Int(bytes.load(at: start + 6) as UInt16)
            guard name < names.count || name == 0 else { throw .linking("a symbol's name lies outside") }
            let text = bytes[(names.lowerBound + name)..<names.upperBound].prefix { $0 != 0 }
            symbols.append(
                Symbol(
                    name: String(decoding: text, as: UTF8.self),
                    section: section == 0 || section >= sections.count ? nil : section,
                    value: Int(truncatingIfNeeded: bytes.load(at: start + 8) as UInt64),
                    byteCount: Int(truncatingIfNeeded: bytes.load(at: start + 16) as UInt64),
                    isFunction: info & 15 == ELF.function, isLocal: info >> 4 == 0))
        }
    }

    /// The relocations of a section, in the object's order.
    func relocations(of section: Int) throws(CompileError) -> [Relocation] {
        var list: [Relocation] = []
        for table in sections where table.type == ELF.relocationsWithAddend && table.info == section {
            for start in stride(from: table.bytes.lowerBound, to: table.bytes.upperBound, by: ELF.relocationByteCount) {
                guard start + ELF.relocationByteCount <= table.bytes.upperBound else {
                    throw .linking("its relocations are cut off")
                }
                let info: UInt64 = bytes.load(at: start + 8)
                let relocation = Relocation(
                    offset: Int(truncatingIfNeeded: bytes.load(at: start) as UInt64),
                    type: UInt32(truncatingIfNeeded: info),
                    symbol: Int(info >> 32), addend: bytes.load(at: start + 16))
                guard relocation.symbol < symbols.count, relocation.offset >= 0,
                    relocation.offset <= sections[section].bytes.count - 4
                else { throw .linking("a relocation lies outside its section") }
                list.append(relocation)
            }
        }
        return list
    }
}

/// Numbers of the ELF format.
enum ELF {
    static let headerByteCount = 64
    static let programHeaderByteCount = 56
    static let sectionHeaderByteCount = 64
    static let symbolByteCount = 24
    static let relocationByteCount = 24

    // The type of program headers that are loaded.
    static let load: UInt32 = 1

    // Section types.
    static let null: UInt32 = 0
    static let programBits: UInt32 = 1
    static let symbolTable: UInt32 = 2
    static let stringTable: UInt32 = 3
    static let relocationsWithAddend: UInt32 = 4
    static let noBits: UInt32 = 8
    static let unwind: UInt32 = 0x7000_0001
    static let unwindName = Array(".eh_frame\0".utf8)
    // As `wasmc_passes.h` describes them.
    static let sites: UInt32 = 0x8000_0001
    static let inlinedCalls: UInt32 = 0x8000_0002
    static let landingPads: UInt32 = 0x8000_0003

    // Section flags.
    static let writable: UInt64 = 1
    static let alloc: UInt64 = 2
    static let executable: UInt64 = 4

    // Symbol types.
    static let function: UInt8 = 2
}

extension CompileError {
    static func linking(_ what: String) -> CompileError {
        CompileError(message: "the object code cannot be linked: \(what)")
    }
}

extension [UInt8] {
    /// A little-endian number. The caller has checked that it lies within.
    func load<T: FixedWidthInteger>(at offset: Int) -> T {
        withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }

    mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self) }
    }

    /// Zeros up to a multiple of `alignment`.
    mutating func align(to alignment: Int) {
        let rest = count % alignment
        if rest > 0 { append(contentsOf: repeatElement(0, count: alignment - rest)) }
    }
}
