import Wasm

/// A place of the text, in bytes, and the offset of what was made from it.
struct SourceMark: Sendable {
    var offset: Int
    var place: Int
}

/// Whether the branch at an offset is likely to be taken: 1, or 0.
struct BranchHint {
    var offset: Int
    var value: UInt8
}

/// Writes the binary format. Specification: "Binary Format", "Conventions".
struct ByteWriter {
    var bytes: [UInt8] = []
    /// In the order of their offsets.
    private(set) var marks: [SourceMark] = []
    /// Of conditional branches, in the order of their offsets.
    private(set) var branchHints: [BranchHint] = []

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }
    mutating func raw(_ bytes: [UInt8]) { self.bytes += bytes }

    mutating func raw(_ other: ByteWriter) {
        marks += other.marks.map { SourceMark(offset: $0.offset + bytes.count, place: $0.place) }
        branchHints += other.branchHints.map { BranchHint(offset: $0.offset + bytes.count, value: $0.value) }
        bytes += other.bytes
    }

    /// What is written next says what is at this place of the text.
    mutating func mark(_ place: Int) { marks.append(SourceMark(offset: bytes.count, place: place)) }

    /// What is written next is a conditional branch.
    mutating func hint(_ value: UInt8) { branchHints.append(BranchHint(offset: bytes.count, value: value)) }

    /// Takes away what was written from `start` on.
    mutating func cut(from start: Int) -> ByteWriter {
        var part = ByteWriter(bytes: Array(bytes[start...]))
        while let mark = marks.last, mark.offset >= start {
            part.marks.append(SourceMark(offset: mark.offset - start, place: mark.place))
            marks.removeLast()
        }
        part.marks.reverse()
        while let hint = branchHints.last, hint.offset >= start {
            part.branchHints.insert(BranchHint(offset: hint.offset - start, value: hint.value), at: 0)
            branchHints.removeLast()
        }
        bytes.removeSubrange(start...)
        return part
    }

    /// Unsigned LEB128.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func u32(_ value: UInt32) { unsigned(UInt64(value)) }

    /// Signed LEB128.
    mutating func signed(_ value: Int64) {
        var rest = value
        while !(-0x40..<0x40).contains(rest) {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest) & 0x7F)
    }

    mutating func littleEndian(_ value: UInt64, byteCount: Int) {
        for shift in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
    }

    /// A vector of bytes: its length, then the bytes.
    mutating func sized(_ content: [UInt8]) {
        unsigned(UInt64(content.count))
        bytes += content
    }

    mutating func sized(_ content: ByteWriter) {
        unsigned(UInt64(content.bytes.count))
        raw(content)
    }

    mutating func types(_ types: [ValueType]) {
        unsigned(UInt64(types.count))
        for type in types { valueType(type) }
    }

    mutating func valueType(_ type: ValueType) {
        if let code = type.code { return byte(code) }
        byte(type.isNullable ? 0x63 : 0x64)
        if let heapType = type.heapType { self.heapType(heapType) }
    }

    mutating func heapType(_ type: HeapType) {
        if case .defined(let index) = type { return signed(Int64(index)) }
        if let code = ValueType.reference(to: type).code { byte(code) }
    }

    mutating func definedType(_ type: DefinedType) {
        if !type.isFinal || type.supertype != nil {
            byte(type.isFinal ? 0x4F : 0x50)
            unsigned(type.supertype == nil ? 0 : 1)
            if let supertype = type.supertype { unsigned(UInt64(supertype)) }
        }
        switch type.composite {
        case .function(let function):
            byte(0x60)
            types(function.parameters)
            types(function.results)
        case .structure(let fields):
            byte(0x5F)
            unsigned(UInt64(fields.count))
            for field in fields { fieldType(field) }
        case .array(let field):
            byte(0x5E)
            fieldType(field)
        }
    }

    private mutating func fieldType(_ field: FieldType) {
        switch field.storage {
        case .value(let type): valueType(type)
        case .i8: byte(0x78)
        case .i16: byte(0x77)
        }
        byte(field.isMutable ? 1 : 0)
    }

    mutating func opcode(_ opcode: Opcode) {
        let row = opcode.row
        guard row.prefix != 0 else { return byte(UInt8(truncatingIfNeeded: row.code)) }
        byte(row.prefix)
        u32(row.code)
    }
}

/// A vector under construction: its elements and how many there are.
struct VectorWriter {
    private(set) var count = 0
    private var writer = ByteWriter()

    /// - Parameter place: where in the text the element is.
    mutating func append(from place: Int? = nil, _ write: (inout ByteWriter) -> Void) {
        count += 1
        if let place { writer.mark(place) }
        write(&writer)
    }

    var content: ByteWriter {
        var result = ByteWriter()
        result.unsigned(UInt64(count))
        result.raw(writer)
        return result
    }
}
