internal import CRuntime
internal import DWARF
internal import Synchronization
internal import Threads
internal import Wasm
internal import WasmLowering

/// Compiles the functions of a module when they are first called, each with functions that it calls, on a thread that
/// stays as long as the module. Callers wait in the runtime, which asks again and again.
///
/// Of each function the first code is made once: it is known from the request on, and forgotten only if a batch fails
/// that it was added to.
///
/// While a guest waits, another thread compiles what it may call next: see ``CalleeGuesses``.
final class FirstCallCompiler: @unchecked Sendable {
    // Unchecked: the program is only used under the lock while the module is not closed, as long as it lives.

    private struct State {
        /// Called, and not begun.
        var waiting: [Int] = []
        /// Waiting, being compiled or compiled.
        var known: Set<Int> = []
        var compiled: Set<Int> = []
        /// Known, because a program in another process should have them. It has not if it asks.
        var supposed: Set<Int> = []
        var errors: [Int: CompileError] = [:]
        /// What was begun since the last guess, with the distance from what was called.
        var begun: [(functions: [Int], distance: Int)] = []
        var isWorking = false
        var isGuessing = false
        var isClosed = false
    }

    /// How much is compiled at a time on each thread. Callees that are never called are work for nothing, but LLVM
    /// takes some milliseconds for the first function of a batch, as long as for this.
    private static let batchByteCount = 4 * 1024
    /// More threads would have more to do that is for nothing.
    private static let mostThreads = 4

    private let module: Module
    private let options: CompilationOptions
    private let program: any RunningProgram
    private let threadCount: Int
    /// With the compiler in a process of its own, which stays as long as the module. Used by the one thread that works.
    private let isolated: IsolatedCompiler?
    /// A second process, used by the one thread that guesses; without it nothing is guessed.
    private let guesser: IsolatedCompiler?
    private let monitor = CompilationMonitor()
    private let queue = WorkQueue()
    private let guessQueue = WorkQueue()
    private let state = Mutex(State())
    /// Used by the one thread that guesses.
    private var guesses: CalleeGuesses
    /// What earlier runs compiled, and this one adds to.
    private let kept: Mutex<KeptCodeFile?>

    /// - Parameter compilers: one or two in processes of their own; none to compile in this one.
    init(
        _ module: Module, _ options: CompilationOptions, _ program: any RunningProgram, threadCount: Int,
        _ compilers: [IsolatedCompiler], _ kept: KeptCodeFile?
    ) {
        self.module = module
        self.options = options
        self.program = program
        isolated = compilers.first
        guesser = compilers.dropFirst().first
        // One thread guesses.
        self.threadCount = max(1, min(threadCount, Self.mostThreads) - (guesser == nil ? 0 : 1))
        self.kept = Mutex(kept)
        guesses = CalleeGuesses(module)
    }

    /// Before the first instance: adds what earlier runs compiled.
    func addKeptCode(to program: LoadedProgram) {
        for batch in kept.withLock({ $0?.batches() ?? [] }) {
            let isAdded = state.withLock { state in
                guard state.known.isDisjoint(with: batch.functions) else {
                    wasmc_module_release(batch.code)
                    return false
                }
                return program.put(batch.code, isFirst: true)
            }
            guard isAdded else { continue }
            state.withLock { state in
                state.known.formUnion(batch.functions)
                state.compiled.formUnion(batch.functions)
            }
        }
    }

    /// The same where the program is in another process, which has added what it found.
    func noteKeptCode() {
        let functions = kept.withLock { $0?.functions() ?? [] }
        state.withLock { state in
            state.supposed = functions
            state.known.formUnion(functions)
        }
    }

    var compiledFunctions: Set<Int> { state.withLock { $0.compiled } }

    /// On the guest's thread: asks for a function's code.
    ///
    /// - Returns: false when there will be none; the error waits in the store then.
    func provide(_ function: UInt32, for store: UnsafeMutableRawPointer?) -> Bool {
        guard let error = error(providing: function) else { return true }
        if let store { Unmanaged<Store>.fromOpaque(store)._withUnsafeGuaranteedRef { $0.pendingError = error } }
        return false
    }

    /// Asks for a function's code.
    ///
    /// - Returns: why there will be none.
    func error(providing function: UInt32) -> CompileError? {
        let index = Int(function)
        let (error, startsWork) = state.withLock { state -> (CompileError?, Bool) in
            if let error = state.errors[index] { return (error, false) }
            if state.isClosed { return (.cancelled, false) }
            if state.supposed.remove(index) != nil { state.known.remove(index) }
            guard state.known.insert(index).inserted else { return (nil, false) }
            state.waiting.append(index)
            defer { state.isWorking = true }
            return (nil, !state.isWorking)
        }
        if startsWork { startWork() }
        return error
    }

