#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One thread with a large stack that does what it is given, in order. It stays when it has nothing to do, with what
/// the allocator keeps for it: a thread for each small piece of work takes as long as the work.
package final class WorkQueue: @unchecked Sendable {
    // Unchecked: what varies is used under the lock.

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [@Sendable () -> Void] = []
    private var isRunning = false
    private var isEnding = false

    package init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    /// The thread holds its queue as long as it runs.
    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    /// False, and nothing is run, where no thread can be started.
    package func add(_ body: @escaping @Sendable () -> Void) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        if !isRunning {
            guard LargeStackThreads.detachIfPossible({ self.run() }) else { return false }
            isRunning = true
        }
        waiting.append(body)
        pthread_cond_signal(changed)
        return true
    }

    /// The thread ends when it has done what it was given.
    package func end() {
        pthread_mutex_lock(lock)
        isEnding = true
        pthread_cond_signal(changed)
        pthread_mutex_unlock(lock)
    }

    private func run() {
        while let body = next() { body() }
    }

    private func next() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while waiting.isEmpty {
            if isEnding {
                isRunning = false
                return nil
            }
            pthread_cond_wait(changed, lock)
        }
        return waiting.removeFirst()
    }
}
