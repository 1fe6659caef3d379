internal import CRuntime
import Synchronization

/// A call whose guest runs on a stack of its own: while an asynchronous host function is awaited, the guest is
/// suspended and its thread is free. A guest that can be interrupted also yields when it has run for a while.
final class AsyncCall {
    private let store: Store
    private let body: (UnsafeMutablePointer<wasmc_result>) -> Void
    private let read: () throws -> Void
    /// What the guest waits for, from the host function's thunk.
    private var request: (() async throws -> Void)?
    private var answer: Result<Void, any Error> = .success(())
    private var result = wasmc_result()
    /// What became of it, read before anybody else may use the store: that has the error until then, and frees the
    /// results' objects once nothing refers to them.
    private var ending: Result<Void, any Error> = .success(())
    private let waiter = Waiter()
    private var hasYielded = false

    /// - Parameters:
    ///   - body: makes one guarded call.
    ///   - read: reads the results of one that returned.
    init(
        _ store: Store, _ body: @escaping (UnsafeMutablePointer<wasmc_result>) -> Void,
        reading read: @escaping () throws -> Void
    ) {
        self.store = store
        self.body = body
        self.read = read
    }

    /// Makes the call under these conditions; code that is interruptible stops when the task is cancelled.
    nonisolated(nonsending) static func run(
        in store: Store, isInterruptible: Bool, _ deadline: ContinuousClock.Instant?, _ timeout: Duration?,
        _ handle: InterruptHandle?,
        stackByteCount: Int, _ body: @escaping (UnsafeMutablePointer<wasmc_result>) -> Void,
        reading read: @escaping () throws -> Void = {}
    ) async throws {
        guard stackByteCount >= 0 else {
            throw UsageError.invalidArgument(
                "stackByteCount is \(stackByteCount): a stack cannot have fewer bytes than none")
        }
        let isLimited = deadline != nil || timeout != nil || handle != nil
        let cancellation = isLimited || isInterruptible ? InterruptHandle() : nil
        let scope = try cancellation.map {
            try InterruptionScope(store, deadline, timeout, [handle, $0].compactMap(\.self), isLinked: false)
        }
        let call = AsyncCall(store, body, reading: read)
        defer {
            scope?.end()
            withExtendedLifetime(call) {}
        }
        try await call.run(scope: scope, stackByteCount: stackByteCount, cancellation: cancellation)
    }

    // MARK: On the guest's stack

    private func enter() {
        var result = wasmc_result()
        body(&result)
        self.result = result
    }

    /// Suspends the guest until `body` has run.
    func wait(for body: @escaping () async throws -> Void) throws {
        request = body
        wasmc_fiber_suspend(store.pointer)
        _ = wasmc_tell_enclosing_call(waiter.passedOn)
        do { try answer.get() } catch is CancellationError where wasmc_is_interrupted(store.pointer) {
            // The guest stops as soon as this returns.
        }
    }

    // MARK: On the caller's

    /// - Parameter cancellation: interrupts the scope when the task is cancelled.
    private nonisolated(nonsending) func run(
        scope: InterruptionScope?, stackByteCount: Int, cancellation: InterruptHandle?
    ) async throws {
        let data = Unmanaged.passUnretained(self).toOpaque()
        guard
            let fiber = wasmc_fiber_create(
                store.pointer, stackByteCount, scope?.pointer,
                { data in data.map { Unmanaged<AsyncCall>.fromOpaque($0).takeUnretainedValue().enter() } }, data)
        else { throw UsageError.noStack(byteCount: stackByteCount) }
        defer { wasmc_fiber_destroy(fiber) }
        scope?.notify(waiter)
        // A guest that nothing can interrupt needs no handler until it waits, and most never do.
        let first = scope == nil && !wasmc_is_in_use(store.pointer) ? switchTo(fiber) : nil
        if first == WASMC_FIBER_FINISHED { return try ending.get() }
        // The handler's closure leaves the caller's actor. What it calls goes back at once, and these are used there
        // only.
        let isolation = #isolation
        nonisolated(unsafe) let (call, ownFiber, ownScope) = (self, fiber, scope)
        await withTaskCancellationHandler {
            await call.runToEnd(ownFiber, ownScope, after: first, isolation: isolation)
        } onCancel: {
            cancellation?.interrupt(WASMC_CANCELLED)
        }
        try ending.get()
    }

    /// The guest runs where the caller does, before and after everything that is awaited: nobody else uses the store
    /// meanwhile.
    ///
    /// - Parameter first: where its first turn ended; `nil` if it has had none.
    private func runToEnd(
        _ fiber: OpaquePointer, _ scope: InterruptionScope?, after first: wasmc_fiber_state?,
        isolation: isolated (any Actor)?
    ) async {
        var state = first
        while state != WASMC_FIBER_FINISHED {
            if state == WASMC_FIBER_YIELDED {
                await Task.yield()
            } else if let request {
                self.request = nil
                answer = await waiter.result(of: request)
            }
            state = await resume(fiber, scope)
        }
    }

    /// Lets the guest run, after another one of the store that has yielded. A guest that has to stop need not wait: it
    /// does nothing.
    private nonisolated(nonsending) func resume(
        _ fiber: OpaquePointer, _ scope: InterruptionScope?
    ) async -> wasmc_fiber_state {
        while wasmc_is_in_use(store.pointer), !hasYielded, scope?.isInterrupted != true {
            let (end, continuation) = AsyncStream.makeStream(of: Never.self)
            store.waiting.append(continuation)
            _ = await waiter.result { for await _ in end {} }
        }
        return switchTo(fiber)
    }

