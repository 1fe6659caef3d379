/// Typed calls with up to four parameters. They do what those with parameter packs do at less than half the cost: packs
/// keep arguments in memory and go through their types' witnesses.
extension Function {
    /// Room for the values of such a call.
    @inlinable @inline(__always)
    func withSlots<R>(_ body: (UnsafeMutableRawPointer) throws -> R) rethrows -> R {
        // The allocation is never empty.
        try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { try body($0.baseAddress.unsafelyUnwrapped) }
    }

    /// ``typed(as:)`` for no parameters and a result.
    @inlinable @inline(__always) public func typed<R: WasmConvertible>(as type: (() -> R).Type) throws(UsageError) -> ()
        throws -> R
    {
        try require(parameters: [], results: [R.wasmType])
        return { [self] in
            try withSlots { slots in
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for no parameters and no result.
    @inlinable @inline(__always) public func typed(as type: (() -> Void).Type) throws(UsageError) -> () throws -> Void {
        try require(parameters: [], results: [])
        return { [self] in
            try withSlots { slots in
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for one parameter and a result.
    @inlinable @inline(__always) public func typed<A: WasmConvertible, R: WasmConvertible>(as type: ((A) -> R).Type)
        throws(UsageError) -> (A) throws -> R
    {
        try require(parameters: [A.wasmType], results: [R.wasmType])
        return { [self] (a: A) throws -> R in
            try withSlots { slots in
                a.store(to: slots)
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for one parameter and no result.
    @inlinable @inline(__always) public func typed<A: WasmConvertible>(as type: ((A) -> Void).Type) throws(UsageError)
        -> (A) throws -> Void
    {
        try require(parameters: [A.wasmType], results: [])
        return { [self] (a: A) throws -> Void in
            try withSlots { slots in
                a.store(to: slots)
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for two parameters and a result.
    @inlinable @inline(__always) public func typed<A: WasmConvertible, B: WasmConvertible, R: WasmConvertible>(
        as type: ((A, B) -> R).Type
    ) throws(UsageError) -> (A, B) throws -> R {
        try require(parameters: [A.wasmType, B.wasmType], results: [R.wasmType])
        return { [self] (a: A, b: B) throws -> R in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for two parameters and no result.
    @inlinable @inline(__always) public func typed<A: WasmConvertible, B: WasmConvertible>(
        as type: ((A, B) -> Void).Type
    ) throws(UsageError) -> (A, B) throws -> Void {
        try require(parameters: [A.wasmType, B.wasmType], results: [])
        return { [self] (a: A, b: B) throws -> Void in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for three parameters and a result.
    @inlinable @inline(__always)
    public func typed<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, R: WasmConvertible>(
        as type: ((A, B, C) -> R).Type
    ) throws(UsageError) -> (A, B, C) throws -> R {
        try require(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [R.wasmType])
        return { [self] (a: A, b: B, c: C) throws -> R in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                c.store(to: slots + 32)
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for three parameters and no result.
    @inlinable @inline(__always) public func typed<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible>(
        as type: ((A, B, C) -> Void).Type
    ) throws(UsageError) -> (A, B, C) throws -> Void {
        try require(parameters: [A.wasmType, B.wasmType, C.wasmType], results: [])
        return { [self] (a: A, b: B, c: C) throws -> Void in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                c.store(to: slots + 32)
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for four parameters and a result.
    @inlinable @inline(__always)
    public func typed<
        A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible, R: WasmConvertible
    >(as type: ((A, B, C, D) -> R).Type) throws(UsageError) -> (A, B, C, D) throws -> R {
        try require(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [R.wasmType])
        return { [self] (a: A, b: B, c: C, d: D) throws -> R in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                c.store(to: slots + 32)
                d.store(to: slots + 48)
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for four parameters and no result.
    @inlinable @inline(__always)
    public func typed<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible>(
        as type: ((A, B, C, D) -> Void).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> Void {
        try require(parameters: [A.wasmType, B.wasmType, C.wasmType, D.wasmType], results: [])
        return { [self] (a: A, b: B, c: C, d: D) throws -> Void in
            try withSlots { slots in
                a.store(to: slots)
                b.store(to: slots + 16)
                c.store(to: slots + 32)
                d.store(to: slots + 48)
                try invoke(slots)
            }
        }
    }
}

extension Instance {
    /// ``function(_:as:)`` for no parameters and a result.
    @inlinable @inline(__always) public func function<R: WasmConvertible>(
        _ name: String, as type: (() -> R).Type
    ) throws(UsageError) -> () throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for no parameters and no result.
    @inlinable @inline(__always) public func function(
        _ name: String, as type: (() -> Void).Type
    ) throws(UsageError) -> () throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for one parameter and a result.
    @inlinable @inline(__always) public func function<A: WasmConvertible, R: WasmConvertible>(
        _ name: String, as type: ((A) -> R).Type
    ) throws(UsageError) -> (A) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for one parameter and no result.
    @inlinable @inline(__always) public func function<A: WasmConvertible>(
        _ name: String, as type: ((A) -> Void).Type
    ) throws(UsageError) -> (A) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for two parameters and a result.
    @inlinable @inline(__always) public func function<A: WasmConvertible, B: WasmConvertible, R: WasmConvertible>(
        _ name: String, as type: ((A, B) -> R).Type
    ) throws(UsageError) -> (A, B) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for two parameters and no result.
    @inlinable @inline(__always) public func function<A: WasmConvertible, B: WasmConvertible>(
        _ name: String, as type: ((A, B) -> Void).Type
    ) throws(UsageError) -> (A, B) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for three parameters and a result.
    @inlinable @inline(__always)
    public func function<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, R: WasmConvertible>(
        _ name: String, as type: ((A, B, C) -> R).Type
    ) throws(UsageError) -> (A, B, C) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for three parameters and no result.
    @inlinable @inline(__always) public func function<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible>(
        _ name: String, as type: ((A, B, C) -> Void).Type
    ) throws(UsageError) -> (A, B, C) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for four parameters and a result.
    @inlinable @inline(__always)
    public func function<
        A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible, R: WasmConvertible
    >(
        _ name: String, as type: ((A, B, C, D) -> R).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for four parameters and no result.
    @inlinable @inline(__always)
    public func function<A: WasmConvertible, B: WasmConvertible, C: WasmConvertible, D: WasmConvertible>(
        _ name: String, as type: ((A, B, C, D) -> Void).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> Void {
        try function(name).typed(as: type)
    }
}
