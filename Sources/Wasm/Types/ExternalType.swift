/// A size range. The unit is the owner's: pages for memories, elements for tables. Specification: "Limits".
public struct Limits: Hashable, Sendable {
    public var minimum: UInt64
    public var maximum: UInt64?

    public init(minimum: UInt64, maximum: UInt64? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// The type of a linear memory; its limits count pages of 64 KiB. Specification: "Memory Types".
public struct MemoryType: Hashable, Sendable {
    public static let pageByteCount = 65_536

    public var pages: Limits
    /// The memory is addressed with `i64` (a feature of 3.0; `false` for every module of 2.0).
    public var is64Bit: Bool
    /// Several threads may access the memory (the threads proposal).
    public var isShared: Bool

    public init(pages: Limits, is64Bit: Bool = false, isShared: Bool = false) {
        self.pages = pages
        self.is64Bit = is64Bit
        self.isShared = isShared
    }
}

/// The type of a table; its limits count elements. Specification: "Table Types".
public struct TableType: Hashable, Sendable {
    public var element: ValueType
    public var elements: Limits
    public var is64Bit: Bool

    public init(element: ValueType, elements: Limits, is64Bit: Bool = false) {
        self.element = element
        self.elements = elements
        self.is64Bit = is64Bit
    }
}

/// The type of a global. Specification: "Global Types".
public struct GlobalType: Hashable, Sendable {
    public var value: ValueType
    public var isMutable: Bool

    public init(value: ValueType, isMutable: Bool) {
        self.value = value
        self.isMutable = isMutable
    }
}

/// The type of something imported or exported. Specification: "External Types".
public enum ExternalType: Hashable, Sendable {
    case function(FunctionType)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
}

/// The kinds of things imported and exported.
public enum ExternalKind: UInt8, Hashable, Sendable {
    case function = 0
    case table = 1
    case memory = 2
    case global = 3
}
