/// A reference to something inside of a guest's heap.
public struct AnyReference: Hashable, Sendable {
    let word: UInt
    let storeNumber: UInt64
}
