// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import Foundation
import WasmEngine
import WasmText

// The examples in the comments of the library's types, in the order of their names; what an example takes for granted
// stands before it. The current folder is one that may be written to.

private let guest = """
    (module
      (import "env" "log" (func $log (param i32)))
      (memory (export "memory") 1)
      (global (export "counter") (mut i32) (i32.const 41))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "mix") (param i32 i64 f64) (result f64)
        (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (f64.convert_i64_s (local.get 1))) (local.get 2)))
      (func (export "run") (call $log (i32.const 7)))
      (func $fail (export "fail") unreachable)
      (func (export "forever") (loop (br 0)))
      (func (export "_start")))
    """

/// The examples of types that are in no other file here.
func declarationExamples() async throws {
    let module = try Module(text: guest)
    try Data(module.bytes).write(to: URL(filePath: "program.wasm"))
    var imports = Imports()
    imports.define("env", "log") { (_: Int32) in }
    try compilers(module, imports)
    ownCompiler()
    try hostObjects()
    try filesOfCode(module, imports)
    let program = try Engine(options: Engine.Options(isInterruptible: true)).compile(module)
    try instances(program, imports)
    try ways(toStop: program, imports)
    try limits(program, imports)
    try exits(program)
    try names(module, imports)
    try links()
    try requests()
    try programs()
    try calls()
    try exceptions()
    try objects()
    try await pools()
}

private func compilers(_ module: Module, _ imports: Imports) throws {
    let bytes = module.bytes
    do {
        var options = Engine.Options()
        options.isInterruptible = true                                  // calls have deadlines
        let program = try Engine(options: options).compile(Module(bytes: bytes))
        print(program.exports.count)
    }
    do {
        var options = Engine.Options()
        options.tiering = Tiering(isLazy: true)                         // functions are compiled when they are called
        _ = try Engine(options: options).compile(module)
    }
    do {
        var options = Engine.Options()
        options.cache = CodeCache(directory: "cache", byteLimit: 1 << 30)
        options.cacheObserver = { event in if event.isWarning { print(event) } }
        _ = try Engine(options: options).compile(module)
    }
    do {
        let monitor = CompilationMonitor(deadline: .now + .seconds(60)) { progress in
            assert(progress.compiledByteCount <= progress.byteCount)
        }
        let program = try Engine().compile(module, monitor: monitor)    // monitor.cancel() ends it, on any thread
        print(program.exports.count, monitor.isCancelled)
    }
    do {
        var options = Engine.Options()
        options.isolation = .process                                    // for modules of strangers
        options.compilerMemoryByteCount = 4 << 30
        _ = try Engine(options: options).compile(module)
    }
    do {
        let module = try Module(contentsOf: "program.wasm")
        for wanted in module.imports { print(wanted.module, wanted.name, module.type(of: wanted.descriptor)) }
    }
}

private func ownCompiler() {
    CompilerWorker.serveIfStarted()                                 // first thing in main; returns in any other process
    var options = Engine.Options()
    options.isolation = .process
    options.compilerExecutable = "/proc/self/exe"
    print(options.isolation)
}

private func filesOfCode(_ module: Module, _ imports: Imports) throws {
    do {
        let program = try Engine().compile(module)
        try program.write(to: "program.cwasm")
        let loaded = try CompiledModule(trusting: "program.cwasm")      // compiles nothing; WasmRuntime can do it
        let instance = try loaded.instantiate(imports: imports)
        print(instance.exports.count)
    }
    do {
        let file = try Engine().artifact(of: module)
        let artifact = try Artifact(bytes: file)
        print(artifact.exports.map(\.name), artifact.codeByteCount <= artifact.byteCount)
    }
}

