internal import CRuntime
internal import Wasm

/// Who calls a host function. A host function needs nothing else to call its caller back, so it captures no instance
/// and no store: those would never be freed.
///
/// ```swift
/// imports.define("env", "greeting") { (caller: Caller) throws -> Int32 in
///     let allocate = try caller.function("alloc", as: ((Int32) -> Int32).self)
///     let address = try allocate(5)
///     try caller.memory?.write("hello", at: address)
///     return address
/// }
/// ```
public struct Caller {
    /// The store of the guest that calls.
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_instance>?

    /// The instance that imports the function; `nil` when the host called the function itself.
    public var instance: Instance? { pointer.map { Instance($0, in: store) } }

    /// The memory that the instance exports: as `memory`, or else the first one that it exports under another name.
    public var memory: Memory? {
        guard let pointer else { return nil }
        if let memory = pointer.pointee.exported_memory { return Memory(memory, in: store) }
        return pointer.pointee.description.firstExport { $0.kind == ExternalKind.memory.rawValue }.flatMap { export in
            if case .memory(let memory) = External(export, of: pointer, in: store) { memory } else { nil }
        }
    }

    /// The memory that the instance exports under this name; `nil` when it exports none, or when the host called the
    /// function itself.
    public func memory(named name: String) -> Memory? {
        guard case .memory(let memory) = export(name) else { return nil }
        return memory
    }

    /// What the instance exports under this name; `nil` when that is nothing, or when the host called the function
    /// itself.
    public func export(_ name: String) -> External? {
        guard let pointer else { return nil }
        return pointer.pointee.description.export(named: name).map { External($0, of: pointer, in: store) }
    }

    /// The function that the instance exports under this name.
    ///
    /// - Throws: ``UsageError/noSuchExport(_:)``
    public func function(_ name: String) throws(UsageError) -> Function {
        guard case .function(let function) = export(name) else { throw .noSuchExport(name) }
        return function
    }

    /// A function that the caller exports as a Swift function: see `Function.typed(as:)`.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType, each R: WasmType>(
        _ name: String, as type: ((repeat each P) -> (repeat each R)).Type
    ) throws(UsageError) -> (repeat each P) throws -> (repeat each R) {
        try function(name).typed(as: type)
    }
}
