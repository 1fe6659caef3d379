/// A decoded and validated module. Specification: "Modules".
///
/// Index spaces are arrays with the imports first: `functions[i]` is function `i`. Bodies and constant expressions stay
/// in `bytes`, named by ranges, and are read with ``FunctionBodyReader``.
///
/// ```swift
/// let module = try Module(contentsOf: "program.wasm")
/// for wanted in module.imports { print(wanted.module, wanted.name, module.type(of: wanted.descriptor)) }
/// ```
public struct Module: Sendable {
    /// The module in the binary format. Every range and byte offset refers to it.
    public internal(set) var bytes: [UInt8]
    /// The SHA-256 of the bytes, where someone has calculated it: for large modules that takes long.
    package var digest: [UInt8]?
    /// The function types, by index; at the index of another type a type without parameters and results, which nothing
    /// in a valid module takes for a function's.
    public internal(set) var types: [FunctionType] = []
    /// All types, and how they are related.
    public internal(set) var definedTypes = ModuleTypes()
    /// The imports in the order of the module.
    public internal(set) var imports: [Import] = []
    /// The function index space: imported functions first.
    public internal(set) var functions: [Function] = []
    /// The table index space: imported tables first.
    public internal(set) var tables: [Table] = []
    /// The memory index space: imported memories first.
    public internal(set) var memories: [Memory] = []
    /// The global index space: imported globals first.
    public internal(set) var globals: [Global] = []
    /// The tag index space: imported tags first.
    public internal(set) var tags: [Tag] = []
    /// The types with references to exceptions among their parameters or results. Blocks may be all that has them.
    var exceptionTypes: Set<Int> = []
    /// Where those instructions `try` are whose exceptions an instruction `rethrow` throws again.
    public internal(set) var rethrowingTries: Set<Int> = []
    /// References to exceptions may be anywhere but in the variables of the functions that caught them.
    public internal(set) var handsOnExceptions = false
    /// Where the content of the code section starts; 0 without one.
    public internal(set) var codeOffset = 0
    /// The exports in the order of the module.
    public internal(set) var exports: [Export] = []
    /// The index of the start function.
    public internal(set) var start: Int?
    /// Where the start section says so.
    var startOffset = 0
    /// The element segments, by index.
    public internal(set) var elementSegments: [ElementSegment] = []
    /// The data segments, by index.
    public internal(set) var dataSegments: [DataSegment] = []
    /// Custom sections in the order of the module, the name section included.
    public internal(set) var customSections: [CustomSection] = []
    /// The names in the name section, when the module has one that decodes.
    public internal(set) var names = Names()
    /// Whether a conditional branch is likely to be taken, by function and by the instruction's byte offset.
    public internal(set) var branchHints: [Int: [Int: Bool]] = [:]
    /// The data count section is present, as the instructions that name data segments require.
    var hasDataCount = false
    /// What the module uses, ``Feature/core`` left out.
    public internal(set) var features: Features = []
    /// How many of each index space's first entries are imported.
    public internal(set) var importedFunctionCount = 0
    /// How many tables are imported.
    public internal(set) var importedTableCount = 0
    /// How many memories are imported.
    public internal(set) var importedMemoryCount = 0
    /// How many globals are imported.
    public internal(set) var importedGlobalCount = 0
    /// How many tags are imported.
    public internal(set) var importedTagCount = 0

    init(undecoded bytes: [UInt8]) { self.bytes = bytes }

    /// Something that another module or the host provides. Specification: "Imports".
    public struct Import: Sendable {
        /// The first of its two names.
        public var module: String
        /// The second of its two names.
        public var name: String
        /// What it has to be.
        public var descriptor: Descriptor
        /// Where the import is in the module.
        public var offset: Int

        /// What an import has to be.
        public enum Descriptor: Sendable {
            /// A function of this type of the module.
            case function(typeIndex: Int)
            /// A table of this type.
            case table(TableType)
            /// A memory of this type.
            case memory(MemoryType)
            /// A global of this type.
            case global(GlobalType)
            /// A tag whose exceptions hold the parameters of this type of the module.
            case tag(typeIndex: Int)
        }
    }

    /// A function. Specification: "Functions".
    public struct Function: Sendable {
        /// Its type's index in the module's types.
        public var typeIndex: Int
        /// The body: local declarations, instructions and the final `end`. `nil` for an imported function.
        public var body: Range<Int>?
        /// The function may be called from elsewhere than a `call`: it is exported, or is in an element segment, a
        /// global or a `ref.func`.
        public var isReferenced = false
        /// An instruction of the body is a tail call.
        public internal(set) var makesTailCalls = false
    }

    /// A table. Specification: "Tables".
    public struct Table: Sendable {
        /// The table's type.
        public var type: TableType
        /// The initial value of every element, if the table has one (3.0); `nil` means null.
        public var initializer: ConstantExpression?
        /// Where it is declared or imported in the module.
        public var offset: Int
        /// An instruction writes to the table or makes it grow.
        public internal(set) var isModified = false
    }

    /// A memory. Specification: "Memories".
    public struct Memory: Sendable {
        /// The memory's type.
        public var type: MemoryType
        /// Where it is declared or imported in the module.
        public var offset: Int
    }