private func instances(_ program: CompiledModule, _ imports: Imports) throws {
    let instance = try program.instantiate(imports: imports)
    let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
    print(try add(40, 2), instance.memory("memory")?.pages ?? 0)
    do {
        let counter = try instance.global("counter", as: Int32.self)
        try counter.set(counter.value + 1)
        print(try counter.value)
    }
    do {
        let results = try instance.function("mix").call([1, .i64(2), 0.5])
        print(results == [.f64(3.5)], Value(UInt32.max), results[0].f64 ?? 0)
    }
    do {
        do { try instance.function("fail").call() } catch let trap as Trap {
            print(trap.reason, "in", trap.backtrace?.innermost.first?.functionName ?? "?")
        }
    }
    do {
        do { try instance.function("fail").call() } catch {
            print(error, Backtrace.of(error)?.count ?? 0)
        }
    }

    let store = Store()
    let twice = try Function(in: store) { (value: Int32) -> Int32 in value * 2 }
    print(twice.type, try twice.call([21])[0])
    let typed = try twice.typed(as: ((Int32) -> Int32).self)        // checked once, then called as a Swift function
    print(try typed(4))
    var imports = Imports()
    do {
        let handlers = try Table(TableType(element: .funcref, elements: Limits(minimum: 4)), in: store)
        try handlers.set(1, to: .funcref(twice))
        print(handlers.count, try handlers[0])
        imports.define("env", "handlers", handlers)
    }
    do {
        let counter = try Global(0, isMutable: true, in: store)
        imports.define("env", "counter", counter)
        try counter.set(7)
        print(counter.value)
    }
    do {
        let memory = try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 16), isShared: true))
        imports.define("env", "memory", try memory.memory(in: store))   // once for each thread's store
        print(memory.pages)
    }
}

private func ways(toStop program: CompiledModule, _ imports: Imports) throws {
    let instance = try program.instantiate(imports: imports)
    let handle = InterruptHandle()
    Thread.detachNewThread { handle.interrupt() }
    do { try instance.function("forever").call(handle: handle) } catch let stopped as Interrupted {
        print("stopped:", stopped.reason)
    }

    let module = try Module(text: guest)
    do {
        let metering = Metering.points(limit: 1_000) { opcode in opcode == .memoryGrow ? 100 : 1 }
        let program = try Engine(options: Engine.Options(metering: metering)).compile(module)
        let instance = try program.instantiate(imports: imports)
        do { try instance.function("forever").call() } catch is OutOfPoints {
            instance.remainingPoints = .remaining(500)                  // and call again
        }
        print(instance.remainingPoints)
    }
}

private func limits(_ program: CompiledModule, _ imports: Imports) throws {
    do {
        let limits = ResourceLimits(memoryPages: 256, instances: 4, stackByteCount: 1 << 20)
        let store = Store(limits: limits) { request in request.requested <= 100 }   // is asked within the limits
        _ = try program.instantiate(imports: imports, in: store)
    }
    do {
        let customer = SharedResourceLimits(ResourceLimits(memoryPages: 1_000))
        let instance = try program.instantiate(imports: imports, in: Store(shared: customer))
        print(customer.inUse(.memoryPages), "pages of", customer.limits.memoryPages ?? 0)
        print(instance.exports.count)
    }
}

private func exits(_ program: CompiledModule) throws {
    var imports = Imports()
    imports.define("env", "log") { (value: Int32) throws in throw ExitCode(value) }
    let instance = try program.instantiate(imports: imports)
    do { try instance.function("run").call() } catch let exit as ExitCode { print("exit", exit.code) }
}

private func names(_ module: Module, _: Imports) throws {
    var imports = Imports()
    imports.define("env", "log") { (value: Int32) in print("logged", value) }
    imports.define(try WASI(arguments: ["program"]))
    try imports.check(module)                                       // the error names what is missing
}

private func links() throws {
    let library = try Engine().compile(Module(text: "(module (func (export \"seven\") (result i32) (i32.const 7)))"))
    let program = try Engine().compile(Module(text: """
        (module (import "library" "seven" (func $seven (result i32)))
          (func (export "run") (result i32) (call $seven)))
        """))
    let store = Store(limits: ResourceLimits(memoryPages: 256))
    var imports = Imports()
    imports.define("library", try library.instantiate(in: store))   // all that it exports
    let instance = try program.instantiate(imports: imports, in: store)
    print(try instance.function("run").call()[0])
}

