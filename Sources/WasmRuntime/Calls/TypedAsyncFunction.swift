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
        let parameters = wasmTypes((repeat (each P).self)), results = wasmTypes((repeat (each R).self))
        try require(parameters: parameters, results: results)
        return TypedAsyncFunction(self, byteCount: max(parameters.count, results.count, 1) * 16) { slots in
            var index = 0
            return (repeat try next(slots, &index, (each R).self))
        }
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
