internal import CRuntime
internal import Wasm

/// wasmc made a mistake: its code touched an address that no code of this kind may touch, in the guard region of a
/// memory. The access did nothing; the call ended there. The store's memories, tables and globals are valid, but what
/// the guest computed before may be wrong: drop the instance, and please report the module.
public struct InternalError: Error, Sendable, CustomStringConvertible {
    /// What the code did.
    public internal(set) var reason: String
    /// In the index space of the module's functions; `nil` when it is not known, as are the others.
    public internal(set) var functionIndex: Int?
    /// The name of the function, from the name section.
    public internal(set) var functionName: String?
    /// In the module's bytes, of the instruction or one before it.
    public internal(set) var byteOffset: Int?
    /// Where the guest was.
    public internal(set) var backtrace: Backtrace?

    /// What happened and where, for people.
    public var description: String {
        let function = functionName?.shown ?? functionIndex.map { "\($0)" } ?? "unknown"
        let offset = byteOffset.map { " at offset 0x\(String($0, radix: 16))" } ?? ""
        return "internal error of the compiler: \(reason) in function \(function)\(offset): please report it"
    }
}

extension InternalError {
    init(_ store: UnsafeMutablePointer<wasmc_store>, _ backtrace: Backtrace?) {
        var message = [CChar](repeating: 0, count: 256)
        wasmc_describe_stray_access(store, &message, message.count)
        let frame = backtrace?.innermost.first
        self.init(
            reason: text(message), functionIndex: frame?.functionIndex, functionName: frame?.functionName,
            byteOffset: frame?.byteOffset, backtrace: backtrace)
    }
}
