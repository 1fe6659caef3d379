/// Runs the programs in DWARF's line tables. Specification: DWARF 5, section 6.2, "Line Number Information".
struct LineProgram {
    let bytes: [UInt8]
    let strings: Range<Int>
    let lineStrings: Range<Int>
    private(set) var rows: [SourceLines.Row] = []
    private(set) var files: [SourceLines.File] = []

    init(bytes: [UInt8], strings: Range<Int>, lineStrings: Range<Int>) {
        self.bytes = bytes
        self.strings = strings
        self.lineStrings = lineStrings
    }

    /// Reads the tables of all units, up to the first that is damaged.
    mutating func read(_ section: Range<Int>) {
        var reader = DWARFReader(bytes, section)
        while !reader.isAtEnd {
            guard (try? unit(&reader)) != nil else { return }
        }
    }

    /// What a unit's header says of its program.
    private struct Header {
        var version = 0
        var is64Bit = false
        var leastInstructionByteCount: UInt64 = 1
        var lineBase: Int64 = 0
        var lineRange: UInt64 = 1
        var operandCounts: [UInt8] = []
        /// Index in `files` of the unit's file 0.
        var firstFile = 0

        var firstSpecialOpcode: UInt8 { UInt8(operandCounts.count + 1) }
    }

    private mutating func unit(_ reader: inout DWARFReader) throws(DWARFReader.Damage) {
        var header = Header()
        var unit = try reader.part(byteCount: try reader.length(&header.is64Bit))
        header.version = Int(try unit.number(byteCount: 2))
        guard (2...5).contains(header.version) else { return }
        if header.version == 5 { _ = try unit.number(byteCount: 2) }  // sizes of addresses and segment selectors
        var rest = try unit.part(byteCount: try unit.number(byteCount: header.is64Bit ? 8 : 4))
        header.leastInstructionByteCount = try rest.number(byteCount: 1)
        if header.version >= 4 { _ = try rest.number(byteCount: 1) }  // operations in an instruction
        _ = try rest.number(byteCount: 1)  // whether rows begin statements at first
        header.lineBase = Int64(Int8(truncatingIfNeeded: try rest.number(byteCount: 1)))
        header.lineRange = try rest.number(byteCount: 1)
        let firstSpecialOpcode = try rest.number(byteCount: 1)
        guard header.lineRange > 0, firstSpecialOpcode > 0 else { return }
        for _ in 1..<firstSpecialOpcode { header.operandCounts.append(UInt8(try rest.number(byteCount: 1))) }
        header.firstFile = files.count
        if header.version == 5 { try readFiles5(&rest, header) } else { try readFiles2(&rest) }
        try run(&unit, header)
    }

    // MARK: Files

    private mutating func readFiles2(_ reader: inout DWARFReader) throws(DWARFReader.Damage) {
        var directories = [0..<0]
        while case let name = try reader.string(), !name.isEmpty { directories.append(name) }
        files.append(.init(name: 0..<0, directory: 0..<0))
        while case let name = try reader.string(), !name.isEmpty {
            let directory = try reader.uleb()
            _ = try reader.uleb()  // time
            _ = try reader.uleb()  // length
            files.append(
                .init(
                    name: name, directory: directory < UInt64(directories.count) ? directories[Int(directory)] : 0..<0))
        }
    }

    private mutating func readFiles5(_ reader: inout DWARFReader, _ header: Header) throws(DWARFReader.Damage) {
        var directories = try entries(&reader, header).map(\.path)
        // Directory 0 is the compiler's own: names in it are short without.
        if !directories.isEmpty { directories[0] = 0..<0 }
        for (path, directory) in try entries(&reader, header) {
            files.append(
                .init(
                    name: path, directory: directory < UInt64(directories.count) ? directories[Int(directory)] : 0..<0))
        }
    }

    private func entries(
        _ reader: inout DWARFReader, _ header: Header
    ) throws(DWARFReader.Damage) -> [(path: Range<Int>, directory: UInt64)] {
        var formats: [(content: UInt64, form: UInt64)] = []
        for _ in 0..<(try reader.number(byteCount: 1)) { formats.append((try reader.uleb(), try reader.uleb())) }
        let count = try reader.uleb()
        // So that every entry takes a byte at least.
        guard count == 0 || !formats.isEmpty else { throw .init() }
        var entries: [(path: Range<Int>, directory: UInt64)] = []
        for _ in 0..<count {
            var entry = (path: 0..<0, directory: UInt64(0))
            for (content, form) in formats {
                let (number, text) = try value(&reader, form, header)
                if content == 1 { entry.path = text }
                if content == 2 { entry.directory = number }
            }
            entries.append(entry)
        }
        return entries
    }

