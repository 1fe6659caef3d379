public import Wasm

extension Imports {
    /// An asynchronous host function with one result: the guest is suspended while Swift awaits. Guests that import it
    /// are called with ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)``.
    ///
    /// What it throws stops the guest and arrives at the caller. When the call is interrupted, its task is cancelled.
    @inlinable public mutating func define<each P: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) async throws -> R
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [R.wasmType])
        asyncHost(module, name, type) { caller, slots in
            var offset = 0
            let result = try await body(caller, repeat next(slots, &offset, (each P).self))
            result.store(to: slots)
        }
    }

    /// As above, without a result.
    @inlinable public mutating func define<each P: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) async throws -> Void
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [])
        asyncHost(module, name, type) { caller, slots in
            var offset = 0
            try await body(caller, repeat next(slots, &offset, (each P).self))
        }
    }

    @usableFromInline mutating func asyncHost(
        _ module: String, _ name: String, _ type: FunctionType,
        _ body: @escaping (Caller, UnsafeMutableRawPointer) async throws -> Void
    ) {
        host(module, name, type) { caller, slots in
            guard let call = caller.store.suspendableCall else { throw UsageError.cannotSuspend }
            try call.wait { try await body(caller, slots) }
        }
    }
}