    /// A global. Specification: "Globals".
    public struct Global: Sendable {
        /// The global's type.
        public var type: GlobalType
        /// `nil` for an imported global.
        public var initializer: ConstantExpression?
    }

    /// What tells exceptions apart. Specification: "Tags".
    public struct Tag: Sendable {
        /// Its parameters are the values of the exceptions.
        public var typeIndex: Int
        /// Where it is declared or imported in the module.
        public var offset: Int
    }

    /// Something that others may use. Specification: "Exports".
    public struct Export: Sendable {
        /// The name under which others find it.
        public var name: String
        /// Which index space it is in.
        public var kind: ExternalKind
        /// Index in the index space of `kind`.
        public var index: Int
        /// Where the export is in the module.
        public var offset: Int
    }

    /// A constant expression: instructions and the final `end`. Specification: "Constant Expressions".
    public struct ConstantExpression: Sendable {
        /// Its instructions, a range of the module's bytes.
        public var range: Range<Int>
        /// The type of its value.
        public var type: ValueType
    }

    /// Specification: "Element Segments".
    public struct ElementSegment: Sendable {
        /// The type of the references, a reference type.
        public var type: ValueType
        /// When and where its references are written.
        public var mode: Mode
        /// The references, or what calculates them.
        public var items: Items
        /// Where the segment is in the module.
        public var offset: Int

        /// What an element segment is for.
        public enum Mode: Sendable {
            /// For `table.init`.
            case passive
            /// Only says that functions are referred to.
            case declarative
            /// Copied into a table when the module is instantiated.
            case active(table: Int, offset: ConstantExpression)
        }
        /// The two forms of a segment's references.
        public enum Items: Sendable {
            /// Function indices.
            case functions([UInt32])
            /// An expression for each reference.
            case expressions([ConstantExpression])
        }
        /// How many references there are.
        public var count: Int {
            switch items {
            case .functions(let indices): indices.count
            case .expressions(let expressions): expressions.count
            }
        }
    }

    /// Specification: "Data Segments".
    public struct DataSegment: Sendable {
        /// When and where its bytes are written.
        public var mode: Mode
        /// The segment's bytes, a range of the module's bytes.
        public var range: Range<Int>

        /// What a data segment is for.
        public enum Mode: Sendable {
            /// For `memory.init`.
            case passive
            /// Copied into a memory when the module is instantiated.
            case active(memory: Int, offset: ConstantExpression)
        }
    }

    /// A section that the specification gives no meaning. Specification: "Custom Sections".
    public struct CustomSection: Sendable {
        /// The section's name.
        public var name: String
        /// The section's content after its name.
        public var range: Range<Int>
    }

    /// What the name section says. Specification appendix: "Name Section".
    public struct Names: Sendable {
        /// The module's name.
        public var module: String?
        /// Functions' names, by index in the function index space.
        public var functions: [Int: String] = [:]
        /// By function index, then by local index.
        public var locals: [Int: [Int: String]] = [:]
        /// No names.
        public init() {}
    }
}

extension Module {
    /// The module throws exceptions, or catches them.
    public var usesExceptions: Bool { features.contains(.exceptions) || features.contains(.legacyExceptions) }

    /// Something that others see, or that outlives the module's functions, has to do with references to exceptions.
    var declaresExceptionReferences: Bool {
        let signatures = functions.map(\.typeIndex) + tags.map(\.typeIndex)
        let hasObjects = exceptionTypes.contains { definedTypes.kind(of: $0) != .function }
        let places = globals.map(\.type.value) + tables.map(\.type.element) + elementSegments.map(\.type)
        return hasObjects || signatures.contains(where: exceptionTypes.contains)
            || places.contains(where: \.isExceptionReference)
    }

    /// The type of function `index`.
    public func type(ofFunction index: Int) -> FunctionType { types[functions[index].typeIndex] }

    /// The type of an import, with its type index resolved.
    public func type(of descriptor: Import.Descriptor) -> ExternalType {
        switch descriptor {
        case .function(let index): .function(types[index])
        case .table(let type): .table(type)
        case .memory(let type): .memory(type)
        case .global(let type): .global(type)
        case .tag(let index): .tag(types[index])
        }
    }

    /// The type of an export.
    public func type(of export: Export) -> ExternalType {
        switch export.kind {
        case .function: .function(type(ofFunction: export.index))
        case .table: .table(tables[export.index].type)
        case .memory: .memory(memories[export.index].type)
        case .global: .global(globals[export.index].type)
        case .tag: .tag(types[tags[export.index].typeIndex])
        }
    }

    /// A function's name from the name section, else from its export, else `nil`.
    public func name(ofFunction index: Int) -> String? {
        names.functions[index] ?? exports.first { $0.kind == .function && $0.index == index }?.name
    }

    /// What `name(ofFunction:)` says of every function, in one pass over the exports.
    public func functionNames() -> [String?] {
        var result = [String?](repeating: nil, count: functions.count)
        for export in exports.reversed() where export.kind == .function { result[export.index] = export.name }
        for index in result.indices {
            if let name = names.functions[index] { result[index] = name }
        }
        return result
    }
}
