internal import CRuntime
public import Wasm
public import WasmLowering

/// For those of this package who import nothing but this module.
package typealias ExecutionCounters = WasmLowering.ExecutionCounters

/// Compiles modules with one set of options. An engine has no state; use as many as you like, from any thread.
///
/// ```swift
/// var options = Engine.Options()
/// options.isInterruptible = true                                  // calls have deadlines
/// let program = try Engine(options: options).compile(Module(bytes: bytes))
/// ```
public struct Engine: Sendable {
    /// How modules are compiled and what the code can do.
    public struct Options: Sendable {
        /// How much work goes into the code.
        public var optimization = OptimizationLevel.standard
        /// How accesses are kept inside their memory.
        public var memory = MemoryProtection.automatic
        /// What modules may use. A module that uses more is refused with the feature's name, and so it is when it is
        /// decoded: ``Module/init(bytes:features:)``.
        public var features = Features.standard
        /// How instructions of relaxed SIMD choose among the results that are allowed. By default as everything else
        /// is: a module's results are the same on every machine, at every level and in every tier.
        public var relaxedSIMD = RelaxedSIMD.deterministic
        /// Threads that compile a module; `nil` means one for every processor.
        public var threadCount: Int?
        /// Counts what guests do; `nil` for code that does not count.
        public var metering: Metering?
        /// Calls can be stopped by deadlines, by handles and with their tasks. Code that cannot runs a little faster.
        public var isInterruptible: Bool
        /// The machine to compile for: this one.
        public var target = Target.native
        /// Where LLVM runs: in this process, or in one of its own, so that nothing a module makes it do ends this one.
        public var isolation = Isolation.none
        /// The executable of ``Isolation/process``; by default what the environment's `WASMC_COMPILER` names, else
        /// `wasmc-compiler` beside this process's executable.
        public var compilerExecutable: String?
        /// How much address space that process may use; some 500 MB are the least for small modules.
        public var compilerMemoryByteCount: UInt64?
        /// How many memories of instances that are gone each compiled module keeps for those to come. A new instance
        /// that gets one needs no address space of its own; its content is a new one's.
        public var instancePool = 0
        /// How much stack guests may use in stores that have instances of these modules; beyond it they trap with
        /// ``Trap/Reason/stackOverflow``. A store may allow less: ``ResourceLimits/stackByteCount``.
        public var stackByteCount: UInt64?
        /// Where compiled modules are kept; `nil` for nowhere.
        public var cache: CodeCache? = .user
        /// Hears what the cache has to say, on the thread that compiles.
        public var cacheObserver: (@Sendable (CodeCache.Event) -> Void)?
        /// Frames know the byte offsets and lines of their instructions, and those of functions merged into others.
        /// Without it code is smaller and compiles faster at O0.
        public var recordsOffsets = true
        /// Compiles at O0 first, and functions that turn out to be hot at ``optimization`` in the background, unless
        /// the cache has all of the module at ``optimization``. The cache keeps the code made at O0. `nil` compiles all
        /// functions once, before any runs.
        public var tiering: Tiering?
        /// What earlier runs of the module counted: code is arranged for what happened often. `nil` without any.
        public var profile: ExecutionProfile?
        /// Code counts what happens, for a profile, and is not optimised. They must outlive the compiled module.
        package var counters: ExecutionCounters?
        /// Functions that stay at O0, for bisecting.
        package var unoptimizedFunctions: Set<Int> = []
        /// The address of a byte for every opcode, set to 1 when it is executed.
        package var executionRecord: UInt?
        #if DEBUG
            /// What is to go wrong in the compiler's process, for tests; by default what the environment's
            /// `WASMC_FAULTS` says.
            package var plannedFaults: String? = Environment.variable("WASMC_FAULTS")
        #endif

        /// Options that differ from the defaults in what is named.
        public init(
            optimization: OptimizationLevel = .standard, memory: MemoryProtection = .automatic, threadCount: Int? = nil,
            metering: Metering? = nil, isInterruptible: Bool = false
        ) {
            self.optimization = optimization
            self.memory = memory
            self.threadCount = threadCount
            self.metering = metering
            self.isInterruptible = isInterruptible
        }
    }

