/// The type of a function: what it takes and what it returns. Specification: "Function Types".
public struct FunctionType: Hashable, Sendable {
    public var parameters: [ValueType]
    public var results: [ValueType]

    public init(parameters: [ValueType], results: [ValueType]) {
        self.parameters = parameters
        self.results = results
    }
}

extension FunctionType: CustomStringConvertible {
    /// As in the specification: `[i32 i32] -> [i32]`.
    public var description: String {
        "[" + parameters.map(\.description).joined(separator: " ") + "] -> ["
            + results.map(\.description).joined(separator: " ") + "]"
    }
}
