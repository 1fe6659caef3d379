internal import CRuntime
internal import Wasm

extension CompiledModule {
    /// Makes an instance and runs its start function. Without a store named, the imports' store is used, else a new
    /// one.
    ///
    /// What stops the start function is as with ``Store/interruptible(deadline:timeout:handle:_:)``.
    ///
    /// - Throws: ``LinkError`` for imports that are missing or do not fit; ``Trap``, ``ExitCode``, ``OutOfPoints``,
    ///   ``Interrupted`` or a host function's own error from the start function or an active segment beyond its memory
    ///   or table.
    ///
    /// Specification: "Instantiation".
    public func instantiate(
        imports: Imports = Imports(), in store: Store? = nil, deadline: ContinuousClock.Instant? = nil,
        timeout: Duration? = nil, handle: InterruptHandle? = nil
    ) throws -> Instance {
        let instance = try makeInstance(imports, store)
        try instance.store.interruptible(deadline: deadline, timeout: timeout, handle: handle) {
            try instance.store.guarded { wasmc_instance_initialize(instance.pointer, $0) }
        }
        return instance
    }

    /// As ``instantiate(imports:in:deadline:timeout:handle:)``, for a start function that may wait for asynchronous
    /// host functions: it runs as ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)`` runs functions.
    ///
    /// - Parameter stackByteCount: how much stack the start function may use.
    /// - Throws: as there.
    nonisolated(nonsending) public func instantiateAsync(
        imports: Imports = Imports(), in store: Store? = nil, deadline: ContinuousClock.Instant? = nil,
        timeout: Duration? = nil, handle: InterruptHandle? = nil, stackByteCount: Int = 1 << 20
    ) async throws -> Instance {
        let instance = try makeInstance(imports, store)
        try await AsyncCall.run(
            in: instance.store, isInterruptible: pointer.pointee.artifact.pointee.is_interruptible, deadline, timeout,
            handle,
            stackByteCount: stackByteCount
        ) { wasmc_instance_initialize(instance.pointer, $0) }
        return instance
    }

    /// An instance whose start function has not run yet.
    private func makeInstance(_ imports: Imports, _ store: Store?) throws -> Instance {
        let linker = try Linker(self, imports, store)
        var message = [CChar](repeating: 0, count: 512)
        let pointer = linker.withImports {
            wasmc_instance_create(linker.store.pointer, self.pointer, $0, &message, message.count)
        }
        guard let pointer else { throw LinkError.resources(linker.store.share?.takeRefusal() ?? text(message)) }
        pointer.pointee.start(metering)
        linker.store.keepsStoppable(self)
        return Instance(pointer, self, in: linker.store)
    }
}

/// Finds and checks what a module imports.
private struct Linker {
    let store: Store
    private var functions: [UnsafePointer<wasmc_function>?] = []
    private var memories: [UnsafeMutablePointer<wasmc_memory>?] = []
    private var tables: [UnsafeMutablePointer<wasmc_table>?] = []
    private var globals: [UnsafeMutablePointer<wasmc_value>?] = []
    private var tags: [UnsafeMutablePointer<wasmc_tag>?] = []

    init(_ program: CompiledModule, _ imports: Imports, _ named: Store?) throws(LinkError) {
        var chosen = named
        for entry in program.imports {
            guard case .external(let external) = imports.definitions[.init(module: entry.module, name: entry.name)]
            else { continue }
            if let chosen, chosen !== external.store { throw .differentStores(module: entry.module, name: entry.name) }
            chosen = external.store
        }
        store = chosen ?? Store()
        try store.requireStoppable(program, imports)
        for entry in program.imports {
            let expected = entry.type
            guard let definition = imports.definitions[.init(module: entry.module, name: entry.name)] else {
                throw .unknownImport(module: entry.module, name: entry.name, expected: expected)
            }
            let found: ExternalType
            switch definition {
            case .host(let host): found = .function(host.type)
            case .external(let external): found = external.type
            }
            guard found.fits(expected) else {
                throw .incompatibleImportType(module: entry.module, name: entry.name, expected: expected, found: found)
            }
            switch definition {
            case .host(let host):
                functions.append(try host.make(in: store, program, typeIndex: entry.typeIndex))
            case .external(.function(let function)): functions.append(function.pointer)
            case .external(.memory(let memory)): memories.append(memory.pointer)
            case .external(.table(let table)): tables.append(table.pointer)
            case .external(.global(let global)): globals.append(global.pointer)
            case .external(.tag(let tag)): tags.append(UnsafeMutablePointer(mutating: tag.pointer))
            }
        }
    }

