import Wasm

/// What follows an instruction's name, decided by the instruction's row. Specification: "Plain Instructions".
extension ModuleParser {
    /// Reads the immediates of an instruction and writes the whole instruction to `code`.
    mutating func parseImmediates(of opcode: Opcode) throws(TextError) {
        if opcode == .select, cursor.isAt(opening: "result") { return try parseTypedSelect() }
        if opcode.row.immediates == .castType { return try parseCast(opcode) }
        code.opcode(opcode)
        switch opcode.row.immediates {
        case .none: break
        case .label: code.u32(try expectLabel())
        case .labels:
            var targets = [try expectLabel()]
            while let label = try takeLabel() { targets.append(label) }
            code.unsigned(UInt64(targets.count - 1))
            for target in targets { code.u32(target) }
        case .function: code.u32(try expectIndex(functionIDs))
        case .type: code.u32(try expectIndex(typeIDs))
        case .typeField:
            let type = try expectIndex(typeIDs)
            code.u32(type)
            code.u32(try expectIndex(fieldIDs[Int(type)] ?? IndexSpace("field")))
        case .typeCount: try parseIndices(typeIDs, IndexSpace("count"))
        case .typeType: try parseIndices(typeIDs, typeIDs)
        case .typeElement: try parseIndices(typeIDs, elementIDs)
        case .typeData:
            try parseIndices(typeIDs, dataIDs)
            sections.usesDataIndices = true
        case .castType: try parseCast(opcode)
        case .castLabel:
            let label = try expectLabel()
            let source = try expectReferenceType()
            let target = try expectReferenceType()
            code.byte((source.isNullable ? 1 : 0) | (target.isNullable ? 2 : 0))
            code.u32(label)
            for type in [source, target] { if let heapType = type.heapType { code.heapType(heapType) } }
        case .local: code.u32(try expectIndex(localIDs))
        case .global: code.u32(try expectIndex(globalIDs))
        case .element: code.u32(try expectIndex(elementIDs))
        case .data:
            code.u32(try expectIndex(dataIDs))
            sections.usesDataIndices = true
        case .table: code.u32(try takeIndex(tableIDs) ?? 0)
        case .memory: code.u32(try takeIndex(memoryIDs) ?? 0)
        case .typeTable:
            let table = try takeIndex(tableIDs) ?? 0
            let type = try parseTypeUse(allowsNames: false).typeIndex
            code.u32(type)
            code.u32(table)
        case .tableTable: try parsePair(tableIDs)
        case .memoryMemory: try parsePair(memoryIDs)
        case .elementTable: try parseSegmentAndPlace(elementIDs, tableIDs)
        case .dataMemory:
            try parseSegmentAndPlace(dataIDs, memoryIDs)
            sections.usesDataIndices = true
        case .zero: code.byte(0)
        case .memarg, .atomic:
            try parseMemoryArgument(of: opcode, memory: takeIndex(memoryIDs) ?? 0)
        case .memargLane:
            // A single number is the lane.
            let next = cursor.text(ahead: 1) ?? ""
            let hasMemory =
                cursor.isAt(.identifier)
                || cursor.isAtUnsigned()
                    && (cursor.isAtUnsigned(ahead: 1) || next.hasPrefix("offset=") || next.hasPrefix("align="))
            let memory = hasMemory ? try expectIndex(memoryIDs) : 0
            try parseMemoryArgument(of: opcode, memory: memory)
            code.byte(try expectLane())
        case .lane: code.byte(try expectLane())
        case .shuffle: for _ in 0..<16 { code.byte(try expectShuffleLane()) }
        case .i32: code.signed(Int64(Int32(truncatingIfNeeded: try cursor.expectInteger(bitCount: 32))))
        case .i64: code.signed(Int64(bitPattern: try cursor.expectInteger(bitCount: 64)))
        case .f32: code.littleEndian(try cursor.expectFloat(bitCount: 32), byteCount: 4)
        case .f64: code.littleEndian(try cursor.expectFloat(bitCount: 64), byteCount: 8)
        case .v128: code.raw(try cursor.expectVector())
        case .tag: code.u32(try expectIndex(tagIDs))
        case .blockType: try parseBlockType()
        case .catches:
            try parseBlockType()
            try parseCatchClauses()
        case .referenceType: code.heapType(try expectHeapType())
        case .selectTypes: try parseTypedSelect()
        }
    }

    private mutating func parseTypedSelect() throws(TextError) {
        let (type, _) = try parseSignature(allowsNames: false)
        code.opcode(.typedSelect)
        code.types(type.results)
    }

