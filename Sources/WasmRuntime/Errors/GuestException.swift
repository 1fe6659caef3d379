internal import CRuntime
internal import Wasm

/// An exception of WebAssembly: thrown by a guest, where none of its functions caught it; or by a host function, whose
/// guests may then catch it.
///
/// ```swift
/// let tag = instance.tag("out_of_stock")
/// do { try order.call() } catch let exception as GuestException where exception.tag == tag?.reference {
///     print(exception.values)
/// }
/// ```
///
/// Guests see no other errors of the host's, and no traps or exits.
public struct GuestException: Error, Sendable, CustomStringConvertible {
    /// What tells it apart.
    public let tag: TagReference
    /// What it brings; of the tag's types.
    public let values: [Value]
    /// Where the guest threw it; `nil` when a host function did.
    public internal(set) var backtrace: Backtrace?

    /// An exception to throw, for guests of the tag's store. ``HostFunction``s throw it; values of other types than the
    /// tag's become a ``UsageError`` then.
    public init(_ tag: Tag, _ values: [Value] = []) {
        self.tag = tag.reference
        self.values = values
    }

    /// What happened, for people; the same for every exception.
    public var description: String { "uncaught exception" }

    /// The exception that is in the store.
    init?(in store: Store) {
        guard let pointer = store.pointer.pointee.exception_tag else { return nil }
        let tag = Tag(UnsafeMutablePointer(mutating: pointer), in: store)
        self.tag = tag.reference
        let slots = store.pointer.pointee.exception_values
        values = tag.parameters.enumerated().compactMap { index, type in
            slots.map { Value($0[index], type, in: store) }
        }
        backtrace = store.lastBacktrace
    }

    /// Puts it into the store, to be thrown when the host function has returned.
    ///
    /// - Throws: ``UsageError`` for another store's tag, and for values that are not of its types.
    func place(in store: Store) throws(UsageError) {
        let tag = try store.tag(tag)
        for value in values { try value.requireStore(store) }
        guard Value.match(values, tag.parameters) else {
            throw .typeMismatch(
                expected: "an exception with values \(tag.parameters)", found: "\(values.map(\.type))")
        }
        if let slots = store.pointer.pointee.exception_values {
            for (index, value) in values.enumerated() { value.write(to: &slots[index]) }
        }
        store.pointer.pointee.exception_tag = UnsafePointer(tag.pointer)
        store.pointer.pointee.exception = 0
    }
}