    func withImports<R>(_ body: (UnsafePointer<wasmc_imports>) -> R) -> R {
        memories.withUnsafeBufferPointer { memories in
            tables.withUnsafeBufferPointer { tables in
                globals.withUnsafeBufferPointer { globals in
                    functions.withUnsafeBufferPointer { functions in
                        tags.withUnsafeBufferPointer { tags in
                            var imports = wasmc_imports(
                                memories: memories.baseAddress, tables: tables.baseAddress,
                                globals: globals.baseAddress, functions: functions.baseAddress,
                                tags: tags.baseAddress)
                            return body(&imports)
                        }
                    }
                }
            }
        }
    }
}

extension ExternalType {
    /// Specification: "Matching" of external types.
    fileprivate func fits(_ expected: ExternalType) -> Bool {
        switch (self, expected) {
        case (.function(let found), .function(let expected)): found == expected
        case (.global(let found), .global(let expected)): found == expected
        case (.tag(let found), .tag(let expected)): found == expected
        case (.memory(let found), .memory(let expected)):
            found.is64Bit == expected.is64Bit && found.pages.fit(expected.pages)
        case (.table(let found), .table(let expected)):
            found.element == expected.element && found.elements.fit(expected.elements)
        default: false
        }
    }
}

extension Limits {
    fileprivate func fit(_ expected: Limits) -> Bool {
        guard minimum >= expected.minimum else { return false }
        guard let most = expected.maximum else { return true }
        return maximum.map { $0 <= most } ?? false
    }
}

/// An instance of a module: its functions can be called. It keeps its store alive.
public final class Instance {
    /// The store that it lives in.
    public let store: Store
    /// The module that it is an instance of.
    public let program: CompiledModule
    let pointer: UnsafeMutablePointer<wasmc_instance>

    init(_ pointer: UnsafeMutablePointer<wasmc_instance>, _ program: CompiledModule, in store: Store) {
        self.pointer = pointer
        self.program = program
        self.store = store
    }

    /// The export of this name, if there is one.
    public func export(_ name: String) -> External? {
        guard let export = program.exports.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        return External(export, of: pointer, in: store)
    }

    /// - Throws: ``UsageError/noSuchExport(_:)``
    public func function(_ name: String) throws(UsageError) -> Function {
        guard case .function(let function) = export(name) else { throw .noSuchExport(name) }
        return function
    }

    /// An exported function as a Swift function, its type checked once:
    /// `instance.function("run", as: ((Int32, Int32) -> Int32).self)`.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmConvertible, R: WasmConvertible>(
        _ name: String, as type: ((repeat each P) -> R).Type
    ) throws(UsageError) -> (repeat each P) throws -> R {
        try function(name).typed(as: type)
    }

    /// As above, for functions without a result.
    @inlinable public func function<each P: WasmConvertible>(
        _ name: String, as type: ((repeat each P) -> Void).Type
    ) throws(UsageError) -> (repeat each P) throws -> Void {
        try function(name).typed(as: type)
    }

    /// The memory that is exported as `memory`, as compilers name it; `nil` if there is none.
    public var memory: Memory? { memory("memory") }

    /// The exported memory of this name; `nil` if there is none.
    public func memory(_ name: String) -> Memory? {
        guard case .memory(let memory) = export(name) else { return nil }
        return memory
    }

    /// The exported table of this name; `nil` if there is none.
    public func table(_ name: String) -> Table? {
        guard case .table(let table) = export(name) else { return nil }
        return table
    }

    /// The exported global of this name; `nil` if there is none.
    public func global(_ name: String) -> Global? {
        guard case .global(let global) = export(name) else { return nil }
        return global
    }
}

extension Instance {
    /// The exported tag of this name; `nil` if there is none.
    public func tag(_ name: String) -> Tag? {
        guard case .tag(let tag) = export(name) else { return nil }
        return tag
    }
}

extension wasmc_instance {
    /// What its module's artifact says.
    var description: ArtifactReader { ArtifactReader(image: UnsafeRawPointer(module.pointee.image)) }
}

extension External {
    init(_ export: CompiledModule.Export, of instance: UnsafeMutablePointer<wasmc_instance>, in store: Store) {
        let place = UnsafeMutableRawPointer(instance) + export.instanceOffset
        func slot<T>(_: T.Type) -> UnsafeMutablePointer<T> { place.load(as: UnsafeMutablePointer<T>.self) }
        self =
            switch export.type {
            case .function: .function(Function(place.assumingMemoryBound(to: wasmc_function.self), in: store))
            case .memory: .memory(Memory(slot(wasmc_memory.self), in: store))
            case .table(let type): .table(Table(slot(wasmc_table.self), of: type.element, in: store))
            case .tag: .tag(Tag(slot(wasmc_tag.self), in: store))
            case .global(let type): .global(Global(slot(wasmc_value.self), type: type, in: store))
            }
    }
}
