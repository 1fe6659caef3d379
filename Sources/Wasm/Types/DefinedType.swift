/// A type that a module defines. Specification: "Recursive Types", "Sub Types", "Composite Types".
public struct DefinedType: Hashable, Sendable {
    /// What it is made of.
    public var composite: Composite
    /// No type may be below it.
    public var isFinal = true
    /// The index of the type right above it.
    public var supertype: Int?
    /// The indices of the types that are defined together with it, and may refer to each other.
    public var group: Range<Int>

    /// What a type is made of.
    public enum Composite: Hashable, Sendable {
        /// A function type.
        case function(FunctionType)
        /// The fields of a struct.
        case structure([FieldType])
        /// The elements of an array.
        case array(FieldType)
    }

    /// The sorts of defined types.
    public enum Kind: UInt8, Hashable, Sendable {
        /// Function types.
        case function = 0
        /// Struct types.
        case structure = 1
        /// Array types.
        case array = 2
    }

    /// Which sort of type it is.
    public var kind: Kind {
        switch composite {
        case .function: .function
        case .structure: .structure
        case .array: .array
        }
    }

    /// The type of a function; `nil` for other types.
    public var function: FunctionType? { if case .function(let type) = composite { type } else { nil } }

    /// The fields of a struct, or the one of an array; none of a function.
    public var fields: [FieldType] {
        switch composite {
        case .function: []
        case .structure(let fields): fields
        case .array(let field): [field]
        }
    }

    /// Nothing of it came after version 2: a function type by itself, neither above nor below others.
    public var isPlain: Bool { kind == .function && isFinal && supertype == nil && group.count == 1 }

    /// References to exceptions are among what it is made of.
    var mentionsExceptions: Bool {
        switch composite {
        case .function(let type): (type.parameters + type.results).contains(where: \.isExceptionReference)
        case .structure, .array:
            fields.contains { if case .value(let type) = $0.storage { type.isExceptionReference } else { false } }
        }
    }

    /// A type by what it is made of.
    public init(_ composite: Composite, isFinal: Bool = true, supertype: Int? = nil, group: Range<Int>) {
        self.composite = composite
        self.isFinal = isFinal
        self.supertype = supertype
        self.group = group
    }
}

/// A field of a struct, or what all elements of an array are. Specification: "Field Types".
public struct FieldType: Hashable, Sendable {
    /// How it is held.
    public var storage: Storage
    /// Instructions may set it.
    public var isMutable: Bool

    /// What fields hold. Specification: "Storage Types".
    public enum Storage: Hashable, Sendable {
        /// A value of this type.
        case value(ValueType)
        /// A byte.
        case i8
        /// Two bytes.
        case i16
    }

    /// A field.
    public init(_ storage: Storage, isMutable: Bool) {
        self.storage = storage
        self.isMutable = isMutable
    }

    /// A field as wasmc stored it: see ``storedCode``.
    package init(storedCode code: UInt32) {
        isMutable = code & 0x80 != 0
        switch code & ~0x80 {
        case 0x78: storage = .i8
        case 0x77: storage = .i16
        case let value: storage = .value(ValueType(storedCode: value))
        }
    }

    /// The type of operands that are stored in it and loaded from it.
    public var value: ValueType {
        switch storage {
        case .value(let type): type
        case .i8, .i16: .i32
        }
    }

    /// The field as wasmc stores it: its type's code, 0x78 and 0x77 for the packed ones, and 0x80 if it is mutable.
    package var storedCode: UInt32 {
        let code: UInt32 =
            switch storage {
            case .value(let type): type.storedCode
            case .i8: 0x78
            case .i16: 0x77
            }
        return isMutable ? code | 0x80 : code
    }

    /// It is narrower than what instructions see of it.
    public var isPacked: Bool { if case .value = storage { false } else { true } }
}

extension FieldType: CustomStringConvertible {
    /// As in the text format: `i8`, `(mut i32)`.
    public var description: String {
        let name =
            switch storage {
            case .value(let type): type.description
            case .i8: "i8"
            case .i16: "i16"
            }
        return isMutable ? "(mut \(name))" : name
    }
}
