import ArgumentParser
import Foundation
import Synchronization
import WasmEngine

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile a module and run it.",
        discussion: """
            Without --invoke the module is a WASI program: its `_start` runs, and its exit status becomes this command's. \
            With it, a library's `_initialize` runs before the function. \
            A trap ends the command with status 134, running out of points with 125, the time limit with 124, Ctrl-C with \
            130, an internal error of the compiler with 70.
            """)

    @OptionGroup var engineOptions: EngineOptions

    @OptionGroup(title: "What the program sees of the host") var worldOptions: WorldOptions

    @Option(help: "Stop the guest with status 125 after so many points; each instruction costs one.")
    var points: UInt64?

    @Option(
        help: ArgumentHelp(
            "Stop with status 124 after this time, compiling included: 2s, 500ms, 3m, 1h.", valueName: "time"))
    var timeout: Timeout?

    @Flag(help: "Ctrl-C stops the guest instead of ending the process. --timeout implies it.")
    var interruptible = false

    @Option(
        help: ArgumentHelp(
            "optimized: compile before the guest runs. auto: start with code made at O0; what turns out to be hot is compiled again in the background, and goes on in the better code.",
            valueName: "tier"))
    var tier = TierOption.optimized

    @Flag(help: "Print how long loading, compiling and running took, to standard error.")
    var time = false

    @Flag(
        help: "The file is an artifact that `wasmc compile` made. Its code runs unchecked: trust it as any executable.")
    var precompiled = false

    @Flag(help: "Compile even if the cache has the compiled module, and do not keep it.")
    var noCache = false

    @Flag(help: "Say to standard error whether the compiled module came from the cache, and why not.")
    var explainCache = false

    @Option(
        help:
            "Call this exported function with the arguments, each read as its parameter's type, and print its results.")
    var invoke: String?

    @Argument(help: "The module: .wasm or .wat.")
    var file: String

    @Argument(parsing: .captureForPassthrough, help: "The program's or the function's arguments.")
    var arguments: [String] = []

    func validate() throws {
        if precompiled, tier == .auto { throw ValidationError("--tier auto compiles while the program runs, and --precompiled does not compile") }
    }

    func run() throws {
        do {
            try runGuest()
        } catch let exit as ArgumentParser.ExitCode where tier == .auto {
            leave(exit.rawValue)
        }
        if tier == .auto { leave(0) }
    }

    /// Ends the process without waiting for the background compilation, whose code nobody needs any more.
    private func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    private func runGuest() throws {
        var clock = PhaseClock()
        let deadline = timeout.map { ContinuousClock.now + $0.duration }
        let program: CompiledModule
        do { program = try load(&clock, until: deadline) } catch let error as CompileError where error.cause == .timedOut {
            Self.say("\(file): \(error)")
            throw ArgumentParser.ExitCode(124)
        }
        let handle = isInterruptible ? InterruptHandle() : nil
        let key = handle.map(InterruptKey.init)
        defer { withExtendedLifetime(key) {} }
        let store = Store()
        do {
            try store.interruptible(deadline: deadline, handle: handle) { try execute(program, in: store) }
        } catch let exit as WasmEngine.ExitCode {
            clock.mark("run")
            if time { clock.report() }
            throw ArgumentParser.ExitCode(Int32(truncatingIfNeeded: exit.code))
        } catch let trap as Trap {
            report(trap)
            throw ArgumentParser.ExitCode(134)
        } catch let error as InternalError {
            report(error)
            throw ArgumentParser.ExitCode(70)
        } catch let error as OutOfPoints {
            report(error)
            throw ArgumentParser.ExitCode(125)
        } catch let error as Interrupted {
            report(error)
            throw ArgumentParser.ExitCode(error.reason == .deadline ? 124 : 130)
        } catch where Backtrace.of(error) != nil {
            report(error)
            throw ArgumentParser.ExitCode.failure
        }
        clock.mark("run")
        if time { clock.report() }
    }

    private func report(_ error: any Error) {
        let frames = Backtrace.of(error).map { "\($0)\n" } ?? ""
        FileHandle.standardError.write(Data("\(error)\n\(frames)".utf8))
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private var isInterruptible: Bool { interruptible || timeout != nil }

    private func load(_ clock: inout PhaseClock, until deadline: ContinuousClock.Instant?) throws -> CompiledModule {
        if precompiled {
            let program = try CompiledModule(trusting: file)
            clock.mark("load")
            return program
        }
        let module = try ModuleFile(file).module
        clock.mark("load")
        if invoke == nil, let obstacle = WASI.obstacle(toRunning: module) {
            let hint = module.exports.contains { $0.name == "_start" } ? "" : "; name a function with --invoke"
            throw Failure("\(file): \(obstacle)\(hint)")
        }
        var engine = engineOptions.engine
        if let points { engine.options.metering = .points(limit: points) { _ in 1 } }
        engine.options.isInterruptible = isInterruptible
        if noCache { engine.options.cache = nil }
        if tier == .auto { engine.options.tiering = Tiering() }
        engine.options.cacheObserver = { [explainCache, warnings = Warnings()] event in
            if explainCache || (event.isWarning && warnings.isFirst) {
                FileHandle.standardError.write(Data("\(event.isWarning ? "warning: " : "")\(event)\n".utf8))
            }
        }
        if explainCache, engine.options.cache == nil {
            FileHandle.standardError.write(Data("the cache is off\n".utf8))
        }
        let program = try CompileProgress.show(for: module, until: deadline) { monitor in
            try engine.compiling { try $0.compile(module, monitor: monitor) }
        }
        clock.mark("compile")
        return program
    }

    private func execute(_ program: CompiledModule, in store: Store) throws {
        var imports = Imports()
        let wasi = try worldOptions.world(arguments: [file] + arguments)
        imports.define(wasi)
        let instance = try program.instantiate(imports: imports, in: store)
        guard let invoke else {
            guard case .function(let start) = instance.export("_start") else {
                throw Failure("\(file): the module exports no _start; name a function with --invoke")
            }
            if let obstacle = WASI.obstacle(toStarting: start.type) { throw Failure("\(file): \(obstacle)") }
            _ = try start.call()
            return
        }
        // A reactor is a library: it is set up once, then its functions are called.
        if invoke != "_initialize", case .function(let initialize)? = instance.export("_initialize") {
            _ = try initialize.call()
        }
        let function = try instance.function(invoke)
        let parameters = function.type.parameters
        guard parameters.count == arguments.count else {
            throw Failure("\(invoke) takes \(parameters.count) arguments \(function.type), found \(arguments.count)")
        }
        let values = try zip(arguments, parameters).map { try Value(text: $0, $1) }
        for result in try function.call(values) { print(result.text) }
    }
}

/// Values of `--tier`.
enum TierOption: String, ExpressibleByArgument, CaseIterable { case optimized, auto }

/// Lets one warning through.
private final class Warnings: Sendable {
    private let isSilent = Atomic(false)
    var isFirst: Bool { !isSilent.exchange(true, ordering: .relaxed) }
}

/// Wall time by phase.
private struct PhaseClock {
    private var last = ContinuousClock.now
    private var phases: [(name: String, duration: Duration)] = []

    mutating func mark(_ name: String) {
        let now = ContinuousClock.now
        phases.append((name, now - last))
        last = now
    }

    func report() {
        let text = phases.map { phase in
            let (seconds, attoseconds) = phase.duration.components
            return
                "\(phase.name) \((Double(seconds) * 1e3 + Double(attoseconds) / 1e15).formatted(.number.precision(.fractionLength(2)))) ms"
        }
        FileHandle.standardError.write(Data((text.joined(separator: ", ") + "\n").utf8))
    }
}
