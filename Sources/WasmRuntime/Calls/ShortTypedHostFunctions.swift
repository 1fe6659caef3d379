public import Wasm

/// Typed host functions with up to four parameters. They do what those with parameter packs do at less than half the
/// cost, as the calls in the other direction.
extension Imports {
    /// A typed host function with one parameter and no result.
    @inlinable @inline(__always) public mutating func define<A: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type], results: [])) { slots in
            try body(A.load(from: slots))
        }
    }

    /// A typed host function with one parameter and a result.
    @inlinable @inline(__always) public mutating func define<A: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type], results: [R.wasmKind.type])) { slots in
            try body(A.load(from: slots)).store(to: slots)
        }
    }

    /// A typed host function with two parameters and no result.
    @inlinable @inline(__always) public mutating func define<A: WasmType, B: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A, B) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type], results: [])) { slots in
            try body(A.load(from: slots), B.load(from: slots[1]))
        }
    }

    /// A typed host function with two parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A, B) throws -> R
    ) {
        host(
            module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type], results: [R.wasmKind.type])
        ) { slots in
            try body(A.load(from: slots), B.load(from: slots[1])).store(to: slots)
        }
    }

    /// A typed host function with three parameters and no result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C) throws -> Void
    ) {
        host(
            module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [])
        ) { slots in
            try body(A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]))
        }
    }

    /// A typed host function with three parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C) throws -> R
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [R.wasmKind.type])
        ) {
            slots in
            try body(A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2])).store(to: slots)
        }
    }

    /// A typed host function with four parameters and no result.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType, D: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (A, B, C, D) throws -> Void
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type], results: [])
        ) {
            slots in
            try body(A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]), D.load(from: slots[3]))
        }
    }

    /// A typed host function with four parameters and a result.
    @inlinable @inline(__always)
    public mutating func define<
        A: WasmType, B: WasmType, C: WasmType, D: WasmType, R: WasmType
    >(
        _ module: String, _ name: String, _ body: @escaping (A, B, C, D) throws -> R
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type],
                results: [R.wasmKind.type])
        ) { slots in
            try body(A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]), D.load(from: slots[3]))
                .store(to: slots)
        }
    }

    /// A typed host function with one parameter and no result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type], results: [])) { caller, slots in
            try body(caller, A.load(from: slots))
        }
    }

    /// A typed host function with one parameter and a result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A) throws -> R
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type], results: [R.wasmKind.type])) { caller, slots in
            try body(caller, A.load(from: slots)).store(to: slots)
        }
    }

    /// A typed host function with two parameters and no result, which may use its caller.
    @inlinable @inline(__always) public mutating func define<A: WasmType, B: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type], results: [])) { caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots[1]))
        }
    }

    /// A typed host function with two parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B) throws -> R
    ) {
        host(
            module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type], results: [R.wasmKind.type])
        ) { caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots[1])).store(to: slots)
        }
    }

    /// A typed host function with three parameters and no result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C) throws -> Void
    ) {
        host(module, name, FunctionType(parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [])) {
            caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]))
        }
    }

    /// A typed host function with three parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType, R: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C) throws -> R
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [R.wasmKind.type])
        ) {
            caller, slots in
            try body(caller, A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2])).store(to: slots)
        }
    }

    /// A typed host function with four parameters and no result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<A: WasmType, B: WasmType, C: WasmType, D: WasmType>(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C, D) throws -> Void
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type], results: [])
        ) {
            caller, slots in
            try body(
                caller, A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]),
                D.load(from: slots[3]))
        }
    }

    /// A typed host function with four parameters and a result, which may use its caller.
    @inlinable @inline(__always)
    public mutating func define<
        A: WasmType, B: WasmType, C: WasmType, D: WasmType, R: WasmType
    >(
        _ module: String, _ name: String, _ body: @escaping (Caller, A, B, C, D) throws -> R
    ) {
        host(
            module, name,
            FunctionType(
                parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type],
                results: [R.wasmKind.type])
        ) { caller, slots in
            try body(
                caller, A.load(from: slots), B.load(from: slots[1]), C.load(from: slots[2]),
                D.load(from: slots[3])
            ).store(to: slots)
        }
    }
}
