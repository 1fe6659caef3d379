import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Threads for work that recurses deeply: LLVM does, on the data it is given.
package enum LargeStackThreads {
    private static let stackByteCount = 64 << 20

    /// Set on the threads that were started here.
    private static let mark: pthread_key_t = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : .max
    }()

    /// The results of `work` for `0..<count`, in order; up to `threadCount` threads work at a time. A thread that was
    /// started here works itself where one is enough: another costs as much as a small function's code.
    package static func map<Result: Sendable>(
        count: Int, threadCount: Int, _ work: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        let job = Job(count: count, work)
        if min(threadCount, count) <= 1, pthread_getspecific(mark) != nil {
            job.run()
            return job.takeResults()
        }
        var threads: [pthread_t] = []
        for _ in 0..<max(1, min(threadCount, count)) {
            if let thread = start({ job.run() }) { threads.append(thread) }
        }
        // Without a single thread the work is still done, with the stack there is.
        if threads.isEmpty { job.run() }
        for thread in threads { pthread_join(thread, nil) }
        return job.takeResults()
    }

    /// Runs `body` on a thread of its own, which nobody waits for.
    package static func detach(_ body: @escaping @Sendable () -> Void) {
        if !detachIfPossible(body) { body() }
    }

    /// The same; false, and nothing is run, where no thread can be started.
    package static func detachIfPossible(_ body: @escaping @Sendable () -> Void) -> Bool {
        guard let thread = start(body) else { return false }
        pthread_detach(thread)
        return true
    }

    private final class Job<Result: Sendable>: Sendable {
        private let next = Atomic(0)
        private let results: Mutex<[Result?]>
        private let work: @Sendable (Int) -> Result

        init(count: Int, _ work: @escaping @Sendable (Int) -> Result) {
            results = Mutex(Array(repeating: nil, count: count))
            self.work = work
        }

        func run() {
            let count = results.withLock { $0.count }
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let result = work(index)
                results.withLock { $0[index] = result }
            }
        }

        func takeResults() -> [Result] { results.withLock { $0.compactMap(\.self) } }
    }

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return nil }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackByteCount)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Body(body))
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                pthread_setspecific(LargeStackThreads.mark, argument)
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            return nil
        }
        return thread
    }
}
