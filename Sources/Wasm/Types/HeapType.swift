/// What references refer to. Specification: "Heap Types".
public enum HeapType: Hashable, Sendable {
    /// Everything inside of WebAssembly but functions.
    case any
    /// What references can be compared by.
    case eq
    /// Integers of 31 bits.
    case i31
    /// Every struct.
    case structure
    /// Every array.
    case array
    /// Nothing: the type of the null that any ``any`` has.
    case none
    /// Every function.
    case function
    /// No function: the type of their null.
    case noFunction
    /// What the host makes.
    case external
    /// Nothing of the host's: the type of their null.
    case noExternal
    /// Every exception.
    case exception
    /// No exception: the type of their null.
    case noException
    /// A type of the module, by its index.
    case defined(Int)

    /// The code in the binary format; of a defined type, whose index is in its place, 0.
    var code: UInt8 {
        switch self {
        case .noException: 0x74
        case .noFunction: 0x73
        case .noExternal: 0x72
        case .none: 0x71
        case .function: 0x70
        case .external: 0x6F
        case .any: 0x6E
        case .eq: 0x6D
        case .i31: 0x6C
        case .structure: 0x6B
        case .array: 0x6A
        case .exception: 0x69
        case .defined: 0
        }
    }

    /// Those that no module defines.
    private static let abstract: [HeapType] = [
        .any, .eq, .i31, .structure, .array, .none, .function, .noFunction, .external, .noExternal,
        .exception, .noException,
    ]

    private static let byCode = Dictionary(uniqueKeysWithValues: abstract.map { ($0.code, $0) })
    private static let byName = Dictionary(uniqueKeysWithValues: abstract.map { ($0.description, $0) })
    private static let byReference = Dictionary(
        uniqueKeysWithValues: abstract.map { ($0.shortReference ?? "", $0) })

    /// The heap type of this code in the binary format, if there is one.
    init?(code: UInt8) {
        guard let type = Self.byCode[code] else { return nil }
        self = type
    }

    /// The heap type of this name in the text format, if there is one: `func`, `extern`.
    public init?(name: String) {
        guard let type = Self.byName[name] else { return nil }
        self = type
    }

    /// The heap type that the nullable reference of this name is to, if there is one: `funcref`, `nullref`.
    public init?(shortReference name: String) {
        guard let type = Self.byReference[name] else { return nil }
        self = type
    }

    /// The text format's name of a nullable reference to it; `nil` for a defined type.
    public var shortReference: String? {
        switch self {
        case .none: "nullref"
        case .noFunction: "nullfuncref"
        case .noExternal: "nullexternref"
        case .noException: "nullexnref"
        case .defined: nil
        case .any, .eq, .i31, .structure, .array, .function, .external, .exception: "\(self)ref"
        }
    }

    /// The feature that the type came with.
    var feature: Feature {
        switch self {
        case .function, .external: .referenceTypes
        case .exception, .noException: .exceptions
        case .defined: .functionReferences
        case .any, .eq, .i31, .structure, .array, .none, .noFunction, .noExternal: .gc
        }
    }
}

extension HeapType: CustomStringConvertible {
    /// As in the text format; a defined type by its index.
    public var description: String {
        switch self {
        case .any: "any"
        case .eq: "eq"
        case .i31: "i31"
        case .structure: "struct"
        case .array: "array"
        case .none: "none"
        case .function: "func"
        case .noFunction: "nofunc"
        case .external: "extern"
        case .noExternal: "noextern"
        case .exception: "exn"
        case .noException: "noexn"
        case .defined(let index): "\(index)"
        }
    }
}
