internal import WasmEngine

/// Why a guest was stopped, or could not be called.
public struct Trap: Error, CustomStringConvertible, Sendable {
    /// The reason.
    public let reason: TrapReason

    /// The reason in words.
    public var description: String { "Trap: \(reason)" }
}

/// The reasons of traps.
public enum TrapReason: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the host did that cannot work, in words.
    case message(String)
    /// `unreachable` was reached.
    case unreachable
    /// An access beyond the end of a memory.
    case memoryOutOfBounds
    /// An access beyond the end of a table.
    case tableOutOfBounds
    /// An indirect call of a null element.
    case indirectCallToNull
    /// An indirect call of a function of another type.
    case typeMismatchCall
    /// Calls nest too deep.
    case callStackExhausted
    /// An integer was divided by zero.
    case integerDividedByZero
    /// A quotient or a converted float that its integer type does not hold.
    case integerOverflow
    /// A NaN was converted to an integer.
    case invalidConversionToInteger

    init(_ trap: WasmEngine.Trap) {
        self =
            switch trap.reason {
            case .unreachable: .unreachable
            case .memoryOutOfBounds: .memoryOutOfBounds
            case .tableOutOfBounds, .undefinedElement: .tableOutOfBounds
            case .uninitializedElement, .nullReference, .nullFunctionReference: .indirectCallToNull
            case .indirectCallTypeMismatch: .typeMismatchCall
            case .integerDivideByZero: .integerDividedByZero
            case .integerOverflow: .integerOverflow
            case .invalidConversionToInteger: .invalidConversionToInteger
            case .stackOverflow: .callStackExhausted
            default: .message(trap.reason.rawValue)
            }
    }

    /// In the words of the specification.
    public var description: String {
        switch self {
        case .message(let text): text
        case .unreachable: "unreachable"
        case .memoryOutOfBounds: "out of bounds memory access"
        case .tableOutOfBounds: "out of bounds table access"
        case .indirectCallToNull: "indirect call to null"
        case .typeMismatchCall: "indirect call type mismatch"
        case .callStackExhausted: "call stack exhausted"
        case .integerDividedByZero: "integer divide by zero"
        case .integerOverflow: "integer overflow"
        case .invalidConversionToInteger: "invalid conversion to integer"
        }
    }
}

/// A program's exit, with its code.
public struct WASIExitCode: Error, Hashable, Sendable {
    /// The code.
    public let code: UInt32
}

/// An exception of a guest's that no guest has caught. A host function that throws it on throws it for its own caller.
public struct WasmKitException: Error, Sendable, CustomStringConvertible {
    let exception: GuestException

    /// The values that it brings.
    public var description: String { "wasm exception (payload: \(exception.values.map(Value.init)))" }
}

/// What the engine throws becomes what this interface promises; errors of host functions stay as they are.
func translatingErrors<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch { throw translated(error) }
}

private func translated(_ error: any Error) -> any Error {
    switch error {
    case let trap as WasmEngine.Trap: Trap(reason: TrapReason(trap))
    case let exit as ExitCode: WASIExitCode(code: UInt32(bitPattern: exit.code))
    case let exception as GuestException: WasmKitException(exception: exception)
    case let error as UsageError: Trap(reason: .message(error.description))
    default: error
    }
}
