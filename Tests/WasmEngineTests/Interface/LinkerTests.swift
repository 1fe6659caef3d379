import Synchronization
import Testing
import WasmEngine
import WasmText

/// Modules that are linked once and instantiated for every request.
@Suite struct LinkerTests {
    private final class Request: Sendable {
        let id: Int32
        let log = Mutex<[Int32]>([])
        let output = WASI.OutputBuffer(limit: 1024)
        init(id: Int32) { self.id = id }
    }

    private static let text = """
        (module
          (import "env" "id" (func $id (result i32)))
          (import "env" "log" (func $log (param i32)))
          (import "env" "divide" (func $divide (param i32 i32) (result i32 i32)))
          (import "env" "memory" (memory 1))
          (import "env" "table" (table 1 funcref))
          (import "env" "counter" (global $counter (mut i32)))
          (func (export "run") (result i32)
            (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
            (call $log (global.get $counter))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (call $log (i32.load (i32.const 0)))
            (call $divide (call $id) (i32.const 10))
            (i32.add))
          (func (export "alloc") (result i32) (i32.const 8)))
        """

    private static func linker() -> Linker<Request> {
        var linker = Linker<Request>()
        linker.define("env", "id") { (call: HostCall<Request>) -> Int32 in call.context.id }
        linker.define("env", "log") { (call: HostCall<Request>, value: Int32) in
            call.context.log.withLock { $0.append(value) }
        }
        linker.define("env", "divide") { (a: Int32, b: Int32) -> (Int32, Int32) in (a / b, a % b) }
        linker.define("env", "memory", MemoryType(pages: Limits(minimum: 1)))
        linker.define("env", "table", TableType(element: .funcref, elements: Limits(minimum: 1)))
        linker.define("env", "counter", 6, isMutable: true)
        return linker
    }

    private static func compile(_ text: String, _ options: Engine.Options = .init()) throws -> CompiledModule {
        try Engine(options: options).compile(Module(text: text))
    }

    @Test("Each instance has its own context, memory, table and global; the module is linked once")
    func contexts() throws {
        let module = try Self.linker().link(Self.compile(Self.text))
        for id in [57, 23] as [Int32] {
            let request = Request(id: id)
            let instance = try module.instantiate(request)
            #expect(try instance.function("run").call() == [.i32(id / 10 + id % 10)])
            #expect(request.log.withLock { $0 } == [7, 1])
        }
    }

