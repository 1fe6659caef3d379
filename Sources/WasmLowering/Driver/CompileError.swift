/// Why no code could be generated for a valid module.
public struct CompileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of causes.
    public enum Cause: String, Hashable, Sendable {
        /// The module asks for what the compiler cannot do.
        case unsupported
        /// Someone cancelled the compilation.
        case cancelled
        /// The time allowed for it is over.
        case timedOut
        /// The compiler's process ended before its work was done, also without optimisation.
        case crashed
        /// The compiler found a mistake of its own.
        case internalError
        /// The compiler's process could not be started, or is not this compiler.
        case noCompiler
    }

    /// What is wrong, for people.
    public var message: String
    /// Why there is no code, for programs.
    public var cause: Cause
    /// The function that the compiler was at, in the module's index space, where that is known and matters.
    public var function: Int?

    /// An error with its message, its cause, and the index of the function that it is about.
    public init(message: String, cause: Cause = .unsupported, function: Int? = nil) {
        self.message = message
        self.cause = cause
        self.function = function
    }

    /// Someone cancelled the compilation.
    public static let cancelled = CompileError(message: "the compilation was cancelled", cause: .cancelled)
    /// The monitor's deadline passed before the compilation was done.
    public static let timedOut = CompileError(message: "the time allowed for compiling is over", cause: .timedOut)

    public var description: String { "the module could not be compiled: \(message)" }
}

/// The compiler's process ended while it optimised something. The compilation went on without optimising that.
public struct CompilerCrash: Hashable, Sendable {
    /// The function that it was at, in the module's index space; `nil` when that is not known, and nothing is
    /// optimised.
    public var function: Int?
    /// How it ended, and what it said.
    public var description: String

    package init(function: Int?, description: String) {
        self.function = function
        self.description = description
    }
}
