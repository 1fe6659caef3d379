/// The typing rules of control instructions. Specification: "Control Instructions" of validation.
extension FunctionBodyReader {
    /// Answers whether the instruction separates blocks and belongs to one whose start is reachable.
    mutating func checkControl(_ instruction: Instruction) throws(ModuleError) -> Bool {
        guard case .control(let control) = reader.table[instruction.opcode].pointee.family else { return false }
        switch control {
        case .nop: break
        case .unreachable: markUnreachable()
        case .block: try checkBlock(.block, instruction)
        case .loop: try checkBlock(.loop, instruction)
        case .if: try checkBlock(.if, instruction)
        case .try: try checkBlock(.try, instruction)
        case .catch, .catchAll: return try checkClause(isCatchAll: control == .catchAll, instruction)
        case .delegate: return try checkDelegate(instruction)
        case .else: return try checkElse(instruction)
        case .end: return try checkEnd(instruction)
        case .rethrow: try checkRethrow(instruction)
        case .br:
            try popLabel(of: try label(instruction.immediates.index, instruction), instruction)
            markUnreachable()
        case .brIf:
            try pop(.i32, instruction)
            let frame = try label(instruction.immediates.index, instruction)
            try popLabel(of: frame, instruction)
            pushLabel(of: frame)
        case .brTable: try checkBranchTable(instruction)
        case .brOnNull: try checkBranchOnNull(instruction)
        case .brOnNonNull: try checkBranchOnNonNull(instruction)
        case .brOnCast, .brOnCastFail: try checkBranchOnCast(isFail: control == .brOnCastFail, instruction)
        case .return:
            try popResults(of: frames[0].type, instruction)
            markUnreachable()
        case .tryTable:
            try checkImmediates(instruction)
            let type = instruction.immediates.blockType
            try popParameters(of: type, instruction)
            for clause in catchClauses(of: instruction) { try check(clause, instruction) }
            enter(.block, type)
        case .throw:
            try checkImmediates(instruction)
            let tag = module.tags[Int(instruction.immediates.index)]
            try pop(module.types[tag.typeIndex].parameters, instruction)
            markUnreachable()
        case .throwReference:
            try pop(.exnref, instruction)
            markUnreachable()
        case .returnCall, .returnCallIndirect, .returnCallReference:
            try checkImmediates(instruction)
            try checkTailCall(
                control == .returnCall ? .direct : control == .returnCallIndirect ? .indirect : .reference, instruction)
        }
        return false
    }

    // MARK: Blocks

    private mutating func checkBlock(_ kind: Frame.Kind, _ instruction: Instruction) throws(ModuleError) {
        let type = instruction.immediates.blockType
        if case .type(let index) = type {
            guard index < module.types.count else { throw unknown("type", Int(index), instruction) }
            _ = try functionType(Int(index), instruction)
        }
        if kind == .if { try pop(.i32, instruction) }
        try popParameters(of: type, instruction)
        enter(kind, type, at: instruction.offset)
    }

    private mutating func checkElse(_ instruction: Instruction) throws(ModuleError) -> Bool {
        guard frames[frames.count - 1].kind == .if else {
            throw ModuleError(.malformed, "END opcode expected: else without if", offset: instruction.offset)
        }
        let frame = try leave(instruction)
        // `enter` reads the enclosing frame's reachability, which is this block's.
        enter(.else, frame.type)
        return !frame.isSwallowed
    }

    private mutating func checkEnd(_ instruction: Instruction) throws(ModuleError) -> Bool {
        let frame = try leave(instruction)
        if frame.kind == .if, frame.type != .empty {
            let type = module.functionType(of: frame.type)
            guard type.parameters.matches(type.results, in: module.definedTypes) else {
                throw invalid("type mismatch: an if without else has to return its parameters", instruction)
            }
        }
        pushResults(of: frame.type)
        return !frame.isSwallowed
    }

    // MARK: Exceptions

    /// A clause of a legacy `try`.
    private mutating func checkClause(isCatchAll: Bool, _ instruction: Instruction) throws(ModuleError) -> Bool {
        try checkImmediates(instruction)
        let kind = frames[frames.count - 1].kind
        guard kind == .try || kind == .catch else {
            throw ModuleError(.malformed, "\(instruction.opcode.row.name) without try", offset: instruction.offset)
        }
        let frame = try leave(instruction)
        if isCatchAll {
            enter(.catchAll, of: frame, [])
        } else {
            let tag = module.tags[Int(instruction.immediates.index)]
            enter(.catch, of: frame, module.types[tag.typeIndex].parameters)
        }
        return !frame.isSwallowed
    }