    @Test("A linked module is instantiated by many tasks at once")
    func concurrently() async throws {
        let module = try Self.linker().link(Self.compile(Self.text))
        let sum = try await withThrowingTaskGroup(of: Int32.self) { group in
            for id in 0..<50 as Range<Int32> {
                group.addTask {
                    try module.instantiate(Request(id: id)).function("run", as: (() -> Int32).self)()
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == (0..<50).reduce(0) { $0 + $1 / 10 + $1 % 10 })
    }

    @Test("The context goes with its store")
    func lifetime() throws {
        let module = try Self.linker().link(Self.compile(Self.text))
        weak var request: Request?
        for _ in 0..<200 {
            let kept = Request(id: 1)
            request = kept
            _ = try module.instantiate(kept).function("run").call()
        }
        #expect(request == nil)
    }

    @Test("What is missing, or has another type, is an error when the module is linked, which names it")
    func misuse() throws {
        func link(_ text: String, _ linker: Linker<Request> = Self.linker()) -> String {
            do { _ = try linker.link(Self.compile(text)) } catch { return "\(error)" }
            return ""
        }
        #expect(link(#"(module (import "env" "nothing" (func)))"#).contains(#""env" "nothing""#))
        #expect(link(#"(module (import "env" "id" (func (param i64))))"#).contains("incompatible import type"))
        #expect(link(#"(module (import "env" "memory" (memory 2)))"#).contains("incompatible import type"))
        #expect(link(#"(module (import "env" "table" (table 1 externref)))"#).contains("incompatible import type"))
        #expect(link(#"(module (import "env" "counter" (global i32)))"#).contains("incompatible import type"))
        #expect(
            link(#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))"#)
                .contains("unknown import"))
        var trapping = Linker<Request>()
        trapping.defineUnknownImportsAsTraps()
        #expect(link(#"(module (import "env" "memory" (memory 1)))"#, trapping).contains("unknown import"))
    }

    @Test("Functions that nobody defines can be imported, and calling one says which it was")
    func unknownImports() throws {
        var linker = Linker<Void>()
        linker.defineUnknownImportsAsTraps()
        let module = try linker.link(
            Self.compile(
                #"""
                (module (import "env" "missing" (func $missing (param i64) (result f32)))
                  (func (export "run") (result f32) (call $missing (i64.const 1)))
                  (func (export "fine") (result i32) (i32.const 1)))
                """#))
        let instance = try module.instantiate(())
        #expect(try instance.function("fine").call() == [1])
        let error = try #require(throws: LinkError.self) { try instance.function("run").call() }
        guard case .unknownImport(module: "env", name: "missing", _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    private final class Counts: Sendable {
        let live = Atomic(0)
        let most = Atomic(0)
    }

    private static let program = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "env" "id" (func $id (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00")
          (func (export "_start")
            (i32.store8 (i32.const 8) (i32.add (i32.const 65) (call $id)))
            (i32.store8 (i32.const 9) (i32.const 10))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))
        """

    private static func programLinker() -> Linker<Request> {
        var linker = Self.linker()
        linker.defineWASI { request in try WASI(stdin: .empty, stdout: .buffer(request.output), stderr: .discarded) }
        return linker
    }

    @Test("Each instance's program has its own WASI context, made from the linker's")
    func wasiContexts() throws {
        let module = try Self.programLinker().link(Self.compile(Self.program))
        for id in [0, 25] as [Int32] {
            let request = Request(id: id)
            #expect(try module.instantiate(request).runCommand() == ExitCode(0))
            #expect(request.output.text == (id == 0 ? "A\n" : "Z\n"))
        }
    }

    @Test("A pool lets so many instances live at a time; each is new, and errors and cancellation give the place back")
    func pool() async throws {
        var options = Engine.Options()
        options.isInterruptible = true
        let pool = InstancePool(try Self.programLinker().link(Self.compile(Self.program, options)), capacity: 3)
        let counts = Counts()
        await withTaskGroup(of: Bool.self) { group in
            for id in 0..<60 as Range<Int32> {
                group.addTask {
                    let request = Request(id: id % 20)
                    do {
                        try await pool.withInstance(request) { instance in
                            let count = counts.live.add(1, ordering: .relaxed).newValue
                            _ = counts.most.max(count, ordering: .relaxed)
                            defer { counts.live.subtract(1, ordering: .relaxed) }
                            #expect(try instance.memory?.load(at: 8, as: UInt8.self) == 0)
                            _ = try await instance.runCommandAsync()
                            await Task.yield()
                            if id % 7 == 0 { throw CancellationError() }
                        }
                    } catch { return id % 7 == 0 && request.output.text != "" }
                    return request.output.text == String(UnicodeScalar(UInt8(65 + id % 20))) + "\n"
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(counts.most.load(ordering: .relaxed) <= 3 && counts.live.load(ordering: .relaxed) == 0)
    }

    @Test("A pool's start functions can be stopped, and give their places back")
    func poolDeadline() async throws {
        var options = Engine.Options()
        options.isInterruptible = true
        let text = "(module (func $start (loop (br 0))) (start $start))"
        let program = try Engine(options: options).compile(Module(text: text))
        let pool = InstancePool(try Linker<Void>().link(program), capacity: 1)
        for _ in 0..<2 {
            await #expect(throws: Interrupted(.deadline)) {
                try await pool.withInstance((), timeout: .milliseconds(5)) { _ in Issue.record("there is an instance") }
            }
        }
    }

    @Test("A task that is cancelled while it waits for room leaves the queue")
    func cancelledWhileWaiting() async throws {
        let pool = InstancePool(try Linker<Void>().link(Self.compile("(module)")), capacity: 1)
        let (entered, leave) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let holder = Task {
            try await pool.withInstance(()) { _ in
                entered.continuation.finish()
                for await _ in leave.stream {}
            }
        }
        for await _ in entered.stream {}
        let waiting = Task { try await pool.withInstance(()) { _ in 1 } }
        await Task.yield()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        leave.continuation.finish()
        try await holder.value
        #expect(try await pool.withInstance(()) { _ in 2 } == 2)
    }

    @Test("Asynchronous functions of a linker have the context, too")
    func asynchronous() async throws {
        var linker = Linker<Request>()
        linker.define("env", "id") { (call: HostCall<Request>) async throws -> Int32 in
            await Task.yield()
            return call.context.id
        }
        let module = try linker.link(
            Self.compile(
                #"(module (import "env" "id" (func $id (result i32))) (func (export "run") (result i32) (call $id)))"#))
        let instance = try await module.instantiateAsync(Request(id: 9))
        #expect(try await instance.function("run").callAsync() == [9])
        #expect(throws: UsageError.cannotSuspend) { try instance.function("run").call() }
    }

    @Test("Functions with values in and out, and of references, are checked as those of imports are")
    func values() throws {
        var linker = Linker<Function>()
        linker.define("env", "f", type: FunctionType(parameters: [.i32], results: [.i64])) { _, values in
            [values[0].i32 == 1 ? .i64(5) : .i32(5)]
        }
        linker.define("env", "g") { (call: HostCall<Function>) -> Function in call.context }
        let module = try linker.link(
            Self.compile(
                #"""
                (module (import "env" "f" (func $f (param i32) (result i64)))
                  (import "env" "g" (func $g (result funcref)))
                  (func (export "f") (param i32) (result i64) (call $f (local.get 0)))
                  (func (export "g") (result funcref) (call $g)))
                """#))
        let store = Store()
        let instance = try module.instantiate(Function(in: store) { () in }, in: store)
        #expect(try instance.function("f").call([1]) == [.i64(5)])
        #expect(throws: UsageError.self) { try instance.function("f").call([2]) }
        #expect(try instance.function("g").call().first?.funcref != nil)
        let other = try module.instantiate(Function(in: Store()) { () in })
        #expect(throws: UsageError.otherStore("a function")) { try other.function("g").call() }
    }
}
