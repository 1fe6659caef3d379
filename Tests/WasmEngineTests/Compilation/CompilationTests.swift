import Synchronization
import Testing
import WasmEngine
import WasmText

@Suite("Compilations are followed and cancelled") struct CompilationTests {
    /// About 400 KB in several parts.
    static let module: Result<Module, any Error> = Result {
        let body = String(repeating: "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))", count: 300)
        let functions = (0..<120).map { "(func (export \"f\($0)\") (param i32) (result i32) \(body) (local.get 0))" }
        return try Module(text: "(module (memory 1) \(functions.joined()))")
    }
    static var engine: Engine {
        var options = Engine.Options(optimization: .none, memory: .checked)
        options.cache = nil
        return Engine(options: options)
    }

    final class Log: Sendable {
        let steps = Mutex<[CompilationProgress]>([])
    }

    @Test func progressGoesToTheEnd() async throws {
        let log = Log()
        let program = try await Self.engine.compile(Self.module.get()) { step in log.steps.withLock { $0.append(step) }
        }
        let steps = log.steps.withLock { $0 }
        #expect(steps.count > 2 && steps.first?.compiledByteCount == 0)
        #expect(steps == steps.sorted { $0.compiledByteCount < $1.compiledByteCount })
        #expect(steps.last?.compiledByteCount == steps.last?.byteCount)
        let f = try program.instantiate().function("f0", as: ((Int32) -> Int32).self)
        #expect(try f(0) == 0)
    }

    @Test func cancellingEndsBetweenParts() throws {
        let log = Log()
        let box = Mutex<CompilationMonitor?>(nil)
        let monitor = CompilationMonitor { step in
            log.steps.withLock { $0.append(step) }
            if step.compiledByteCount > 0 { box.withLock { $0?.cancel() } }
        }
        box.withLock { $0 = monitor }
        defer { box.withLock { $0 = nil } }
        var engine = Self.engine
        engine.options.threadCount = 1
        #expect(throws: CompileError.cancelled) { try engine.compile(Self.module.get(), monitor: monitor) }
        #expect(log.steps.withLock { $0.count } == 2)
    }

    @Test("A cancelled compilation leaves its passes out", arguments: OptimizationLevel.allCases)
    func cancelledBefore(level: OptimizationLevel) throws {
        let monitor = CompilationMonitor()
        monitor.cancel()
        var engine = Self.engine
        engine.options.optimization = level
        #expect(throws: CompileError.cancelled) {
            try engine.compile(Module(text: "(module (func))"), monitor: monitor)
        }
    }

    @Test func tasksCancelTheirCompilation() async throws {
        let module = try Self.module.get()
        let task = Task { try await Self.engine.compile(module) { _ in } }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test func functionsThatCostTooMuchAreNamed() throws {
        let nest = String(repeating: "(loop ", count: 60) + String(repeating: "(br_if 0 (local.get 0)))", count: 60)
        let monitor = CompilationMonitor()
        var engine = Self.engine
        engine.options.optimization = .less
        _ = try engine.compile(Module(text: "(module (func) (func (param i32) \(nest)))"), monitor: monitor)
        #expect(monitor.unoptimizedFunctions == [1])
    }
}
