/// Types in the binary format. Specification: "Types".
extension ByteReader {
    mutating func valueType() throws(ModuleError) -> ValueType {
        let start = position
        let code = try byte()
        if let type = ValueType(code: code) { return try allowed(type, at: start) }
        throw unknownType(code, "malformed value type", at: start)
    }

    mutating func referenceType() throws(ModuleError) -> ValueType {
        let start = position
        let code = try byte()
        if let type = ValueType(code: code), type.isReference {
            // Tables of functions are as old as WebAssembly.
            return type == .funcref ? type : try allowed(type, at: start)
        }
        throw unknownType(code, "malformed reference type", at: start)
    }

    /// `ref.null`'s: `func` or `extern`. A type index, which is not negative, came with typed function references.
    mutating func heapType() throws(ModuleError) -> ValueType {
        let start = position
        guard let code = peek(), code & 0xC0 != 0x40 else { return try referenceType() }
        let index = try s33()
        if index >= 0 { throw ModuleError(needs: .functionReferences, "ref.null of type \(index)", offset: start) }
        throw malformed("malformed reference type", at: start)
    }

    /// The type, if modules may use the feature that it came with.
    private mutating func allowed(_ type: ValueType, at offset: Int) throws(ModuleError) -> ValueType {
        if type == .v128 { try require(.simd, "v128", at: offset) }
        if type == .exnref {
            try require(.exceptions, type.description, at: offset)
        } else if type.isReference {
            try require(.referenceTypes, type.description, at: offset)
        }
        return type
    }

    private func unknownType(_ code: UInt8, _ message: String, at offset: Int) -> ModuleError {
        switch code {
        case 0x63, 0x64: ModuleError(needs: .functionReferences, "type 0x\(String(code, radix: 16))", offset: offset)
        case 0x6A...0x6E, 0x71...0x73:
            ModuleError(needs: .gc, "type 0x\(String(code, radix: 16))", offset: offset)
        case 0x74: ModuleError(needs: .exceptions, "type 0x\(String(code, radix: 16))", offset: offset)
        default: malformed("\(message) 0x\(String(code, radix: 16))", at: offset)
        }
    }

    mutating func functionType() throws(ModuleError) -> FunctionType {
        let start = position
        let form = try byte()
        guard form == 0x60 else {
            if [0x4E, 0x4F, 0x50, 0x5E, 0x5F].contains(form) {
                throw ModuleError(needs: .gc, "type 0x\(String(form, radix: 16))", offset: start)
            }
            // The form is a signed LEB128 number in the older text of the specification.
            let problem = form >= 0x80 ? "integer representation too long" : "malformed function type"
            throw malformed("\(problem): form 0x\(String(form, radix: 16))", at: start)
        }
        var parameters: [ValueType] = []
        for _ in 0..<(try count(limit: Limit.parameters, of: "parameters")) { parameters.append(try valueType()) }
        var results: [ValueType] = []
        for _ in 0..<(try count(limit: Limit.results, of: "results")) { results.append(try valueType()) }
        return FunctionType(parameters: parameters, results: results)
    }

    /// What the flags before limits say: bit 0 that there is a maximum, bit 1 that a memory is shared, bit 2 that
    /// addresses are `i64`, bit 3 that the size of a memory's pages follows.
    private mutating func limits(ofMemory: Bool = false) throws(ModuleError)
        -> (limits: Limits, is64Bit: Bool, isShared: Bool, hasPageSize: Bool)
    {
        let start = position
        let flags = try u32()
        switch flags {
        case 0, 1, 4, 5: break
        case 0..<16 where ofMemory:
            if flags & 2 != 0 { try require(.threads, "a shared memory", at: start) }
            if flags & 8 != 0 { try require(.customPageSizes, "a memory with a page size", at: start) }
        default: throw malformed("malformed limits flags 0x\(String(flags, radix: 16))", at: start)
        }
        guard position - start == 1 else { throw malformed("integer representation too long", at: start) }
        if flags & 4 != 0 { try require(.memory64, "limits with i64", at: start) }
        let minimum = try u64()
        let limits = Limits(minimum: minimum, maximum: flags & 1 != 0 ? try u64() : nil)
        let isShared = flags & 2 != 0
        guard !isShared || limits.maximum != nil else {
            throw ModuleError(.invalid, "shared memory must have maximum", offset: start)
        }
        return (limits, flags & 4 != 0, isShared, flags & 8 != 0)
    }

    /// The binary logarithm of the size of pages, which is 1 byte or 64 KiB.
    private mutating func hasBytePages() throws(ModuleError) -> Bool {
        let start = position
        let exponent = try u32()
        guard exponent < 64 else { throw malformed("invalid custom page size 2^\(exponent)", at: start) }
        guard exponent == 0 || exponent == 16 else {
            throw ModuleError(
                .invalid, "invalid custom page size 2^\(exponent): pages have 1 or 65536 bytes", offset: start)
        }
        return exponent == 0
    }

    private func checkOrder(_ limits: Limits, at offset: Int) throws(ModuleError) {
        if let maximum = limits.maximum, maximum < limits.minimum {
            throw ModuleError(
                .invalid, "size minimum must not be greater than maximum: \(limits.minimum) > \(maximum)",
                offset: offset)
        }
    }

    mutating func tableType() throws(ModuleError) -> TableType {
        let element = try referenceType()
        let start = position
        let (limits, is64Bit, _, _) = try limits()
        let most = TableType.mostElements(is64Bit: is64Bit)
        guard limits.minimum <= most, limits.maximum ?? 0 <= most else {
            throw ModuleError(.invalid, "table size must be at most 2^32 - 1 elements", offset: start)
        }
        try checkOrder(limits, at: start)
        return TableType(element: element, elements: limits, is64Bit: is64Bit)
    }

    mutating func memoryType() throws(ModuleError) -> MemoryType {
        let start = position
        let (limits, is64Bit, isShared, hasPageSize) = try limits(ofMemory: true)
        let hasBytePages = hasPageSize ? try hasBytePages() : false
        let type = MemoryType(pages: limits, is64Bit: is64Bit, isShared: isShared, hasBytePages: hasBytePages)
        guard limits.minimum <= type.mostPages, limits.maximum ?? 0 <= type.mostPages else {
            let size = hasBytePages ? "2^32 - 1 pages of a byte" : is64Bit ? "2^48 pages" : "65536 pages (4GiB)"
            throw ModuleError(.invalid, "memory size must be at most \(size)", offset: start)
        }
        try checkOrder(limits, at: start)
        return type
    }

    /// A tag's attribute, which is zero, and its type. Specification: "Tag Types".
    mutating func tagType() throws(ModuleError) -> Int {
        let start = position
        guard try byte() == 0 else { throw malformed("malformed tag attribute", at: start) }
        return Int(try u32())
    }

    mutating func globalType() throws(ModuleError) -> GlobalType {
        let value = try valueType()
        let start = position
        let mutability = try byte()
        guard mutability <= 1 else { throw malformed("malformed mutability", at: start) }
        return GlobalType(value: value, isMutable: mutability == 1)
    }

    mutating func blockType() throws(ModuleError) -> BlockType {
        let start = position
        guard let code = peek() else { throw malformed("unexpected end") }
        if code == 0x40 {
            position += 1
            return .empty
        }
        if code & 0xC0 == 0x40 { return .value(try valueType()) }
        let index = try s33()
        guard let index = UInt32(exactly: index) else { throw malformed("malformed block type", at: start) }
        return .type(index: index)
    }
}
