/// Types that came after WebAssembly 2.0, to be passed over.
extension FeatureSurvey {
    /// A type, or several that may refer to each other.
    mutating func recursiveTypes() throws(ModuleError) {
        if try attempt({ reader throws(ModuleError) in _ = try reader.functionType() }) { return }
        guard reader.peek() == 0x4E else { return try subtype() }
        _ = try reader.byte()
        for _ in 0..<(try reader.u32()) { try subtype() }
    }

    private mutating func subtype() throws(ModuleError) {
        if reader.peek() == 0x4F || reader.peek() == 0x50 {
            _ = try reader.byte()
            for _ in 0..<(try reader.u32()) { _ = try reader.u32() }
        }
        let start = reader.position
        let form = try reader.byte()
        switch form {
        case 0x5E: try field()
        case 0x5F: for _ in 0..<(try reader.u32()) { try field() }
        case 0x60: for _ in 0..<2 { for _ in 0..<(try reader.u32()) { try valueType() } }
        default: throw reader.malformed("malformed type form 0x\(String(form, radix: 16))", at: start)
        }
    }

    private mutating func field() throws(ModuleError) {
        // i16 and i8.
        if reader.peek() == 0x77 || reader.peek() == 0x78 { _ = try reader.byte() } else { try valueType() }
        _ = try reader.byte()
    }

    mutating func valueType() throws(ModuleError) {
        if try attempt({ reader throws(ModuleError) in _ = try reader.valueType() }) { return }
        let code = try reader.byte()
        if code == 0x63 || code == 0x64 { try heapType() }
    }

    mutating func heapType() throws(ModuleError) {
        let start = reader.position
        if let code = reader.peek(), (0x6A...0x6E).contains(code) || (0x71...0x73).contains(code) {
            note(.gc, "type 0x\(String(code, radix: 16))", at: start)
        }
        _ = try reader.s33()
    }

    mutating func tableType() throws(ModuleError) {
        if try attempt(notes: false, { reader throws(ModuleError) in _ = try reader.tableType() }) { return }
        try valueType()
        try limits()
    }

    mutating func globalType() throws(ModuleError) {
        try valueType()
        _ = try reader.byte()
    }

    mutating func limits() throws(ModuleError) {
        let start = reader.position
        let flags = try reader.u32()
        if flags & 2 != 0 { note(.threads, "a shared memory", at: start) }
        if flags & 4 != 0 { note(.memory64, "limits", at: start) }
        if flags & 8 != 0 { note(.customPageSizes, "a memory", at: start) }
        _ = try reader.u64()
        if flags & 1 != 0 { _ = try reader.u64() }
        if flags & 8 != 0 { _ = try reader.u32() }
    }

    mutating func blockType() throws(ModuleError) {
        guard let code = reader.peek(), code & 0xC0 == 0x40 else { return _ = try reader.s33() }
        if code == 0x40 { _ = try reader.byte() } else { try valueType() }
    }
}
