internal import Glibc
internal import Synchronization

/// Threads with the stack that LLVM's recursion needs.
enum LargeStackThreads {
    private static let stackByteCount = 64 << 20

    /// `transform` of every element, in the order of the elements, computed on up to `threadCount` threads.
    static func map<Element: Sendable, Output: Sendable>(
        _ elements: [Element], threadCount: Int, _ transform: @escaping @Sendable (Element) -> Output
    ) -> [Output] {
        let work = Work(elements, transform)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackByteCount)
        defer { pthread_attr_destroy(&attributes) }
        var threads: [pthread_t] = []
        for _ in 0..<max(1, min(threadCount, elements.count)) {
            var thread = pthread_t()
            let context = Unmanaged.passRetained(work as AnyWork)
            let status = pthread_create(
                &thread, &attributes,
                { context in
                    if let context { Unmanaged<AnyWork>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, context.toOpaque())
            if status == 0 { threads.append(thread) } else { context.release() }
        }
        // Without a single thread of our own, this one does the work on the stack that it has.
        if threads.isEmpty { work.run() }
        for thread in threads { pthread_join(thread, nil) }
        return work.outputs()
    }

    private class AnyWork: @unchecked Sendable {
        func run() {}
    }

    private final class Work<Element: Sendable, Output: Sendable>: AnyWork, @unchecked Sendable {
        private let elements: [Element]
        private let transform: @Sendable (Element) -> Output
        private let results: Mutex<(next: Int, outputs: [Output?])>

        init(_ elements: [Element], _ transform: @escaping @Sendable (Element) -> Output) {
            self.elements = elements
            self.transform = transform
            results = Mutex((0, Array(repeating: nil, count: elements.count)))
        }

        override func run() {
            while true {
                let index = results.withLock { state in
                    defer { state.next += 1 }
                    return state.next
                }
                guard index < elements.count else { return }
                let output = transform(elements[index])
                results.withLock { $0.outputs[index] = output }
            }
        }

        func outputs() -> [Output] { results.withLock { $0.outputs.compactMap { $0 } } }
    }
}
