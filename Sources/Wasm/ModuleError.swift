/// Why bytes are not a module that this engine runs.
public struct ModuleError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The bytes do not follow the binary format, or the text does not follow the text format.
        case malformed
        /// The module is well-formed but breaks a validation rule.
        case invalid
        /// The module needs a feature that is not built or not switched on; `message` names it.
        case unsupported
        /// The module exceeds a limit of the implementation; `message` names limit and value.
        case limit
    }

    public var kind: Kind
    /// What is wrong, in the words of the specification's test suite where it has some.
    public var message: String
    /// Where, counted in bytes from the start of the module.
    public var offset: Int
    /// The function in whose body it is wrong.
    public var functionIndex: Int?

    public init(_ kind: Kind, _ message: String, offset: Int, functionIndex: Int? = nil) {
        self.kind = kind
        self.message = message
        self.offset = offset
        self.functionIndex = functionIndex
    }
}

extension ModuleError: CustomStringConvertible {
    public var description: String {
        let kind =
            switch self.kind {
            case .malformed: "malformed module"
            case .invalid: "invalid module"
            case .unsupported: "unsupported module"
            case .limit: "module exceeds a limit"
            }
        let place = functionIndex.map { "function \($0), byte offset 0x" } ?? "byte offset 0x"
        return "\(kind): \(message) (\(place)\(String(offset, radix: 16)))"
    }
}
