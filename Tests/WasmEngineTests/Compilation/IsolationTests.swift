import Foundation
import Synchronization
import Testing
import Wasm
import WasmEngine
import WasmText

@testable import WasmEngine
@testable import WasmRuntime
@testable import WasmLowering

/// The folder that holds this build's executables, `wasmc-compiler` among them.
private let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

@Suite("LLVM may end its process, and never the host") struct IsolationTests {
    static let calculator = """
        (module
          (memory 1)
          (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
          (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0))))
        """

    static func isolated(_ options: Engine.Options = .init(), faults: String = "") -> Engine {
        var options = options
        options.cache = nil
        options.isolation = .process
        options.compilerExecutable = products.appending(path: "wasmc-compiler").path
        options.plannedFaults = faults
        return Engine(options: options)
    }

    private func checkCalculator(_ program: CompiledModule) throws {
        let instance = try program.instantiate()
        #expect(try instance.function("add", as: ((Int32, Int32) -> Int32).self)(40, 2) == 42)
        #expect(try instance.function("twice", as: ((Int32) -> Int32).self)(21) == 42)
        #expect(throws: Trap.self) { try instance.function("load", as: ((Int32) -> Int32).self)(65_536) }
    }

    @Test("The compiler's process makes the same bytes as this one, at every level", arguments: modes)
    func sameCode(options: Engine.Options) throws {
        var options = options
        options.tiering = nil
        options.cache = nil
        options.metering = .points(limit: 1_000) { _ in 3 }
        options.isInterruptible = true
        let module = try Module(text: Self.calculator)
        let here = try Engine(options: options).compile(module)
        let there = try Self.isolated(options).compile(module)
        #expect(here.bytes == there.bytes)
        try checkCalculator(there)
    }

    @Test("Hot code comes from the compiler's process, too")
    func hotCode() throws {
        let program = try Self.isolated(tiered(memory: .checked)).compile(Module(text: Self.calculator))
        let add = try program.instantiate().function("add", as: ((Int32, Int32) -> Int32).self)
        for _ in 0..<5 { #expect(try add(40, 2) == 42) }
        #expect(program.replacedFunctions == [0])
    }

    @Test("Hot code that ends the compiler's process is left as it is, the rest is replaced")
    func hotCrash() throws {
        let program = try Self.isolated(tiered(memory: .checked), faults: "abort:add:O2").compile(
            Module(text: Self.calculator))
        let instance = try program.instantiate()
        let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
        let twice = try instance.function("twice", as: ((Int32) -> Int32).self)
        for _ in 0..<5 { #expect(try add(40, 2) == 42 && twice(21) == 42) }
        #expect(program.replacedFunctions == [1])
    }

    @Test(
        "Whatever ends the process while it optimises a function, that function is compiled without, and is named",
        arguments: ["abort", "segfault", "stack", "trap", "selection"])
    func functionRetried(fault: String) throws {
        let monitor = CompilationMonitor()
        let program = try Self.isolated(faults: "\(fault):twice:O2").compile(
            Module(text: Self.calculator), monitor: monitor)
        #expect(monitor.crashes.map(\.function) == [1])
        #expect(monitor.crashes.first?.description.hasPrefix("the compiler's process was ended by signal ") == true)
        try checkCalculator(program)
    }

    @Test("A process that ends without a word costs the whole module its optimisation")
    func silentEnd() throws {
        let monitor = CompilationMonitor()
        let program = try Self.isolated(faults: "exit:twice:O2").compile(
            Module(text: Self.calculator), monitor: monitor)
        #expect(monitor.crashes == [.init(function: nil, description: "the compiler's process ended with status 0")])
        try checkCalculator(program)
    }

    @Test("Several functions that end the process are compiled without optimisation, each with its name in the list")
    func severalCrashes() throws {
        let monitor = CompilationMonitor()
        let engine = Self.isolated(faults: "abort:twice:O2,segfault:add:O2,stack:load:O2")
        let program = try engine.compile(Module(text: Self.calculator), monitor: monitor)
        #expect(Set(monitor.crashes.map(\.function)) == [0, 1, 2])
        try checkCalculator(program)
    }

    @Test(
        "A function that ends the process at O0 as well makes an error with its name",
        arguments: ["abort", "segfault", "stack", "trap", "selection"])
    func crashEverywhere(fault: String) throws {
        let error = try #require(throws: CompileError.self) {
            try Self.isolated(faults: "\(fault):twice:*").compile(Module(text: Self.calculator))
        }
        #expect(error.cause == .crashed && error.function == 1)
        #expect(error.message.hasPrefix("the compiler failed at function 1 \"twice\", also without optimisation: "))
    }

    @Test("What LLVM says before it ends is in the error")
    func wordsOfLLVM() throws {
        let error = try #require(throws: CompileError.self) {
            try Self.isolated(faults: "selection:twice:*").compile(Module(text: Self.calculator))
        }
        #expect(error.message.contains("Cannot select"))
    }

