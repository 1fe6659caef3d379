/// The types that a module defines, and which of them are equal or below others. Specification: "Types", "Type
/// Equivalence".
///
/// Two types are equal when their recursive groups are, in which a reference to a type of the group counts by its place
/// there, and one to an earlier type by what that is equal to.
public struct ModuleTypes: Sendable, TypeRelation {
    /// By type index.
    public private(set) var definitions: [DefinedType] = []
    /// By type index, the smallest index of an equal type.
    private var canonical: [Int] = []
    /// By type index, how many types are above it.
    private var depths: [Int] = []
    /// By the smallest index of a type, another one is right below it.
    private var isAbove: [Bool] = []
    /// By the content of a recursive group, the index of its first type.
    private var groups: [[DefinedType]: Int] = [:]

    /// How many types there are.
    public var count: Int { definitions.count }

    /// No types.
    init() {}

    /// Adds a recursive group, whose types refer to types that there are and to each other.
    mutating func append(_ group: [DefinedType]) {
        let first = definitions.count
        let content = group.map { type in
            var type = type
            type.mapTypes { $0 < first ? canonical[$0] : $0 - first + ValueType.indexCount / 2 }
            type.group = 0..<group.count
            return type
        }
        let equal = groups[content] ?? first
        if equal == first { groups[content] = first }
        definitions += group
        canonical += equal..<(equal + group.count)
        isAbove += repeatElement(false, count: group.count)
        for type in group {
            depths.append(type.supertype.map { depths[$0] + 1 } ?? 0)
            if let supertype = type.supertype { isAbove[canonical[supertype]] = true }
        }
    }

    /// The smallest index of a type that is equal to this one.
    public func canonicalIndex(of type: Int) -> Int { canonical[type] }

    /// How many types are above this one.
    public func depth(of type: Int) -> Int { depths[type] }

    package func kind(of type: Int) -> DefinedType.Kind? { definitions[type].kind }

    package func isSubtype(_ type: Int, of other: Int) -> Bool {
        let wanted = canonical[other]
        var current = type
        while canonical[current] != wanted {
            guard let next = definitions[current].supertype else { return false }
            current = next
        }
        return true
    }

    /// Another type of the module, not equal to it, is below the type.
    public func hasSubtypes(_ type: Int) -> Bool { isAbove[canonical[type]] }
}

extension DefinedType {
    /// Replaces the indices of the types that the type refers to.
    fileprivate mutating func mapTypes(_ map: (Int) -> Int) {
        supertype = supertype.map(map)
        switch composite {
        case .function(var type):
            for index in type.parameters.indices { type.parameters[index].mapType(map) }
            for index in type.results.indices { type.results[index].mapType(map) }
            composite = .function(type)
        case .structure(var fields):
            for index in fields.indices { fields[index].mapType(map) }
            composite = .structure(fields)
        case .array(var field):
            field.mapType(map)
            composite = .array(field)
        }
    }
}

extension FieldType {
    fileprivate mutating func mapType(_ map: (Int) -> Int) {
        guard case .value(var type) = storage else { return }
        type.mapType(map)
        storage = .value(type)
    }
}

extension ValueType {
    fileprivate mutating func mapType(_ map: (Int) -> Int) {
        guard case .defined(let index) = heapType else { return }
        self = .reference(to: .defined(map(index)), isNullable: isNullable)
    }
}
