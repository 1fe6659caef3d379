/// A size range. The unit is the owner's: pages for memories, elements for tables. Specification: "Limits".
public struct Limits: Hashable, Sendable {
    /// The size at the start; it never shrinks.
    public var minimum: UInt64
    /// The size that growing may reach; `nil` for no bound of its own.
    public var maximum: UInt64?

    /// A range from `minimum` to `maximum`.
    public init(minimum: UInt64, maximum: UInt64? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// The type of a linear memory; its limits count pages of 64 KiB, or of one byte. Specification: "Memory Types".
public struct MemoryType: Hashable, Sendable {
    /// The bytes of a page, where a type does not say that it is one byte.
    public static let pageByteCount = 65_536

    /// The size in pages.
    public var pages: Limits
    /// The memory is addressed with `i64`.
    public var is64Bit: Bool
    /// Several threads may access the memory (the threads proposal).
    public var isShared: Bool
    /// A page is one byte (the proposal for custom page sizes).
    public var hasBytePages: Bool

    /// A memory of a size in pages.
    public init(pages: Limits, is64Bit: Bool = false, isShared: Bool = false, hasBytePages: Bool = false) {
        self.pages = pages
        self.is64Bit = is64Bit
        self.isShared = isShared
        self.hasBytePages = hasBytePages
    }

    /// The bytes of a page of this memory.
    public var pageByteCount: Int { hasBytePages ? 1 : Self.pageByteCount }

    /// The type of addresses in the memory.
    public var address: ValueType { is64Bit ? .i64 : .i32 }

    /// The most pages that the type may declare: as many as its addresses reach and `memory.size` can say.
    public var mostPages: UInt64 {
        if hasBytePages { return is64Bit ? .max : UInt64(UInt32.max) }
        return is64Bit ? 1 << 48 : 1 << 16
    }

    /// An address space that is reserved for the memory keeps accesses inside: its addresses have 32 bits, and it ends
    /// where pages of the machine end.
    public var endsWithGuardPages: Bool { !is64Bit && !hasBytePages }

    /// A memory of the type is never smaller. None can be as large as 2^63 bytes.
    public var minimumByteCount: UInt64 {
        let (count, overflows) = pages.minimum.multipliedReportingOverflow(by: UInt64(pageByteCount))
        return min(overflows ? .max : count, 1 << 63)
    }
}

/// The type of a table; its limits count elements. Specification: "Table Types".
public struct TableType: Hashable, Sendable {
    /// The type of every element, a reference type.
    public var element: ValueType
    /// The size in elements.
    public var elements: Limits
    /// The table is indexed with `i64` (a feature of 3.0).
    public var is64Bit: Bool

    /// A table of a size in elements.
    public init(element: ValueType, elements: Limits, is64Bit: Bool = false) {
        self.element = element
        self.elements = elements
        self.is64Bit = is64Bit
    }

    /// The type of indices into the table.
    public var address: ValueType { is64Bit ? .i64 : .i32 }

    /// The most elements that a table may declare.
    public static func mostElements(is64Bit: Bool) -> UInt64 { is64Bit ? .max : UInt64(UInt32.max) }
}

/// The type of a global. Specification: "Global Types".
public struct GlobalType: Hashable, Sendable {
    /// The type of its values.
    public var value: ValueType
    /// Instructions may set it.
    public var isMutable: Bool

    /// The type of a global of such values.
    public init(value: ValueType, isMutable: Bool) {
        self.value = value
        self.isMutable = isMutable
    }
}

/// The type of something imported or exported. Specification: "External Types".
public enum ExternalType: Hashable, Sendable {
    /// A function of this type.
    case function(FunctionType)
    /// A table of this type.
    case table(TableType)
    /// A memory of this type.
    case memory(MemoryType)
    /// A global of this type.
    case global(GlobalType)
    /// The parameters of the type are the values of the tag's exceptions; it has no results.
    case tag(FunctionType)

    /// What kind of thing it is the type of.
    public var kind: ExternalKind {
        switch self {
        case .function: .function
        case .table: .table
        case .memory: .memory
        case .global: .global
        case .tag: .tag
        }
    }
}

/// The kinds of things imported and exported.
public enum ExternalKind: UInt8, Hashable, Sendable {
    /// Functions.
    case function = 0
    /// Tables.
    case table = 1
    /// Memories.
    case memory = 2
    /// Globals.
    case global = 3
    /// Tags of exceptions.
    case tag = 4
}
