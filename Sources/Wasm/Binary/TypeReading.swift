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

    /// The flags say whether there is a maximum; those of 3.0 and of threads are recognised and refused by name.
    private mutating func limits() throws(ModuleError) -> Limits {
        let start = position
        let flags = try u32()
        switch flags {
        case 0, 1: break
        case 2, 3: throw ModuleError(needs: .threads, "a shared memory", offset: start)
        case 4...7: throw ModuleError(needs: .memory64, offset: start)
        default: throw malformed("malformed limits flags 0x\(String(flags, radix: 16))", at: start)
        }
        guard position - start == 1 else { throw malformed("integer representation too long", at: start) }
        let minimum = try u64()
        return Limits(minimum: minimum, maximum: flags == 1 ? try u64() : nil)
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
        let limits = try limits()
        guard limits.minimum <= UInt32.max, limits.maximum ?? 0 <= UInt32.max else {
            throw ModuleError(.invalid, "table size must be at most 2^32 - 1 elements", offset: start)
        }
        try checkOrder(limits, at: start)
        return TableType(element: element, elements: limits)
    }

    mutating func memoryType() throws(ModuleError) -> MemoryType {
        let start = position
        let limits = try limits()
        guard limits.minimum <= Limit.memoryPages, limits.maximum ?? 0 <= Limit.memoryPages else {
            throw ModuleError(.invalid, "memory size must be at most 65536 pages (4GiB)", offset: start)
        }
        try checkOrder(limits, at: start)
        return MemoryType(pages: limits)
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
