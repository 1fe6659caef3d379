internal import CRuntime

/// What bounds how deep guests call: the smallest of the limits that hold.
public enum StackLimit: Hashable, Sendable, CustomStringConvertible {
    /// ``ResourceLimits/stackByteCount``.
    case store(byteCount: UInt64)
    /// ``Engine/Options/stackByteCount`` of an engine that compiled a module with an instance in the store.
    case engine(byteCount: UInt64)
    /// The stack of an asynchronous call: `stackByteCount` of
    /// ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)``.
    case asynchronousCall(byteCount: UInt64)

    /// Whose limit it is, and how many bytes, for people.
    public var description: String {
        switch self {
        case .store(let count): "the store's limit is \(count.counted("byte")) of stack"
        case .engine(let count): "the engine's limit is \(count.counted("byte")) of stack"
        case .asynchronousCall(let count): "the asynchronous call's stack has \(count.counted("byte"))"
        }
    }

    /// The one that the store's guests reached last; `nil` for the thread's own stack.
    init?(_ store: UnsafePointer<wasmc_store>) {
        let bound = wasmc_store_stack_bound(store)
        switch bound.owner {
        case WASMC_STACK_OF_STORE: self = .store(byteCount: bound.byte_count)
        case WASMC_STACK_OF_MODULE: self = .engine(byteCount: bound.byte_count)
        case WASMC_STACK_OF_CALL: self = .asynchronousCall(byteCount: bound.byte_count)
        default: return nil
        }
    }
}