    /// Lets the guest run on this thread until it has ended, waits or yields.
    private func switchTo(_ fiber: OpaquePointer) -> wasmc_fiber_state {
        let outer = store.asyncCall
        store.asyncCall = self
        defer { store.asyncCall = outer }
        let state = wasmc_fiber_resume(fiber)
        if state == WASMC_FIBER_FINISHED {
            ending = Result {
                try store.check(result)
                try read()
            }
        }
        hasYielded = state == WASMC_FIBER_YIELDED
        if !hasYielded {
            for continuation in store.waiting { continuation.finish() }
            store.waiting = []
        }
        return state
    }
}

/// Runs what guests wait for, in a task that an interruption cancels.
final class Waiter: Sendable {
    private struct State {
        var task: Task<Void, any Error>?
        var isInterrupted = false
        var passedOn: UInt = 0
    }

    /// That of the guest which this task's work is done for.
    @TaskLocal static var current: Waiter?

    private let state = Mutex(State())

    nonisolated(nonsending) func result(of body: @escaping () async throws -> Void) async -> Result<Void, any Error> {
        // The guest that the body belongs to stays suspended meanwhile, and where other guests of its store run, this
        // runs, too, and none of them beside it.
        nonisolated(unsafe) let body = body
        let executor = #isolation.map(CallerExecutor.init)
        let task = Task(executorPreference: executor) {
            try await Self.$current.withValue(self) { try await body() }
        }
        let isInterrupted = state.withLock { state in
            state.task = task
            return state.isInterrupted
        }
        if isInterrupted { task.cancel() }
        defer { state.withLock { $0.task = nil } }
        return await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
    }

    /// The object of the error that a call inside the awaited work ended with last; 0 without one. See
    /// ``ErrorBacktraces``.
    var passedOn: UInt { state.withLock(\.passedOn) }

    func tell(_ error: UInt) { state.withLock { $0.passedOn = error } }

    /// From any thread, under locks: so cancelling, which runs others' code, is left to a task.
    func interrupt() {
        let task = state.withLock { state in
            state.isInterrupted = true
            return state.task
        }
        if let task { Task { task.cancel() } }
    }
}

/// Runs on the actor of a call what would run on no actor: the body of an asynchronous host function sees the store,
/// and other guests of it may run on that actor meanwhile.
private final class CallerExecutor: TaskExecutor {
    private let caller: any Actor

    init(_ caller: any Actor) { self.caller = caller }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Task { await run(job, on: caller) }
    }

    private func run(_ job: UnownedJob, on caller: isolated any Actor) {
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}

extension Function {
    /// Calls the function on a stack of its own, so that asynchronous host functions can be awaited. The guest runs
    /// where the caller does, and nowhere while it waits.
    ///
    /// Code compiled with ``Engine/Options/isInterruptible`` yields when it has run for some milliseconds, so that
    /// other tasks get the thread. Between two turns of the guest its store is in use: other asynchronous calls into it
    /// wait until the guest has ended or waits for a host function, and synchronous ones throw
    /// ``UsageError/storeInUse``. That can happen only on an actor; elsewhere nobody else has the store. A guest
    /// beneath a host function that has called it synchronously does not yield.
    ///
    /// Cancelling the task interrupts code compiled with ``Engine/Options/isInterruptible``, and whatever is awaited;
    /// the other conditions are those of ``call(_:deadline:timeout:handle:)``. Calls that an asynchronous host function
    /// makes into the same store are calls of their own, with conditions of their own.
    ///
    /// - Parameter stackByteCount: how much stack the guest may use.
    /// - Throws: what ``call(_:deadline:timeout:handle:)`` throws.
    @discardableResult nonisolated(nonsending) public func callAsync(
        _ arguments: [Value] = [], deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil,
        handle: InterruptHandle? = nil, stackByteCount: Int = 1 << 20
    ) async throws -> [Value] {
        guard arguments.count == parameterCount else { throw mismatch(arguments.map(\.type)) }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: slotByteCount, alignment: 16)
        defer { memory.deallocate() }
        for index in arguments.indices where try !place(arguments[index], index, in: memory) {
            throw mismatch(arguments.map(\.type))
        }
        let slots = memory.assumingMemoryBound(to: wasmc_value.self)
        var values: [Value] = []
        try await invokeAsync(slots, deadline, timeout, handle, stackByteCount) { values = self.results(in: slots) }
        return values
    }

    nonisolated(nonsending) private func invokeAsync(
        _ slots: UnsafeMutablePointer<wasmc_value>, _ deadline: ContinuousClock.Instant?, _ timeout: Duration?,
        _ handle: InterruptHandle?, _ stackByteCount: Int, reading read: @escaping () throws -> Void
    ) async throws {
        let (store, pointer) = (store, pointer)
        try await AsyncCall.run(
            in: store, isInterruptible: isInterruptible, deadline, timeout, handle, stackByteCount: stackByteCount,
            { wasmc_call(store.pointer, pointer, slots, $0) }, reading: read)
    }

    private var isInterruptible: Bool {
        guard pointer.pointee.index != .max, let context = pointer.pointee.context else { return false }
        return context.assumingMemoryBound(to: wasmc_instance.self).pointee.module.pointee.artifact.pointee
            .is_interruptible
    }

    /// Calls asynchronously with slots that the caller has filled by type.
    @usableFromInline nonisolated(nonsending) func invokeAsync(
        _ slots: RawSlot, _ deadline: ContinuousClock.Instant?, _ timeout: Duration?, _ handle: InterruptHandle?,
        _ stackByteCount: Int, reading read: @escaping () throws -> Void
    ) async throws {
        if checksReferences { try checkReferences(slots) }
        let values = slots.address.assumingMemoryBound(to: wasmc_value.self)
        try await invokeAsync(values, deadline, timeout, handle, stackByteCount, reading: read)
    }
}
