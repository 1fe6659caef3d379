/// The typing rules of instructions: from the row's signature, or by hand where the table says `*`.
/// Specification: "Instructions" of validation.
extension FunctionBodyReader {
    /// An instruction whose types are its row's.
    @inline(__always)
    mutating func checkTypes(
        _ instruction: Instruction, _ signature: UnsafePointer<InstructionTable.Signature>
    ) throws(ModuleError) {
        let count = signature.pointee.parameterCount
        if count > 2 { try pop(signature.pointee.parameter2, instruction) }
        if count > 1 { try pop(signature.pointee.parameter1, instruction) }
        if count > 0 { try pop(signature.pointee.parameter0, instruction) }
        if let result = signature.pointee.result { push(result) }
    }

    /// A load or store of a whole value.
    @inline(__always)
    mutating func checkAccess(
        _ instruction: Instruction, _ signature: UnsafePointer<InstructionTable.Signature>
    ) throws(ModuleError) {
        if signature.pointee.parameterCount > 1 { try pop(signature.pointee.parameter1, instruction) }
        try pop(address(inMemory: instruction.immediates.memoryIndex), instruction)
        if let result = signature.pointee.result { push(result) }
    }

    /// An instruction whose row has the address type of its memory.
    mutating func checkAddressed(
        _ instruction: Instruction, _ signature: UnsafePointer<InstructionTable.Signature>
    ) throws(ModuleError) {
        let immediates = instruction.immediates
        let memory = signature.pointee.immediates == .dataMemory ? immediates.secondIndex : immediates.index
        let address = address(inMemory: Int(memory))
        for type in instruction.opcode.row.parameters.reversed() {
            try pop(type == .addr ? address : type, instruction)
        }
        if let result = signature.pointee.result { push(result == .addr ? address : result) }
    }

    /// `local.get`, `local.set` or `local.tee`.
    @inline(__always)
    mutating func checkLocal(_ index: Int, _ opcode: Opcode, at offset: Int) throws(ModuleError) {
        guard index < locals.count else { throw unknown("local", index, Instruction(opcode: opcode, offset: offset)) }
        let type = locals[index]
        if opcode != .localGet, !operands.pop(if: type) {
            try popUnusual(type, Instruction(opcode: opcode, offset: offset))
        }
        if type.isNonNull { try checkInitialization(of: index, Instruction(opcode: opcode, offset: offset)) }
        if opcode != .localSet { push(type) }
    }

    /// A local without an initial value is set before it is read. Specification: "Local Types".
    @inline(never)
    private mutating func checkInitialization(of local: Int, _ instruction: Instruction) throws(ModuleError) {
        guard local < isUninitialized.count, isUninitialized[local] else { return }
        guard instruction.opcode != .localGet else {
            throw invalid("uninitialized local \(local): a \(locals[local]) has no initial value", instruction)
        }
        isUninitialized[local] = false
        initializedLocals.append(local)
    }

    mutating func checkByHand(_ instruction: Instruction) throws(ModuleError) {
        let row = reader.table[instruction.opcode]
        switch row.pointee.family {
        case .call(let call): try check(call, instruction)
        case .parametric(let parametric): try check(parametric, instruction)
        case .variable(let variable): try check(variable, instruction)
        case .table(let table): try check(table, instruction)
        case .reference(let reference): try check(reference, instruction)
        case .wideArithmetic(let wide): try check(wide, instruction)
        case .structure(let structure): try check(structure, instruction)
        case .array(let array): try check(array, instruction)
        case .bulkMemory(.copy):
            let destination = module.memories[Int(instruction.immediates.index)].type.address
            let source = module.memories[Int(instruction.immediates.secondIndex)].type.address
            try checkCopy(to: destination, from: source, instruction)
        case .atomic, .bulkMemory, .constant, .control, .conversion, .floatBinary, .floatCompare, .floatUnary,
            .integerBinary, .integerCompare, .integerTest, .integerUnary, .load, .memory, .relaxed, .store,
            .vectorConversion, .vectorLane, .vectorLoad, .vectorStore, .vectorTest, .vectorWidening:
            throw invalid("\(row.pointee.name) has no typing rule", instruction)
        }
    }

