import WasmEngine

/// How `run` ends when its guest does not return.
enum GuestEnding {
    /// `nil` for what did not happen in a guest.
    static func status(of error: any Error) -> Int32? {
        switch error {
        case is Trap, is GuestException: 134
        case is InternalError: 70
        case is OutOfPoints: 125
        case let error as Interrupted: error.reason == .deadline ? 124 : 130
        default: Backtrace.of(error) == nil ? nil : 1
        }
    }

    static func report(_ error: any Error) {
        let frames = Backtrace.of(error).map { "\($0)\n" } ?? ""
        Output.note("\(error)\n\(frames)")
    }
}