private func requests() throws {
    struct Request { let id: Int32 }
    let program = try Engine().compile(Module(text: """
        (module (import "env" "log" (func $log (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "request")
          (func (export "run") (call $log (i32.const 8) (i32.const 7))))
        """))
    var linker = Linker<Request>()
    linker.define("env", "log") { (call: HostCall<Request>, address: UInt32, count: UInt32) throws in
        print(call.context.id, try call.memory?.string(at: address, byteCount: count) ?? "")
    }
    let linked = try linker.link(program)                           // once
    let instance = try linked.instantiate(Request(id: 7))           // for each request, on any thread
    try instance.function("run").call()
}

private func programs() throws {
    let module = try Module(text: """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (call $exit (i32.const 2))))
        """)
    let program = try Engine().compile(module)
    do {
        let output = WASI.OutputBuffer()
        var imports = Imports()
        imports.define(try WASI(
            arguments: ["program"], preopens: [.init(host: "data", guest: "/", isReadOnly: true)], stdin: .empty,
            stdout: .buffer(output)))
        let exit = try program.instantiate(imports: imports).runCommand()
        print("status", exit.status, "after", output.bytes.count, "bytes")
    }

    do {
        let program = try Engine().compile(Module(text: """
            (module
              (import "env" "memory" (memory 1 2 shared))
              (import "wasi" "thread-spawn" (func (param i32) (result i32)))
              (func (export "wasi_thread_start") (param i32 i32))
              (func (export "_start")))
            """))
        let threads = try WASIThreads(of: program, wasi: WASI(arguments: ["program"])) { thread, error in
            print("thread", thread, "ended with", error)
        }
        let store = Store()
        let instance = try program.instantiate(imports: threads.imports(in: store), in: store)
        try instance.runCommand()
    }
}

private func calls() throws {
    let add = HostFunction { (a: Int32, b: Int32) -> Int32 in a &+ b }
    let divide = HostFunction { (a: Int32, b: Int32) throws -> (Int32, Int32) in a.quotientAndRemainder(dividingBy: b) }
    var imports = Imports()
    imports.define("env", "add", add)
    imports.define("env", "divide", divide)
    imports.define("env", "greeting") { (caller: Caller) throws -> Int32 in
        let allocate = try caller.function("alloc", as: ((Int32) -> Int32).self)
        let address = try allocate(5)
        try caller.memory?.write("hello", at: address)
        return address
    }
    let instance = try Engine().compile(Module(text: """
        (module (import "env" "greeting" (func $greeting (result i32)))
          (import "env" "divide" (func $divide (param i32 i32) (result i32 i32)))
          (memory (export "memory") 1)
          (func (export "alloc") (param i32) (result i32) (i32.const 512))
          (func (export "run") (result i32 i32) (drop (call $greeting)) (call $divide (i32.const 7) (i32.const 2)))
          (func (export "sum") (param v128) (result v128) (f32x4.add (local.get 0) (local.get 0))))
        """)).instantiate(imports: imports)
    print(try instance.function("run").call())
    do {
        for (name, external) in instance.exports { print(name, external.type) }
        let memory = instance.exports["memory"]
        print(memory != nil)
    }
    let (address, count) = (512, 5)
    guard let memory = instance.memory("memory") else { return }
    do {
        let text = try memory.string(at: address, byteCount: count)
        try memory.write(text.utf8.reversed(), at: address)
        let sum = try memory.withBytes(at: address, byteCount: 400) { bytes in
            (0..<100).reduce(Int32(0)) { $0 &+ bytes.unsafeLoadUnaligned(fromByteOffset: $1 * 4, as: Int32.self) }
        }
        print(text, sum)
    }
    do {
        let imports: Imports = [
            "env": [
                "add": .function { (a: Int32, b: Int32) -> Int32 in a &+ b },
                "memory": .memory(memory),
            ]
        ]
        try imports.check(Module(text: "(module (import \"env\" \"memory\" (memory 1)))"))
    }
    let sum = try instance.function("sum", as: ((V128) -> V128).self)
    print(try sum(V128(SIMD4<Float>(1, 2, 3, 4))).f32x4)
}