    /// A copy counts with the narrower of the two address types.
    mutating func checkCopy(
        to destination: ValueType, from source: ValueType, _ instruction: Instruction
    ) throws(ModuleError) {
        try pop(destination == source ? source : .i32, instruction)
        try pop(source, instruction)
        try pop(destination, instruction)
    }

    // MARK: Immediates

    // Mutating, as everything on the way of each instruction is: a borrowed reader would be copied for the call.
    mutating func checkImmediates(_ instruction: Instruction) throws(ModuleError) {
        let row = reader.table[instruction.opcode]
        let index = Int(instruction.immediates.index)
        let second = Int(instruction.immediates.secondIndex)
        @inline(__always)
        func require(_ isKnown: Bool, _ what: StaticString, _ index: Int) throws(ModuleError) {
            if !isKnown { throw unknown(what, index, instruction) }
        }
        switch row.pointee.immediates {
        case .none, .zero, .label, .labels, .i32, .i64, .f32, .f64, .v128, .referenceType, .selectTypes: break
        case .castType, .castLabel: break
        case .type, .typeField, .typeCount: try require(index < module.types.count, "type", index)
        case .typeType:
            try require(index < module.types.count, "type", index)
            try require(second < module.types.count, "type", second)
        case .typeElement:
            try require(index < module.types.count, "type", index)
            try require(second < module.elementSegments.count, "elem segment", second)
        case .typeData:
            try require(index < module.types.count, "type", index)
            guard module.hasDataCount else {
                throw ModuleError(.malformed, "data count section required", offset: instruction.offset)
            }
            try require(second < module.dataSegments.count, "data segment", second)
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
            if row.pointee.immediates == .dataMemory { try require(second < module.memories.count, "memory", second) }
            guard module.hasDataCount else {
                throw ModuleError(.malformed, "data count section required", offset: instruction.offset)
            }
            try require(index < module.dataSegments.count, "data segment", index)
        case .memory: try require(index < module.memories.count, "memory", index)
        case .memoryMemory:
            try require(index < module.memories.count, "memory", index)
            try require(second < module.memories.count, "memory", second)
        case .memarg, .memargLane:
            try checkMemoryArgument(instruction, UInt8(row.pointee.naturalAlignmentExponent))
            if row.pointee.immediates == .memargLane { try checkLane(instruction, row) }
        case .tag: try require(index < module.tags.count, "tag", index)
        case .atomic:
            try checkMemoryArgument(instruction, UInt8(row.pointee.naturalAlignmentExponent))
            guard instruction.immediates.alignmentExponent == row.pointee.naturalAlignmentExponent else {
                throw invalid(
                    "atomic alignment must be natural: 2^\(instruction.immediates.alignmentExponent)", instruction)
            }
        case .blockType, .catches:
            if case .type(let index) = instruction.immediates.blockType {
                try require(Int(index) < module.types.count, "type", Int(index))
            }
        }
    }

    /// The type of functions that an instruction names by its index.
    mutating func functionType(_ index: Int, _ instruction: Instruction) throws(ModuleError) -> FunctionType {
        guard module.definedTypes.kind(of: index) == .function else {
            throw invalid("type mismatch: type \(index) is no function type", instruction)
        }
        return module.types[index]
    }

