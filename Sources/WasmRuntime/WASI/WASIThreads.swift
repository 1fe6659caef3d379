internal import CRuntime
internal import Synchronization
internal import Threads
public import Wasm

/// The threads of a WASI program: the proposal wasi-threads, on which `pthread_create` of libraries for WASI is built.
///
/// The program imports a shared memory and `wasi` `thread-spawn`, and exports `wasi_thread_start`. Each thread is a
/// thread of this process with a store and an instance of its own; all of them see the same memory and the same WASI
/// context, whose functions they call one at a time, except where they wait. Nothing that the context has of the
/// host's, a stream's closure or a clock, is used by two threads at once.
///
/// As in a native program, the process does not wait for its threads when it ends: whoever runs the program decides in
/// `whenEnded` what the end of one thread means for the others, and ends them with the handle that they were given.
///
/// ```swift
/// let threads = try WASIThreads(of: program, wasi: WASI(arguments: ["program"])) { thread, error in
///     print("thread", thread, "ended with", error)
/// }
/// let store = Store()
/// let instance = try program.instantiate(imports: threads.imports(in: store), in: store)
/// try instance.runCommand()
/// ```
public final class WASIThreads: Sendable {
    /// How one thread ended, but for those whose function returned.
    public typealias Observer = @Sendable (_ thread: Int32, any Error) -> Void

    private nonisolated(unsafe) let wasi: WASI
    private let program: CompiledModule
    private let memories: [(module: String, name: String, memory: SharedMemory)]
    private let limits: ResourceLimits
    private let handle: InterruptHandle?
    private let deadline: ContinuousClock.Instant?
    private let whenEnded: Observer
    private let started = Atomic<Int32>(0)

    /// The largest number that a thread may have.
    private static let largestThread: Int32 = 0x1FFF_FFFF

    /// Whether a module imports what this gives it.
    public static func areNeeded(by module: Module) -> Bool {
        module.imports.contains { isSpawn($0.module, $0.name) }
    }

    /// As ``areNeeded(by:)-(Module)``.
    public static func areNeeded(by program: CompiledModule) -> Bool {
        program.imports.contains { isSpawn($0.module, $0.name) }
    }

    static func isSpawn(_ module: String, _ name: String) -> Bool { module == "wasi" && name == "thread-spawn" }

    /// What a program with threads imports; none of them runs yet.
    ///
    /// - Parameters:
    ///   - wasi: that of the program; from now on only its threads use it, with the closures of its streams and clock.
    ///   - limits: of each thread's store. The memory that the threads share grows to no more pages than these.
    ///   - deadline, handle: stop the threads, if their code is interruptible.
    /// - Throws: ``LinkError/resources(_:)`` when a memory that the program imports cannot be allocated.
    public init(
        of program: CompiledModule, wasi: sending WASI, limits: ResourceLimits = ResourceLimits(),
        deadline: ContinuousClock.Instant? = nil, handle: InterruptHandle? = nil, whenEnded: @escaping Observer
    ) throws {
        self.program = program
        self.limits = limits
        self.wasi = wasi
        self.deadline = deadline
        self.handle = handle
        self.whenEnded = whenEnded
        var memories: [(module: String, name: String, memory: SharedMemory)] = []
        for entry in program.imports {
            guard case .memory(let type) = entry.type, type.isShared else { continue }
            memories.append((entry.module, entry.name, try SharedMemory(Self.limited(type, limits))))
        }
        self.memories = memories
        guard wasmc_wasi_share(wasi.context) else {
            throw LinkError.resources("there is no lock for the threads of a WASI program")
        }
    }

    /// A memory of this type may be imported where one that may grow further is wanted.
    private static func limited(_ type: MemoryType, _ limits: ResourceLimits) throws -> MemoryType {
        guard let pages = limits.memoryPages, let maximum = type.pages.maximum else { return type }
        let (byteCount, overflows) = pages.multipliedReportingOverflow(by: UInt64(MemoryType.pageByteCount))
        let most = overflows ? .max : byteCount / UInt64(type.pageByteCount)
        guard most < maximum else { return type }
        guard type.pages.minimum <= most else {
            throw LinkError.resources(
                "the program's shared memory has \(type.pages.minimum.counted("page")), and the limit is \(most)")
        }
        var type = type
        type.pages.maximum = most
        return type
    }

    /// Some thread has been started.
    public var haveStarted: Bool { started.load(ordering: .relaxed) > 0 }

    /// What the program's instance in a store imports.
    ///
    /// - Throws: ``LinkError/resources(_:)``
    public func imports(in store: Store) throws -> Imports {
        var imports = Imports()
        imports.define(calledInTurn: wasi)
        for (module, name, memory) in memories { imports.define(module, name, try memory.memory(in: store)) }
        imports.define("wasi", "thread-spawn", type: FunctionType(parameters: [.i32], results: [.i32])) {
            [self] _, arguments in
            guard case .i32(let argument)? = arguments.first else { return [.i32(-1)] }
            return [.i32(start(argument))]
        }
        return imports
    }

    /// The number of a new thread, or -1.
    private func start(_ argument: Int32) -> Int32 {
        let number = started.wrappingAdd(1, ordering: .relaxed).newValue
        guard number > 0, number <= Self.largestThread else { return -1 }
        let isStarted = LargeStackThreads.detachIfPossible { [self] in
            do { try run(number, argument) } catch { whenEnded(number, error) }
        }
        return isStarted ? number : -1
    }

    private func run(_ number: Int32, _ argument: Int32) throws {
        let store = Store(limits: limits)
        try store.interruptible(deadline: deadline, handle: handle) {
            let instance = try program.instantiate(imports: imports(in: store), in: store)
            _ = try instance.function("wasi_thread_start").call([.i32(number), .i32(argument)])
        }
    }
}

/// One of WASI's functions on a context that several threads use.
private final class CallInTurn {
    let pointer = UnsafeMutablePointer<wasmc_wasi_shared_call>.allocate(capacity: 1)
    private let wasi: WASI

    init(_ callback: wasmc_host_callback, on wasi: WASI) {
        self.wasi = wasi
        pointer.initialize(to: wasmc_wasi_shared_call(context: wasi.context, callback: callback))
    }

    deinit { pointer.deallocate() }
}

extension Imports {
    /// WASI's functions, one call at a time.
    fileprivate mutating func define(calledInTurn wasi: WASI) {
        var family = 0
        while var function = wasmc_wasi_functions(family) {
            while let name = function.pointee.name, let callback = function.pointee.callback {
                let call = CallInTurn(callback, on: wasi)
                let implementation = HostFunction.Implementation.c(
                    wasmc_wasi_call_shared, userData: UnsafeMutableRawPointer(call.pointer), owner: call)
                definitions[Name(module: "wasi_snapshot_preview1", name: String(cString: name))] = .host(
                    HostFunction(type: Self.type(of: function.pointee), implementation: implementation))
                function += 1
            }
            family += 1
        }
    }
}
