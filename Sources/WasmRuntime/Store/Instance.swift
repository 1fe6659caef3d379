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
        let instance = try makeInstance(ResolvedImports(self, imports, store))
        try instance.runStartFunction(deadline, timeout, handle)
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
        let instance = try makeInstance(ResolvedImports(self, imports, store))
        try await instance.runStartFunctionAsync(deadline, timeout, handle, stackByteCount)
        return instance
    }

    /// An instance whose start function has not run yet.
    func makeInstance(_ imports: ResolvedImports) throws -> Instance {
        let store = imports.store
        var message = [CChar](repeating: 0, count: 512)
        let pointer = imports.withImports {
            wasmc_instance_create(store.pointer, self.pointer, $0, &message, message.count)
        }
        guard let pointer else { throw LinkError.resources(store.share?.takeRefusal() ?? text(message)) }
        pointer.pointee.start(metering)
        // The store keeps the module: host functions find it by their caller.
        pointer.pointee.host = Unmanaged.passUnretained(self).toOpaque()
        store.keep(self)
        return Instance(pointer, in: store)
    }
}

extension Instance {
    func runStartFunction(
        _ deadline: ContinuousClock.Instant?, _ timeout: Duration?, _ handle: InterruptHandle?
    ) throws {
        try store.interruptible(deadline: deadline, timeout: timeout, handle: handle) {
            try store.guarded { wasmc_instance_initialize(pointer, $0) }
        }
    }

    nonisolated(nonsending) func runStartFunctionAsync(
        _ deadline: ContinuousClock.Instant?, _ timeout: Duration?, _ handle: InterruptHandle?, _ stackByteCount: Int
    ) async throws {
        let pointer = pointer
        try await AsyncCall.run(
            in: store, isInterruptible: pointer.pointee.module.pointee.artifact.pointee.is_interruptible, deadline,
            timeout, handle, stackByteCount: stackByteCount
        ) { wasmc_instance_initialize(pointer, $0) }
    }
}

/// An instance of a module: its functions can be called. It keeps its store alive.
///
/// ```swift
/// let instance = try program.instantiate(imports: imports)
/// let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
/// print(try add(40, 2), instance.memory("memory")?.pages ?? 0)
/// ```
public final class Instance {
    /// The store that it lives in.
    public let store: Store
    /// The module that it is an instance of.
    public let program: CompiledModule
    let pointer: UnsafeMutablePointer<wasmc_instance>

    /// - Parameter pointer: of an instance whose `host` is its module: see ``CompiledModule/makeInstance(_:_:)``.
    init(_ pointer: UnsafeMutablePointer<wasmc_instance>, in store: Store) {
        self.pointer = pointer
        program = Unmanaged<CompiledModule>.fromOpaque(pointer.pointee.host).takeUnretainedValue()
        self.store = store
    }

    /// The export of this name, if there is one.
    public func export(_ name: String) -> External? {
        guard let export = program.exports.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        return External(export, of: pointer, in: store)
    }

    /// The exported function of this name.
    ///
    /// - Throws: ``UsageError/noSuchExport(_:)``, also for an export that is no function.
    public func function(_ name: String) throws(UsageError) -> Function {
        guard case .function(let function) = export(name) else { throw .noSuchExport(name) }
        return function
    }

    /// An exported function as a Swift function, its type checked once:
    /// `instance.function("run", as: ((Int32, Int32) -> Int32).self)`. See `Function.typed(as:)`.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType, each R: WasmType>(
        _ name: String, as type: ((repeat each P) -> (repeat each R)).Type
    ) throws(UsageError) -> (repeat each P) throws -> (repeat each R) {
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
    var description: ArtifactReader {
        ArtifactReader(image: UnsafeRawPointer(module.pointee.image), typeNumbers: type_ids)
    }
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