    /// The name of both `ref.test`s and both `ref.cast`s gives those that null does not pass.
    private mutating func parseCast(_ opcode: Opcode) throws(TextError) {
        let type = try expectReferenceType()
        if type.isNullable {
            code.opcode(opcode == .refTest || opcode == .testNull ? .testNull : .castNull)
        } else {
            code.opcode(opcode == .refTest || opcode == .testNull ? .refTest : .refCast)
        }
        if let heapType = type.heapType { code.heapType(heapType) }
    }

    private mutating func parseIndices(_ first: IndexSpace, _ second: IndexSpace) throws(TextError) {
        code.u32(try expectIndex(first))
        code.u32(try expectIndex(second))
    }

    /// `(catch x l)`, `(catch_ref x l)`, `(catch_all l)`, `(catch_all_ref l)`, in any number, before the label of the
    /// block itself is known. Specification: "Control Instructions".
    mutating func parseCatchClauses() throws(TextError) {
        var clauses = ByteWriter()
        var count = 0
        while true {
            let kind: UInt8
            if cursor.take(opening: "catch") {
                kind = 0
            } else if cursor.take(opening: "catch_ref") {
                kind = 1
            } else if cursor.take(opening: "catch_all") {
                kind = 2
            } else if cursor.take(opening: "catch_all_ref") {
                kind = 3
            } else {
                break
            }
            clauses.byte(kind)
            if kind < 2 { clauses.u32(try expectIndex(tagIDs)) }
            clauses.u32(try expectLabel())
            try cursor.expect(.rightParenthesis)
            count += 1
        }
        code.unsigned(UInt64(count))
        code.raw(clauses)
    }

    // MARK: Labels and indices

    private mutating func takeLabel() throws(TextError) -> UInt32? {
        let place = cursor.token()
        guard let identifier = try cursor.takeIdentifier() else { return try cursor.takeU32() }
        guard let depth = labels.depth(of: identifier) else {
            throw cursor.error("unknown label \(Self.describe(identifier))", at: place)
        }
        return depth
    }

    private mutating func expectLabel() throws(TextError) -> UInt32 {
        guard let label = try takeLabel() else { throw cursor.unexpected() }
        return label
    }

    /// Destination and source; both or neither are written.
    private mutating func parsePair(_ space: IndexSpace) throws(TextError) {
        let destination = try takeIndex(space)
        let source = destination == nil ? 0 : try expectIndex(space)
        code.u32(destination ?? 0)
        code.u32(source)
    }

    /// `table.init` and `memory.init`: the place comes first in the text, if it is written, and last in the bytes.
    private mutating func parseSegmentAndPlace(
        _ segments: IndexSpace, _ places: IndexSpace
    ) throws(TextError) {
        let next = cursor.token(ahead: 1).kind
        let hasPlace = next == .identifier || cursor.isAtUnsigned(ahead: 1)
        let place = hasPlace ? try expectIndex(places) : 0
        let segment = try expectIndex(segments)
        code.u32(segment)
        code.u32(place)
    }

    // MARK: Memory arguments and lanes

    /// `offset=n align=n`. Specification: "Memory Instructions".
    private mutating func parseMemoryArgument(
        of opcode: Opcode, memory: UInt32
    ) throws(TextError) {
        let offset = try takeAssignment("offset=") ?? 0
        var exponent = UInt64(opcode.row.naturalAlignmentExponent)
        let place = cursor.token()
        if let alignment = try takeAssignment("align=") {
            guard alignment.nonzeroBitCount == 1 else {
                throw cursor.error("alignment must be a power of two: \(alignment)", at: place)
            }
            exponent = UInt64(alignment.trailingZeroBitCount)
        }
        code.unsigned(memory == 0 ? exponent : exponent | 0x40)
        if memory != 0 { code.u32(memory) }
        code.unsigned(offset)
    }

    private mutating func takeAssignment(_ prefix: String) throws(TextError) -> UInt64? {
        let word = cursor.word()
        guard word.starts(with: prefix.utf8) else { return nil }
        switch IntegerLiteral(word.dropFirst(prefix.utf8.count)) {
        case .value(_, false, let value)?:
            cursor.advance()
            return value
        case .tooLarge?: throw cursor.error("constant out of range")
        case .value?, nil: throw cursor.error("unknown operator")
        }
    }

    private mutating func expectLane() throws(TextError) -> UInt8 {
        guard case .value(_, false, let value)? = IntegerLiteral(cursor.word()) else { throw cursor.unexpected() }
        guard let lane = UInt8(exactly: value) else { throw cursor.error("i8 constant out of range: lane \(value)") }
        cursor.advance()
        return lane
    }

    private mutating func expectShuffleLane() throws(TextError) -> UInt8 {
        guard cursor.isAt(.word) else { throw cursor.error("invalid lane length: i8x16.shuffle takes 16 lanes") }
        guard case .value? = IntegerLiteral(cursor.word()) else { throw cursor.unexpected() }
        return try expectLane()
    }
}
