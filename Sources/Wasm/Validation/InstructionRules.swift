/// The typing rules of instructions: from the row's signature, or by hand where the table says `*`.
/// Specification: "Instructions" of validation.
extension FunctionBodyReader {
    /// Checks one instruction; answers whether it is an `else` or `end` of a block whose start is reachable.
    mutating func check(_ instruction: Instruction) throws(ModuleError) -> Bool {
        let row = InstructionRow.table[Int(instruction.opcode.rawValue)]
        try checkIndices(instruction, row)
        if row.isRuleByHand { return try checkByHand(instruction, row) }
        if row.parameterCount > 2 { try pop(row.parameter2, instruction) }
        if row.parameterCount > 1 { try pop(row.parameter1, instruction) }
        if row.parameterCount > 0 { try pop(row.parameter0, instruction) }
        if let result = row.result { push(result) }
        return false
    }

    private mutating func checkByHand(_ instruction: Instruction, _ row: InstructionRow) throws(ModuleError) -> Bool {
        switch row.family {
        case .control(let control): return try check(control, instruction)
        case .call(let call): try check(call, instruction)
        case .parametric(let parametric): try check(parametric, instruction)
        case .variable(let variable): try check(variable, instruction)
        case .table(let table): try check(table, instruction)
        case .reference(let reference): try check(reference, instruction)
        case .bulkMemory, .constant, .conversion, .floatBinary, .floatCompare, .floatUnary, .integerBinary,
            .integerCompare, .integerTest, .integerUnary, .load, .memory, .store, .vectorConversion, .vectorLane,
            .vectorLoad, .vectorStore, .vectorTest, .vectorWidening:
            throw invalid("\(row.name) has no typing rule", instruction)
        }
        return false
    }

    // MARK: Indices

    private func checkIndices(_ instruction: Instruction, _ row: InstructionRow) throws(ModuleError) {
        let index = Int(instruction.immediates.index)
        let second = Int(instruction.immediates.secondIndex)
        func require(_ isKnown: Bool, _ what: String, _ index: Int) throws(ModuleError) {
            if !isKnown { throw invalid("unknown \(what) \(index)", instruction) }
        }
        switch row.immediates {
        case .none, .label, .labels, .i32, .i64, .f32, .f64, .v128, .referenceType, .selectTypes: break
        case .lane: try checkLane(instruction, row)
        case .shuffle:
            // Each byte of the mask is a lane of the two operands.
            let outside = (instruction.immediates.bits | instruction.immediates.highBits) & 0xE0E0_E0E0_E0E0_E0E0
            guard outside == 0 else { throw invalid("invalid lane index: a shuffle has lanes 0 to 31", instruction) }
        case .function: try require(index < module.functions.count, "function", index)
        case .typeTable:
            try require(second < module.tables.count, "table", second)
            try require(index < module.types.count, "type", index)
        case .local: try require(index < locals.count, "local", index)
        case .global: try require(index < module.globals.count, "global", index)
        case .table: try require(index < module.tables.count, "table", index)
        case .tableTable:
            try require(index < module.tables.count, "table", index)
            try require(second < module.tables.count, "table", second)
        case .elementTable:
            try require(second < module.tables.count, "table", second)
            try require(index < module.elementSegments.count, "elem segment", index)
        case .element: try require(index < module.elementSegments.count, "elem segment", index)
        case .data, .dataMemory:
            if row.immediates == .dataMemory { try require(second < module.memories.count, "memory", second) }
            guard module.hasDataCount else {
                throw ModuleError(.malformed, "data count section required", offset: instruction.offset)
            }
            try require(index < module.dataSegments.count, "data segment", index)
        case .memory: try require(index < module.memories.count, "memory", index)
        case .memoryMemory:
            try require(index < module.memories.count, "memory", index)
            try require(second < module.memories.count, "memory", second)
        case .memarg, .memargLane:
            try require(index < module.memories.count, "memory", index)
            guard second <= row.naturalAlignmentExponent else {
                throw invalid("alignment must not be larger than natural: 2^\(second)", instruction)
            }
            if row.immediates == .memargLane { try checkLane(instruction, row) }
        case .blockType:
            if case .type(let index) = instruction.immediates.blockType {
                try require(Int(index) < module.types.count, "type", Int(index))
            }
        }
    }

