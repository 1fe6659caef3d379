/// The type of a function: what it takes and what it returns. Specification: "Function Types".
public struct FunctionType: Hashable, Sendable {
    /// The types of the arguments, the first one first.
    public var parameters: [ValueType]
    /// The types of the results, the first one first.
    public var results: [ValueType]

    /// A type from parameters to results.
    public init(parameters: [ValueType], results: [ValueType]) {
        self.parameters = parameters
        self.results = results
    }
}

extension FunctionType {
    /// A parameter or a result is a reference to a type of the module.
    package var refersToDefinedTypes: Bool { (parameters + results).contains(where: \.isDefined) }
}

extension FunctionType: CustomStringConvertible {
    /// As in the specification: `[i32 i32] -> [i32]`.
    public var description: String {
        "[" + parameters.map(\.description).joined(separator: " ") + "] -> ["
            + results.map(\.description).joined(separator: " ") + "]"
    }
}
