import Foundation
import WasmEngine
import WasmText

// The snippets of the page Embedding. What a snippet takes for granted is a parameter of its function or stands before.

func embeddingPage() async throws {
    let module = try Module(
        text: """
            (module
              (import "env" "log" (func $log (param i32 i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "logged")
              (func (export "_start"))
              (func (export "next") (param i32) (result i32) (i32.xor (local.get 0) (i32.const 1)))
              (func (export "divide") (param i32 i32) (result i32 i32)
                (i32.div_s (local.get 0) (local.get 1)) (i32.rem_s (local.get 0) (local.get 1)))
              (func (export "run") (param i32 i32) (result i32)
                (call $log (i32.const 0) (i32.const 6))
                (i32.add (local.get 0) (local.get 1))))
            """)
    let instance = try firstCalls(module.bytes)
    try functions(instance)
    try memories(instance)
    try hostFunctions()
    try await linking()
    try worlds()
    try failures { throw ExitCode(1) }
    try await compilations(module)
    try files(Engine().compile(module))
    try stopping()
    try await asynchronousFunctions()
    try threads()
    try limitedStore()
}

private func firstCalls(_ bytes: [UInt8]) throws -> Instance {
    let module = try Module(bytes: bytes)  // ModuleError: malformed, invalid, unsupported, a limit
    let program = try Engine().compile(module)  // CompiledModule: share it between threads

    var imports = Imports()
    imports.define("env", "log") { (caller: Caller, address: UInt32, count: UInt32) throws in
        guard let memory = caller.memory else { return }
        print(try memory.string(at: address, byteCount: count))
    }
    imports.define(try WASI(arguments: ["program"], preopens: [.init(host: "data", guest: "/")]))

    let instance = try program.instantiate(imports: imports)
    let run = try instance.function("run", as: ((Int32, Int32) -> Int32).self)
    print(try run(1, 7))
    return instance
}

private func functions(_ instance: Instance) throws {
    enum Color: Int32, WasmConvertible { case red, green }
    let next = try instance.function("next", as: ((Color) -> Color).self)
    print(try next(.red))

    let divide = try instance.function("divide", as: ((Int32, Int32) -> (Int32, Int32)).self)
    let (quotient, remainder) = try divide(17, 5)
    print(quotient, remainder)
}

private func memories(_ instance: Instance) throws {
    guard let memory = instance.memory("memory") else { return }
    let address: UInt32 = 64
    try memory.write("text", at: address, isTerminated: true)  // or any sequence of bytes
    let text = try memory.string(at: address)  // up to a zero byte
    let points = try memory.load(at: address, count: 16, as: Float.self)
    try memory.withMutableBytes(at: address, byteCount: 64) { bytes in bytes.storeBytes(of: 1, as: Int32.self) }
    print(text, points.count)
}

private func hostFunctions() throws {
    let store = Store()
    let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 1)), in: store)
    let twice = try Function(in: store) { (x: Int32) -> Int32 in x * 2 }  // before there is any module, or later
    try table.set(0, to: .funcref(twice))
    let imports: Imports = ["env": ["twice": .function(twice), "log": .function { (x: Int32) in print(x) }]]
    let module = try Module(
        text: """
            (module (import "env" "twice" (func $twice (param i32) (result i32)))
              (import "env" "log" (func $log (param i32)))
              (func (export "run") (call $log (call $twice (i32.const 21)))))
            """)
    try Engine().compile(module).instantiate(imports: imports, in: store).function("run").call()
}

private final class Request: Sendable {
    let arguments = ["request"]
    let user: Int32 = 1000
    let output = WASI.OutputBuffer(limit: 1 << 16)
}

private func linking() async throws {
    let program = try Engine().compile(
        Module(
            text: """
                (module (import "env" "user" (func $user (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 1)
                  (func (export "_start") (call $exit (call $user))))
                """))
    let request = Request()
    var linker = Linker<Request>()  // Sendable; Request is yours
    linker.defineWASI { request in try WASI(arguments: request.arguments, stdout: .buffer(request.output)) }
    linker.define("env", "user") { (call: HostCall<Request>) -> Int32 in call.context.user }
    let linked = try linker.link(program)  // names and types are checked here
    let pool = InstancePool(linked, capacity: 64)

    try await pool.withInstance(request) { instance in try instance.runCommand() }  // in any task
    print(request.output.bytes.count)
}

