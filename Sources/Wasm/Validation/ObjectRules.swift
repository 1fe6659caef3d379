/// The typing rules of structs, arrays, casts and integers of 31 bits. Specification: "Aggregate Reference
/// Instructions", "Reference Instructions" of validation.
extension FunctionBodyReader {
    // MARK: Structs

    mutating func check(_ structure: Family.Structure, _ instruction: Instruction) throws(ModuleError) {
        let index = Int(instruction.immediates.index)
        guard case .structure(let fields) = module.definedTypes.definitions[index].composite else {
            throw invalid("type mismatch: type \(index) is no struct type", instruction)
        }
        switch structure {
        case .new:
            for field in fields.reversed() { try pop(field.value, instruction) }
            push(.reference(to: .defined(index), isNullable: false))
        case .newDefault:
            for field in fields { try requireDefault(field, instruction) }
            push(.reference(to: .defined(index), isNullable: false))
        case .get, .getSigned, .getUnsigned:
            let field = try field(fields, instruction)
            try requirePacked(field, structure != .get, instruction)
            try pop(.reference(to: .defined(index)), instruction)
            push(field.value)
        case .set:
            let field = try field(fields, instruction)
            try requireMutable(field, instruction)
            try pop(field.value, instruction)
            try pop(.reference(to: .defined(index)), instruction)
        }
    }

    private mutating func field(_ fields: [FieldType], _ instruction: Instruction) throws(ModuleError) -> FieldType {
        let index = Int(instruction.immediates.secondIndex)
        guard index < fields.count else { throw unknown("field", index, instruction) }
        return fields[index]
    }

    private mutating func requireDefault(_ field: FieldType, _ instruction: Instruction) throws(ModuleError) {
        if case .value(let type) = field.storage, type.isNonNull {
            throw invalid("type mismatch: a field of \(type) has no initial value", instruction)
        }
    }

    private mutating func requirePacked(
        _ field: FieldType, _ isExtended: Bool, _ instruction: Instruction
    ) throws(ModuleError) {
        guard field.isPacked == isExtended else {
            throw invalid(
                "type mismatch: field is \(field.isPacked ? "" : "not ")packed, \(instruction.opcode.row.name)",
                instruction)
        }
    }

    private mutating func requireMutable(_ field: FieldType, _ instruction: Instruction) throws(ModuleError) {
        if !field.isMutable { throw invalid("immutable field or array: \(instruction.opcode.row.name)", instruction) }
    }

    // MARK: Arrays

    mutating func check(_ array: Family.Array, _ instruction: Instruction) throws(ModuleError) {
        if array == .length {
            try pop(.reference(to: .array), instruction)
            return push(.i32)
        }
        let (index, second) = (Int(instruction.immediates.index), Int(instruction.immediates.secondIndex))
        let element = try element(ofArray: index, instruction)
        let reference = ValueType.reference(to: .defined(index))
        switch array {
        case .new, .newDefault, .newFixed, .newData, .newElements:
            try checkNew(array, element, instruction)
            push(reference.nonNull)
        case .get, .getSigned, .getUnsigned:
            try requirePacked(element, array != .get, instruction)
            try pop(.i32, instruction)
            try pop(reference, instruction)
            push(element.value)
        case .set, .fill:
            try requireMutable(element, instruction)
            if array == .fill { try pop(.i32, instruction) }
            try pop(element.value, instruction)
            try pop(.i32, instruction)
            try pop(reference, instruction)
        case .copy:
            try requireMutable(element, instruction)
            let source = try self.element(ofArray: second, instruction)
            // What is read is not written there, so the source may be of a type below.
            let from = FieldType(source.storage, isMutable: false), to = FieldType(element.storage, isMutable: false)
            guard from.matches(to, in: module.definedTypes) else {
                throw invalid("type mismatch: array types do not match, \(source) and \(element)", instruction)
            }
            for _ in 0..<2 { try pop(.i32, instruction) }
            try pop(.reference(to: .defined(second)), instruction)
            try pop(.i32, instruction)
            try pop(reference, instruction)
        case .initializeData, .initializeElements:
            try requireMutable(element, instruction)
            try checkSegment(array == .initializeData, element, instruction)
            for _ in 0..<3 { try pop(.i32, instruction) }
            try pop(reference, instruction)
        case .length: break
        }
    }

    private mutating func element(ofArray index: Int, _ instruction: Instruction) throws(ModuleError) -> FieldType {
        guard case .array(let element) = module.definedTypes.definitions[index].composite else {
            throw invalid("type mismatch: type \(index) is no array type", instruction)
        }
        return element
    }