    /// How accesses to linear memory stay inside it. Every memory gets 10 GiB of address space of its own if that can
    /// be had, all of it inaccessible but the memory's bytes; this says whether the code relies on that.
    public enum MemoryProtection: String, Sendable, CaseIterable {
        /// ``guarded`` where that is possible in this process, and for artifacts, which may run elsewhere.
        case automatic
        /// Compare addresses with the memory's size. Works everywhere: under `ulimit -v`, and for millions of memories.
        case checked
        /// Leave it to the processor to find accesses beyond the memory's size, where that is faster. Instantiation
        /// fails where the address space cannot be reserved, with a ``LinkError`` that says why; 11,000 memories can
        /// exist at once.
        case guarded
    }

    /// What every compilation with this engine uses.
    public var options: Options

    /// An engine with these options.
    public init(options: Options = Options()) { self.options = options }

    /// Compiles a module to native code, or takes the code from the cache.
    ///
    /// - Parameters:
    ///   - module: the module.
    ///   - monitor: follows the compilation and may cancel it.
    /// - Throws: ``CompileError``
    public func compile(_ module: Module, monitor: CompilationMonitor? = nil) throws(CompileError) -> CompiledModule {
        let program = try compileOrFind(module, monitor)
        if let most = options.stackByteCount { program.limitStack(byteCount: most) }
        if options.instancePool > 0 { program.poolMemories(upTo: options.instancePool) }
        return program
    }

    private func compileOrFind(_ module: Module, _ monitor: CompilationMonitor?) throws(CompileError) -> CompiledModule
    {
        try checkOptions(for: module)
        var module = module
        if options.cache != nil { module.digest = module.sourceDigest }
        let settings = settings
        let optimized = entry(of: module, settings)
        if options.cache != nil, optimized == nil { options.cacheObserver?(.unsuitable) }
        guard let tiering = options.tiering, options.optimization != .none else {
            return try program(module, settings, optimized, monitor)
        }
        // Optimised code that is there is used from the start.
        if let optimized, let found = find(optimized).program { return found }
        let baseline = baseline(of: settings, tiering)
        let isolated = options.isolation == .process ? options : nil
        // Its process goes on with what is called, if it is lazy.
        let process = isolated.map { IsolatedCompiler(module, $0) }
        let kept = entry(of: module, baseline)
        let program = try program(module, baseline, kept, monitor, process)
        if isolated != nil { kept?.keep(module) }
        let loaded = LoadedProgram(pointer: program.pointer)
        if baseline.isLazy {
            program.compileWhenCalled(firstCallCompiler(module, baseline, loaded, kept?.firstCode, process))
        }
        program.replaceHotCode(hotCodeCompiler(module, settings, loaded, tiering, optimized?.hotCode), tiering)
        return program
    }

    /// Where the cache keeps code of these settings; `nil` when it cannot.
    func entry(of module: Module, _ settings: CompilationOptions) -> CodeCache.Entry? {
        guard let cache = options.cache, settings.isCacheable, let compilerIdentity else { return nil }
        return CodeCache.Entry(cache, module, settings, compiler: compilerIdentity)
    }

    /// The code that the cache has; without it new code, which it keeps.
    private func program(
        _ module: Module, _ settings: CompilationOptions, _ entry: CodeCache.Entry?, _ monitor: CompilationMonitor?,
        _ compiler: IsolatedCompiler? = nil
    ) throws(CompileError) -> CompiledModule {
        guard let entry else { return try load(artifact(of: module, settings, monitor, compiler)) }
        let (found, event) = find(entry)
        if let found { return found }
        let monitor = monitor ?? CompilationMonitor()
        let bytes = try artifact(of: module, settings, monitor, compiler)
        if case .unusable = event {
        } else if let crash = monitor.crashes.first {
            // An entry is what its settings say.
            options.cacheObserver?(.notStored(reason: "it was compiled with less optimisation: \(crash.description)"))
        } else {
            // Not inside the call of the observer: without one, its argument would not be evaluated.
            let stored = entry.store(bytes)
            options.cacheObserver?(stored)
        }
        return try load(bytes)
    }

    private func find(_ entry: CodeCache.Entry) -> (program: CompiledModule?, event: CodeCache.Event) {
        let (found, event) = entry.load()
        options.cacheObserver?(event)
        return (found.map { CompiledModule(owning: $0, metering: options.metering) }, event)
    }

    private func load(_ artifact: [UInt8]) throws(CompileError) -> CompiledModule {
        do { return try CompiledModule(artifact: artifact, metering: options.metering) } catch {
            throw CompileError(message: error.reason)
        }
    }

