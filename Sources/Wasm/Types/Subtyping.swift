/// How defined types are related, by their numbers: the indices of a module, or the canonical numbers of a process.
package protocol TypeRelation {
    /// `nil` for a number that is no type's.
    func kind(of type: Int) -> DefinedType.Kind?
    /// Whether the first is the second, or below it.
    func isSubtype(_ type: Int, of other: Int) -> Bool
}

extension HeapType {
    /// Specification: "Matching" of heap types.
    package func matches(_ expected: HeapType, in relation: some TypeRelation) -> Bool {
        switch (self, expected) {
        case (.defined(let type), .defined(let other)): relation.isSubtype(type, of: other)
        case (.defined(let type), _):
            switch (relation.kind(of: type), expected) {
            case (.function, .function): true
            case (.structure, .structure), (.array, .array): true
            case (.structure, .eq), (.array, .eq), (.structure, .any), (.array, .any): true
            case (.function, _), (.structure, _), (.array, _), (nil, _): false
            }
        case (.none, .defined(let other)): [.structure, .array].contains(relation.kind(of: other))
        case (.noFunction, .defined(let other)): relation.kind(of: other) == .function
        case (_, .defined): false
        case (.none, .any), (.none, .eq), (.none, .i31), (.none, .structure), (.none, .array): true
        case (.i31, .eq), (.structure, .eq), (.array, .eq): true
        case (.i31, .any), (.structure, .any), (.array, .any), (.eq, .any): true
        case (.noFunction, .function), (.noExternal, .external), (.noException, .exception): true
        case _: self == expected
        }
    }
}

extension HeapType {
    /// The greatest type above it; `nil` for a number that is no type's.
    package func top(in relation: some TypeRelation) -> HeapType? {
        switch self {
        case .any, .eq, .i31, .structure, .array, .none: .any
        case .function, .noFunction: .function
        case .external, .noExternal: .external
        case .exception, .noException: .exception
        case .defined(let type): relation.kind(of: type).map { $0 == .function ? .function : .any }
        }
    }
}

extension ValueType {
    /// Whether a value of this type may be where one of the other is expected: the one rule of subtyping, which the
    /// validator, the linker and the embedder's calls share. Specification: "Matching" of value types.
    package func matches(_ expected: ValueType, in relation: some TypeRelation) -> Bool {
        if self == expected { return true }
        guard isReference, expected.isReference, isNonNull || !expected.isNonNull else { return false }
        if self == .unknownReference { return true }
        guard let heapType, let wanted = expected.heapType else { return false }
        return heapType.matches(wanted, in: relation)
    }
}

extension [ValueType] {
    /// As many types, each of which matches its counterpart. Specification: "Matching" of result types.
    package func matches(_ expected: [ValueType], in relation: some TypeRelation) -> Bool {
        count == expected.count && zip(self, expected).allSatisfy { $0.matches($1, in: relation) }
    }
}

extension FunctionType {
    /// A function of this type can be called as one of the other. Specification: "Matching" of composite types.
    package func matches(_ expected: FunctionType, in relation: some TypeRelation) -> Bool {
        expected.parameters.matches(parameters, in: relation) && results.matches(expected.results, in: relation)
    }
}

extension FieldType {
    /// Specification: "Matching" of field types.
    package func matches(_ expected: FieldType, in relation: some TypeRelation) -> Bool {
        guard isMutable == expected.isMutable else { return false }
        switch (storage, expected.storage) {
        case (.value(let type), .value(let wanted)):
            return type.matches(wanted, in: relation) && (!isMutable || wanted.matches(type, in: relation))
        case (.i8, _), (.i16, _), (.value, _): return storage == expected.storage
        }
    }
}

extension DefinedType.Composite {
    /// Specification: "Matching" of composite types.
    package func matches(_ expected: Self, in relation: some TypeRelation) -> Bool {
        switch (self, expected) {
        case (.function(let type), .function(let wanted)): type.matches(wanted, in: relation)
        case (.structure(let fields), .structure(let wanted)):
            fields.count >= wanted.count && zip(fields, wanted).allSatisfy { $0.matches($1, in: relation) }
        case (.array(let field), .array(let wanted)): field.matches(wanted, in: relation)
        case (.function, _), (.structure, _), (.array, _): false
        }
    }
}
