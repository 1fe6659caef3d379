public import Wasm

/// A guest's function as an asynchronous Swift function, its type checked once: see `Function.typed(as:)`. It is called
/// as a function is, `try await run(5)` or `run(5, timeout: .seconds(1))`, and runs where the caller does.
public struct TypedAsyncFunction<each Parameter: WasmType, Results> {
    // A closure would do, but Swift 6.3 lets one leave its caller's actor that has a capture list, whatever its type
    // says, and without one fails where there is a parameter pack. Two guests of a store ran at once.
    @usableFromInline let function: Function
    @usableFromInline let byteCount: Int
    @usableFromInline let read: (RawSlot) throws -> Results

    @usableFromInline init(_ function: Function, byteCount: Int, reading read: @escaping (RawSlot) throws -> Results) {
        self.function = function
        self.byteCount = byteCount
        self.read = read
    }

    /// Calls the function: see `Function.callAsync(_:deadline:timeout:handle:stackByteCount:)`.
    ///
    /// - Throws: as there, and ``UsageError`` for a result that no value of the Swift type stands for.
    @inlinable nonisolated(nonsending) public func callAsFunction(
        _ argument: repeat each Parameter, deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil, stackByteCount: Int = 1 << 20
    ) async throws -> Results {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
        defer { memory.deallocate() }
        let slots = RawSlot(memory, .passUnretained(function.store))
        var index = 0
        repeat try put(each argument, slots, &index)
        var results: Results?
        try await function.invokeAsync(slots, deadline, timeout, handle, stackByteCount) { results = try read(slots) }
        guard let results else { preconditionFailure("a call returned without its results being read") }
        return results
    }
}

extension Function {
    /// An asynchronous Swift function that calls this one, its type checked once: see
    /// ``callAsync(_:deadline:timeout:handle:stackByteCount:)``. Several results are a tuple.
    ///
    /// - Throws: ``UsageError`` when the types differ.
    @inlinable public func typed<each P: WasmType, each R: WasmType>(
        as type: ((repeat each P) async -> (repeat each R)).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, (repeat each R)> {
        try typed(results: wasmTypes((repeat (each R).self))) { slots in
            var index = 0
            return (repeat try next(slots, &index, (each R).self))
        }
    }

    @inlinable func typed<each P: WasmType, Results>(
        results: [ValueType], reading read: @escaping (RawSlot) throws -> Results
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, Results> {
        let parameters = wasmTypes((repeat (each P).self))
        try require(parameters: parameters, results: results)
        return TypedAsyncFunction(self, byteCount: max(parameters.count, results.count, 1) * 16, reading: read)
    }
}

extension Instance {
    /// An exported function as an asynchronous Swift function, its type checked once:
    /// `let run = try instance.function("run", as: ((Int32) async -> Int32).self)`.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType, each R: WasmType>(
        _ name: String, as type: ((repeat each P) async -> (repeat each R)).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, (repeat each R)> {
        try function(name).typed(as: type)
    }
}

// The same where `NonisolatedNonsendingByDefault` is on: there the types of asynchronous functions are others. Swift
// takes functions that differ in that alone for one declared twice, so results are told apart by their number.

extension Function {
    /// `typed(as:)` of functions that run where their caller does, with one result.
    ///
    /// - Throws: ``UsageError`` when the types differ.
    @inlinable public func typed<each P: WasmType, R: WasmType>(
        as type: (nonisolated(nonsending) (repeat each P) async -> R).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, R> {
        try typed(results: [R.wasmKind.type]) { slots in try R.load(from: slots) }
    }

    /// `typed(as:)` of functions that run where their caller does, without a result.
    ///
    /// - Throws: ``UsageError`` when the types differ.
    @inlinable public func typed<each P: WasmType>(
        as type: (nonisolated(nonsending) (repeat each P) async -> Void).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, Void> {
        try typed(results: []) { _ in }
    }

    /// `typed(as:)` of functions that run where their caller does, with several results.
    ///
    /// - Throws: ``UsageError`` when the types differ.
    @inlinable public func typed<each P: WasmType, R: WasmType, S: WasmType, each T: WasmType>(
        as type: (nonisolated(nonsending) (repeat each P) async -> (R, S, repeat each T)).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, (R, S, repeat each T)> {
        try typed(results: wasmTypes((R.self, S.self, repeat (each T).self))) { slots in
            var index = 0
            return (
                try next(slots, &index, R.self), try next(slots, &index, S.self),
                repeat try next(slots, &index, (each T).self)
            )
        }
    }
}

extension Instance {
    /// `function(_:as:)` of functions that run where their caller does, with one result.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType, R: WasmType>(
        _ name: String, as type: (nonisolated(nonsending) (repeat each P) async -> R).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, R> {
        try function(name).typed(as: type)
    }

    /// `function(_:as:)` of functions that run where their caller does, without a result.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType>(
        _ name: String, as type: (nonisolated(nonsending) (repeat each P) async -> Void).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, Void> {
        try function(name).typed(as: type)
    }

    /// `function(_:as:)` of functions that run where their caller does, with several results.
    ///
    /// - Throws: ``UsageError`` when there is no such function or its type differs.
    @inlinable public func function<each P: WasmType, R: WasmType, S: WasmType, each T: WasmType>(
        _ name: String, as type: (nonisolated(nonsending) (repeat each P) async -> (R, S, repeat each T)).Type
    ) throws(UsageError) -> TypedAsyncFunction<repeat each P, (R, S, repeat each T)> {
        try function(name).typed(as: type)
    }
}
