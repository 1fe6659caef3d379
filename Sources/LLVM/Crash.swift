internal import LLVMPasses

/// What a process that compiles for another one tells it when it crashes.
public enum CrashReport {
    /// The first byte of the message of a crash, then the signal's number and the function, 32 bits each.
    public static let messageKind = UInt8(WASMC_CRASH_MESSAGE)

    /// From now on crashes are told to a socket that keeps the limits of messages. For a process that does nothing
    /// else.
    public static func send(to socket: Int32) { wasmc_report_crashes(socket) }

    /// Once on each thread: it also reports that its stack is exhausted.
    public static func prepareThread() { wasmc_prepare_thread_for_crashes() }

    /// Which function this thread works on, as long as none of LLVM's passes does; `nil` for none.
    public static func note(function: Int?) {
        wasmc_note_function(function.flatMap { UInt32(exactly: $0) } ?? WASMC_NO_FUNCTION)
    }

    /// The function in a message; `nil` for none.
    public static func function(noted number: UInt32) -> Int? { number == WASMC_NO_FUNCTION ? nil : Int(number) }
}
