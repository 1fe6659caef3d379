import ArgumentParser
import Foundation
import Synchronization
import WasmEngine

/// A program whose threads run beside its `_start`. One that ends otherwise than by returning ends the process, and so
/// does the end of `_start`, as in a native program.
struct ThreadedProgram {
    private static let isRunning = Atomic(false)

    let threads: WASIThreads

    /// `nil` for a program without threads.
    init?(
        _ program: CompiledModule, wasi: sending WASI, limits: ResourceLimits, deadline: ContinuousClock.Instant?,
        handle: InterruptHandle?
    ) throws {
        guard WASIThreads.areNeeded(by: program) else { return nil }
        threads = try WASIThreads(
            of: program, wasi: wasi, limits: limits, deadline: deadline, handle: handle
        ) { _, error in Self.end(with: error) }
        Self.isRunning.store(true, ordering: .relaxed)
    }

    /// Ends the process at once if it has threads, which nobody could wait for.
    static func leave(_ status: Int32) {
        guard isRunning.load(ordering: .relaxed) else { return }
        fflush(nil)
        _exit(status)
    }

    private static func end(with error: any Error) {
        switch error {
        case let exit as WasmEngine.ExitCode: leave(Int32(truncatingIfNeeded: exit.code))
        // The thread of _start is told, too, and says so.
        case is Interrupted: return
        default:
            GuestEnding.report(error)
            leave(GuestEnding.status(of: error) ?? 1)
        }
    }
}