    /// Compiles a module to an artifact, for this machine or another: see
    /// `CompiledModule(trusting:)`. The same module and options give the same bytes, wherever they
    /// are made: automatic memory protection is ``MemoryProtection/guarded``.
    ///
    /// - Parameters:
    ///   - module: the module.
    ///   - monitor: follows the compilation and may cancel it.
    /// - Throws: ``CompileError``
    public func artifact(of module: Module, monitor: CompilationMonitor? = nil) throws(CompileError) -> [UInt8] {
        try artifact(of: module, portableSettings, monitor)
    }

    private func artifact(
        of module: Module, _ settings: CompilationOptions, _ monitor: CompilationMonitor?,
        _ compiler: IsolatedCompiler? = nil
    ) throws(CompileError) -> [UInt8] {
        try ArtifactWriter.write(module, objects(of: module, settings, monitor, compiler), settings)
    }

    /// The module's objects, made in this process or in the compiler's own.
    func objects(
        of module: Module, _ settings: CompilationOptions, _ monitor: CompilationMonitor?,
        _ compiler: IsolatedCompiler? = nil
    ) throws(CompileError) -> [[UInt8]] {
        try checkOptions(for: module)
        return switch options.isolation {
        case .none: try ModuleCompiler.compile(module, options: settings, threadCount: threadCount, monitor: monitor)
        case .process:
            try (compiler ?? IsolatedCompiler(module, options)).objects(
                settings, threadCount: threadCount, monitor ?? CompilationMonitor())
        }
    }

    /// The module may have been decoded for an engine that allows more.
    func checkOptions(for module: Module) throws(CompileError) {
        if let feature = module.features.subtracting(options.features).members.first {
            throw CompileError(message: feature.refusal())
        }
        if let profile = options.profile, profile.moduleDigest != module.sourceDigest {
            throw CompileError(message: "the profile was counted in runs of another module; count again with this one")
        }
    }

    var threadCount: Int { options.threadCount ?? Self.processorCount }

    /// Which build of the compiler makes the code.
    var compilerIdentity: String? {
        options.isolation == .none
            ? CodeCache.compilerIdentity : CodeCache.identity(ofFile: options.findCompiler().path)
    }

    /// The version of the compiler and of LLVM: artifacts of other versions may differ.
    public static let compilerDescription = "wasmc \(version), LLVM \(ModuleCompiler.llvmVersion)"
    /// This package's version, in semantic versioning.
    public static let version = "0.2.0"

    var settings: CompilationOptions {
        var settings = CompilationOptions(
            optimization: options.optimization, memory: strategy, target: options.target,
            fuelCosts: options.metering.map { metering in
                FuelCosts(bytesPerUnit: metering.bytesPerPoint) { metering.costs[Int($0.rawValue)] }
            })
        settings.unoptimizedFunctions = options.unoptimizedFunctions
        settings.executionRecord = options.executionRecord
        settings.profile = options.profile
        settings.counters = options.counters?.address
        settings.isInterruptible = options.isInterruptible
        settings.recordsOffsets = options.recordsOffsets
        settings.relaxedSIMD = options.relaxedSIMD
        #if DEBUG
            if options.isolation == .process { settings.plannedFaults = options.plannedFaults ?? "" }
        #endif
        return settings
    }

    /// Those of files, which are the same wherever they are made.
    var portableSettings: CompilationOptions {
        var engine = self
        if options.memory == .automatic { engine.options.memory = .guarded }
        return engine.settings
    }

    /// Guard pages save comparisons: all of them without optimisation, with it those that the passes leave.
    private var strategy: MemoryStrategy {
        switch options.memory {
        case .checked: .checked
        case .guarded: .guarded
        case .automatic: Self.canReserve ? .guarded : .checked
        }
    }

    /// Whether a guarded memory can be made now; under `ulimit -v` it often cannot.
    private static var canReserve: Bool {
        guard let store = wasmc_store_create() else { return false }
        defer { wasmc_store_destroy(store) }
        let type = wasmc_memory_type(
            pages: wasmc_limits(minimum: 0, maximum: 0), is_64bit: false, is_shared: false, has_byte_pages: false)
        return wasmc_memory_create(store, type, true, true) != nil
    }

    static var processorCount: Int { max(1, Int(wasmc_processor_count())) }
}