private func exceptions() throws {
    let instance = try Engine().compile(Module(text: """
        (module (tag $out_of_stock (export "out_of_stock") (param i32))
          (func (export "order") (throw $out_of_stock (i32.const 3))))
        """)).instantiate()
    let order = try instance.function("order")
    let tag = instance.tag("out_of_stock")
    do { try order.call() } catch let exception as GuestException where exception.tag == tag?.reference {
        print(exception.values)
    }
}

private func objects() throws {
    let instance = try Engine().compile(Module(text: """
        (module
          (type $point (struct (field (mut i32)) (field (mut i32))))
          (type $numbers (array (mut i32)))
          (func (export "point") (param i32 i32) (result (ref $point))
            (struct.new $point (local.get 0) (local.get 1)))
          (func (export "squares") (param i32) (result (ref $numbers)) (local $squares (ref null $numbers))
            (local.set $squares (array.new_default $numbers (local.get 0)))
            (loop $next
              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
              (array.set $numbers (local.get $squares) (local.get 0) (i32.mul (local.get 0) (local.get 0)))
              (br_if $next (local.get 0)))
            (ref.as_non_null (local.get $squares))))
        """)).instantiate()
    do {
        let make = try instance.function("point", as: ((Int32, Int32) -> StructReference).self)
        let point = try make(3, 4)
        let x = try point.field(0, as: Int32.self)
        try point.setField(1, to: x + 1)
        print(try point.field(1, as: Int32.self))
    }
    let squares = try instance.function("squares", as: ((Int32) -> ArrayReference).self)(10)
    let last = try squares.element(squares.count - 1, as: Int32.self)
    let sum = try squares.withBytes { bytes in (0..<squares.count).reduce(0) { sum, index in
        sum + bytes.unsafeLoad(fromByteOffset: index * 4, as: Int32.self) } }
    print(last, sum)
}

private func pools() async throws {
    let text = """
        (module (import "env" "request_id" (func $id (result i32)))
          (memory (export "memory") 1)
          (func (export "handle") (param i32) (result i32) (i32.add (local.get 0) (call $id)))
          (func (export "_start")))
        """
    try withEachOwnWASI(Module(text: text).bytes)

    struct Request { let id: Int32 }
    var linker = Linker<Request>()
    linker.define("env", "request_id") { (call: HostCall<Request>) -> Int32 in call.context.id }
    let program = try Engine().compile(Module(text: text))
    let id: Int32 = 20
    let pool = InstancePool(try linker.link(program), capacity: 64)
    // In any task:
    let answer = try await pool.withInstance(Request(id: id)) { instance in
        try instance.function("handle", as: ((Int32) -> Int32).self)(id)
    }
    print(answer)
}

private func withEachOwnWASI(_ bytes: [UInt8]) throws {
    struct Request { let id: Int; let wasi: WASI }
    var linker = Linker<Request>()
    linker.defineWASI { request in request.wasi }
    linker.define("env", "request_id") { (call: HostCall<Request>) -> Int32 in Int32(call.context.id) }
    let module = try linker.link(Engine().compile(Module(bytes: bytes)))

    for id in 0..<1000 {                                            // from any thread
        let instance = try module.instantiate(Request(id: id, wasi: WASI(arguments: ["handler"])))
        try instance.runCommand()
    }
}

private final class Session { var messages: [Int32] = [] }

private func hostObjects() throws {
    let program = try Engine().compile(Module(text: """
        (module (import "host" "send" (func $send (param externref i32)))
          (func (export "greet") (param externref) (call $send (local.get 0) (i32.const 5))))
        """))
    let session = Session()
    var imports = Imports()
    imports.define("host", "send") { (from: HostReference<Session>, message: Int32) in
        from.object.messages.append(-message)
    }
    let instance = try program.instantiate(imports: imports)
    do {
        imports.define("host", "send") { (session: HostReference<Session>, message: Int32) in
            session.object.messages.append(message)
        }
        let greet = try instance.function("greet", as: ((HostReference<Session>) -> Void).self)
        try greet(HostReference(session))
    }
    try program.instantiate(imports: imports).function("greet", as: ((HostReference<Session>) -> Void).self)(
        HostReference(session))
    print(session.messages)
}
