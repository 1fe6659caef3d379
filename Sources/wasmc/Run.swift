import ArgumentParser
import Foundation
import Synchronization
import WasmEngine

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile a module and run it.",
        discussion: """
            Without --invoke the module is a WASI program: its default function (exported without a name), else \
            `_start` runs, and its exit status becomes this command's. With it, a library's `_initialize` runs before \
            the function. Everything after the module is the program's, also what starts with hyphens; this command's \
            options stand before it. The module may be `-`, the standard input. A trap ends the command with status \
            134, running out of points with 125, the time limit with 124, Ctrl-C with 130, an internal error of the \
            compiler with 70.
            """)

    @OptionGroup var engineOptions: EngineOptions

    @OptionGroup(title: "What the program sees of the host") var wasiOptions: WASIOptions

    @Option(help: "Stop the guest with status 125 after so many points; each instruction costs one.")
    var points: UInt64?

    @Option(
        help: ArgumentHelp(
            "Stop with status 124 after this time, compiling included: 2s, 500ms, 3m, 1h.", valueName: "time"))
    var timeout: Timeout?

    @Option(
        help: ArgumentHelp(
            "The most memory that the guest may have, all its memories together: 64KiB, 16MiB, 1GiB.",
            valueName: "bytes"))
    var maxMemory: ByteCount?

    @Option(
        help: ArgumentHelp(
            "The most stack that the guest may use, if the thread has as much: 256KiB, 1MiB.", valueName: "bytes"))
    var maxStack: ByteCount?

    @Option(
        help: ArgumentHelp(
            """
            A module that is instantiated before, whose exports the program and modules named later import under this \
            name.
            """,
            valueName: "name=file"))
    var preload: [Preload] = []

    @Flag(help: "Ctrl-C stops the guest instead of ending the process. --timeout implies it.")
    var interruptible = false

    @Option(
        help: ArgumentHelp(
            """
            auto, the default: start with code made at O0; what turns out to be hot is compiled again while the guest \
            runs, and goes on in optimized code. From the second run on all of the module is compiled in a process of \
            its own, which goes on when the guest has ended, until the cache has it; WASMC_BACKGROUND=off is for runs \
            without that process. optimized: compile before the guest runs.
            """,
            valueName: "tier"))
    var tier: TierOption?

    @Flag(help: "Print how long loading, compiling and running took, to standard error.")
    var time = false

    @Flag(
        help:
            """
            The file, and each that --preload names, is an artifact that `wasmc compile` made. Its code runs \
            unchecked: trust it as any executable.
            """
    )
    var precompiled = false

    @Option(
        help: ArgumentHelp(
            """
            Count where the program goes, without optimising it, and add that to this file when it has ended: for \
            `wasmc compile --profile-use`.
            """,
            valueName: "file"))
    var profileGenerate: PathName?

    @Flag(help: "Compile even if the cache has the compiled module, and do not keep it.")
    var noCache = false

    @Flag(help: "Say to standard error whether the compiled module came from the cache, and why not.")
    var explainCache = false

    @Option(
        help:
            "Call this exported function with the arguments, each read as its parameter's type, and print its results.")
    var invoke: String?

    @Argument(help: "The module: .wasm or .wat.")
    var file: PathName

    @Argument(parsing: .captureForPassthrough, help: "The program's or the function's arguments.")
    var arguments: [String] = []

    func validate() throws {
        if precompiled, tier == .auto {
            throw ValidationError("--tier auto compiles while the program runs, and --precompiled does not compile")
        }
        if precompiled, profileGenerate != nil {
            throw ValidationError("--profile-generate needs code that counts, and --precompiled does not compile")
        }
    }

    func run() throws {
        do {
            try runGuest()
        } catch let exit as ArgumentParser.ExitCode {
            if mayHaveTiers { leave(exit.rawValue) }
            ThreadedProgram.leave(exit.rawValue)
            throw exit
        }
        if mayHaveTiers { leave(0) }
        ThreadedProgram.leave(0)
    }

    private var mayHaveTiers: Bool { tier != .optimized && !precompiled }

    /// Optimising less than this takes no longer than starting the process.
    private static let leastTieredByteCount = 4096

    private func hasTiers(_ module: WasmEngine.Module) -> Bool {
        let byteCount = module.functions.reduce(0) { $0 + ($1.body?.count ?? 0) }
        return mayHaveTiers && byteCount >= Self.leastTieredByteCount
    }

    /// Ends the process without waiting for the background compilation, whose code nobody needs any more.
    private func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    private func runGuest() throws {
        var clock = PhaseClock()
        let deadline = timeout.map { ContinuousClock.now + $0.duration }
        noteOwnOptions()
        // What costs nothing to find out is found out before anything is compiled.
        let source = try source(file)
        // What preloaded modules export is known when they are there.
        if preload.isEmpty, case .module(let module) = source, let obstacle = WASI.obstacle(toLinking: module) {
            throw Failure("\(file): \(obstacle)")
        }
        let name = invoke.map { RawArguments.bytes(of: $0).pathText }
        let entry = try EntryPoint(invoke: name, arguments: arguments, exports: source.exports, file: file)
        var imports = Imports()
        let wasi = try wasiOptions.wasi(program: file.bytes, arguments: RawArguments.all.suffix(arguments.count))
        imports.define(wasi)
        clock.mark("load")
        var recorder: ProfileRecorder?
        if case .module(let module) = source {
            recorder = try profileGenerate.map { try ProfileRecorder($0, of: module, inputs: [file]) }
        }
        let program: CompiledModule
        let libraries: [(name: String, module: CompiledModule)]
        do {
            libraries = try preload.map { ($0.name, try compile(self.source($0.file), &clock, until: deadline)) }
            program = try compile(source, &clock, until: deadline, recorder)
        } catch let error as CompileError where error.cause == .timedOut {
            Output.note("\(file): \(error)\n")
            throw ArgumentParser.ExitCode(124)
        }
        let handle = isInterruptible ? InterruptHandle() : nil
        if let handle { try InterruptKey.interrupt(handle) }
        let store = Store(limits: limits)
        // The process ends when the guest does: nothing is taken apart before.
        if mayHaveTiers { _ = Unmanaged.passRetained(store) }
        let outcome = Result {
            try store.interruptible(deadline: deadline, handle: handle) {
                // Where a program has threads, the imports that have the context, too, are not used.
                nonisolated(unsafe) let context = wasi
                let threaded = try ThreadedProgram(
                    program, wasi: context, limits: limits, deadline: deadline, handle: handle)
                if threaded != nil, !libraries.isEmpty {
                    throw Failure("\(file): a program that starts threads cannot import modules of --preload")
                }
                for library in libraries {
                    let instance = try library.module.instantiate(imports: imports, in: store)
                    try instance.initializeReactor()
                    imports.define(library.name, instance)
                }
                try execute(entry, of: program, threaded?.threads.imports(in: store) ?? imports, in: store)
            }
        }
        try recorder?.write()
        do { try outcome.get() } catch let exit as WasmEngine.ExitCode {
            clock.mark("run")
            if time { clock.report() }
            throw ArgumentParser.ExitCode(Int32(truncatingIfNeeded: exit.code))
        } catch {
            guard let status = GuestEnding.status(of: error) else { throw error }
            GuestEnding.report(error)
            throw ArgumentParser.ExitCode(status)
        }
        clock.mark("run")
        if time { clock.report() }
    }

    private var limits: ResourceLimits {
        ResourceLimits(
            memoryPages: maxMemory.map { $0.bytes / UInt64(MemoryType.pageByteCount) },
            stackByteCount: maxStack?.bytes)
    }

    private var isInterruptible: Bool { interruptible || timeout != nil }

    /// Everything after the module is the program's. Who meant this command finds out where a person reads it.
    private func noteOwnOptions() {
        let own = [
            "--dir", "--env", "--invoke", "--timeout", "--points", "--time", "--precompiled", "--no-cache", "--tier",
            "--stdin", "--env-file", "--argv0", "--tcplisten", "--preload", "--max-memory", "--max-stack",
        ]
        guard isatty(STDERR_FILENO) == 1, invoke == nil,
            let option = arguments.first(where: { argument in
                own.contains { argument == $0 || argument.hasPrefix($0 + "=") }
            })
        else { return }
        Output.note(
            """
            note: \(option.shown) is after the module, so it is the program's; wasmc's own options come \
            before the module\n
            """
        )
    }

    private enum Source {
        case module(WasmEngine.Module)
        case compiled(CompiledModule)

        var exports: [(name: String, type: ExternalType)] {
            switch self {
            case .module(let module): module.exports.map { ($0.name, module.type(of: $0)) }
            case .compiled(let program): program.exports.map { ($0.name, $0.type) }
            }
        }
    }

    private func source(_ file: PathName) throws -> Source {
        guard precompiled else {
            let cache = noCache ? nil : CodeCache.user
            return .module(try ModuleFile(file, features: engineOptions.features.features, cache: cache).module)
        }
        let descriptor = open(file.bytes, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure("\(file): \(ModuleFile.reason(errno))") }
        defer { close(descriptor) }
        do { return .compiled(try CompiledModule(trusting: "/proc/self/fd/\(descriptor)")) } catch {
            throw Failure("\(file): the compiled module cannot be loaded: \(error.reason)")
        }
    }

    private func compile(
        _ source: Source, _ clock: inout PhaseClock, until deadline: ContinuousClock.Instant?,
        _ recorder: ProfileRecorder? = nil
    ) throws -> CompiledModule {
        let module: WasmEngine.Module
        switch source {
        case .compiled(let program): return program
        case .module(let decoded): module = decoded
        }
        var engine = engineOptions.engine
        if let points { engine.options.metering = .points(limit: points) { _ in 1 } }
        engine.options.isInterruptible = isInterruptible
        if noCache { engine.options.cache = nil }
        if hasTiers(module) { engine.options.tiering = Tiering(isLazy: true) }
        recorder?.instrument(&engine.options)
        let log = EventLog()
        engine.options.cacheObserver = { [explainCache, warnings = Warnings()] event in
            log.add(event)
            if explainCache || (event.isWarning && Self.wants(event) && warnings.isFirst) {
                Output.note("\(event.isWarning ? "warning: " : "")\(event)\n")
            }
        }
        if explainCache, engine.options.cache == nil { Output.note("the cache is off\n") }
        let program = try CompileProgress.show(for: module, until: deadline) { monitor in
            try engine.compiling { try $0.compile(module, monitor: monitor) }
        }
        clock.mark("compile")
        if case .baselineHit? = log.events.last, let entry = log.events.lazy.compactMap(\.missingEntry).first,
            let cache = engine.options.cache
        {
            let options =
                engineOptions.arguments + (isInterruptible ? ["--interruptible"] : [])
                + (points != nil ? ["--metered"] : [])
            BackgroundCompilation.start(module, entry: entry, in: cache, options: options)
        }
        return program
    }

    /// A home that cannot be written to is no news on every run; a folder that was asked for is.
    private static func wants(_ event: CodeCache.Event) -> Bool {
        if case .broken = event { return true }
        return getenv("WASMC_CACHE") != nil
    }

    private func execute(_ entry: EntryPoint, of program: CompiledModule, _ imports: Imports, in store: Store) throws {
        let instance = try program.instantiate(imports: imports, in: store)
        // A reactor is a library: it is set up once, then its functions are called.
        if invoke != nil, entry.name != "_initialize", case .function(let initialize)? = instance.export("_initialize")
        {
            _ = try initialize.call()
        }
        let results = try instance.function(entry.name).call(entry.values)
        if invoke != nil { for result in results { try Output.print(result.text(in: store)) } }
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
            let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
            return "\(phase.name) \(milliseconds.formatted(.number.precision(.fractionLength(2)))) ms"
        }
        Output.note(text.joined(separator: ", ") + "\n")
    }
}
