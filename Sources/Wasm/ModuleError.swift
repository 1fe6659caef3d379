/// Why bytes are not a module that this engine runs.
public struct ModuleError: Error, Sendable {
    /// What is wrong with a module.
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

    /// What is wrong.
    public var kind: Kind { details.kind }
    /// What is wrong, in the words of the specification's test suite where it has some.
    public var message: String { details.message }
    /// Where, counted in bytes from the start of the module.
    public var offset: Int { details.offset }
    /// The function in whose body it is wrong.
    public var functionIndex: Int? { details.functionIndex }

    /// One word: a typed error of several is copied at every level that it could pass, which the validator's inner loop
    /// would pay for (Decisions/CompileTime/ValidationSpeed.md).
    private let details: Details

    private final class Details: Sendable {
        let kind: Kind
        let message: String
        let offset: Int
        let functionIndex: Int?

        init(_ kind: Kind, _ message: String, _ offset: Int, _ functionIndex: Int?) {
            (self.kind, self.message, self.offset, self.functionIndex) = (kind, message, offset, functionIndex)
        }
    }

    /// An error at a byte of the module; in a function's body with that function.
    public init(_ kind: Kind, _ message: String, offset: Int, functionIndex: Int? = nil) {
        details = Details(kind, message, offset, functionIndex)
    }

    /// The same error, found in the body of a function.
    func located(inFunction index: Int) -> ModuleError {
        ModuleError(kind, message, offset: offset, functionIndex: index)
    }
}

extension ModuleError: CustomStringConvertible {
    /// The message with where it is, for people.
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