    private mutating func checkDelegate(_ instruction: Instruction) throws(ModuleError) -> Bool {
        guard frames[frames.count - 1].kind == .try else {
            throw ModuleError(.malformed, "delegate without try", offset: instruction.offset)
        }
        let frame = try leave(instruction)
        _ = try label(instruction.immediates.index, instruction)
        pushResults(of: frame.type)
        return !frame.isSwallowed
    }

    private mutating func checkRethrow(_ instruction: Instruction) throws(ModuleError) {
        let frame = try label(instruction.immediates.index, instruction)
        guard frame.kind == .catch || frame.kind == .catchAll else {
            throw invalid(
                "invalid rethrow label: \(instruction.immediates.index) is no catch or catch_all", instruction)
        }
        rethrowingTries.insert(frame.offset)
        markUnreachable()
    }

    /// The values that come with an exception are those that the clause's label takes.
    private mutating func check(_ clause: CatchClause, _ instruction: Instruction) throws(ModuleError) {
        var found: [ValueType] = []
        if let tag = clause.tag {
            guard tag < module.tags.count else { throw invalid("unknown tag \(tag)", instruction) }
            found = module.types[module.tags[tag].typeIndex].parameters
        }
        if clause.hasReference { found.append(ValueType.exnref.nonNull) }
        guard Int(clause.label) < frames.count else {
            throw invalid("unknown label \(clause.label)", instruction)
        }
        let expected = labelTypes(of: frames[frames.count - 1 - Int(clause.label)])
        guard found.matches(expected, in: module.definedTypes) else {
            func list(_ types: [ValueType]) -> String { "[\(types.map(\.description).joined(separator: " "))]" }
            throw invalid(
                "type mismatch: a catch clause brings \(list(found)), its label takes \(list(expected))", instruction)
        }
    }

    // MARK: Branches

    /// What a branch to the block takes. Specification: "Labels".
    mutating func labelTypes(of frame: Frame) -> [ValueType] {
        let type = module.functionType(of: frame.type)
        return frame.kind == .loop ? type.parameters : type.results
    }

    /// A reference of any type.
    mutating func popReference(_ instruction: Instruction) throws(ModuleError) -> ValueType {
        guard let type = try popAny(instruction) else { return .unknownReference }
        guard type.isReference else {
            throw invalid(
                "type mismatch: \(instruction.opcode.row.name) expected a reference, found \(type)", instruction)
        }
        return type
    }

    private mutating func checkBranchTable(_ instruction: Instruction) throws(ModuleError) {
        try pop(.i32, instruction)
        let labels = labels(of: instruction)
        let last = try label(labels[labels.count - 1], instruction)
        let arity = labelTypes(of: last).count
        var checked: Set<UInt32> = []
        for depth in labels where checked.insert(depth).inserted {
            let types = labelTypes(of: try label(depth, instruction))
            guard types.count == arity else {
                throw invalid("type mismatch: br_table labels of different arity", instruction)
            }
            for (depth, type) in types.reversed().enumerated() { try require(type, depth: depth, instruction) }
        }
        try popLabel(of: last, instruction)
        markUnreachable()
    }

    /// The operand `depth` below the top is of type `expected`; it stays where it is.
    private mutating func require(_ expected: ValueType, depth: Int, _ instruction: Instruction) throws(ModuleError) {
        guard let found = operands.peek(depth: depth) else {
            if frames[frames.count - 1].isPolymorphic { return }
            throw invalid("type mismatch: br_table needs an operand, but the stack is empty", instruction)
        }
        guard found == .unknown || found.matches(expected, in: module.definedTypes) else {
            throw invalid("type mismatch: br_table expected \(expected), found \(found)", instruction)
        }
    }

    private mutating func checkBranchOnNull(_ instruction: Instruction) throws(ModuleError) {
        let reference = try popReference(instruction)
        let frame = try label(instruction.immediates.index, instruction)
        try popLabel(of: frame, instruction)
        pushLabel(of: frame)
        push(reference.nonNull)
    }

    private mutating func checkBranchOnNonNull(_ instruction: Instruction) throws(ModuleError) {
        let reference = try popReference(instruction)
        let frame = try label(instruction.immediates.index, instruction)
        guard let last = labelTypes(of: frame).last, last.isReference else {
            throw invalid("type mismatch: the label of br_on_non_null takes no reference", instruction)
        }
        push(reference.nonNull)
        try popLabel(of: frame, instruction)
        pushLabel(of: frame)
        _ = try popAny(instruction)
    }
}