private func worlds() throws {
    let bytes = Array("content".utf8)
    var log: [UInt8] = []
    let listener: Int32 = 0
    var imports = Imports()
    let output = WASI.OutputBuffer(limit: 1 << 20)
    let folder = try WASI.MemoryFolder(["input.txt": bytes])  // files in memory; byteLimit is 64 MiB by default
    let context = try WASI(
        arguments: ["program", "-v"],
        environment: [("LANG", "C")],
        preopens: [.init(folder, guest: "/data"), .init(host: "/usr/share", guest: "/share", isReadOnly: true)],
        stdin: .text("one\ntwo\n"),  // or .empty, .descriptor, .bytes, .closure, .inherited
        stdout: .buffer(output),  // or .discarded, .descriptor, .closure, .inherited
        stderr: .closure { log.append(contentsOf: $0) },
        sockets: [listener],  // descriptors after the directories
        clock: .virtual(startingAt: 0),  // with the next line, every run is the same
        random: WASI.SeededRandom(seed: 1),
        descriptorLimit: 64)
    imports.define(context)  // wasi_snapshot_preview1 and wasi_unstable
    print(log.count, output.bytes.count)
}

private func failures(_ run: () throws -> Void) throws {
    do { try run() } catch { print(error, Backtrace.of(error)?.description ?? "") }
}

private func compilations(_ module: Module) async throws {
    var engine = Engine()
    let program = try await engine.compile(module) { progress in assert(progress.byteCount > 0) }
    print(program.exports.count)

    engine.options.isolation = .process  // needs wasmc-compiler beside the executable, or
    engine.options.compilerExecutable = "/opt/wasmc/bin/wasmc-compiler"

    engine.options.tiering = Tiering()
}

// What it prints depends on the machine.
private func followed(_ module: Module) async throws {
    let engine = Engine()
    let program = try await engine.compile(module) { progress in  // on threads of its own
        print("\(progress.compiledByteCount) of \(progress.byteCount) bytes")
    }
    print(program.exports.count)
}

private func files(_ program: CompiledModule) throws {
    try program.write(to: "module.cwasm")  // for this machine's processor
    let loaded = try CompiledModule(trusting: "module.cwasm")  // maps the file, without LLVM
    print(loaded.exports.count)
}

private func stopping() throws {
    let module = try Module(
        text: """
            (module (func (export "run") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
            """)
    let imports = Imports()
    let program = try Engine(options: .init(isInterruptible: true)).compile(module)
    let instance = try program.instantiate(imports: imports, timeout: .seconds(1))  // the start function, too
    let run = try instance.function("run", as: ((Int32, Int32) -> Int32).self)
    let handle = InterruptHandle()  // give it to any thread
    do {
        _ = try instance.function("run").call([1, 7], timeout: .seconds(2), handle: handle)
    } catch let interrupted as Interrupted { print(interrupted.reason) }  // .deadline or .requested
    try instance.store.interruptible(timeout: .seconds(2)) { print(try run(1, 7)) }  // for typed functions
}

private func load(_ id: Int32) async throws -> Int32 { id + 1 }

private func asynchronousFunctions() async throws {
    let program = try Engine().compile(
        Module(
            text: """
                (module (import "env" "fetch" (func $fetch (param i32) (result i32)))
                  (func (export "run") (param i32) (result i32) (call $fetch (local.get 0))))
                """))
    var imports = Imports()
    imports.define("env", "fetch") { (caller: Caller, id: Int32) async throws -> Int32 in try await load(id) }
    let instance = try program.instantiate(imports: imports)
    let run = try instance.function("run", as: ((Int32) async -> Int32).self)  // or function("run").callAsync(...)
    print(try await run(1))
}

private func threads() throws {
    let program = try Engine().compile(
        Module(
            text: """
                (module (import "env" "memory" (memory 1 256 shared))
                  (func (export "work") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
                    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))
                """))
    let memory = try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 256), isShared: true))
    for _ in 0..<4 {
        Thread.detachNewThread {
            let store = Store()
            var imports = Imports()
            guard let shared = try? memory.memory(in: store) else { return }
            imports.define("env", "memory", shared)
            _ = try? program.instantiate(imports: imports, in: store).function("work").call()
        }
    }
    let bytes = try memory.read(at: 0, byteCount: 64)  // while they run: each byte once, in no order with others
    try memory.notify(at: 128)  // wakes guests in memory.atomic.wait
    print(bytes.count)
}

private func limitedStore() throws {
    let imports = Imports()
    let program = try Engine().compile(
        Module(
            text: """
                (module (memory 1) (func (export "grow") (result i32) (memory.grow (i32.const 200))))
                """))
    let limits = ResourceLimits(memoryPages: 256, tableElements: 10_000, instances: 4, stackByteCount: 1 << 20)
    let store = Store(limits: limits) { request in request.requested < 100 }  // may refuse more than that
    let instance = try program.instantiate(imports: imports, in: store)  // LinkError.resources names a limit
    print(try instance.function("grow").call())
}
