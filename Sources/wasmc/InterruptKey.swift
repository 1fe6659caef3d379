import Foundation
import WasmEngine

/// Interrupts through a handle when the terminal says so (Ctrl-C). A second time ends the process as usual. A process
/// that was started with the signal ignored keeps ignoring it.
enum InterruptKey {
    /// - Throws: ``Failure`` when there can be no thread that waits for the signal.
    static func interrupt(_ handle: InterruptHandle) throws {
        if isIgnored { return }
        // For all threads that are made from now on: the one that waits takes it.
        setMask(SIG_BLOCK)
        let reason = start(handle)
        guard reason == 0 else {
            setMask(SIG_UNBLOCK)
            throw Failure("no thread can be made that stops the program: \(String(cString: strerror(reason)))")
        }
    }

    private static var isIgnored: Bool {
        var current = sigaction()
        sigaction(SIGINT, nil, &current)
        return withUnsafeBytes(of: current.__sigaction_handler) { $0.loadUnaligned(as: UInt.self) } == 1
    }

    private static func start(_ handle: InterruptHandle) -> Int32 {
        let argument = Unmanaged.passRetained(handle).toOpaque()
        var thread = pthread_t()
        let reason = pthread_create(&thread, nil, wait, argument)
        if reason != 0 { Unmanaged<InterruptHandle>.fromOpaque(argument).release() } else { pthread_detach(thread) }
        return reason
    }

    /// The thread's whole life.
    private static let wait: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        var signal: Int32 = 0
        sigwait(&signals, &signal)
        // The next one ends the process: this is the one thread that it finds.
        InterruptKey.setMask(SIG_UNBLOCK)
        if let argument { Unmanaged<InterruptHandle>.fromOpaque(argument).takeRetainedValue().interrupt() }
        while true { pause() }
    }

    private static func setMask(_ how: Int32) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(how, &signals, nil)
    }
}
