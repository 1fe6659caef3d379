/// A decoded and validated module. Specification: "Modules".
///
/// Index spaces are arrays with the imports first: `functions[i]` is function `i`. Bodies and constant expressions stay
/// in `bytes`, named by ranges, and are read with ``FunctionBodyReader``.
public struct Module: Sendable {
    /// The module in the binary format. Every range and byte offset refers to it.
    public internal(set) var bytes: [UInt8]
    public internal(set) var types: [FunctionType] = []
    public internal(set) var imports: [Import] = []
    /// The function index space: imported functions first.
    public internal(set) var functions: [Function] = []
    public internal(set) var tables: [Table] = []
    public internal(set) var memories: [Memory] = []
    public internal(set) var globals: [Global] = []
    /// Where the content of the code section starts; 0 without one.
    public internal(set) var codeOffset = 0
    public internal(set) var exports: [Export] = []
    /// The index of the start function.
    public internal(set) var start: Int?
    /// Where the start section says so.
    var startOffset = 0
    public internal(set) var elementSegments: [ElementSegment] = []
    public internal(set) var dataSegments: [DataSegment] = []
    /// Custom sections in the order of the module, the name section included.
    public internal(set) var customSections: [CustomSection] = []
    /// The names in the name section, when the module has one that decodes.
    public internal(set) var names = Names()
    /// The data count section is present, as the instructions that name data segments require.
    var hasDataCount = false
    /// How many of each index space's first entries are imported.
    public internal(set) var importedFunctionCount = 0
    public internal(set) var importedTableCount = 0
    public internal(set) var importedMemoryCount = 0
    public internal(set) var importedGlobalCount = 0

    init(undecoded bytes: [UInt8]) { self.bytes = bytes }

    public struct Import: Sendable {
        public var module: String
        public var name: String
        public var descriptor: Descriptor
        /// Where the import stands in the module.
        public var offset: Int

        public enum Descriptor: Sendable {
            case function(typeIndex: Int)
            case table(TableType)
            case memory(MemoryType)
            case global(GlobalType)
        }
    }

    public struct Function: Sendable {
        public var typeIndex: Int
        /// The body: local declarations, instructions and the final `end`. `nil` for an imported function.
        public var body: Range<Int>?
        /// The function may be called from elsewhere than a `call`: it is exported, or stands in an element segment, a
        /// global or a `ref.func`.
        public var isReferenced = false
    }

    public struct Table: Sendable {
        public var type: TableType
        /// The initial value of every element, if the table has one (3.0); `nil` means null.
        public var initializer: ConstantExpression?
        /// An instruction writes to the table or makes it grow.
        public internal(set) var isModified = false
    }

    public struct Memory: Sendable {
        public var type: MemoryType
        /// Where it is declared or imported in the module.
        public var offset: Int
    }

    public struct Global: Sendable {
        public var type: GlobalType
        /// `nil` for an imported global.
        public var initializer: ConstantExpression?
    }

    public struct Export: Sendable {
        public var name: String
        public var kind: ExternalKind
        /// Index in the index space of `kind`.
        public var index: Int
        /// Where the export stands in the module.
        public var offset: Int
    }

    /// A constant expression: instructions and the final `end`. Specification: "Constant Expressions".
    public struct ConstantExpression: Sendable {
        public var range: Range<Int>
        public var type: ValueType
    }

    /// Specification: "Element Segments".
    public struct ElementSegment: Sendable {
        public var type: ValueType
        public var mode: Mode
        public var items: Items
        /// Where the segment stands in the module.
        public var offset: Int

        public enum Mode: Sendable {
            case passive
            case declarative
            case active(table: Int, offset: ConstantExpression)
        }
        public enum Items: Sendable {
            /// Function indices.
            case functions([UInt32])
            case expressions([ConstantExpression])
        }
        public var count: Int {
            switch items {
            case .functions(let indices): indices.count
            case .expressions(let expressions): expressions.count
            }
        }
    }

    /// Specification: "Data Segments".
    public struct DataSegment: Sendable {
        public var mode: Mode
        /// The segment's bytes, a range of the module's bytes.
        public var range: Range<Int>

        public enum Mode: Sendable {
            case passive
            case active(memory: Int, offset: ConstantExpression)
        }
    }

    public struct CustomSection: Sendable {
        public var name: String
        /// The section's content after its name.
        public var range: Range<Int>
    }

    /// What the name section says. Specification appendix: "Name Section".
    public struct Names: Sendable {
        public var module: String?
        public var functions: [Int: String] = [:]
        /// By function index, then by local index.
        public var locals: [Int: [Int: String]] = [:]
        public init() {}
    }
}

extension Module {
    /// The type of function `index`.
    public func type(ofFunction index: Int) -> FunctionType { types[functions[index].typeIndex] }

    /// The type of an import, with its type index resolved.
    public func type(of descriptor: Import.Descriptor) -> ExternalType {
        switch descriptor {
        case .function(let index): .function(types[index])
        case .table(let type): .table(type)
        case .memory(let type): .memory(type)
        case .global(let type): .global(type)
        }
    }

    /// The type of an export.
    public func type(of export: Export) -> ExternalType {
        switch export.kind {
        case .function: .function(type(ofFunction: export.index))
        case .table: .table(tables[export.index].type)
        case .memory: .memory(memories[export.index].type)
        case .global: .global(globals[export.index].type)
        }
    }

    /// A function's name from the name section, else from its export, else `nil`.
    public func name(ofFunction index: Int) -> String? {
        names.functions[index] ?? exports.first { $0.kind == .function && $0.index == index }?.name
    }
}
