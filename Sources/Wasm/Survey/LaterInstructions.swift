/// Instructions that came after WebAssembly 2.0, to be passed over.
extension FeatureSurvey {
    mutating func instruction() throws(ModuleError) {
        let start = reader.position
        if try attempt({ reader throws(ModuleError) in _ = try reader.instruction() }) { return }
        // A known opcode is refused for what follows it.
        var open = ByteReader(reader.bytes, start..<reader.end)
        if let opcode = try? open.opcode() {
            reader.position = open.position
            return try immediates(reader.table.signature(opcode).pointee.immediates, at: start)
        }
        let first = try reader.byte()
        switch first {
        case 0x06: try blockType()  // try
        case 0x07, 0x08, 0x09, 0x12, 0x14, 0x15, 0x18, 0xD5, 0xD6: try numbers(1)
        case 0x0A, 0x19, 0xD3, 0xD4: break
        case 0x13: try numbers(2)  // return_call_indirect
        case 0x1F: try tryTable()
        case 0xFB: try referenceInstruction(try reader.u32(), at: start)
        case 0xFE: try atomicInstruction(try reader.u32())
        default: throw reader.malformed("unknown opcode 0x\(String(first, radix: 16))", at: start)
        }
    }

    private mutating func numbers(_ count: Int) throws(ModuleError) { for _ in 0..<count { _ = try reader.u32() } }

    private mutating func immediates(_ kind: ImmediateKind, at start: Int) throws(ModuleError) {
        switch kind {
        case .memarg: try memarg()
        case .memargLane:
            try memarg()
            _ = try reader.byte()
        case .memory: try numbers(1)
        case .memoryMemory, .dataMemory: try numbers(2)
        case .blockType: try blockType()
        case .referenceType: try heapType()
        case .selectTypes: for _ in 0..<(try reader.u32()) { try valueType() }
        default: throw reader.malformed("unknown immediates", at: start)
        }
    }

    private mutating func memarg() throws(ModuleError) {
        if try reader.u32() & 0x40 != 0 { try numbers(1) }
        _ = try reader.u64()
    }

    private mutating func tryTable() throws(ModuleError) {
        try blockType()
        // Clauses that catch all name no tag.
        for _ in 0..<(try reader.u32()) { try numbers(try reader.byte() < 2 ? 2 : 1) }
    }

    /// Specification of garbage collection: "Reference Instructions", "Aggregate Instructions".
    private mutating func referenceInstruction(_ code: UInt32, at start: Int) throws(ModuleError) {
        switch code {
        case 0, 1, 6, 7, 11...14, 16: try numbers(1)
        case 2...5, 8...10, 17...19: try numbers(2)
        case 15, 26...30: break
        case 20...23: try heapType()
        case 24, 25:  // br_on_cast
            _ = try reader.byte()
            try numbers(1)
            try heapType()
            try heapType()
        default: throw reader.malformed("unknown opcode 0xfb 0x\(String(code, radix: 16))", at: start)
        }
    }

    private mutating func atomicInstruction(_ code: UInt32) throws(ModuleError) {
        if code == 3 { _ = try reader.byte() } else { try memarg() }  // 3 is the fence
    }
}
