internal import CRuntime
internal import Wasm

/// A compiled module whose imports are looked up and checked: see ``Linker``. Instantiate it as often as you like, from
/// any thread.
///
/// ```swift
/// let linked = try linker.link(program)                           // once
/// let instance = try linked.instantiate(Request(id: 7))           // for each request, on any thread
/// ```
public struct LinkedModule<Context>: Sendable {
    /// The module.
    public let program: CompiledModule
    private let imports: [LinkedImport<Context>]
    /// Of modules that import any function of WASI's.
    private let wasi: (@Sendable (Context) throws -> WASI)?

    init(
        _ program: CompiledModule, _ imports: [LinkedImport<Context>], _ wasi: (@Sendable (Context) throws -> WASI)?
    ) {
        self.program = program
        self.imports = imports
        self.wasi = imports.contains { if case .wasi = $0 { true } else { false } } ? wasi : nil
    }

    /// Makes an instance and runs its start function.
    ///
    /// - Parameters:
    ///   - context: what host functions are given. It lives as long as the instance's store.
    ///   - store: where the instance lives; a new store if nil.
    /// - Throws: what ``CompiledModule/instantiate(imports:in:deadline:timeout:handle:)`` throws for resources and the
    ///   start function.
    ///
    /// Specification: "Instantiation".
    public func instantiate(
        _ context: Context, in store: Store? = nil, deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil
    ) throws -> Instance {
        let instance = try makeInstance(context, store ?? Store())
        try instance.runStartFunction(deadline, timeout, handle)
        return instance
    }

    /// As ``instantiate(_:in:deadline:timeout:handle:)``, for a start function that may wait for asynchronous host
    /// functions: see ``CompiledModule/instantiateAsync(imports:in:deadline:timeout:handle:stackByteCount:)``.
    ///
    /// - Parameter stackByteCount: how much stack the start function may use.
    /// - Throws: as there.
    nonisolated(nonsending) public func instantiateAsync(
        _ context: Context, in store: Store? = nil, deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil, stackByteCount: Int = 1 << 20
    ) async throws -> Instance {
        let instance = try makeInstance(context, store ?? Store())
        try await instance.runStartFunctionAsync(deadline, timeout, handle, stackByteCount)
        return instance
    }

    private func makeInstance(_ context: Context, _ store: Store) throws -> Instance {
        try store.requireStoppable(program, Imports())
        store.equipFunctions(for: program)
        var resolved = ResolvedImports(store)
        let wasi = try wasi?(context)
        if let wasi { store.retain(wasi) }
        for entry in imports {
            switch entry {
            case .plain(let typeIndex, let body):
                resolved.functions.append(
                    try HostFunction.Implementation.swift(body).make(in: store, program, typeIndex: typeIndex))
            case .withContext(let typeIndex, let body):
                let function = HostFunction.Implementation.swiftWithCaller { caller, slots in
                    try body(HostCall(caller: caller, context: context), slots)
                }
                resolved.functions.append(try function.make(in: store, program, typeIndex: typeIndex))
            case .wasi(let typeIndex, let callback):
                // The store keeps WASI's context, once for all functions.
                let function = HostFunction.Implementation.c(
                    callback, userData: wasi.map { UnsafeMutableRawPointer($0.context) }, owner: nil)
                resolved.functions.append(try function.make(in: store, program, typeIndex: typeIndex))
            case .memory(let type): resolved.memories.append(try Memory(type, in: store).pointer)
            case .table(let type): resolved.tables.append(try Table(type, in: store, for: program).pointer)
            case .global(let value, let isMutable):
                resolved.globals.append(try Global(value, isMutable: isMutable, in: store).pointer)
            case .tag(let parameters): resolved.tags.append(try Tag(parameters, in: store).pointer)
            case .again(let kind, let place): resolved.repeatImport(of: kind, at: place)
            }
        }
        return try program.makeInstance(resolved)
    }
}

/// What an import stands for in every instance, with the type index of a function.
enum LinkedImport<Context>: Sendable {
    case plain(Int, @Sendable (RawSlot) throws -> Void)
    case withContext(Int, @Sendable (HostCall<Context>, RawSlot) throws -> Void)
    case wasi(Int, wasmc_host_callback)
    case memory(MemoryType)
    case table(TableType)
    case global(Value, isMutable: Bool)
    case tag([ValueType])
    /// What an earlier import of the same name stands for, by its place among those of its kind.
    case again(ExternalKind, Int)
}
