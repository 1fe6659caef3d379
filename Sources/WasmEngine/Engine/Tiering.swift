internal import CRuntime
internal import Wasm
package import WasmLowering

/// When code is hot, for ``Engine/Options/tiering``.
///
/// ```swift
/// var options = Engine.Options()
/// options.tiering = Tiering(isLazy: true)                         // functions are compiled when they are called
/// ```
public struct Tiering: Sendable, Hashable {
    /// What ``threshold`` is where nothing else is said.
    public static let defaultThreshold = Int(WASMC_HOT_COUNT)

    /// How many calls and iterations of its loops a function makes before it is compiled again.
    public var threshold: Int
    /// Functions are compiled when they are first called, and not before any runs. What a function that cannot be
    /// compiled throws is thrown by its call. Where there is no machine code for that (on AArch64) it changes nothing.
    public var isLazy = false
    /// Guests wait until their optimized code is there, for tests.
    package var waits = false

    /// Optimises a function after about as many calls and loop iterations; at least one.
    public init(threshold: Int = Tiering.defaultThreshold, isLazy: Bool = false) {
        self.threshold = max(1, threshold)
        self.isLazy = isLazy
    }
}

extension CompiledModule {
    /// Before the first instance.
    func replaceHotCode(_ compiler: HotCodeCompiler, _ tiering: Tiering) {
        let host = Unmanaged.passRetained(compiler)
        let isTiered = wasmc_module_observe_hot_code(
            pointer, Int64(tiering.threshold),
            { host, function, loop in
                guard let host else { return }
                Unmanaged<HotCodeCompiler>.fromOpaque(host).takeUnretainedValue().request(function, loop: loop)
            }, host.toOpaque(),
            { host in
                guard let host else { return }
                let compiler = Unmanaged<HotCodeCompiler>.fromOpaque(host)
                compiler.takeUnretainedValue().close()
                compiler.release()
            })
        guard isTiered else { return host.release() }
        hotCode = compiler
        compiler.addKeptCode(to: LoadedProgram(pointer: pointer))
    }

    /// Before the first instance.
    func compileWhenCalled(_ compiler: FirstCallCompiler) {
        let host = Unmanaged.passRetained(compiler)
        let isLazy = wasmc_module_provide_code(
            pointer,
            { host, store, function in
                guard let host else { return false }
                return Unmanaged<FirstCallCompiler>.fromOpaque(host).takeUnretainedValue().provide(function, for: store)
            }, host.toOpaque(),
            { host in
                guard let host else { return }
                let compiler = Unmanaged<FirstCallCompiler>.fromOpaque(host)
                compiler.takeUnretainedValue().close()
                compiler.release()
            })
        guard isLazy else { return host.release() }
        firstCode = compiler
        compiler.addKeptCode(to: LoadedProgram(pointer: pointer))
    }

    /// Functions that were compiled since they were called, or whose callers were; for tests.
    package var compiledFunctions: Set<Int> { (firstCode as? FirstCallCompiler)?.compiledFunctions ?? [] }

    private var hotCodeCompiler: HotCodeCompiler? { hotCode as? HotCodeCompiler }

    /// Of a module compiled with ``Engine/Options/tiering``: the indices of functions that have optimized code by now;
    /// else empty.
    public var replacedFunctions: [Int] { hotCodeCompiler?.replacedFunctions ?? [] }

    /// Loops that running functions leave for optimized code, each with its function and its number in it.
    package var replacedLoops: Set<HotLoop> { hotCodeCompiler?.replacedLoops ?? [] }
}

extension Engine {
    /// What compiles for a program of the command's start: see ``CodeProvider``.
    func compilers(
        of module: Module, for program: any RunningProgram
    ) -> (firstCode: FirstCallCompiler, hotCode: HotCodeCompiler) {
        let tiering = Tiering(isLazy: true)
        let baseline = baseline(of: settings, tiering)
        return (
            firstCallCompiler(
                module, baseline, program, entry(of: module, baseline)?.firstCode, IsolatedCompiler(module, options)),
            hotCodeCompiler(module, settings, program, tiering, entry(of: module, settings)?.hotCode)
        )
    }

    func baseline(of settings: CompilationOptions, _ tiering: Tiering) -> CompilationOptions {
        var baseline = settings
        baseline.optimization = .none
        baseline.tier = .baseline
        baseline.profile = nil
        baseline.isLazy = tiering.isLazy && FunctionStubs.exist(for: baseline.target.architecture)
        return baseline
    }

    func firstCallCompiler(
        _ module: Module, _ baseline: CompilationOptions, _ program: any RunningProgram, _ kept: KeptCodeFile?,
        _ process: IsolatedCompiler?
    ) -> FirstCallCompiler {
        let guesser = process != nil && threadCount > 1 ? IsolatedCompiler(module, options) : nil
        return FirstCallCompiler(
            module, baseline, program, threadCount: threadCount, [process, guesser].compactMap(\.self), kept)
    }

    func hotCodeCompiler(
        _ module: Module, _ settings: CompilationOptions, _ program: any RunningProgram, _ tiering: Tiering,
        _ kept: KeptCodeFile?
    ) -> HotCodeCompiler {
        HotCodeCompiler(
            module, settings, program, waits: tiering.waits, isolated: options.isolation == .process ? options : nil,
            kept)
    }
}
