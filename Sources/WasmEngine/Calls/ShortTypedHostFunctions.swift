public import Wasm

/// Typed host functions with up to four parameters. They do what those with parameter packs do at less than half the
/// cost, as the calls in the other direction.
extension Imports {
    /// A typed host function with one parameter and no result.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType], results: [])) { slots in
            try body(A.load(from: slots))
        }
    }

    /// A typed host function with one parameter and a result.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType], results: [R.wasmType])) { slots in
            try body(A.load(from: slots)).store(to: slots)
        }
    }

    /// A typed host function with two parameters and no result.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible, B: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A, B) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType], results: [])) { slots in
            try body(A.load(from: slots), B.load(from: slots + 16))
        }
    }

    /// A typed host function with two parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A, B) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType], results: [R.wasmType])) { slots in
            try body(A.load(from: slots), B.load(from: slots + 16)).store(to: slots)
        }
    }

    /// A typed host function with three parameters and no result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [])) { slots in
            try body(A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32))
        }
    }

    /// A typed host function with three parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [R.wasmType])) {
            slots in
            try body(A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32)).store(to: slots)
        }
    }

    /// A typed host function with four parameters and no result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C, D) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [])) {
            slots in
            try body(A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32), D.load(from: slots + 48))
        }
    }

    /// A typed host function with four parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<
        A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible, R: WasmConvertible
    >(
        _ module: String, _ name: String, _ body: @escaping (A, B, C, D) throws -> R
    ) {
        host(
            module, name,
            FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [R.wasmType])
        ) { slots in
            try body(A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32), D.load(from: slots + 48))
                .store(to: slots)
        }
    }

    /// A typed host function with one parameter and no result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType], results: [])) { caller, slots in
            try body(caller, A.load(from: slots))
        }
    }

    /// A typed host function with one parameter and a result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType], results: [R.wasmType])) { caller, slots in
            try body(caller, A.load(from: slots)).store(to: slots)
        }
    }

    /// A typed host function with two parameters and no result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmConvertible, B: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType], results: [])) { caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots + 16))
        }
    }

    /// A typed host function with two parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType], results: [R.wasmType])) { caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots + 16)).store(to: slots)
        }
    }

    /// A typed host function with three parameters and no result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [])) {
            caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32))
        }
    }

    /// A typed host function with three parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [R.wasmType])) {
            caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32)).store(to: slots)
        }
    }

    /// A typed host function with four parameters and no result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C, D) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [])) {
            caller, slots in
            try body(
                caller, A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32),
                D.load(from: slots + 48))
        }
    }

    /// A typed host function with four parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<
        A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible, R: WasmConvertible
    >(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C, D) throws -> R
    ) {
        host(
            module, name,
            FunctionType(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [R.wasmType])
        ) { caller, slots in
            try body(
                caller, A.load(from: slots), B.load(from: slots + 16), C.load(from: slots + 32),
                D.load(from: slots + 48)
            ).store(to: slots)
        }
    }
}
