internal import CRuntime
internal import Synchronization
internal import Threads
internal import Wasm
internal import WasmLowering

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Compiles the hot functions of a module again, one batch after the other, on a thread that is there while there is
/// work.
final class HotCodeCompiler: @unchecked Sendable {
    // Unchecked: the program is only used under the lock while the module is not closed, as long as it lives.

    private struct State {
        var waitingFunctions: [Int] = []
        var waitingLoops: [HotLoop] = []
        var knownFunctions: Set<Int> = []
        /// Whose loops wait or are compiled.
        var loopFunctions: Set<Int> = []
        var replacedFunctions: Set<Int> = []
        var replacedLoops: Set<HotLoop> = []
        var isWorking = false
        var isClosed = false
        /// The program has ended.
        var isAlone = false
    }

    /// Code is used when its batch is done, and LLVM inlines what is in the same one.
    private static let batchByteCount = 16 * 1024

    private let module: Module
    /// Used by the one thread that works.
    private lazy var plan = ModulePlan(module)
    private let options: CompilationOptions
    private let program: any RunningProgram
    private let waits: Bool
    /// With the compiler's own process, the engine's options.
    private let isolated: Engine.Options?
    private let monitor = CompilationMonitor()
    private let state = Mutex(State())
    /// What earlier runs compiled, and this one adds to.
    private let kept: Mutex<KeptCodeFile?>

    init(
        _ module: Module, _ options: CompilationOptions, _ program: any RunningProgram, waits: Bool,
        isolated: Engine.Options?, _ kept: KeptCodeFile?
    ) {
        self.kept = Mutex(kept)
        self.isolated = isolated
        self.waits = waits
        self.module = module
        self.options = options
        self.program = program
    }

    deinit { kept.withLock { $0?.endAppending() } }

    /// Before the first instance: puts what earlier runs compiled in the place of baseline code.
    func addKeptCode(to program: LoadedProgram) {
        for batch in kept.withLock({ $0?.batches() ?? [] }) {
            let isReplaced = replace(batch.functions, batch.loops) { program.put(batch.code, isFirst: false) }
            if isReplaced { state.withLock { $0.knownFunctions.formUnion(batch.functions) } }
        }
    }

    var isWorking: Bool { state.withLock { $0.isWorking } }
    var replacedFunctions: [Int] { state.withLock { $0.replacedFunctions.sorted() } }
    var replacedLoops: Set<HotLoop> { state.withLock { $0.replacedLoops } }

    /// On the guest's thread.
    ///
    /// - Parameter loop: `UInt32.max` for the function itself.
    func request(_ function: UInt32, loop: UInt32) {
        let startsWork = state.withLock { state in
            guard !state.isClosed else { return false }
            if loop == .max {
                guard state.knownFunctions.insert(Int(function)).inserted else { return false }
                state.waitingFunctions.append(Int(function))
            } else {
                // Who leaves one loop stays in optimized code, so that other loops of the function need it less.
                guard state.loopFunctions.insert(Int(function)).inserted else { return false }
                state.waitingLoops.append(HotLoop(function: Int(function), number: Int(loop)))
            }
            defer { state.isWorking = true }
            return !state.isWorking
        }
        guard startsWork else { return }
        let work = BackgroundWork(monitor)
        if waits {
            _ = LargeStackThreads.map(count: 1, threadCount: 1) { _ in self.compileWaiting() }
            work.end()
        } else {
            LargeStackThreads.detach {
                // Guests go first: on Linux the priority is this thread's alone.
                _ = nice(10)
                self.compileWaiting()
                work.end()
            }
        }
    }

    /// The program has ended, and all that is left to do is to keep code: with what priority is left, and only if this
    /// process is the one that may.
    ///
    /// - Returns: whether it may.
    func goesOnAlone() -> Bool {
        state.withLock { $0.isAlone = true }
        return kept.withLock { $0?.canAppend() ?? false }
    }

    /// The module is about to go.
    func close() {
        monitor.cancel()
        state.withLock { $0.isClosed = true }
    }

    private func compileWaiting() {
        // Its process is there as long as there is work, and has its priority from this thread.
        var compiler = isolated.map { IsolatedCompiler(module, $0) }
        var isAlone = false
        while let batch = nextBatch() {
            if !isAlone, state.withLock({ $0.isAlone }) {
                isAlone = true
                _ = nice(19)
                compiler = isolated.map { IsolatedCompiler(module, $0) }
            }
            // What cannot be compiled stays as it is.
            let code =
                if let compiler {
                    try? compiler.hotCode(functions: batch.functions, loops: batch.loops, options, monitor)
                } else {
                    try? ModuleCompiler.compileHot(
                        functions: batch.functions, loops: batch.loops, of: plan, options: options, monitor: monitor)
                }
            if let code, let file = try? ArtifactWriter.writeReplacement(module, code, options) { replace(code, file) }
        }
    }

    private func nextBatch() -> (functions: [Int], loops: [HotLoop])? {
        state.withLock { state in
            // A loop waits for nothing else: its function runs now.
            let loops = state.waitingLoops
            state.waitingLoops = []
            state.waitingFunctions.removeAll { state.replacedFunctions.contains($0) }
            let functions = Self.batch(of: state.waitingFunctions) { module.functions[$0].body?.count ?? 0 }
            state.waitingFunctions.removeAll { functions.contains($0) }
            if state.isClosed || monitor.isCancelled || functions.isEmpty && loops.isEmpty {
                state.isWorking = false
                return nil
            }
            return (functions, loops)
        }
    }

    /// What is compiled next of what waits. A function as large as an interpreter's loop takes LLVM many seconds: it
    /// comes last and alone.
    static func batch(of waiting: [Int], byteCount: (Int) -> Int) -> [Int] {
        let small = waiting.filter { byteCount($0) <= batchByteCount }
        guard !small.isEmpty else { return Array(waiting.prefix(1)) }
        var sum = 0
        return Array(
            small.prefix { function in
                defer { sum += byteCount(function) }
                return sum < batchByteCount
            })
    }

    private func replace(_ code: ModuleCompiler.HotCode, _ file: [UInt8]) {
        kept.withLock { $0?.append(.init(functions: code.functions, loops: code.loops, code: file)) }
        _ = replace(code.functions, code.loops) { (try? program.put(file, isFirst: false)) != nil }
    }

    /// Notes what has new code, if `put` puts it there.
    private func replace(_ functions: [Int], _ loops: [HotLoop], _ put: () -> Bool) -> Bool {
        state.withLock { state in
            guard !state.isClosed, put() else { return false }
            state.replacedFunctions.formUnion(functions)
            state.replacedLoops.formUnion(loops)
            state.loopFunctions.subtract(loops.map(\.function))
            return true
        }
    }
}

/// What a thread does that nobody waits for: LLVM must not be at work when the process's libraries end.
struct BackgroundWork {
    private static let monitors = Mutex<[UInt64: CompilationMonitor]>([:])
    private static let count = Atomic<UInt64>(0)
    private static let registration = atexit {
        for monitor in monitors.withLock({ Array($0.values) }) { monitor.cancel() }
        while monitors.withLock({ !$0.isEmpty }) { usleep(1_000) }
    }

    private let number: UInt64

    init(_ monitor: CompilationMonitor) {
        _ = Self.registration
        number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        Self.monitors.withLock { $0[number] = monitor }
    }

    func end() { Self.monitors.withLock { $0[number] = nil } }
}