    private mutating func checkNew(
        _ array: Family.Array, _ element: FieldType, _ instruction: Instruction
    ) throws(ModuleError) {
        switch array {
        case .newFixed:
            let count = Int(instruction.immediates.secondIndex)
            guard count <= Limit.arrayOperands else {
                throw ModuleError(
                    .limit,
                    "array.new_fixed of \(count.counted("element")), more than the limit of \(Limit.arrayOperands)",
                    offset: instruction.offset)
            }
            for _ in 0..<count { try pop(element.value, instruction) }
        case .newData, .newElements:
            try checkSegment(array == .newData, element, instruction)
            for _ in 0..<2 { try pop(.i32, instruction) }
        case .newDefault:
            try requireDefault(element, instruction)
            try pop(.i32, instruction)
        default:
            try pop(.i32, instruction)
            try pop(element.value, instruction)
        }
    }

    /// A segment holds what an array's elements are made of.
    private mutating func checkSegment(
        _ isData: Bool, _ element: FieldType, _ instruction: Instruction
    ) throws(ModuleError) {
        guard !isData else {
            guard element.value.isNumberOrVector else {
                throw invalid("type mismatch: array type is not numeric or vector", instruction)
            }
            return
        }
        let segment = module.elementSegments[Int(instruction.immediates.secondIndex)].type
        guard !element.isPacked, segment.matches(element.value, in: module.definedTypes) else {
            throw invalid("type mismatch: elements of \(segment) for an array of \(element)", instruction)
        }
    }

    // MARK: References

    mutating func check(_ reference: Family.Reference, _ instruction: Instruction) throws(ModuleError) {
        switch reference {
        case .null: push(instruction.immediates.valueType)
        case .isNull:
            if let type = try popAny(instruction), !type.isReference {
                throw invalid("type mismatch: ref.is_null expected a reference, found \(type)", instruction)
            }
            push(.i32)
        case .function:
            let index = Int(instruction.immediates.index)
            guard module.functions[index].isReferenced else {
                throw invalid("undeclared function reference \(index)", instruction)
            }
            push(.reference(to: .defined(module.functions[index].typeIndex), isNullable: false))
        case .asNonNull: push(try popReference(instruction).nonNull)
        case .equals, .test, .testNull, .cast, .castNull, .fromExternal, .toExternal, .fromI31, .i31Signed,
            .i31Unsigned:
            try checkObjectReference(reference, instruction)
        }
    }

    private mutating func checkObjectReference(
        _ reference: Family.Reference, _ instruction: Instruction
    ) throws(ModuleError) {
        switch reference {
        case .equals:
            for _ in 0..<2 { try pop(.reference(to: .eq), instruction) }
            push(.i32)
        case .test, .testNull:
            _ = try popCastOperand(instruction)
            push(.i32)
        case .cast, .castNull:
            let target = try popCastOperand(instruction)
            push(reference == .cast ? target.nonNull : target)
        case .fromExternal: try convert(from: .external, to: .any, instruction)
        case .toExternal: try convert(from: .any, to: .external, instruction)
        case .fromI31:
            try pop(.i32, instruction)
            push(.reference(to: .i31, isNullable: false))
        case .i31Signed, .i31Unsigned:
            try pop(.reference(to: .i31), instruction)
            push(.i32)
        case .null, .isNull, .function, .asNonNull: break
        }
    }

    /// Of the hierarchy of what is looked for, which is the result.
    private mutating func popCastOperand(_ instruction: Instruction) throws(ModuleError) -> ValueType {
        let target = instruction.immediates.valueType
        if let top = target.heapType?.top(in: module.definedTypes) { try pop(.reference(to: top), instruction) }
        return target
    }

    /// Null stays null, and what is not null is not.
    private mutating func convert(
        from source: HeapType, to target: HeapType, _ instruction: Instruction
    ) throws(ModuleError) {
        let operand = try popReference(instruction)
        guard operand.matches(.reference(to: source), in: module.definedTypes) else {
            throw invalid(
                "type mismatch: \(instruction.opcode.row.name) expected \(ValueType.reference(to: source)), found "
                    + "\(operand)", instruction)
        }
        push(.reference(to: target, isNullable: operand.isNullable))
    }

    /// Where the branch is taken the operand is of one type, where it is not of another.
    mutating func checkBranchOnCast(isFail: Bool, _ instruction: Instruction) throws(ModuleError) {
        let (source, target) = (instruction.immediates.castSource, instruction.immediates.castTarget)
        guard target.matches(source, in: module.definedTypes) else {
            throw invalid("type mismatch: \(target) does not match \(source)", instruction)
        }
        let rest = target.isNullable ? source.nonNull : source
        let frame = try label(instruction.immediates.index, instruction)
        guard let last = labelTypes(of: frame).last, last.isReference else {
            throw invalid("type mismatch: the label of \(instruction.opcode.row.name) takes no reference", instruction)
        }
        try pop(source, instruction)
        push(isFail ? rest : target)
        try popLabel(of: frame, instruction)
        pushLabel(of: frame)
        _ = try popAny(instruction)
        push(isFail ? target : rest)
    }
}
