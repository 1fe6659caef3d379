internal import Wasm
internal import WasmLowering

/// Does the work of `ModuleCompiler` for one module in a process of its own, which it starts when there is work and
/// replaces when it ends early. One thread at a time.
final class IsolatedCompiler {
    /// Each function whose optimisation ended the process costs a compilation. After so many, nothing is optimised.
    private static let mostExcludedFunctions = 3

    private let module: Module
    private let path: String
    private let origin: String
    private let memoryByteCount: UInt64
    private var process: CompilerProcess?

    init(_ module: Module, _ options: Engine.Options) {
        self.module = module
        (path, origin) = options.findCompiler()
        memoryByteCount = options.compilerMemoryByteCount ?? 0
    }

    /// - Throws: ``CompileError``
    func objects(
        _ options: CompilationOptions, threadCount: Int, _ monitor: CompilationMonitor
    ) throws(CompileError) -> [[UInt8]] {
        try reply(to: CompilerRequest(work: .objects, options: options, threadCount: threadCount), monitor).results
    }

    /// - Throws: ``CompileError``
    func objects(
        functions: [Int], _ options: CompilationOptions, threadCount: Int, _ monitor: CompilationMonitor
    ) throws(CompileError) -> [[UInt8]] {
        let request = CompilerRequest(
            work: .functions, options: options, threadCount: threadCount, functions: functions)
        return try reply(to: request, monitor).results
    }

    /// - Throws: ``CompileError``
    func emit(_ options: CompilationOptions, as form: CodeForm) throws(CompileError) -> [UInt8] {
        let work: CompilerRequest.Work =
            switch form {
            case .ir: .ir
            case .optimizedIR: .optimizedIR
            case .assembly: .assembly
            }
        return try reply(to: CompilerRequest(work: work, options: options), CompilationMonitor()).results.first ?? []
    }

    /// - Throws: ``CompileError``
    func explain(_ options: CompilationOptions, threadCount: Int) throws(CompileError) -> [FunctionReport] {
        let request = CompilerRequest(work: .explanation, options: options, threadCount: threadCount)
        return try reply(to: request, CompilationMonitor()).reports
    }

    /// A function that ends the process is left out.
    ///
    /// - Throws: ``CompileError``
    func hotCode(
        functions: [Int], loops: [HotLoop], _ options: CompilationOptions, _ monitor: CompilationMonitor
    ) throws(CompileError) -> ModuleCompiler.HotCode? {
        var request = CompilerRequest(work: .hotCode, options: options, functions: functions, loops: loops)
        while !request.functions.isEmpty || !request.loops.isEmpty {
            switch attempt(request, monitor) {
            case .success(let reply):
                return reply.results.first.map { .init(object: $0, functions: reply.functions, loops: reply.loops) }
            case .failure(.error(let error)): throw error
            case .failure(.crash(let crash)):
                let count = request.functions.count + request.loops.count
                request.functions.removeAll { $0 == crash.function }
                request.loops.removeAll { $0.function == crash.function }
                // Inlined into one of them, or unknown.
                if request.functions.count + request.loops.count == count { return nil }
            }
        }
        return nil
    }

    /// Leaves out optimisations that end the process.
    private func reply(to request: CompilerRequest, _ monitor: CompilationMonitor) throws(CompileError) -> CompilerReply
    {
        var request = request
        var excluded: Set<Int> = []
        while true {
            switch attempt(request, monitor) {
            case .success(let reply): return reply
            case .failure(.error(let error)): throw error
            case .failure(.crash(let crash)):
                if request.options.optimization == .none { throw error(crash) }
                if let function = crash.function, excluded.count < Self.mostExcludedFunctions,
                    excluded.insert(function).inserted
                {
                    request.options.unoptimizedFunctions.insert(function)
                    monitor.note(crash)
                } else {
                    request.options.optimization = .none
                    monitor.note(CompilerCrash(function: nil, description: crash.description))
                }
            }
        }
    }

    private func error(_ crash: CompilerCrash) -> CompileError {
        let place = crash.function.map { " at " + phrase($0) } ?? ""
        return CompileError(
            message: "the compiler failed\(place), also without optimisation: \(crash.description)", cause: .crashed,
            function: crash.function)
    }

    private func phrase(_ function: Int) -> String {
        "function \(function)" + (module.name(ofFunction: function).map { " \($0.quoted)" } ?? "")
    }

    private func attempt(
        _ request: CompilerRequest, _ monitor: CompilationMonitor
    ) -> Result<CompilerReply, CompilerProcess.Failure> {
        let result = Result { () throws(CompilerProcess.Failure) in
            let process = try runningProcess(monitor)
            return try monitor.reacting({ process.kill() }) { () throws(CompilerProcess.Failure) in
                try process.reply(to: request, monitor)
            }
        }
        if case .failure = result { process = nil }
        return result
    }

    private func runningProcess(_ monitor: CompilationMonitor) throws(CompilerProcess.Failure) -> CompilerProcess {
        if let process { return process }
        let started: CompilerProcess
        do throws(CompileError) {
            try monitor.check()
            started = try CompilerProcess(path: path, origin: origin)
        } catch {
            throw .error(error)
        }
        let setup = CompilerSetup(
            memoryByteCount: memoryByteCount, module: module.bytes, facts: module.bodyFacts)
        let outcome = Result { () throws(CompilerProcess.Failure) in
            try monitor.reacting({ started.kill() }) { () throws(CompilerProcess.Failure) in
                try started.set(up: setup, monitor)
            }
        }
        if case .failure(.crash(let crash)) = outcome {
            // Before it had anything to compile: no other level would help.
            let reason = "\(path), named by \(origin), is no compiler: \(crash.description)"
            throw .error(CompileError(message: reason, cause: .noCompiler))
        }
        try outcome.get()
        process = started
        return started
    }
}
