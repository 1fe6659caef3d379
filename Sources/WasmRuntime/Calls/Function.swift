internal import CRuntime
public import Wasm

/// A function in a store: a guest's or the host's.
///
/// ```swift
/// let twice = try Function(in: store) { (value: Int32) -> Int32 in value * 2 }
/// print(twice.type, try twice.call([21])[0])
/// let typed = try twice.typed(as: ((Int32) -> Int32).self)        // checked once, then called as a Swift function
/// ```
public final class Function {
    /// The store that it lives in.
    public let store: Store
    let pointer: UnsafePointer<wasmc_function>
    private let storePointer: UnsafeMutablePointer<wasmc_store>
    /// Of its parameters and then its results. The runtime's: types in Swift's arrays would be counted for each call.
    private let codes: UnsafePointer<UInt32>
    @usableFromInline let parameterCount: Int
    private let resultCount: Int
    /// Room for the arguments, and afterwards the results, of a call; never 0.
    @usableFromInline let slotByteCount: Int

    init(_ pointer: UnsafePointer<wasmc_function>, in store: Store) {
        self.pointer = pointer
        self.store = store
        storePointer = store.pointer
        let type = wasmc_type_describe(pointer.pointee.type_id)
        codes = type.codes
        parameterCount = Int(type.parameter_count)
        resultCount = Int(type.code_count) - parameterCount
        slotByteCount = max(parameterCount, resultCount, 1) * MemoryLayout<wasmc_value>.stride
    }

    /// Its type.
    public private(set) lazy var type = TypeRegistry.type(pointer.pointee.type_id)

    /// Calls the function with values checked against its type.
    ///
    /// - Throws: ``Trap``, ``ExitCode``, ``OutOfPoints``, the very error that a host function threw, or ``UsageError``
    ///   for arguments of other types.
    @discardableResult @inlinable @inline(__always)
    public func call(_ arguments: [Value] = []) throws -> [Value] {
        try withSlots(of: arguments) { slots in try invokeForValues(slots) }
    }

    /// As ``call(_:)``, with the results in place of what an array holds: one that is used again and again is allocated
    /// once: `try add.call([sum[0], .i32(term)], into: &sum)`.
    ///
    /// - Parameter results: as it was when the call throws.
    /// - Throws: as ``call(_:)``.
    @inlinable @inline(__always)
    public func call(_ arguments: [Value] = [], into results: inout [Value]) throws {
        try withSlots(of: arguments) { slots in try invoke(slots, into: &results) }
    }

    /// Room for a call, with these arguments in it.
    @inlinable @inline(__always)
    func withSlots<R>(of arguments: [Value], _ body: (UnsafeMutableRawPointer) throws -> R) throws -> R {
        // Inlined, so that arguments that are an array literal are not allocated: nobody else may be given the array.
        defer { withExtendedLifetime(arguments) {} }
        return try withUnsafeTemporaryAllocation(byteCount: slotByteCount, alignment: 16) { memory in
            // The allocation is never empty.
            let slots = memory.baseAddress.unsafelyUnwrapped
            var areRight = arguments.count == parameterCount
            if areRight {
                for index in arguments.indices where try !place(arguments[index], index, in: slots) { areRight = false }
            }
            if areRight { return try body(slots) }
            var types: [ValueType] = []
            for argument in arguments { types.append(argument.type) }
            throw mismatch(types)
        }
    }

    /// As ``call(_:)``, until a deadline, for so long at most, or until somebody uses the handle.
    ///
    /// What stops the call is as with ``Store/interruptible(deadline:timeout:handle:_:)``.
    ///
    /// - Throws: ``Trap``, ``ExitCode``, ``OutOfPoints``, ``Interrupted``, the very error that a host function threw,
    ///   or ``UsageError`` for arguments of other types.
    @discardableResult public func call(
        _ arguments: [Value] = [], deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil
    ) throws -> [Value] {
        try store.interruptible(deadline: deadline, timeout: timeout, handle: handle) { try call(arguments) }
    }

    /// Writes an argument where the function finds it; false for one of another type.
    ///
    /// - Throws: ``UsageError/otherStore(_:)``
    @usableFromInline func place(
        _ argument: Value, _ index: Int, in slots: UnsafeMutableRawPointer
    ) throws(UsageError) -> Bool {
        let slot = slots.assumingMemoryBound(to: wasmc_value.self) + index
        let type = ValueType(storedCode: codes[index])
        if argument.writeNumber(to: &slot.pointee, as: type) { return true }
        try argument.requireStore(store)
        guard argument.matches(type) else { return false }
        argument.write(to: &slot.pointee)
        return true
    }

    @usableFromInline func mismatch(_ arguments: [ValueType]) -> UsageError {
        .typeMismatch(
            expected: "arguments for a function \(type)",
            found: "[\(arguments.map(\.description).joined(separator: " "))]")
    }

    /// As ``invoke(_:)``, and reads the results.
    @usableFromInline func invokeForValues(_ slots: UnsafeMutableRawPointer) throws -> [Value] {
        results(in: try invokeChecked(slots))
    }

    /// As ``invokeForValues(_:)``, with the results in an array's elements if it has as many.
    @usableFromInline func invoke(_ slots: UnsafeMutableRawPointer, into results: inout [Value]) throws {
        let values = try invokeChecked(slots)
        guard results.count == resultCount else {
            results = self.results(in: values)
            return
        }
        for index in 0..<resultCount { results[index] = value(values[index], index) }
    }