    @Test("A compilation that hangs ends at its deadline")
    func hangUntilDeadline() throws {
        let monitor = CompilationMonitor(deadline: .now + .milliseconds(500))
        #expect(throws: CompileError.timedOut) {
            try Self.isolated(faults: "hang:twice:*").compile(Module(text: Self.calculator), monitor: monitor)
        }
    }

    @Test("A compilation that hangs ends when it is cancelled, from any thread")
    func hangUntilCancelled() throws {
        let box = Mutex<CompilationMonitor?>(nil)
        let monitor = CompilationMonitor { _ in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { box.withLock { $0 }?.cancel() }
        }
        box.withLock { $0 = monitor }
        #expect(throws: CompileError.cancelled) {
            try Self.isolated(faults: "hang:twice:*").compile(Module(text: Self.calculator), monitor: monitor)
        }
    }

    @Test("A compilation in this process ends at its deadline, too, between passes")
    func deadlineHere() throws {
        let monitor = CompilationMonitor(deadline: .now)
        var options = Engine.Options()
        options.cache = nil
        #expect(throws: CompileError.timedOut) {
            try Engine(options: options).compile(Module(text: Self.calculator), monitor: monitor)
        }
    }

    @Test("Progress and functions that are too expensive arrive")
    func progress() throws {
        let steps = Mutex<[CompilationProgress]>([])
        let monitor = CompilationMonitor { step in steps.withLock { $0.append(step) } }
        let nest = String(repeating: "(loop ", count: 60) + String(repeating: "(br_if 0 (local.get 0)))", count: 60)
        _ = try Self.isolated(.init(optimization: .less)).compile(
            Module(text: "(module (func) (func (param i32) \(nest)))"), monitor: monitor)
        let seen = steps.withLock { $0 }
        #expect(
            seen.first?.compiledByteCount == 0 && seen.last?.compiledByteCount == seen.last?.byteCount && seen.count > 1
        )
        #expect(monitor.unoptimizedFunctions == [1])
    }

    @Test("Forms for people come from the compiler's process as they do from this one")
    func emission() throws {
        let module = try Module(text: Self.calculator)
        for form in CodeForm.allCases {
            #expect(try Self.isolated().emit(module, as: form) == Engine().emit(module, as: form))
        }
        let (there, here) = (try Self.isolated().explain(module), try Engine().explain(module))
        #expect(there.map(\.function) == here.map(\.function))
        #expect(there.map(\.emittedCheckCount) == here.map(\.emittedCheckCount) && there[2].emittedCheckCount == 1)
        let error = try #require(throws: CompileError.self) {
            try Self.isolated(faults: "abort:add:*").emit(module, as: .assembly)
        }
        #expect(error.function == 0)
    }

    @Test("Large modules and their code pass in many packets")
    func large() throws {
        let module = try CompilationTests.module.get()
        var options = CompilationTests.engine.options
        let here = try Engine(options: options).compile(module).bytes
        options = Self.isolated(options).options
        #expect(try Engine(options: options).compile(module).bytes == here)
    }

    @Test("The process may use so much address space and no more")
    func memoryLimit() throws {
        var engine = Self.isolated()
        engine.options.compilerMemoryByteCount = 4 << 30
        try checkCalculator(engine.compile(Module(text: Self.calculator)))
        // What is left is not enough for LLVM's threads and heap.
        engine.options.compilerMemoryByteCount = 1 << 20
        #expect(throws: CompileError.self) { try engine.compile(Module(text: Self.calculator)) }
    }

    @Test("Every option is told to the compiler's process, or the compilation refused")
    func optionsArrive() throws {
        var options = CompilationOptions(
            optimization: .aggressive, memory: .guarded, target: .portable,
            fuelCosts: FuelCosts(bytesPerUnit: 3) { $0 == Opcode.nop ? 7 : 1 },
            verifiesIR: !CompilationOptions.isDebugBuild)
        options.isInterruptible = true
        options.recordsOffsets = false
        options.tier = .optimized
        options.isLazy = true
        options.unoptimizedFunctions = [3, 1]
        options.executionRecord = 17
        options.profile = try ProfileTests.counted(Module(text: ProfileTests.text)).profile
        options.counters = 18
        options.plannedFaults = "abort:f:O1"
        options.relaxedSIMD = .fast
        let usual = Mirror(reflecting: CompilationOptions())
        for (field, ordinary) in zip(Mirror(reflecting: options).children, usual.children) {
            // A field that has been added: give it another value here, and exchange it in CompilerMessages.swift.
            #expect("\(field.value)" != "\(ordinary.value)", "the test does not try \(field.label ?? "")")
        }
        #expect(options.isTransferable)
    }
}
