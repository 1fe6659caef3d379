internal import CRuntime
import Synchronization

/// The call was stopped from outside. What stopped it is used up: the instance can be called again.
public struct Interrupted: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why a guest was stopped.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The call's deadline passed, or its timeout.
        case deadline
        /// The task that called was cancelled.
        case cancelled
        /// ``InterruptHandle/interrupt()``.
        case requested
    }

    /// Why the guest was stopped.
    public var reason: Reason
    /// Where the guest was; `nil` when none of its functions ran. Equality and description leave it out.
    public internal(set) var backtrace: Backtrace?

    /// An interruption for this reason.
    public init(_ reason: Reason) { self.reason = reason }

    /// Interruptions are equal if their reasons are, wherever they happened.
    public static func == (left: Interrupted, right: Interrupted) -> Bool { left.reason == right.reason }
    /// The reason alone, as for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(reason) }

    /// Why the guest was stopped, for people.
    public var description: String {
        switch reason {
        case .deadline: "the guest was stopped: its deadline passed"
        case .cancelled: "the guest was stopped: its task was cancelled"
        case .requested: "the guest was stopped by request"
        }
    }

    init?(_ reason: wasmc_interruption_reason) {
        switch reason {
        case WASMC_DEADLINE: self.init(.deadline)
        case WASMC_CANCELLED: self.init(.cancelled)
        case WASMC_REQUESTED: self.init(.requested)
        default: return nil
        }
    }
}

/// Stops the calls that were given it, from any thread.
///
/// A handle is good for one interruption: calls that get it afterwards stop at once, so it does not matter which comes
/// first. Make a new one for what is to run after that.
///
/// ```swift
/// let handle = InterruptHandle()
/// Thread.detachNewThread { handle.interrupt() }
/// do { try instance.function("forever").call(handle: handle) } catch let stopped as Interrupted {
///     print("stopped:", stopped.reason)
/// }
/// ```
public final class InterruptHandle: Sendable {
    private struct State: @unchecked Sendable {
        // Unchecked: the scopes are used only under the lock.
        var reason: wasmc_interruption_reason?
        var scopes: [UnsafeMutablePointer<wasmc_interruption>] = []
    }

    private let state = Mutex(State())

    /// A handle that stops nothing yet.
    public init() {}

    /// Ends the calls with ``Interrupted``. Returns at once; they stop a moment later.
    public func interrupt() { interrupt(WASMC_REQUESTED) }

    /// ``interrupt()`` was called.
    public var isInterrupted: Bool { state.withLock { $0.reason != nil } }

    func interrupt(_ reason: wasmc_interruption_reason) {
        state.withLock { state in
            if state.reason != nil { return }
            state.reason = reason
            for scope in state.scopes { wasmc_interrupt(scope, reason) }
        }
    }

    func attach(_ scope: UnsafeMutablePointer<wasmc_interruption>) {
        state.withLock { state in
            state.scopes.append(scope)
            if let reason = state.reason { wasmc_interrupt(scope, reason) }
        }
    }

    func detach(_ scope: UnsafeMutablePointer<wasmc_interruption>) {
        state.withLock { $0.scopes.removeAll { $0 == scope } }
    }
}

extension Store {
    /// Runs `body`, and stops the guests of this store that it calls when the time is over or the handle says so.
    /// Nothing of it is left for later calls. Scopes nest: each call stops for every scope around it.
    ///
    /// - Parameters:
    ///   - deadline: when calls stop.
    ///   - timeout: how long after now calls stop; the earlier one counts.
    ///   - handle: what stops calls on request.
    /// - Throws: what `body` throws: ``Interrupted`` from the call that was stopped, and
    ///   ``UsageError/notInterruptible`` from calls of code compiled without ``Engine/Options/isInterruptible``.
    public func interruptible<Result>(
        deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil, handle: InterruptHandle? = nil,
        _ body: () throws -> Result
    ) throws -> Result {
        if deadline == nil, timeout == nil, handle == nil { return try body() }
        let scope = try InterruptionScope(self, deadline, timeout, handle.map { [$0] } ?? [])
        defer { scope.end() }
        return try body()
    }
}

/// A stretch of calls that can be stopped.
struct InterruptionScope {
    let pointer: UnsafeMutablePointer<wasmc_interruption>
    private let handles: [InterruptHandle]

    /// - Parameter isLinked: calls from now on belong to it; else those of the fiber that is made with it.
    init(
        _ store: Store, _ deadline: ContinuousClock.Instant?, _ timeout: Duration?, _ handles: [InterruptHandle],
        isLinked: Bool = true
    ) throws(UsageError) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: wasmc_interruption())
        self.handles = handles
        wasmc_interruption_begin(pointer, store.pointer)
        if !isLinked { wasmc_interruption_unlink(pointer) }
        for handle in handles { handle.attach(pointer) }
        let left = [timeout, deadline.map { ContinuousClock.now.duration(to: $0) }].compactMap(\.self).min()
        if let left, !wasmc_set_deadline(pointer, left.clampedNanoseconds) {
            end()
            throw .noTimer
        }
    }

    /// Tells a waiter of the interruption. It has to live as long as the scope.
    func notify(_ waiter: Waiter) {
        wasmc_interruption_notify(
            pointer, { data in data.map { Unmanaged<Waiter>.fromOpaque($0).takeUnretainedValue().interrupt() } },
            Unmanaged.passUnretained(waiter).toOpaque())
    }

    var isInterrupted: Bool { wasmc_scope_is_interrupted(pointer) }

    func end() {
        for handle in handles { handle.detach(pointer) }
        wasmc_interruption_end(pointer)
        pointer.deallocate()
    }
}

extension Duration {
    fileprivate var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000).partialValue
    }
}

extension Caller {
    /// The call has been interrupted: a host function that takes long returns or throws. Whatever it returns, the guest
    /// stops then.
    public var isInterrupted: Bool { wasmc_is_interrupted(store.pointer) }

    /// Ends a host function whose call has been interrupted.
    ///
    /// - Throws: ``Interrupted`` when the call has been.
    public func checkInterruption() throws(Interrupted) {
        if isInterrupted, let interrupted = Interrupted(wasmc_pending_interruption(store.pointer)) { throw interrupted }
    }
}
