internal import Wasm

/// An object of the host's, as guests refer to it: an `externref` that nobody has to let go of.
///
/// A guest that is given one can keep it, pass it on and give it back, but neither read nor forge it. The store holds
/// the object for as long as a guest may have the reference: when neither guests nor the host hold it any more, a later
/// collection frees it. Typed functions, host functions and globals take and return it:
///
/// ```swift
/// imports.define("host", "send") { (session: HostReference<Session>, message: Int32) in
///     session.object.messages.append(message)
/// }
/// let greet = try instance.function("greet", as: ((HostReference<Session>) -> Void).self)
/// try greet(HostReference(session))
/// ```
///
/// Two references are equal when they are to the same object; a guest has one number for an object at a time.
public struct HostReference<Object: AnyObject> {
    /// What it refers to.
    public let object: Object

    /// A reference to an object.
    public init(_ object: Object) { self.object = object }
}

extension HostReference: Sendable where Object: Sendable {}

extension HostReference: Hashable {
    /// They are to the same object.
    public static func == (left: HostReference, right: HostReference) -> Bool { left.object === right.object }

    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(object)) }
}

extension HostReference: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<HostReference> { .init(.externref) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Self>) throws -> HostReference {
        guard slot.word != 0 else { throw UsageError.noValue(type: "\(Self.self)", number: "null") }
        guard let number = ExternalReference.hostNumber(slot.word) else {
            throw UsageError.typeMismatch(expected: "\(Self.self)", found: "a reference to a guest's own")
        }
        guard let found = slot.store.object(number) else {
            throw UsageError.noValue(type: "\(Self.self)", number: "\(number)")
        }
        guard let object = found as? Object else {
            throw UsageError.typeMismatch(expected: "\(Self.self)", found: "a reference to \(type(of: found))")
        }
        return HostReference(object)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Self>) throws {
        slot.word = try slot.store.reference(to: object).word
    }
}

extension Store {
    /// A reference to an object of the host's for as long as a guest or the host holds it, for ``Value/externref(_:)``:
    /// see ``HostReference``. Hold the object until a guest has the reference.
    ///
    /// - Throws: ``UsageError/limitReached(_:)`` when the store may not hold so many.
    public func reference(to object: AnyObject) throws(UsageError) -> ExternalReference {
        ExternalReference(UInt64(try hostObjects.number(for: object, in: self)), of: self)
    }
}
