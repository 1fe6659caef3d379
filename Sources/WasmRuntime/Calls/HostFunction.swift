internal import CRuntime
public import Wasm

/// A function of the host's that belongs to no store yet: it can be imported by instances in any, and made a
/// ``Function`` of one.
///
/// ```swift
/// let add = HostFunction { (a: Int32, b: Int32) -> Int32 in a &+ b }
/// let divide = HostFunction { (a: Int32, b: Int32) throws -> (Int32, Int32) in a.quotientAndRemainder(dividingBy: b) }
/// ```
///
/// What the closure throws stops the guest, and the very error arrives at the guest's caller.
public struct HostFunction {
    /// What it takes and returns.
    public let type: FunctionType
    var implementation: Implementation

    enum Implementation {
        case swift((RawSlot) throws -> Void)
        case swiftWithCaller((Caller, RawSlot) throws -> Void)
        case c(wasmc_host_callback, userData: UnsafeMutableRawPointer?, owner: AnyObject?)
    }

    init(type: FunctionType, implementation: Implementation) {
        self.type = type
        self.implementation = implementation
    }

    @usableFromInline init(type: FunctionType, slots body: @escaping (RawSlot) throws -> Void) {
        self.init(type: type, implementation: .swift(body))
    }

    @usableFromInline init(type: FunctionType, slots body: @escaping (Caller, RawSlot) throws -> Void) {
        self.init(type: type, implementation: .swiftWithCaller(body))
    }

    /// Suspends the guest while the body runs.
    @usableFromInline init(type: FunctionType, slots body: @escaping (Caller, RawSlot) async throws -> Void) {
        self.init(
            type: type,
            implementation: .swiftWithCaller { caller, slots in
                guard let call = caller.store.suspendableCall else { throw UsageError.cannotSuspend }
                try call.wait { try await body(caller, slots) }
            })
    }

    /// Values in, values out, with a type that is known at run time only. Results of other types are a ``UsageError``.
    public init(type: FunctionType, _ body: @escaping (Caller, [Value]) throws -> [Value]) {
        self.init(type: type) { (caller: Caller, slots: RawSlot) in
            try slots.set(body(caller, slots.values(type.parameters, in: caller.store)), type, in: caller.store)
        }
    }

    /// As above, asynchronous. The closure runs on the actor that the guest was called on, if it has none of its own.
    public init(type: FunctionType, _ body: @escaping (Caller, [Value]) async throws -> [Value]) {
        self.init(type: type) { (caller: Caller, slots: RawSlot) async throws in
            try await slots.set(body(caller, slots.values(type.parameters, in: caller.store)), type, in: caller.store)
        }
    }

    /// A typed function. Several results are a tuple.
    @inlinable public init<each P: WasmType, each R: WasmType>(
        _ body: @escaping (repeat each P) throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        self.init(type: FunctionType(parameters: parameters, results: results)) {
            (slots: RawSlot) in
            var index = 0
            let results = try body(repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }

    /// A typed function that sees its caller.
    @inlinable public init<each P: WasmType, each R: WasmType>(
        _ body: @escaping (Caller, repeat each P) throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        self.init(type: FunctionType(parameters: parameters, results: results)) {
            (caller: Caller, slots: RawSlot) in
            var index = 0
            let results = try body(caller, repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }

    /// An asynchronous typed function: the guest is suspended while Swift awaits. Guests that import it are called with
    /// ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)``. The closure runs on the actor that the guest
    /// was called on, if it has none of its own. When the call is interrupted, the task that it runs in is cancelled.
    @inlinable public init<each P: WasmType, each R: WasmType>(
        _ body: @escaping (repeat each P) async throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        self.init(type: FunctionType(parameters: parameters, results: results)) {
            (_: Caller, slots: RawSlot) async throws in
            var index = 0
            let results = try await body(repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }

    /// An asynchronous typed function that sees its caller.
    @inlinable public init<each P: WasmType, each R: WasmType>(
        _ body: @escaping (Caller, repeat each P) async throws -> (repeat each R)
    ) {
        let (parameters, results) = (wasmTypes((repeat (each P).self)), wasmTypes((repeat (each R).self)))
        self.init(type: FunctionType(parameters: parameters, results: results)) {
            (caller: Caller, slots: RawSlot) async throws in
            var index = 0
            let results = try await body(caller, repeat next(slots, &index, (each P).self))
            index = 0
            repeat try put(each results, slots, &index)
        }
    }
}

extension RawSlot {
    func values(_ types: [ValueType], in store: Store) -> [Value] {
        let values = address.assumingMemoryBound(to: wasmc_value.self)
        return types.enumerated().map { Value(values[$0], $1, in: store) }
    }

    /// - Throws: ``UsageError`` for results of another type or of another store.
    func set(_ results: [Value], _ type: FunctionType, in store: Store) throws(UsageError) {
        let values = address.assumingMemoryBound(to: wasmc_value.self)
        for result in results { try result.requireStore(store) }
        guard Value.match(results, type.results) else {
            throw UsageError.typeMismatch(
                expected: "results of \(type)", found: "[\(results.map(\.type.description).joined(separator: " "))]")
        }
        for (index, result) in results.enumerated() { result.write(to: &values[index]) }
    }
}
