import Synchronization

/// Follows one compilation and can stop it, from any thread.
///
/// ```swift
/// let monitor = CompilationMonitor(deadline: .now + .seconds(60)) { progress in
///     assert(progress.compiledByteCount <= progress.byteCount)
/// }
/// let program = try Engine().compile(module, monitor: monitor)    // monitor.cancel() ends it, on any thread
/// ```
public final class CompilationMonitor: Sendable {
    private struct State {
        var progress = CompilationProgress(compiledByteCount: 0, byteCount: 0)
        var unoptimizedFunctions: Set<Int> = []
        var crashes: [CompilerCrash] = []
    }

    /// When the compilation ends with ``CompileError/timedOut``, if it is not done.
    public let deadline: ContinuousClock.Instant?

    private let cancellation = Atomic(false)
    private let state = Mutex(State())
    /// What cancelling does besides. Not under the lock of the state: an observer may cancel.
    private let reactions = Mutex<[Int: @Sendable () -> Void]>([:])
    private let observe: (@Sendable (CompilationProgress) -> Void)?

    /// - Parameters:
    ///   - deadline: when the compilation ends at the latest. In this process that is soon after, when LLVM has
    ///     finished the
    ///     machine code that it is writing; in the compiler's own it is then.
    ///   - observe: hears how far the compilation has come, on the threads that compile, one call at a time. It must
    ///     not ask the monitor for anything but ``cancel()``.
    public init(deadline: ContinuousClock.Instant? = nil, observe: (@Sendable (CompilationProgress) -> Void)? = nil) {
        self.deadline = deadline
        self.observe = observe
    }

    /// Ends the compilation, which then throws: at once when it runs in the compiler's own process, else when LLVM has
    /// finished the machine code that it is writing. Without effect when the compilation has ended.
    public func cancel() {
        cancellation.store(true, ordering: .relaxed)
        for react in reactions.withLock({ Array($0.values) }) { react() }
    }

    /// Someone cancelled the compilation.
    public var isCancelled: Bool { cancellation.load(ordering: .relaxed) }

    /// Someone cancelled the compilation, or its time is over.
    package var isOver: Bool { isCancelled || deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// Runs `body`; when someone cancels meanwhile, or has before, `react` is called too, on any thread.
    package func reacting<Result, Failure: Error>(
        _ react: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let key = reactions.withLock { reactions in
            let key = (reactions.keys.max() ?? 0) + 1
            reactions[key] = react
            return key
        }
        defer { reactions.withLock { $0[key] = nil } }
        if isCancelled { react() }
        return try body()
    }

    /// The indices of functions that were left without optimisation, because it would have taken too long.
    public var unoptimizedFunctions: [Int] { state.withLock { $0.unoptimizedFunctions.sorted() } }

    /// What made the compiler's process end, and was compiled without optimisation then.
    public var crashes: [CompilerCrash] { state.withLock { $0.crashes } }

    package func note(_ crash: CompilerCrash) { state.withLock { $0.crashes.append(crash) } }

    /// - Throws: ``CompileError/cancelled`` or ``CompileError/timedOut``.
    package func check() throws(CompileError) {
        if isCancelled { throw .cancelled }
        if isOver { throw .timedOut }
    }

    func begin(byteCount: Int) {
        advance { $0.progress = CompilationProgress(compiledByteCount: 0, byteCount: byteCount) }
    }

    /// What another process's monitor says.
    package func advance(to progress: CompilationProgress) { advance { $0.progress = progress } }

    package func note(unoptimizedFunctions: [Int]) {
        state.withLock { $0.unoptimizedFunctions.formUnion(unoptimizedFunctions) }
    }

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

    package init(compiledByteCount: Int, byteCount: Int) {
        self.compiledByteCount = compiledByteCount
        self.byteCount = byteCount
    }
}
