public import Wasm
internal import WasmEngine

/// A function of a store: a guest's or the host's.
public struct Function: Equatable {
    /// What a host function does.
    public typealias Implementation = (Caller, [Value]) throws -> [Value]

    /// The store that it lives in.
    public let store: Store
    let function: WasmEngine.Function

    init(_ function: WasmEngine.Function, _ store: Store) {
        self.function = function
        self.store = store
    }

    /// A host function. What the body throws stops the guest and arrives at the guest's caller.
    public init(
        store: Store, parameters: [ValueType], results: [ValueType] = [], body: @escaping Implementation
    ) {
        self.init(store: store, type: FunctionType(parameters: parameters, results: results), body: body)
    }

    /// A host function. What the body throws stops the guest and arrives at the guest's caller.
    public init(store: Store, type: FunctionType, body: @escaping Implementation) {
        // The store keeps the function, so the function does not keep the store; whoever runs guests has it.
        let host = HostFunction(type: type) { [unowned store] caller, arguments in
            let caller = Caller(store: store, instance: caller.instance.map { Instance($0, store) })
            do { return try body(caller, arguments.map(Value.init)).map(\.value) } catch let error as WasmKitException {
                throw error.exception
            }
        }
        do { self.init(try WasmEngine.Function(host, in: store.store), store) } catch {
            preconditionFailure("\(error)")
        }
    }

    /// What the function takes and returns.
    public var type: FunctionType { function.type }

    /// Calls the function.
    ///
    /// - Throws: ``Trap``, also for arguments of other types; ``WasmKitException``; ``WASIExitCode``; the error of a
    ///   host function.
    @discardableResult public func invoke(_ arguments: [Value] = []) throws -> [Value] {
        try translatingErrors { try function.call(arguments.map(\.value)).map(Value.init) }
    }

    /// Calls the function: see ``invoke(_:)``.
    @discardableResult public func callAsFunction(_ arguments: [Value] = []) throws -> [Value] {
        try invoke(arguments)
    }

    /// The same function of the same store.
    public static func == (left: Function, right: Function) -> Bool { left.function == right.function }
}

/// Who calls a host function.
public struct Caller {
    /// The caller's store.
    public let store: Store
    /// The instance that calls; nil when the host calls the function itself, or a guest through a table.
    public let instance: Instance?

    /// The engine of the caller's store.
    public var engine: Engine { store.engine }
}

/// An instance of a module.
public struct Instance: Equatable {
    /// The store that it lives in.
    public let store: Store
    let instance: WasmEngine.Instance

    init(_ instance: WasmEngine.Instance, _ store: Store) {
        self.instance = instance
        self.store = store
    }

    /// The export of this name, if there is one.
    public func export(_ name: String) -> ExternalValue? { instance.export(name).map { ExternalValue($0, store) } }

    /// All that the instance exports.
    public var exports: Exports { Exports(instance: self) }

    /// The same instance.
    public static func == (left: Instance, right: Instance) -> Bool { left.instance == right.instance }
}

/// What an instance exports, by name and as a sequence.
public struct Exports: Sequence {
    let instance: Instance

    /// The exports without their names.
    public var values: [ExternalValue] { map(\.value) }

    /// The export of this name.
    public subscript(_ name: String) -> ExternalValue? { instance.export(name) }

    /// The exported function of this name.
    public subscript(function name: String) -> Function? {
        if case .function(let function)? = self[name] { function } else { nil }
    }

    /// The exported memory of this name.
    public subscript(memory name: String) -> Memory? {
        if case .memory(let memory)? = self[name] { memory } else { nil }
    }

    /// The exported table of this name.
    public subscript(table name: String) -> Table? {
        if case .table(let table)? = self[name] { table } else { nil }
    }

    /// The exported global of this name.
    public subscript(global name: String) -> Global? {
        if case .global(let global)? = self[name] { global } else { nil }
    }

    /// In the module's order.
    public func makeIterator() -> some IteratorProtocol<(name: String, value: ExternalValue)> {
        let store = instance.store
        return instance.instance.exports.lazy
            .map { export in (name: export.name, value: ExternalValue(export.external, store)) }
            .makeIterator()
    }
}

/// What can be exported and imported.
public enum ExternalValue: Equatable {
    /// A function.
    case function(Function)
    /// A table.
    case table(Table)
    /// A memory.
    case memory(Memory)
    /// A global.
    case global(Global)
    /// A tag of exceptions.
    case tag(Tag)

    init(_ external: External, _ store: Store) {
        switch external {
        case .function(let function): self = .function(Function(function, store))
        case .table(let table): self = .table(Table(table: table))
        case .memory(let memory): self = .memory(Memory(memory))
        case .global(let global): self = .global(Global(global: global))
        case .tag(let tag): self = .tag(Tag(tag: tag))
        }
    }

    var external: External {
        switch self {
        case .function(let function): .function(function.function)
        case .table(let table): .table(table.table)
        case .memory(let memory): .memory(memory.memory)
        case .global(let global): .global(global.global)
        case .tag(let tag): .tag(tag.tag)
        }
    }
}

/// What can be given to a module as an import.
public protocol ExternalValueConvertible {
    /// The import.
    var externalValue: ExternalValue { get }
}

extension ExternalValue: ExternalValueConvertible {
    /// Itself.
    public var externalValue: ExternalValue { self }
}

extension Function: ExternalValueConvertible {
    /// The function.
    public var externalValue: ExternalValue { .function(self) }
}

extension Memory: ExternalValueConvertible {
    /// The memory.
    public var externalValue: ExternalValue { .memory(self) }
}

extension Table: ExternalValueConvertible {
    /// The table.
    public var externalValue: ExternalValue { .table(self) }
}

extension Global: ExternalValueConvertible {
    /// The global.
    public var externalValue: ExternalValue { .global(self) }
}

extension Tag: ExternalValueConvertible {
    /// The tag.
    public var externalValue: ExternalValue { .tag(self) }
}

/// What modules find under the names they import.
public struct Imports: ExpressibleByDictionaryLiteral {
    var definitions = WasmEngine.Imports()

    /// No imports.
    public init() {}

    /// The imports of one module name.
    public struct Value: ExpressibleByDictionaryLiteral {
        let elements: [(String, any ExternalValueConvertible)]

        /// Imports by name.
        public init(dictionaryLiteral elements: (String, any ExternalValueConvertible)...) { self.elements = elements }
    }

    /// Imports by module and name.
    public init(dictionaryLiteral modules: (String, Value)...) {
        for (module, value) in modules {
            for (name, external) in value.elements { define(module: module, name: name, external) }
        }
    }

    /// Defines one import; a later definition replaces an earlier one.
    public mutating func define(module: String, name: String, _ value: any ExternalValueConvertible) {
        definitions.define(module, name, value.externalValue.external)
    }

    /// Defines everything that an instance exports, under its names.
    public mutating func define(module: String, _ exports: Exports) {
        for (name, value) in exports { define(module: module, name: name, value) }
    }
}
