import Glibc
import WasmEngine
import WasmText

// A host whose compiler's process ends in every way, and which then looks for what is left of it. With the argument
// "ignore" it ignores SIGCHLD and SIGPIPE, with "streams" it has no standard streams, and with "steal" it waits for
// every child of its own. Run by CommandTests.

@main
struct IsolationProbe {
    static let text = """
        (module
          (func $good (export "good") (result i32) (i32.const 42))
          (func $bad (export "bad") (result i32) (i32.const 7)))
        """

    static func engine(faults: String) -> Engine {
        var options = Engine.Options()
        options.cache = nil
        options.isolation = .process
        // The probe is its own compiler.
        options.compilerExecutable = "/proc/self/exe"
        #if DEBUG
            options.plannedFaults = faults
        #endif
        return Engine(options: options)
    }

    /// What went otherwise than it should. Thrown from main it ends the probe with a status that the test sees.
    struct Surprise: Error { var what: String }

    static func main() throws {
        CompilerWorker.serveIfStarted()
        let output = dup(1)
        for argument in CommandLine.arguments.dropFirst() { try prepare(argument) }
        let module = try Module(text: text)
        try tryEverything(module)
        let before = descriptors()
        for _ in 0..<5 { try tryEverything(module) }
        let after = descriptors()
        let isAnyoneLeft = waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD
        let verdict = "\(after - before) descriptors, \(isAnyoneLeft ? "some" : "no") children left\n"
        _ = verdict.withCString { write(output, $0, strlen($0)) }
        _exit(0)
    }

    static func prepare(_ argument: String) throws {
        switch argument {
        case "ignore":
            signal(SIGCHLD, SIG_IGN)
            signal(SIGPIPE, SIG_IGN)
        case "streams": for stream in 0..<3 { close(Int32(stream)) }
        case "steal":
            var thread = pthread_t()
            pthread_create(&thread, nil, { _ in while true { if waitpid(-1, nil, 0) < 0 { usleep(100) } } }, nil)
        default: throw Surprise(what: "no such argument: \(argument)")
        }
    }

    static func tryEverything(_ module: Module) throws {
        for faults in ["", "abort:bad:O2", "segfault:bad:O2", "exit:bad:O2"] {
            let program = try engine(faults: faults).compile(module)
            guard try program.instantiate().function("good", as: (() -> Int32).self)() == 42 else {
                throw Surprise(what: "a wrong result")
            }
        }
        for faults in ["abort:bad:*", "exit:bad:*"] {
            guard failure(engine(faults: faults), module, nil)?.cause == .crashed else {
                throw Surprise(what: "not the error of a crash")
            }
        }
        let deadline = ContinuousClock.now + .milliseconds(50)
        guard failure(engine(faults: "hang:bad:*"), module, deadline) == .timedOut else {
            throw Surprise(what: "not the error of a deadline")
        }
    }

    static func failure(_ engine: Engine, _ module: Module, _ deadline: ContinuousClock.Instant?) -> CompileError? {
        do {
            _ = try engine.compile(module, monitor: CompilationMonitor(deadline: deadline))
            return nil
        } catch {
            return error
        }
    }

    static func descriptors() -> Int {
        (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
    }
}
