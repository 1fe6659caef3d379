internal import Synchronization

/// Instances for requests: so many at a time, each of them new, in memory that earlier ones have left.
///
/// ```swift
/// let pool = InstancePool(try linker.link(program), capacity: 64)
/// // In any task:
/// let answer = try await pool.withInstance(Request(id: id)) { instance in
///     try instance.function("handle", as: ((Int32) -> Int32).self)(id)
/// }
/// ```
public final class InstancePool<Context>: Sendable {
    private struct State {
        var free: Int
        var nextNumber = 0
        /// In the order of their coming.
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    /// What instances are made of.
    public let module: LinkedModule<Context>
    /// How many instances there are at most at a time.
    public let capacity: Int
    private let makeStore: @Sendable () -> Store
    private let state: Mutex<State>

    /// A pool without any instance yet.
    ///
    /// - Parameters:
    ///   - module: what instances are made of.
    ///   - capacity: how many instances there are at most at a time; others wait. So many memories are kept, too.
    ///   - store: makes the store of an instance, with its limits.
    public init(
        _ module: LinkedModule<Context>, capacity: Int, store makeStore: @escaping @Sendable () -> Store = { Store() }
    ) {
        self.module = module
        self.capacity = max(capacity, 1)
        self.makeStore = makeStore
        state = Mutex(State(free: self.capacity))
        module.program.poolMemories(upTo: self.capacity)
    }

    /// Makes an instance, waiting until there is room, lets `body` use it, and frees it.
    ///
    /// - Parameters:
    ///   - context: what the instance's host functions are given.
    ///   - deadline, timeout, handle: stop the start function; the time begins when there is room. Calls that `body`
    ///     makes have conditions of their own.
    ///   - body: runs where the caller does. It must keep nothing of the instance: what it keeps, lives in memory that
    ///     the pool does not have. It should not ask the same pool for another instance, which may wait for its own.
    /// - Throws: `CancellationError` when the task is cancelled while it waits, what
    ///   ``LinkedModule/instantiate(_:in:deadline:timeout:handle:)`` throws, and what `body` throws.
    @discardableResult nonisolated(nonsending) public func withInstance<Result>(
        _ context: Context, deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil, _ body: nonisolated(nonsending) (Instance) async throws -> Result
    ) async throws -> Result {
        try await take()
        defer { giveBack() }
        return try await body(
            module.instantiate(context, in: makeStore(), deadline: deadline, timeout: timeout, handle: handle))
    }

    nonisolated(nonsending) private func take() async throws {
        let number = state.withLock { state -> Int? in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        guard let number else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((number, continuation))
                    return false
                }
                if isFree { continuation.resume() } else if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// One that has been given room meanwhile keeps it.
    private func cancel(_ number: Int) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).continuation }
        }
        continuation?.resume(throwing: CancellationError())
    }

    private func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
