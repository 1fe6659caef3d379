internal import Wasm

/// Writing the binary format. Specification: "Binary Format".
extension [UInt8] {
    mutating func u32(_ value: some BinaryInteger) {
        var rest = UInt64(truncatingIfNeeded: value)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func signed(_ value: Int64) {
        var rest = value
        while true {
            let byte = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
                append(byte)
                return
            }
            append(byte | 0x80)
        }
    }

    mutating func fixed(_ value: UInt64, byteCount: Int) {
        for index in 0..<byteCount { append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
    }

    mutating func name(_ bytes: [UInt8]) {
        u32(bytes.count)
        append(contentsOf: bytes)
    }

    /// A vector of already encoded items.
    mutating func vector(_ items: [[UInt8]]) {
        u32(items.count)
        for item in items { append(contentsOf: item) }
    }

    mutating func section(_ id: UInt8, _ content: [UInt8]) {
        append(id)
        u32(content.count)
        append(contentsOf: content)
    }

    mutating func limits(_ limits: Limits) {
        append(limits.maximum == nil ? 0 : 1)
        u32(limits.minimum)
        if let maximum = limits.maximum { u32(maximum) }
    }

    mutating func types(_ types: [ValueType]) {
        u32(types.count)
        for type in types { append(type.code) }
    }

    mutating func opcode(_ row: InstructionRow) {
        if row.prefix != 0 {
            append(row.prefix)
            u32(row.code)
        } else {
            append(UInt8(truncatingIfNeeded: row.code))
        }
    }
}
