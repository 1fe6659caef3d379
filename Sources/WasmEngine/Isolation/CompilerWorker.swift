internal import CRuntime
internal import Glibc
internal import LLVM
internal import Threads
internal import Wasm
internal import WasmLowering

/// The compiler's process: compiles one module for the engine that started it, which holds the other end of its
/// standard streams, and ends when that one is gone.
///
/// `wasmc-compiler` is one. A program can be its own: it calls ``serveIfStarted()`` before anything else, and names
/// itself in ``Engine/Options/compilerExecutable`` (`/proc/self/exe`).
///
/// ```swift
/// CompilerWorker.serveIfStarted()                                 // first thing in main; returns in any other process
/// var options = Engine.Options()
/// options.isolation = .process
/// options.compilerExecutable = "/proc/self/exe"
/// ```
public enum CompilerWorker {
    /// Of a process that an engine started; nobody else would use it.
    static let argument = "--compile-for-engine"

    /// Compiles, and never returns, in a process that an engine started for it; else returns at once.
    public static func serveIfStarted() {
        guard CommandLine.argc == 2, CommandLine.arguments[1] == argument, wasmc_is_child() else { return }
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        CrashReport.send(to: STDIN_FILENO)
        CrashReport.prepareThread()
        send(CompilerReply(.greeting, CompilerGreeting.text))
        serve()
    }

    private static func serve() -> Never {
        let host = getppid()
        var reader = PacketReader(socket: STDIN_FILENO)
        // This thread hears when the engine is gone.
        let queue = WorkQueue()
        var plan: ModulePlan?
        while true {
            switch reader.next(waiting: 1_000) {
            case .message(let bytes):
                if let plan { start(bytes, plan, on: queue) } else { plan = setUp(bytes) }
            // A process that the host forked may keep the socket open.
            case .nothing where getppid() != host: _exit(0)
            case .end: _exit(0)
            case .malformed, .text, .crash: fail("the engine's messages are of another form")
            case .nothing, .part: break
            }
        }
    }

    private static func setUp(_ bytes: [UInt8]) -> ModulePlan {
        var (setup, fields) = (CompilerSetup(), MessageFields(reading: bytes))
        guard (try? setup.exchange(&fields)) != nil else { fail("the engine's messages are of another form") }
        guard setup.greeting == CompilerGreeting.text else {
            fail("the engine is \(setup.greeting), this compiler \(CompilerGreeting.text)")
        }
        if setup.memoryByteCount > 0 {
            var limit = rlimit(rlim_cur: rlim_t(setup.memoryByteCount), rlim_max: rlim_t(setup.memoryByteCount))
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        } else {
            CompilerMemory.keep()
        }
        do { return ModulePlan(try Module(bytes: setup.module, features: .all, knownValid: setup.facts)) } catch {
            fail("\(error)")
        }
    }

    private static func start(_ bytes: [UInt8], _ plan: ModulePlan, on queue: WorkQueue) {
        let isStarted = queue.add {
            CrashReport.prepareThread()
            var (request, fields) = (CompilerRequest(), MessageFields(reading: bytes))
            guard (try? request.exchange(&fields)) != nil else { fail("the engine's messages are of another form") }
            do throws(CompileError) { send(try reply(to: request, plan)) } catch {
                send(CompilerReply(.failure, error.message))
            }
        }
        if !isStarted { fail("no thread can be started") }
    }

    private static func reply(to request: CompilerRequest, _ plan: ModulePlan) throws(CompileError) -> CompilerReply {
        let module = plan.module
        let monitor = CompilationMonitor { progress in
            var reply = CompilerReply(.progress)
            (reply.compiledByteCount, reply.byteCount) = (progress.compiledByteCount, progress.byteCount)
            send(reply)
        }
        var reply = CompilerReply(.result)
        switch request.work {
        case .objects:
            reply.results = try ModuleCompiler.compile(
                plan, options: request.options, threadCount: request.threadCount, monitor: monitor)
            reply.unoptimizedFunctions = monitor.unoptimizedFunctions
        case .functions:
            reply.results = try ModuleCompiler.compile(
                request.functions, of: plan, options: request.options, threadCount: request.threadCount,
                monitor: monitor)
        case .hotCode:
            let code = try ModuleCompiler.compileHot(
                functions: request.functions, loops: request.loops, of: plan, options: request.options,
                monitor: monitor)
            if let code { (reply.results, reply.functions, reply.loops) = ([code.object], code.functions, code.loops) }
        case .explanation:
            reply.reports = try ModuleCompiler.explain(
                module, options: request.options, threadCount: request.threadCount)
        case .ir: reply.results = [try ModuleCompiler.emit(module, options: request.options, as: .ir)]
        case .optimizedIR: reply.results = [try ModuleCompiler.emit(module, options: request.options, as: .optimizedIR)]
        case .assembly: reply.results = [try ModuleCompiler.emit(module, options: request.options, as: .assembly)]
        }
        return reply
    }

    /// The engine reads whatever happens, so that this may wait. Calls come one at a time.
    private static func send(_ reply: CompilerReply) {
        for packet in PacketKind.packets(of: reply.bytes)
        where wasmc_child_send(STDIN_FILENO, packet, packet.count) != 0 { _exit(1) }
    }

    private static func fail(_ reason: String) -> Never {
        send(CompilerReply(.failure, reason))
        _exit(1)
    }
}
