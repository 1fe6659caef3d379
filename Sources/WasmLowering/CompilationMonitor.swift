import Synchronization

/// Follows one compilation and can stop it, from any thread.
public final class CompilationMonitor: Sendable {
    private struct State {
        var progress = CompilationProgress(compiledByteCount: 0, byteCount: 0)
        var unoptimizedFunctions: Set<Int> = []
    }

    private let cancellation = Atomic(false)
    private let state = Mutex(State())
    private let observe: (@Sendable (CompilationProgress) -> Void)?

    /// - Parameter observe: hears how far the compilation has come, on the threads that compile, one call at a time. It must
    ///   not ask the monitor for anything but ``cancel()``.
    public init(observe: (@Sendable (CompilationProgress) -> Void)? = nil) { self.observe = observe }

    /// Ends the compilation soon, which then throws; LLVM finishes the machine code that it is writing. Without effect when
    /// the compilation has ended.
    public func cancel() { cancellation.store(true, ordering: .relaxed) }
    public var isCancelled: Bool { cancellation.load(ordering: .relaxed) }

    /// The indices of functions that were left without optimisation, because it would have taken too long.
    public var unoptimizedFunctions: [Int] { state.withLock { $0.unoptimizedFunctions.sorted() } }

    func check() throws(CompileError) {
        if isCancelled { throw .cancelled }
    }

    func begin(byteCount: Int) { advance { $0.progress = CompilationProgress(compiledByteCount: 0, byteCount: byteCount) } }

    func finishPart(byteCount: Int, unoptimized: Set<Int>) {
        advance {
            $0.progress.compiledByteCount += byteCount
            $0.unoptimizedFunctions.formUnion(unoptimized)
        }
    }

    private func advance(_ change: (inout sending State) -> Void) {
        state.withLock { state in
            change(&state)
            observe?(state.progress)
        }
    }
}

/// How far a compilation has come.
public struct CompilationProgress: Sendable, Hashable {
    /// Bytes of function bodies whose code is done.
    public var compiledByteCount: Int
    /// Bytes of all function bodies.
    public var byteCount: Int
}
