/// Types in the binary format. Specification: "Types".
extension ByteReader {
    mutating func valueType() throws(ModuleError) -> ValueType {
        try valueType("malformed value type")
    }

    mutating func referenceType() throws(ModuleError) -> ValueType {
        let start = position
        let type = try valueType("malformed reference type", mayBeTable: true)
        guard type.isReference else { throw malformed("malformed reference type \(type)", at: start) }
        return type
    }

    /// - Parameter mayBeTable: tables of functions are as old as WebAssembly, other references to functions are not.
    private mutating func valueType(
        _ problem: StaticString, mayBeTable: Bool = false
    ) throws(ModuleError) -> ValueType {
        let start = position
        let code = try byte()
        if let type = ValueType(code: code) {
            if type == .v128 { try require(.simd, "v128", at: start) }
            if let heapType = type.heapType, heapType != .function || !mayBeTable {
                try require(heapType.feature, type.description, at: start)
            }
            return type
        }
        switch code {
        case 0x63, 0x64:
            try require(.functionReferences, "type 0x\(String(code, radix: 16))", at: start)
            return .reference(to: try heapType(), isNullable: code == 0x63)
        default: throw malformed("\(problem) 0x\(String(code, radix: 16))", at: start)
        }
    }

    /// What a reference refers to: a type index, which is not negative, or a code.
    mutating func heapType() throws(ModuleError) -> HeapType {
        let start = position
        if let code = peek(), code & 0xC0 == 0x40 {
            guard let type = try referenceType().heapType else { throw malformed("malformed heap type", at: start) }
            return type
        }
        let index = try s33()
        guard index >= 0 else { throw malformed("malformed heap type", at: start) }
        try require(.functionReferences, "a reference to type \(index)", at: start)
        return .defined(try known(Int(index), at: start))
    }

    private func known(_ index: Int, at offset: Int) throws(ModuleError) -> Int {
        guard index < typeCount else { throw ModuleError(.invalid, "unknown type \(index)", offset: offset) }
        return index
    }

    /// A recursive group of types: several, or one by itself.
    ///
    /// - Parameter first: the index of its first type.
    mutating func recursiveGroup(first: Int) throws(ModuleError) -> [DefinedType] {
        let start = position
        let isGroup = peek() == 0x4E
        var count = 1
        if isGroup {
            try require(.gc, "a recursive group of types", at: start)
            position += 1
            count = try self.count(limit: Limit.types - first, of: "types")
        }
        if typeCount != .max { typeCount = first + count }
        var group: [DefinedType] = []
        for _ in 0..<count { group.append(try subtype(in: first..<(first + count))) }
        return group
    }

    private mutating func subtype(in group: Range<Int>) throws(ModuleError) -> DefinedType {
        let start = position
        var type = DefinedType(.structure([]), group: group)
        if let form = peek(), form == 0x4F || form == 0x50 {
            try require(.gc, "a subtype", at: start)
            position += 1
            type.isFinal = form == 0x4F
            let count = try u32()
            guard count <= 1 else { throw ModuleError(.invalid, "sub type of \(count.counted("type"))", offset: start) }
            if count == 1 {
                let offset = position
                type.supertype = try known(Int(try u32()), at: offset)
            }
        }
        type.composite = try compositeType()
        return type
    }

    private mutating func compositeType() throws(ModuleError) -> DefinedType.Composite {
        let start = position
        switch peek() {
        case 0x5E:
            try require(.gc, "an array type", at: start)
            position += 1
            return .array(try fieldType())
        case 0x5F:
            try require(.gc, "a struct type", at: start)
            position += 1
            var fields: [FieldType] = []
            for _ in 0..<(try count(limit: Limit.fields, of: "fields")) { fields.append(try fieldType()) }
            return .structure(fields)
        default: return .function(try functionType())
        }
    }

    private mutating func fieldType() throws(ModuleError) -> FieldType {
        let storage: FieldType.Storage
        switch peek() {
        case 0x78: storage = .i8
        case 0x77: storage = .i16
        default: storage = .value(try valueType("malformed storage type"))
        }
        if storage == .i8 || storage == .i16 { position += 1 }
        return FieldType(storage, isMutable: try mutability())
    }

    private mutating func mutability() throws(ModuleError) -> Bool {
        let start = position
        let mutability = try byte()
        guard mutability <= 1 else { throw malformed("malformed mutability", at: start) }
        return mutability == 1
    }

    mutating func functionType() throws(ModuleError) -> FunctionType {
        let start = position
        let form = try byte()
        guard form == 0x60 else {
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
        case 0..<8 where ofMemory: try require(.threads, "a shared memory", at: start)
        case 8..<16 where ofMemory:
            // WebAssembly 3.0 has no such flag.
            guard features.contains(.customPageSizes) else {
                let reason = Feature.customPageSizes.refusal(of: "a memory with a page size")
                throw malformed("malformed limits flags 0x\(String(flags, radix: 16)): \(reason)", at: start)
            }
            try require(.customPageSizes, at: start)
            if flags & 2 != 0 { try require(.threads, "a shared memory", at: start) }
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
        GlobalType(value: try valueType(), isMutable: try mutability())
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