    /// Specification: section 7.5.6, "Form Encodings".
    private func value(
        _ reader: inout DWARFReader, _ form: UInt64, _ header: Header
    ) throws(DWARFReader.Damage) -> (UInt64, Range<Int>) {
        let offsetByteCount = header.is64Bit ? 8 : 4
        switch form {
        case 0x08: return (0, try reader.string())
        case 0x0E: return (0, try reader.string(at: try reader.number(byteCount: offsetByteCount), in: strings))
        case 0x1F: return (0, try reader.string(at: try reader.number(byteCount: offsetByteCount), in: lineStrings))
        case 0x0B, 0x25: return (try reader.number(byteCount: 1), 0..<0)
        case 0x05, 0x26: return (try reader.number(byteCount: 2), 0..<0)
        case 0x06, 0x28: return (try reader.number(byteCount: 4), 0..<0)
        case 0x07: return (try reader.number(byteCount: 8), 0..<0)
        case 0x0F, 0x1A: return (try reader.uleb(), 0..<0)
        case 0x27: return (try reader.number(byteCount: 3), 0..<0)
        case 0x1E: _ = try reader.part(byteCount: 16)
        case 0x09: _ = try reader.part(byteCount: try reader.uleb())
        default: throw .init()
        }
        return (0, 0..<0)
    }

    // MARK: Rows

    /// Specification: section 6.2.2, "State Machine Registers".
    private struct State {
        var address: UInt64 = 0
        var file: UInt64 = 1
        var line: UInt64 = 1
    }

    private mutating func run(_ reader: inout DWARFReader, _ header: Header) throws(DWARFReader.Damage) {
        var state = State()
        var start = rows.count
        func advance(_ opcode: UInt8) {
            state.address &+=
                UInt64(opcode - header.firstSpecialOpcode) / header.lineRange &* header.leastInstructionByteCount
        }
        while !reader.isAtEnd {
            let opcode = UInt8(try reader.number(byteCount: 1))
            if opcode >= header.firstSpecialOpcode {
                advance(opcode)
                let step = header.lineBase + Int64(UInt64(opcode - header.firstSpecialOpcode) % header.lineRange)
                state.line &+= UInt64(bitPattern: step)
                append(state, header)
                continue
            }
            switch opcode {
            case 0:
                var instruction = try reader.part(byteCount: try reader.uleb())
                guard !instruction.isAtEnd else { continue }
                switch try instruction.number(byteCount: 1) {
                case 1:
                    endSequence(from: start, at: state.address)
                    start = rows.count
                    state = State()
                case 2: state.address = try instruction.number(byteCount: min(8, instruction.remaining))
                default: break
                }
            case 1: append(state, header)
            case 2: state.address &+= try reader.uleb() &* header.leastInstructionByteCount
            case 3: state.line &+= UInt64(bitPattern: try reader.sleb())
            case 4: state.file = try reader.uleb()
            case 8: advance(255)
            case 9: state.address &+= try reader.number(byteCount: 2)
            default: for _ in 0..<header.operandCounts[Int(opcode) - 1] { _ = try reader.uleb() }
            }
        }
        // A sequence without an end says nothing.
        rows.removeSubrange(start...)
    }

    private mutating func append(_ state: State, _ header: Header) {
        guard let address = UInt32(exactly: state.address) else { return }
        // Version 5 counts files from 0, the others from 1 with a place for 0.
        let file =
            state.file < UInt64(files.count - header.firstFile)
            ? Int32(exactly: header.firstFile + Int(state.file)) : nil
        let line = UInt32(exactly: state.line)
        rows.append(.init(address: address, file: file ?? 0, line: file == nil ? 0 : line ?? 0))
    }

    /// Linkers leave the lines of functions that they removed, at no address of any code.
    private mutating func endSequence(from start: Int, at address: UInt64) {
        guard start < rows.count else { return }
        guard rows[start].address > 0, let end = UInt32(exactly: address), rows[start].address < end else {
            rows.removeSubrange(start...)
            return
        }
        rows.append(.init(address: end, file: -1, line: 0))
    }
}
