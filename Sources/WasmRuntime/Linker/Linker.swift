public import Wasm

/// What modules find under the names they import, for many instances: a module's imports are looked up and checked
/// once, and each instance has a context of its own, which its host functions are given.
///
/// ```swift
/// struct Request { let id: Int; let wasi: WASI }
/// var linker = Linker<Request>()
/// linker.defineWASI { request in request.wasi }
/// linker.define("env", "request_id") { (call: HostCall<Request>) -> Int32 in Int32(call.context.id) }
/// let module = try linker.link(Engine().compile(Module(bytes: bytes)))
///
/// for id in 0..<1000 {                                            // from any thread
///     let instance = try module.instantiate(Request(id: id, wasi: WASI(arguments: ["handler"])))
///     try instance.runCommand()
/// }
/// ```
///
/// Host functions of a linker are called on whatever thread an instance runs, so they are `Sendable`, and what belongs
/// to one instance comes with the context. Make the context a class for what they change. A later definition of a name
/// replaces an earlier one.
public struct Linker<Context>: Sendable {
    enum Definition: Sendable {
        case plain(FunctionType, @Sendable (RawSlot) throws -> Void)
        case withContext(FunctionType, @Sendable (HostCall<Context>, RawSlot) throws -> Void)
        case memory(MemoryType)
        case table(TableType)
        case global(Value, isMutable: Bool)
        case tag([ValueType])

        var type: ExternalType {
            switch self {
            case .plain(let type, _), .withContext(let type, _): .function(type)
            case .memory(let type): .memory(type)
            case .table(let type): .table(type)
            case .global(let value, let isMutable): .global(GlobalType(value: value.type, isMutable: isMutable))
            case .tag(let parameters): .tag(FunctionType(parameters: parameters, results: []))
            }
        }
    }

    private var definitions: [Imports.Name: Definition] = [:]
    private var wasi: (@Sendable (Context) throws -> WASI)?
    private var trapsUnknownImports = false

    /// A linker that defines nothing.
    public init() {}

    /// A function with values in and values out.
    public mutating func define(
        _ module: String, _ name: String, type: FunctionType,
        _ body: @escaping @Sendable (HostCall<Context>, [Value]) throws -> [Value]
    ) {
        define(module, name, type) { (call: HostCall<Context>, slots: RawSlot) in
            let store = call.caller.store
            try slots.set(body(call, slots.values(type.parameters, in: store)), type, in: store)
        }
    }

    /// A typed function. Several results are a tuple.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping @Sendable (repeat each P) throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        define(module, name, FunctionType(parameters: parameters, results: results)) { (slots: RawSlot) in
            var index = 0
            let results = try body(repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }

    /// A typed function that sees its caller and the instance's context.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String,
        _ body: @escaping @Sendable (HostCall<Context>, repeat each P) throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        define(module, name, FunctionType(parameters: parameters, results: results)) {
            (call: HostCall<Context>, slots: RawSlot) in
            var index = 0
            let results = try body(call, repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }

    /// An asynchronous function, during which the guest is suspended: see ``HostFunction``.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String,
        _ body: @escaping @Sendable (HostCall<Context>, repeat each P) async throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        define(module, name, FunctionType(parameters: parameters, results: results)) {
            (call: HostCall<Context>, slots: RawSlot) in
            try call.caller.suspend {
                var index = 0
                let results = try await body(call, repeat next(slots, &index, (each P).self))
                index = 0
                repeat try put(each results, slots, &index)
            }
        }
    }

    /// An asynchronous function that needs neither its caller nor a context.
    @inlinable public mutating func define<each P: WasmType, each R: WasmType>(
        _ module: String, _ name: String,
        _ body: @escaping @Sendable (repeat each P) async throws -> (repeat each R)
    ) {
        define(module, name) { (_: HostCall<Context>, argument: repeat each P) async throws in
            try await body(repeat each argument)
        }
    }

    /// A memory: each instance gets a new one of this type.
    public mutating func define(_ module: String, _ name: String, _ memory: MemoryType) {
        self[module, name] = .memory(memory)
    }

    /// A table: each instance gets a new one of this type, filled with null.
    public mutating func define(_ module: String, _ name: String, _ table: TableType) {
        self[module, name] = .table(table)
    }

    /// A global: each instance gets a new one with this value.
    public mutating func define(_ module: String, _ name: String, _ value: Value, isMutable: Bool) {
        self[module, name] = .global(value, isMutable: isMutable)
    }