    private func startWork() {
        let work = BackgroundWork(monitor)
        let isStarted = queue.add {
            self.compileWaiting()
            work.end()
        }
        if isStarted { return }
        work.end()
        state.withLock { state in
            let error = CompileError(message: "no thread could be started")
            for function in state.waiting { state.errors[function] = error }
            state.waiting = []
            state.isWorking = false
        }
    }

    /// The module is about to go.
    func close() {
        monitor.cancel()
        state.withLock { $0.isClosed = true }
        queue.end()
        guessQueue.end()
        kept.withLock { $0?.endAppending() }
    }

    private func compileWaiting() {
        while let functions = nextFunctions() { compile(functions) }
    }

    private func nextFunctions() -> [Int]? {
        state.withLock { state in
            let functions = state.waiting
            state.waiting = []
            if !state.isClosed, !functions.isEmpty { return functions }
            state.isWorking = false
            return nil
        }
    }

    /// Compiles functions with some that they call; where that fails, each alone, so that only a function that cannot
    /// be compiled has the error.
    private func compile(_ functions: [Int]) {
        let added = addCallees(of: functions)
        startGuessing(called: functions, added: added)
        if add(functions + added, isolated) == nil { return }
        state.withLock { $0.known.subtract(added) }
        for function in functions {
            guard let error = add([function], isolated) else { continue }
            state.withLock { $0.errors[function] = error }
        }
        wakeCallers()
    }

    private func startGuessing(called: [Int], added: [Int]) {
        guard guesser != nil else { return }
        // Both threads use them.
        _ = lines
        let startsWork = state.withLock { state in
            state.begun += [(called, 0), (added, 1)]
            defer { state.isGuessing = true }
            return !state.isGuessing
        }
        guard startsWork else { return }
        let work = BackgroundWork(monitor)
        let isStarted = guessQueue.add {
            while let functions = self.nextGuess() {
                if self.add(functions, self.guesser) == nil { continue }
                // Each is compiled when it is called, if it is.
                self.state.withLock { $0.known.subtract(functions) }
                self.wakeCallers()
            }
            work.end()
        }
        if !isStarted { work.end() }
    }

    /// As long as a guest waits.
    private func nextGuess() -> [Int]? {
        let begun = state.withLock { state in
            defer { state.begun = [] }
            return state.begun
        }
        for (functions, distance) in begun { guesses.note(functions, distance: distance) }
        guesses.read()
        return state.withLock { state in
            if state.isWorking, !state.isClosed {
                let functions = guesses.next(atMost: Self.batchByteCount, known: state.known)
                if !functions.isEmpty {
                    state.known.formUnion(functions)
                    return functions
                }
            }
            state.isGuessing = false
            return nil
        }
    }

    private func add(_ functions: [Int], _ isolated: IsolatedCompiler?) -> CompileError? {
        let threadCount = min(threadCount, byteCount(functions) / Self.batchByteCount + 1)
        do throws(CompileError) {
            let objects =
                if let isolated {
                    try isolated.objects(functions: functions, options, threadCount: threadCount, monitor)
                } else {
                    try ModuleCompiler.compile(
                        functions, of: plan, options: options, threadCount: threadCount, monitor: monitor)
                }
            let file = try ArtifactWriter.writeFunctions(functions, of: module, objects, options, lines)
            // Before the guest goes on: it may end at once.
            kept.withLock { $0?.append(.init(functions: functions, code: file)) }
            try state.withLock { state throws(CompileError) in
                guard !state.isClosed else { throw .cancelled }
                try program.put(file, isFirst: true)
                state.compiled.formUnion(functions)
            }
            return nil
        } catch {
            return error
        }
    }

    private func wakeCallers() {
        state.withLock { state in
            if !state.isClosed { program.wakeCallers() }
        }
    }

    // Made when the first function is compiled, by the one thread that works, before another guesses.
    private lazy var lines = SourceLines(module)
    private lazy var plan = ModulePlan(module)

    private func byteCount(_ functions: [Int]) -> Int {
        functions.reduce(0) { $0 + (module.functions[$1].body?.count ?? 0) }
    }

    /// Functions without code that these call, and that those call, breadth first, as long as a batch is not full.
    private func addCallees(of functions: [Int]) -> [Int] {
        let most = Self.batchByteCount * threadCount
        var byteCount = byteCount(functions)
        var added: [Int] = []
        var next = 0
        while byteCount < most, next < functions.count + added.count {
            let caller = next < functions.count ? functions[next] : added[next - functions.count]
            next += 1
            guard var reader = try? FunctionBodyReader(module: module, functionIndex: caller) else { continue }
            while byteCount < most, let instruction = try? reader.next() {
                guard case .call(.direct) = instruction.opcode.row.family else { continue }
                let callee = Int(instruction.immediates.index)
                guard let body = module.functions[callee].body, !module.functions[callee].makesTailCalls,
                    byteCount + body.count <= most, state.withLock({ $0.known.insert(callee).inserted })
                else { continue }
                byteCount += body.count
                added.append(callee)
            }
        }
        return added
    }
}