    private func checkLane(_ instruction: Instruction, _ row: InstructionRow) throws(ModuleError) {
        let lane = Int(instruction.immediates.lane)
        guard let shape = row.shape, lane < shape.laneCount else {
            throw invalid("invalid lane index \(lane): \(row.name) has \(row.shape?.laneCount ?? 0) lanes", instruction)
        }
    }

    // MARK: Rules by hand

    private mutating func check(_ control: Family.Control, _ instruction: Instruction) throws(ModuleError) -> Bool {
        switch control {
        case .nop: break
        case .unreachable: markUnreachable()
        case .block, .loop, .if:
            if control == .if { try pop(.i32, instruction) }
            let type = module.functionType(of: instruction.immediates.blockType)
            try pop(type.parameters, instruction)
            enter(control == .block ? .block : control == .loop ? .loop : .if, type)
        case .else:
            guard frames[frames.count - 1].kind == .if else {
                throw ModuleError(.malformed, "END opcode expected: else without if", offset: instruction.offset)
            }
            let frame = try leave(instruction)
            // `enter` reads the enclosing frame's reachability, which is this block's.
            enter(.else, frame.type)
            return !frame.isSwallowed
        case .end:
            let frame = try leave(instruction)
            if frame.kind == .if, frame.type.parameters != frame.type.results {
                throw invalid("type mismatch: an if without else has to return its parameters", instruction)
            }
            push(frame.type.results)
            return !frame.isSwallowed
        case .br:
            try pop(try label(instruction.immediates.index, instruction).labelTypes, instruction)
            markUnreachable()
        case .brIf:
            try pop(.i32, instruction)
            let types = try label(instruction.immediates.index, instruction).labelTypes
            try pop(types, instruction)
            push(types)
        case .brTable: try checkBranchTable(instruction)
        case .return:
            try pop(frames[0].type.results, instruction)
            markUnreachable()
        }
        return false
    }

    private mutating func checkBranchTable(_ instruction: Instruction) throws(ModuleError) {
        try pop(.i32, instruction)
        let labels = labels(of: instruction)
        let arity = try label(labels[labels.count - 1], instruction).labelTypes.count
        var checked: Set<UInt32> = []
        for depth in labels where checked.insert(depth).inserted {
            let types = try label(depth, instruction).labelTypes
            guard types.count == arity else { throw invalid("type mismatch: br_table labels of different arity", instruction) }
            let saved = operands
            try pop(types, instruction)
            operands = saved
        }
        try pop(try label(labels[labels.count - 1], instruction).labelTypes, instruction)
        markUnreachable()
    }

    private mutating func check(_ call: Family.Call, _ instruction: Instruction) throws(ModuleError) {
        let type: FunctionType
        switch call {
        case .direct: type = module.type(ofFunction: Int(instruction.immediates.index))
        case .indirect:
            guard module.tables[Int(instruction.immediates.secondIndex)].type.element == .funcref else {
                throw invalid("type mismatch: call_indirect needs a table of funcref", instruction)
            }
            try pop(.i32, instruction)
            type = module.types[Int(instruction.immediates.index)]
        }
        try pop(type.parameters, instruction)
        push(type.results)
    }

    private mutating func check(_ parametric: Family.Parametric, _ instruction: Instruction) throws(ModuleError) {
        switch parametric {
        case .drop: _ = try popAny(instruction)
        case .select:
            try pop(.i32, instruction)
            let second = try popAny(instruction)
            let first = try popAny(instruction)
            for type in [first, second] {
                if let type, !type.isNumberOrVector {
                    throw invalid("type mismatch: select without a type takes numbers, found \(type)", instruction)
                }
            }
            if let first, let second, first != second {
                throw invalid("type mismatch: select of \(first) and \(second)", instruction)
            }
            push(first ?? second ?? .unknown)
        case .typedSelect:
            try pop(.i32, instruction)
            try pop(instruction.immediates.valueType, instruction)
            try pop(instruction.immediates.valueType, instruction)
            push(instruction.immediates.valueType)
        }
    }

