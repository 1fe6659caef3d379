/// Types that came after WebAssembly 2.0, to be passed over.
extension FeatureSurvey {
    /// A type, or several that may refer to each other.
    mutating func recursiveTypes() throws(ModuleError) {
        let start = reader.position
        if try attempt({ reader throws(ModuleError) in _ = try reader.recursiveGroup(first: 0) }) { return }
        throw reader.malformed("a type that is not known", at: start)
    }

    mutating func valueType() throws(ModuleError) {
        if try attempt({ reader throws(ModuleError) in _ = try reader.valueType() }) { return }
        let code = try reader.byte()
        if code == 0x63 || code == 0x64 { _ = try reader.s33() }
    }

    mutating func heapType() throws(ModuleError) {
        if try attempt({ reader throws(ModuleError) in _ = try reader.heapType() }) { return }
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
        guard let code = reader.peek(), code & 0xC0 == 0x40 else {
            _ = try reader.s33()
            return
        }
        if code == 0x40 { _ = try reader.byte() } else { try valueType() }
    }
}