    /// A tag: each instance gets a new one, for exceptions with values of these types.
    public mutating func define(_ module: String, _ name: String, tag parameters: [ValueType]) {
        self[module, name] = .tag(parameters)
    }

    /// The functions of `wasi_snapshot_preview1` and `wasi_unstable`, unless something else is defined under one of
    /// their names.
    ///
    /// - Parameter wasi: what an instance's program is given. It is asked once for each instance of a module that
    ///   imports any of the functions; what it throws, the instantiation throws.
    public mutating func defineWASI(_ wasi: @escaping @Sendable (Context) throws -> WASI) { self.wasi = wasi }

    /// Functions that modules import and nobody defines: calling one throws
    /// ``LinkError/unknownImport(module:name:expected:)``.
    public mutating func defineUnknownImportsAsTraps() { trapsUnknownImports = true }

    @usableFromInline mutating func define(
        _ module: String, _ name: String, _ type: FunctionType, _ body: @escaping @Sendable (RawSlot) throws -> Void
    ) {
        self[module, name] = .plain(type, body)
    }

    @usableFromInline mutating func define(
        _ module: String, _ name: String, _ type: FunctionType,
        _ body: @escaping @Sendable (HostCall<Context>, RawSlot) throws -> Void
    ) {
        self[module, name] = .withContext(type, body)
    }

    private subscript(module: String, name: String) -> Definition? {
        get { definitions[Imports.Name(module: module, name: name)] }
        set { definitions[Imports.Name(module: module, name: name)] = newValue }
    }

    /// Looks up and checks what a module imports, for all instances.
    ///
    /// - Throws: ``LinkError/unknownImport(module:name:expected:)`` and
    ///   ``LinkError/incompatibleImportType(module:name:expected:found:)``.
    public func link(_ program: CompiledModule) throws(LinkError) -> LinkedModule<Context> {
        var imports: [LinkedImport<Context>] = []
        // Where a name was imported first, among the imports of its kind.
        var places: [Imports.Name: Int] = [:]
        var counts: [ExternalKind: Int] = [:]
        for entry in program.imports {
            let resolved = try resolve(entry)
            let name = Imports.Name(module: entry.module, name: entry.name)
            let kind = entry.type.kind
            defer { counts[kind, default: 0] += 1 }
            if kind != .function, let place = places[name] {
                imports.append(.again(kind, place))
            } else {
                places[name] = counts[kind, default: 0]
                imports.append(resolved)
            }
        }
        return LinkedModule(program, imports, wasi)
    }

    private func resolve(_ entry: CompiledModule.Import) throws(LinkError) -> LinkedImport<Context> {
        let (module, name, expected) = (entry.module, entry.name, entry.type)
        func check(_ found: ExternalType) throws(LinkError) {
            if found.fits(expected) { return }
            throw .incompatibleImportType(module: module, name: name, expected: expected, found: found)
        }
        if let definition = self[module, name] {
            try check(definition.type)
            return switch definition {
            case .plain(_, let body): .plain(entry.typeIndex, body)
            case .withContext(_, let body): .withContext(entry.typeIndex, body)
            case .memory(let type): .memory(type)
            case .table(let type): .table(type)
            case .global(let value, let isMutable): .global(value, isMutable: isMutable)
            case .tag(let parameters): .tag(parameters)
            }
        }
        if wasi != nil, let function = WASI.functions[Imports.Name(module: module, name: name)] {
            try check(.function(function.type))
            return .wasi(entry.typeIndex, function.callback)
        }
        let error = LinkError.unknownImport(module: module, name: name, expected: expected)
        guard trapsUnknownImports, case .function = expected else { throw error }
        return .plain(entry.typeIndex) { _ in throw error }
    }
}

/// A call of a host function that a ``Linker`` defines.
///
/// ```swift
/// linker.define("env", "log") { (call: HostCall<Request>, address: UInt32, count: UInt32) throws in
///     print(call.context.id, try call.memory?.string(at: address, byteCount: count) ?? "")
/// }
/// ```
public struct HostCall<Context> {
    /// Who calls.
    public let caller: Caller
    /// What the caller was instantiated with.
    public let context: Context

    /// The caller.
    public var instance: Instance? { caller.instance }
    /// The caller's memory: see ``Caller/memory``.
    public var memory: Memory? { caller.memory }
}

extension Caller {
    /// Suspends the guest while `body` runs.
    ///
    /// - Throws: ``UsageError/cannotSuspend``, and what `body` throws.
    @usableFromInline func suspend(_ body: @escaping () async throws -> Void) throws {
        guard let call = store.suspendableCall else { throw UsageError.cannotSuspend }
        try call.wait(for: body)
    }
}