    private mutating func check(_ variable: Family.Variable, _ instruction: Instruction) throws(ModuleError) {
        let index = Int(instruction.immediates.index)
        switch variable {
        case .localGet: push(locals[index])
        case .localSet: try pop(locals[index], instruction)
        case .localTee:
            try pop(locals[index], instruction)
            push(locals[index])
        case .globalGet: push(module.globals[index].type.value)
        case .globalSet:
            guard module.globals[index].type.isMutable else { throw invalid("global is immutable: \(index)", instruction) }
            try pop(module.globals[index].type.value, instruction)
        }
    }

    private mutating func check(_ table: Family.Table, _ instruction: Instruction) throws(ModuleError) {
        let index = Int(instruction.immediates.index)
        let second = Int(instruction.immediates.secondIndex)
        switch table {
        case .get:
            try pop(.i32, instruction)
            push(module.tables[index].type.element)
        case .set:
            try pop(module.tables[index].type.element, instruction)
            try pop(.i32, instruction)
        case .grow:
            try pop(.i32, instruction)
            try pop(module.tables[index].type.element, instruction)
            push(.i32)
        case .fill:
            try pop(.i32, instruction)
            try pop(module.tables[index].type.element, instruction)
            try pop(.i32, instruction)
        case .copy, .initialize:
            let source = table == .copy ? module.tables[second].type.element : module.elementSegments[index].type
            let destination = module.tables[table == .copy ? index : second].type.element
            guard source == destination else {
                throw invalid("type mismatch: elements of \(source) for a table of \(destination)", instruction)
            }
            for _ in 0..<3 { try pop(.i32, instruction) }
        case .size: push(.i32)
        case .dropElements: break
        }
    }

    private mutating func check(_ reference: Family.Reference, _ instruction: Instruction) throws(ModuleError) {
        switch reference {
        case .null: push(instruction.immediates.valueType)
        case .isNull:
            if let type = try popAny(instruction), !type.isReference {
                throw invalid("type mismatch: ref.is_null expected a reference, found \(type)", instruction)
            }
            push(.i32)
        case .function:
            let index = Int(instruction.immediates.index)
            guard module.functions[index].isReferenced else { throw invalid("undeclared function reference \(index)", instruction) }
            push(.funcref)
        }
    }
}

extension InstructionRow {
    /// The largest alignment that an access may promise: its own width, as an exponent of two.
    public var naturalAlignmentExponent: Int { (accessByteCount ?? 1).trailingZeroBitCount }

    /// How many bytes of memory a load or store touches.
    public var accessByteCount: Int? {
        switch family {
        case .load(let load):
            switch load {
            case .signed8, .unsigned8: 1
            case .signed16, .unsigned16: 2
            case .i32, .f32, .signed32, .unsigned32: 4
            case .i64, .f64: 8
            }
        case .store(let store):
            switch store {
            case .low8: 1
            case .low16: 2
            case .i32, .f32, .low32: 4
            case .i64, .f64: 8
            }
        case .vectorLoad(let load):
            switch load {
            case .full: 16
            case .extendSigned, .extendUnsigned: 8
            case .splat, .zero, .lane: shape.map { $0.laneBitCount / 8 }
            }
        case .vectorStore(let store):
            switch store {
            case .full: 16
            case .lane: shape.map { $0.laneBitCount / 8 }
            }
        case .bulkMemory, .call, .constant, .control, .conversion, .floatBinary, .floatCompare, .floatUnary,
            .integerBinary, .integerCompare, .integerTest, .integerUnary, .memory, .parametric, .reference, .table,
            .variable, .vectorConversion, .vectorLane, .vectorTest, .vectorWidening:
            nil
        }
    }
}
