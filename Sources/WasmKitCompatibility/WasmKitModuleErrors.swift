internal import WasmEngine
internal import WasmText

/// A module that is malformed or invalid, or that cannot be compiled. ``description`` says what is wrong, and where.
public struct WasmKitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words of wasmc's.
    public let description: String

    init(_ error: ModuleError) { description = error.description }
    init(_ error: CompileError) { description = error.description }
}

/// A text that is no module.
public struct WatParserError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words of wasmc's, and where.
    public let description: String
    /// Where it is wrong.
    public let location: Location?

    init(_ error: TextError) {
        description = error.description
        location = Location(line: error.line, column: error.column - 1)
    }
}

/// A place in a text.
public struct Location: Hashable, Sendable, CustomDebugStringConvertible {
    let line: Int
    let column: Int

    /// The line is counted from 1, the column from 0.
    public func computeLineAndColumn() -> (line: Int, column: Int) { (line, column) }

    /// Line and column.
    public var debugDescription: String { "Location\(computeLineAndColumn())" }
}

/// A WASI context that cannot be made, or a program that cannot be run with one.
public struct WASIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for people.
    public let description: String

    /// An error with this description.
    public init(description: String) { self.description = description }

    /// What `body` throws that is about a context becomes such an error.
    static func wrap<Result>(_ body: () throws(WASI.SetupError) -> Result) throws(WASIError) -> Result {
        do { return try body() } catch { throw WASIError(description: error.description) }
    }
}
