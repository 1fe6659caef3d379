/// Instructions in the binary format: the opcode is looked up in the table, its row says which immediates follow.
/// Specification: "Instructions".
extension ByteReader {
    mutating func instruction() throws(ModuleError) -> Instruction {
        var instruction = Instruction(opcode: .nop, offset: position)
        instruction.opcode = try opcode()
        try immediates(table.signature(instruction.opcode).pointee.immediates, into: &instruction.immediates)
        return instruction
    }

    @inline(__always)
    mutating func opcode() throws(ModuleError) -> Opcode {
        let offset = position
        let first = try byte()
        return if let core = table[core: first] { core } else { try featureOpcode(first, at: offset) }
    }

    /// The rest of an opcode that has a prefix or came with a feature.
    @inline(never)
    private mutating func featureOpcode(_ first: UInt8, at offset: Int) throws(ModuleError) -> Opcode {
        let code = table.isPrefix(first) ? try u32() : 0
        guard let opcode = table.isPrefix(first) ? table[prefix: first, code] : table[first] else {
            throw unknownOpcode(first, code, at: offset)
        }
        let row = table[opcode]
        try require(row.pointee.feature, row.pointee.name.description, at: offset)
        return opcode
    }

    @inline(never)
    private func unknownOpcode(_ first: UInt8, _ second: UInt32, at offset: Int) -> ModuleError {
        let feature: Feature? =
            switch first {
            case 0xE0...0xE6: .stackSwitching
            default: nil
            }
        let code =
            "0x\(String(first, radix: 16))" + (table.isPrefix(first) ? " 0x\(String(second, radix: 16))" : "")
        if let feature { return ModuleError(needs: feature, "opcode \(code)", offset: offset) }
        return malformed("illegal opcode \(code)", at: offset)
    }

    mutating func immediates(_ kind: ImmediateKind, into immediates: inout Immediates) throws(ModuleError) {
        switch kind {
        case .none: break
        case .label, .function, .local, .global, .table, .element, .data, .tag, .type: immediates.index = try u32()
        case .tableTable, .elementTable, .typeTable, .typeField, .typeCount, .typeData, .typeElement, .typeType:
            immediates.index = try u32()
            immediates.secondIndex = try u32()
        case .dataMemory:
            immediates.index = try u32()
            immediates.secondIndex = try memoryIndex()
        case .memory: immediates.index = try memoryIndex()
        case .memoryMemory:
            immediates.index = try memoryIndex()
            immediates.secondIndex = try memoryIndex()
        case .labels:
            let count = try count(limit: Limit.branchTargets, of: "br_table targets")
            immediates.index = UInt32(count)
            let start = position
            for _ in 0...count { _ = try u32() }
            immediates.labels = start..<position
        case .memarg, .atomic: try memarg(&immediates)
        case .memargLane:
            try memarg(&immediates)
            immediates.lane = try byte()
        case .lane: immediates.lane = try byte()
        case .zero:
            let start = position
            guard try byte() == 0 else { throw malformed("zero byte expected", at: start) }
        case .i32: immediates.bits = UInt64(UInt32(bitPattern: try s32()))
        case .i64: immediates.bits = UInt64(bitPattern: try s64())
        case .f32: immediates.bits = try fixed(byteCount: 4)
        case .f64: immediates.bits = try fixed(byteCount: 8)
        case .v128, .shuffle:
            immediates.bits = try fixed(byteCount: 8)
            immediates.highBits = try fixed(byteCount: 8)
        case .blockType: immediates.blockType = try blockType()
        case .catches:
            immediates.blockType = try blockType()
            let count = try count(limit: Limit.branchTargets, of: "catch clauses")
            immediates.catches = (position, count)
            for _ in 0..<count { _ = try catchClause() }
        case .castLabel: try castLabel(&immediates)
        case .referenceType, .castType: immediates.valueType = .reference(to: try heapType())
        case .selectTypes:
            let start = position
            let count = try u32()
            guard count == 1 else {
                throw ModuleError(
                    .invalid, "invalid result arity: select takes one type, found \(count)", offset: start)
            }
            immediates.valueType = try valueType()
        }
    }

    /// What the flags say: bit 0 that the operand may be null, bit 1 that null is cast; then the label and both types.
    private mutating func castLabel(_ immediates: inout Immediates) throws(ModuleError) {
        let start = position
        let flags = try byte()
        guard flags < 4 else { throw malformed("malformed br_on_cast flags", at: start) }
        immediates.index = try u32()
        immediates.castSource = .reference(to: try heapType(), isNullable: flags & 1 != 0)
        immediates.castTarget = .reference(to: try heapType(), isNullable: flags & 2 != 0)
    }

    mutating func catchClause() throws(ModuleError) -> CatchClause {
        let start = position
        let kind = try byte()
        guard kind < 4 else { throw malformed("malformed catch clause 0x\(String(kind, radix: 16))", at: start) }
        let tag = kind < 2 ? Int(try u32()) : nil
        return CatchClause(tag: tag, hasReference: kind & 1 != 0, label: try u32())
    }

    /// The clauses of a `try_table` that has been read.
    func catchClauses(of instruction: Instruction) -> [CatchClause] {
        guard instruction.opcode == .tryTable else { return [] }
        let (start, count) = instruction.immediates.catches
        var reader = ByteReader(bytes, start..<bytes.count)
        return (0..<count).compactMap { _ in try? reader.catchClause() }
    }

    /// The alignment's exponent and, where bit 6 says so, the memory; then the offset.
    @inline(__always)
    mutating func memarg(_ immediates: inout Immediates) throws(ModuleError) {
        let start = position
        immediates.secondIndex = try u32()
        if immediates.secondIndex >= 0x40 { try namedMemory(&immediates, at: start) }
        immediates.bits = try u64()
    }

    @inline(never)
    private mutating func namedMemory(_ immediates: inout Immediates, at offset: Int) throws(ModuleError) {
        guard immediates.secondIndex < 0x80 else {
            throw malformed("malformed memop flags 0x\(String(immediates.secondIndex, radix: 16))", at: offset)
        }
        try require(.multiMemory, "an access that names a memory", at: offset)
        immediates.secondIndex &= 0x3F
        immediates.index = try u32()
    }

    /// Before several memories, a byte that was zero.
    private mutating func memoryIndex() throws(ModuleError) -> UInt32 {
        let start = position
        let index = try u32()
        if index != 0 || position - start != 1 { try require(.multiMemory, "zero byte expected", at: start) }
        return index
    }
}
