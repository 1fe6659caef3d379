/// Typed calls with up to four parameters. They do what those with parameter packs do at less than half the cost: packs
/// keep arguments in memory and go through their types' witnesses.
extension Function {
    /// Room for the values of such a call.
    @inlinable @inline(__always)
    func withSlots<R>(_ body: (RawSlot) throws -> R) rethrows -> R {
        // The allocation is never empty.
        try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) {
            try body(RawSlot($0.baseAddress.unsafelyUnwrapped, .passUnretained(store)))
        }
    }

    /// ``typed(as:)`` for no parameters and a result.
    @inlinable @inline(__always) public func typed<R: WasmType>(as type: (() -> R).Type) throws(UsageError) -> ()
        throws -> R
    {
        try require(parameters: [], results: [R.wasmKind.type])
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
    @inlinable @inline(__always) public func typed<A: WasmType, R: WasmType>(as type: ((A) -> R).Type)
        throws(UsageError) -> (A) throws -> R
    {
        try require(parameters: [A.wasmKind.type], results: [R.wasmKind.type])
        return { [self] (a: A) throws -> R in
            try withSlots { slots in
                try a.store(to: slots)
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for one parameter and no result.
    @inlinable @inline(__always) public func typed<A: WasmType>(as type: ((A) -> Void).Type) throws(UsageError)
        -> (A) throws -> Void
    {
        try require(parameters: [A.wasmKind.type], results: [])
        return { [self] (a: A) throws -> Void in
            try withSlots { slots in
                try a.store(to: slots)
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for two parameters and a result.
    @inlinable @inline(__always) public func typed<A: WasmType, B: WasmType, R: WasmType>(
        as type: ((A, B) -> R).Type
    ) throws(UsageError) -> (A, B) throws -> R {
        try require(parameters: [A.wasmKind.type, B.wasmKind.type], results: [R.wasmKind.type])
        return { [self] (a: A, b: B) throws -> R in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for two parameters and no result.
    @inlinable @inline(__always) public func typed<A: WasmType, B: WasmType>(
        as type: ((A, B) -> Void).Type
    ) throws(UsageError) -> (A, B) throws -> Void {
        try require(parameters: [A.wasmKind.type, B.wasmKind.type], results: [])
        return { [self] (a: A, b: B) throws -> Void in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for three parameters and a result.
    @inlinable @inline(__always)
    public func typed<A: WasmType, B: WasmType, C: WasmType, R: WasmType>(
        as type: ((A, B, C) -> R).Type
    ) throws(UsageError) -> (A, B, C) throws -> R {
        try require(parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [R.wasmKind.type])
        return { [self] (a: A, b: B, c: C) throws -> R in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try c.store(to: slots[2])
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for three parameters and no result.
    @inlinable @inline(__always) public func typed<A: WasmType, B: WasmType, C: WasmType>(
        as type: ((A, B, C) -> Void).Type
    ) throws(UsageError) -> (A, B, C) throws -> Void {
        try require(parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type], results: [])
        return { [self] (a: A, b: B, c: C) throws -> Void in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try c.store(to: slots[2])
                try invoke(slots)
            }
        }
    }

    /// ``typed(as:)`` for four parameters and a result.
    @inlinable @inline(__always)
    public func typed<
        A: WasmType, B: WasmType, C: WasmType, D: WasmType, R: WasmType
    >(as type: ((A, B, C, D) -> R).Type) throws(UsageError) -> (A, B, C, D) throws -> R {
        try require(
            parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type],
            results: [R.wasmKind.type])
        return { [self] (a: A, b: B, c: C, d: D) throws -> R in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try c.store(to: slots[2])
                try d.store(to: slots[3])
                try invoke(slots)
                return try R.load(from: slots)
            }
        }
    }

    /// ``typed(as:)`` for four parameters and no result.
    @inlinable @inline(__always)
    public func typed<A: WasmType, B: WasmType, C: WasmType, D: WasmType>(
        as type: ((A, B, C, D) -> Void).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> Void {
        try require(parameters: [A.wasmKind.type, B.wasmKind.type, C.wasmKind.type, D.wasmKind.type], results: [])
        return { [self] (a: A, b: B, c: C, d: D) throws -> Void in
            try withSlots { slots in
                try a.store(to: slots)
                try b.store(to: slots[1])
                try c.store(to: slots[2])
                try d.store(to: slots[3])
                try invoke(slots)
            }
        }
    }
}

extension Instance {
    /// ``function(_:as:)`` for no parameters and a result.
    @inlinable @inline(__always) public func function<R: WasmType>(
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
    @inlinable @inline(__always) public func function<A: WasmType, R: WasmType>(
        _ name: String, as type: ((A) -> R).Type
    ) throws(UsageError) -> (A) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for one parameter and no result.
    @inlinable @inline(__always) public func function<A: WasmType>(
        _ name: String, as type: ((A) -> Void).Type
    ) throws(UsageError) -> (A) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for two parameters and a result.
    @inlinable @inline(__always) public func function<A: WasmType, B: WasmType, R: WasmType>(
        _ name: String, as type: ((A, B) -> R).Type
    ) throws(UsageError) -> (A, B) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for two parameters and no result.
    @inlinable @inline(__always) public func function<A: WasmType, B: WasmType>(
        _ name: String, as type: ((A, B) -> Void).Type
    ) throws(UsageError) -> (A, B) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for three parameters and a result.
    @inlinable @inline(__always)
    public func function<A: WasmType, B: WasmType, C: WasmType, R: WasmType>(
        _ name: String, as type: ((A, B, C) -> R).Type
    ) throws(UsageError) -> (A, B, C) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for three parameters and no result.
    @inlinable @inline(__always) public func function<A: WasmType, B: WasmType, C: WasmType>(
        _ name: String, as type: ((A, B, C) -> Void).Type
    ) throws(UsageError) -> (A, B, C) throws -> Void {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for four parameters and a result.
    @inlinable @inline(__always)
    public func function<
        A: WasmType, B: WasmType, C: WasmType, D: WasmType, R: WasmType
    >(
        _ name: String, as type: ((A, B, C, D) -> R).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> R {
        try function(name).typed(as: type)
    }

    /// ``function(_:as:)`` for four parameters and no result.
    @inlinable @inline(__always)
    public func function<A: WasmType, B: WasmType, C: WasmType, D: WasmType>(
        _ name: String, as type: ((A, B, C, D) -> Void).Type
    ) throws(UsageError) -> (A, B, C, D) throws -> Void {
        try function(name).typed(as: type)
    }
}
