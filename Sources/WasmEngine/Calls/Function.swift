internal import CRuntime
public import Wasm

/// A function in a store: a guest's or the host's.
public final class Function {
    /// The store that it lives in.
    public let store: Store
    let pointer: UnsafePointer<wasmc_function>

    init(_ pointer: UnsafePointer<wasmc_function>, in store: Store) {
        self.pointer = pointer
        self.store = store
    }

    /// Its type.
    public var type: FunctionType { TypeRegistry.type(pointer.pointee.type_id) }

    /// Calls the function with values checked against its type.
    ///
    /// What stops the call is as with ``Store/interruptible(deadline:timeout:handle:_:)``.
    ///
    /// - Throws: ``Trap``, ``ExitCode``, ``OutOfPoints``, ``Interrupted``, the very error that a host function threw,
    ///   or ``UsageError`` for arguments of other types.
    public func call(
        _ arguments: [Value] = [], deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil
    ) throws -> [Value] {
        try store.interruptible(deadline: deadline, timeout: timeout, handle: handle) { try call(checking: arguments) }
    }

    private func call(checking arguments: [Value]) throws -> [Value] {
        let type = type
        guard arguments.map(\.type) == type.parameters else {
            throw UsageError.typeMismatch(
                expected: "arguments \(type)", found: "[\(arguments.map(\.type.description).joined(separator: " "))]")
        }
        for argument in arguments { try argument.requireStore(store) }
        let count = max(type.parameters.count, type.results.count, 1)
        return try withUnsafeTemporaryAllocation(of: wasmc_value.self, capacity: count) { slots in
            slots.initialize(repeating: wasmc_value())
            for (index, argument) in arguments.enumerated() { argument.write(to: &slots[index]) }
            try store.guarded { wasmc_call(store.pointer, pointer, slots.baseAddress, $0) }
            return type.results.enumerated().map { Value(slots[$0], $1, in: store) }
        }
    }

    /// Calls with a value array of 16-byte slots that the caller has filled by type.
    @usableFromInline func invoke(_ slots: UnsafeMutableRawPointer) throws {
        try store.guarded { wasmc_call(store.pointer, pointer, slots.assumingMemoryBound(to: wasmc_value.self), $0) }
    }

    @usableFromInline func require(parameters: [ValueType], results: [ValueType]) throws(UsageError) {
        let wanted = FunctionType(parameters: parameters, results: results)
        guard type == wanted else { throw UsageError.typeMismatch(expected: "a function \(type)", found: "\(wanted)") }
    }

    /// A Swift function that calls this one, its type checked once.
    ///
    /// - Throws: ``UsageError`` when the types differ. The returned function throws as ``call(_:)`` does.
    @inlinable public func typed<each P: WasmConvertible, R: WasmConvertible>(
        as type: ((repeat each P) -> R).Type
    ) throws(UsageError) -> (repeat each P) throws -> R {
        var parameters: [ValueType] = []
        repeat parameters.append((each P).wasmType)
        try require(parameters: parameters, results: [R.wasmType])
        let byteCount = max(parameters.count, 1) * 16
        return { [self] (argument: repeat each P) throws -> R in
            try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { slots in
                var offset = 0
                // The allocation is never empty.
                let base = slots.baseAddress.unsafelyUnwrapped
                repeat put(each argument, base, &offset)
                try invoke(base)
                return try R.load(from: base)
            }
        }
    }

    /// As above, for functions without a result.
    @inlinable public func typed<each P: WasmConvertible>(
        as type: ((repeat each P) -> Void).Type
    ) throws(UsageError) -> (repeat each P) throws -> Void {
        var parameters: [ValueType] = []
        repeat parameters.append((each P).wasmType)
        try require(parameters: parameters, results: [])
        let byteCount = max(parameters.count, 1) * 16
        return { [self] (argument: repeat each P) throws in
            try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { slots in
                var offset = 0
                let base = slots.baseAddress.unsafelyUnwrapped
                repeat put(each argument, base, &offset)
                try invoke(base)
            }
        }
    }
}

/// Stores an argument in the next slot.
@inline(__always) @inlinable internal func put(
    _ argument: some WasmConvertible, _ slots: UnsafeMutableRawPointer, _ offset: inout Int
) {
    argument.store(to: slots + offset)
    offset += 16
}