    @inline(__always)
    mutating func checkMemoryArgument(_ instruction: Instruction, _ natural: UInt8) throws(ModuleError) {
        guard instruction.immediates.memoryIndex < module.memories.count else {
            throw unknown("memory", instruction.immediates.memoryIndex, instruction)
        }
        if instruction.immediates.memoryOffset > UInt32.max,
            address(inMemory: instruction.immediates.memoryIndex) == .i32
        {
            throw invalid("offset out of range: \(instruction.immediates.memoryOffset)", instruction)
        }
        guard instruction.immediates.secondIndex <= natural else {
            throw invalid(
                "alignment must not be larger than natural: 2^\(instruction.immediates.secondIndex)", instruction)
        }
    }

    @inline(never)
    mutating func unknown(_ what: StaticString, _ index: Int, _ instruction: Instruction) -> ModuleError {
        invalid("unknown \(what) \(index)", instruction)
    }

    private mutating func checkLane(_ instruction: Instruction, _ row: UnsafePointer<InstructionRow>)
        throws(ModuleError)
    {
        let lane = Int(instruction.immediates.lane)
        guard let shape = row.pointee.shape, lane < shape.laneCount else {
            throw invalid(
                "invalid lane index \(lane): \(row.pointee.name) has \(row.pointee.shape?.laneCount ?? 0) lanes",
                instruction)
        }
    }

    // MARK: Rules by hand

    private mutating func check(_ call: Family.Call, _ instruction: Instruction) throws(ModuleError) {
        push(try popArguments(of: call, instruction).results)
    }

    /// Pops what a call takes; the called function's type is the result.
    private mutating func popArguments(
        of call: Family.Call, _ instruction: Instruction
    ) throws(ModuleError) -> FunctionType {
        let type: FunctionType
        switch call {
        case .direct: type = module.type(ofFunction: Int(instruction.immediates.index))
        case .indirect:
            let element = module.tables[Int(instruction.immediates.secondIndex)].type.element
            guard element.matches(.funcref, in: module.definedTypes) else {
                throw invalid(
                    "type mismatch: \(instruction.opcode.row.name) needs a table of funcref", instruction)
            }
            type = try functionType(Int(instruction.immediates.index), instruction)
            try pop(address(inTable: Int(instruction.immediates.secondIndex)), instruction)
        case .reference:
            let index = Int(instruction.immediates.index)
            type = try functionType(index, instruction)
            try pop(.reference(to: .defined(index)), instruction)
        }
        if call != .direct, module.exceptionTypes.contains(Int(instruction.immediates.index)) {
            handsOnExceptions = true
        }
        try pop(type.parameters, instruction)
        return type
    }

    /// The called function returns to this one's caller, so it returns the same. Specification: "return_call".
    mutating func checkTailCall(_ call: Family.Call, _ instruction: Instruction) throws(ModuleError) {
        let type = try popArguments(of: call, instruction)
        let results = module.functionType(of: frames[0].type).results
        guard type.results.matches(results, in: module.definedTypes) else {
            func list(_ types: [ValueType]) -> String { "[\(types.map(\.description).joined(separator: " "))]" }
            throw invalid(
                """
                type mismatch: \(instruction.opcode.row.name) of a function with results \(list(type.results)) in \
                one with results \(list(results))
                """, instruction)
        }
        hasTailCall = true
        markUnreachable()
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
        case .localGet, .localSet, .localTee: try checkLocal(index, instruction.opcode, at: instruction.offset)
        case .globalGet: push(module.globals[index].type.value)
        case .globalSet:
            guard module.globals[index].type.isMutable else {
                throw invalid("global is immutable: \(index)", instruction)
            }
            try pop(module.globals[index].type.value, instruction)
        }
    }
}

extension FunctionBodyReader {
    /// Numbers of 128 bits are two operands and two results: more than a row can say.
    private mutating func check(_ wide: Family.WideArithmetic, _ instruction: Instruction) throws(ModuleError) {
        let operandCount =
            switch wide {
            case .add, .subtract: 4
            case .multiplySigned, .multiplyUnsigned: 2
            }
        for _ in 0..<operandCount { try pop(.i64, instruction) }
        for _ in 0..<2 { push(.i64) }
    }
}