    @inline(__always)
    private func invokeChecked(_ slots: UnsafeMutableRawPointer) throws -> UnsafeMutablePointer<wasmc_value> {
        let values = slots.assumingMemoryBound(to: wasmc_value.self)
        var result = wasmc_result()
        // By its pointer: looking at the store itself counts its references.
        wasmc_call(storePointer, pointer, values, &result)
        if result.outcome != WASMC_RETURNED { try store.check(result) }
        return values
    }

    func results(in values: UnsafePointer<wasmc_value>) -> [Value] {
        // What is most frequent needs no loop over an array that grows.
        if resultCount == 0 { return [] }
        if resultCount == 1 { return [value(values[0], 0)] }
        return (0..<resultCount).map { value(values[$0], $0) }
    }

    private func value(_ slot: wasmc_value, _ index: Int) -> Value {
        let type = ValueType(storedCode: codes[parameterCount + index])
        return Value(number: slot, type) ?? Value(reference: slot.ref, type, in: store)
    }

    /// Calls with slots that the caller has filled by type.
    @usableFromInline func invoke(_ slots: RawSlot) throws {
        if checksReferences { try checkReferences(slots) }
        try store.guarded {
            wasmc_call(store.pointer, pointer, slots.address.assumingMemoryBound(to: wasmc_value.self), $0)
        }
    }

    /// The function can be called with parameters of these types, if references among them turn out to be narrow enough
    /// in each call.
    @usableFromInline func require(parameters: [ValueType], results: [ValueType]) throws(UsageError) {
        let (type, relation) = (type, CanonicalTypes())
        let wanted = FunctionType(parameters: parameters, results: results)
        if type.matches(wanted, in: relation) { return }
        guard type.results.matches(results, in: relation), parameters.count == type.parameters.count,
            zip(parameters, type.parameters)
                .allSatisfy({ $0.matches($1, in: relation) || $1.matches($0, in: relation) })
        else { throw UsageError.typeMismatch(expected: "a function \(type)", found: "\(wanted)") }
        checksReferences = true
    }

    /// A parameter is of a type narrower than the Swift type that a typed function has for it: `(ref $point)` of a
    /// ``StructReference``.
    private(set) var checksReferences = false

    func checkReferences(_ slots: RawSlot) throws(UsageError) {
        for (index, value) in slots.values(type.parameters, in: store).enumerated() {
            let expected = type.parameters[index]
            guard expected.isReference, !value.matches(expected) else { continue }
            let found = value.reference == 0 ? "null" : "a reference to something else"
            throw .typeMismatch(expected: "argument \(index) to be \(expected)", found: found)
        }
    }

    /// A Swift function that calls this one, its type checked once. Several results are a tuple:
    /// `try function.typed(as: ((Int32, Int32) -> (Int32, Int32)).self)`.
    ///
    /// Keep it for as long as you call: a call costs a fraction of a look-up.
    ///
    /// - Throws: ``UsageError`` when the types differ. The returned function throws as
    ///   ``call(_:deadline:timeout:handle:)`` does, and ``UsageError`` for a result that no value of the Swift type
    ///   stands for.
    @inlinable public func typed<each P: WasmType, each R: WasmType>(
        as type: ((repeat each P) -> (repeat each R)).Type
    ) throws(UsageError) -> (repeat each P) throws -> (repeat each R) {
        let parameters = wasmTypes((repeat (each P).self)), results = wasmTypes((repeat (each R).self))
        try require(parameters: parameters, results: results)
        let byteCount = max(parameters.count, results.count, 1) * 16
        return { [self] (argument: repeat each P) throws -> (repeat each R) in
            try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { memory in
                // The allocation is never empty.
                let slots = RawSlot(memory.baseAddress.unsafelyUnwrapped, .passUnretained(store))
                var index = 0
                repeat try put(each argument, slots, &index)
                try invoke(slots)
                index = 0
                return (repeat try next(slots, &index, (each R).self))
            }
        }
    }
}

extension Function {
    /// Makes a host function a value of a store, so that it can be put into tables and globals and given to guests as a
    /// reference: before there is any module, or afterwards. It lives as long as the store.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left.
    public convenience init(_ function: HostFunction, in store: Store) throws(LinkError) {
        self.init(try store.make(function), in: store)
    }

    /// As ``init(_:in:)``: values in, values out.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left.
    public convenience init(
        in store: Store, type: FunctionType, _ body: @escaping (Caller, [Value]) throws -> [Value]
    ) throws(LinkError) {
        try self.init(HostFunction(type: type, body), in: store)
    }

    /// As ``init(_:in:)``, typed: `try Function(in: store) { (a: Int32) -> Int32 in a &+ 1 }`. For other kinds of
    /// functions, give ``init(_:in:)`` a ``HostFunction``.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left.
    @inlinable public convenience init<each P: WasmType, each R: WasmType>(
        in store: Store, _ body: @escaping (repeat each P) throws -> (repeat each R)
    ) throws(LinkError) {
        try self.init(HostFunction(body), in: store)
    }

    /// As above, for functions that see their caller.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left.
    @inlinable public convenience init<each P: WasmType, each R: WasmType>(
        in store: Store, _ body: @escaping (Caller, repeat each P) throws -> (repeat each R)
    ) throws(LinkError) {
        try self.init(HostFunction(body), in: store)
    }
}
