internal import CRuntime
public import Wasm

/// What an instance exports or imports.
public enum External {
    /// A function.
    case function(Function)
    /// A memory.
    case memory(Memory)
    /// A table.
    case table(Table)
    /// A global.
    case global(Global)
    /// A tag of exceptions.
    case tag(Tag)

    var store: Store {
        switch self {
        case .function(let function): function.store
        case .memory(let memory): memory.store
        case .table(let table): table.store
        case .global(let global): global.store
        case .tag(let tag): tag.store
        }
    }

    /// What it is, in WebAssembly's terms.
    public var type: ExternalType {
        switch self {
        case .function(let function): .function(function.type)
        case .memory(let memory): .memory(memory.type)
        case .table(let table): .table(table.type)
        case .global(let global): .global(global.type)
        case .tag(let tag): .tag(FunctionType(parameters: tag.parameters, results: []))
        }
    }
}

/// What modules find under the names they import. A later definition of a name replaces an earlier one.
///
/// ```swift
/// var imports = Imports()
/// imports.define("env", "log") { (value: Int32) in print("logged", value) }
/// imports.define(try WASI(arguments: ["program"]))
/// try imports.check(module)                                       // the error names what is missing
/// ```
public struct Imports {
    enum Definition {
        case host(HostFunction)
        case external(External)
    }

    /// Names are bytes: Unicode calls some equal that differ.
    struct Name: Hashable {
        private let module: [UInt8]
        private let name: [UInt8]

        init(module: String, name: String) {
            self.module = Array(module.utf8)
            self.name = Array(name.utf8)
        }
    }

    var definitions: [Name: Definition] = [:]

    /// No definitions.
    public init() {}

    /// Defines something that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ external: External) {
        definitions[Name(module: module, name: name)] = .external(external)
    }

    /// Defines a function that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ function: Function) {
        define(module, name, .function(function))
    }

    /// Defines a memory that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ memory: Memory) {
        define(module, name, .memory(memory))
    }

    /// Defines a table that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ table: Table) {
        define(module, name, .table(table))
    }

    /// Defines a global that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ global: Global) {
        define(module, name, .global(global))
    }

    /// Defines a tag that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ tag: Tag) { define(module, name, .tag(tag)) }

    /// Defines everything that an instance exports, under its names.
    public mutating func define(_ module: String, _ instance: Instance) {
        for (name, external) in instance.exports { define(module, name, external) }
    }

    /// A host function, as a value.
    public mutating func define(_ module: String, _ name: String, _ function: HostFunction) {
        definitions[Name(module: module, name: name)] = .host(function)
    }

    /// An untyped host function: values in, values out. What it throws stops the guest and arrives at the caller.
    public mutating func define(
        _ module: String, _ name: String, type: FunctionType,
        _ body: @escaping (Caller, [WasmRuntime.Value]) throws -> [WasmRuntime.Value]
    ) {
        define(module, name, HostFunction(type: type, body))
    }

    /// A typed host function: see ``HostFunction``. What it throws stops the guest and arrives at the caller.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (repeat each P) throws -> (repeat each R)
    ) {
        define(module, name, HostFunction(body))
    }

    /// A typed host function that sees its caller.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) throws -> (repeat each R)
    ) {
        define(module, name, HostFunction(body))
    }

    /// An asynchronous host function: the guest is suspended while Swift awaits. Guests that import it are called with
    /// ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)``.
    ///
    /// What it throws stops the guest and arrives at the caller. When the call is interrupted, its task is cancelled.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (repeat each P) async throws -> (repeat each R)
    ) {
        define(module, name, HostFunction(body))
    }

    /// An asynchronous host function that sees its caller.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) async throws -> (repeat each R)
    ) {
        define(module, name, HostFunction(body))
    }

    @usableFromInline mutating func host(
        _ module: String, _ name: String, _ type: FunctionType, _ body: @escaping (RawSlot) throws -> Void
    ) {
        define(module, name, HostFunction(type: type, slots: body))
    }

    @usableFromInline mutating func host(
        _ module: String, _ name: String, _ type: FunctionType, _ body: @escaping (Caller, RawSlot) throws -> Void
    ) {
        define(module, name, HostFunction(type: type, slots: body))
    }
}
