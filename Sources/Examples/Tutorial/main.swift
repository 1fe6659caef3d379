// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

// The programs of the tutorial, Sources/WasmEngine/WasmEngine.docc/Tutorial.md, and of the articles beside it: their
// snippets are parts of the files here. A test compares both and looks at the output.

import Foundation
import WasmEngine
import WasmText

/// Your first module.
func firstModule() throws {
    let module = try Module(text: """
        (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        """)
    let program = try Engine().compile(module)
    let instance = try program.instantiate()
    let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
    print("add:", try add(40, 2))
}

let plugin = """
    (module
      (import "host" "log" (func $log (param i32 i32)))
      (import "host" "greeting" (func $greeting (result i32 i32)))
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "alloc") (param $count i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get $count))))
      (func (export "run") (call $log (call $greeting)))
      (func (export "forever") (loop (br 0)))
      (func (export "hungry") (result i32) (memory.grow (i32.const 1000))))
    """

/// A host for plug-ins, with limits.
func pluginHost() throws {
    var imports = Imports()
    imports.define("host", "log") { (caller: Caller, address: UInt32, count: UInt32) throws in
        guard let memory = caller.memory else { return }
        print("plug-in:", try memory.string(at: address, byteCount: count))
    }
    imports.define("host", "greeting") { (caller: Caller) throws -> (UInt32, UInt32) in
        let text = "hello from the host"
        let allocate = try caller.function("alloc", as: ((UInt32) -> UInt32).self)
        let address = try allocate(UInt32(text.utf8.count))
        let count = try caller.memory?.write(text, at: address) ?? 0
        return (address, UInt32(count))
    }

    var options = Engine.Options()
    options.isInterruptible = true
    let program = try Engine(options: options).compile(Module(text: plugin))
    let store = Store(limits: ResourceLimits(memoryPages: 16, stackByteCount: 256 << 10))
    let instance = try program.instantiate(imports: imports, in: store)
    try instance.function("run").call()

    do { try instance.function("forever").call(timeout: .milliseconds(20)) } catch let stopped as Interrupted {
        print("stopped:", stopped.reason)
    }
    print("grow:", try instance.function("hungry").call()[0])
}

let greeter = """
    (module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
      (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (call $exit (i32.const 3))))
    """

/// A WASI program, of which nothing but its output leaves the process.
func wasiProgram() throws {
    let output = WASI.OutputBuffer(limit: 1 << 16)
    let files = try WASI.MemoryFolder(["config.txt": Array("verbose".utf8)])
    let wasi = try WASI(
        arguments: ["greeter"], preopens: [.init(files, guest: "/", isReadOnly: true)], stdin: .empty,
        stdout: .buffer(output), clock: .virtual(), random: WASI.SeededRandom(seed: 1))
    var imports = Imports()
    imports.define(wasi)
    let instance = try Engine().compile(Module(text: greeter)).instantiate(imports: imports)
    let exit = try instance.runCommand()
    print("program:", output.text.dropLast(), "status", exit.status)
}

/// Code that is compiled here and run elsewhere.
func shipping() throws {
    let module = try Module(text: greeter)
    var options = Engine.Options()
    options.target = .portable
    let artifact = try Engine(options: options).artifact(of: module)

    // Elsewhere:
    let program = try CompiledModule(trusting: artifact)
    print("exports:", program.exports.map(\.name))
}

/// A server that links once and makes an instance for every request.
func server() async throws {
    final class Request: Sendable {
        let output = WASI.OutputBuffer(limit: 1 << 16)
    }
    var linker = Linker<Request>()
    linker.defineWASI { request in try WASI(stdin: .empty, stdout: .buffer(request.output), stderr: .discarded) }
    let pool = InstancePool(try linker.link(Engine().compile(Module(text: greeter))), capacity: 8)

    let lengths = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<100 {
            group.addTask {
                let request = Request()
                try await pool.withInstance(request) { instance in _ = try instance.runCommand() }
                return request.output.bytes.count
            }
        }
        return try await group.reduce(0, +)
    }
    print("served:", lengths, "bytes")
}

/// A guest that waits for Swift without holding a thread.
func asynchronous() async throws {
    let imports: Imports = [
        "net": [
            "fetch": .function(
                HostFunction { (id: Int32) async throws -> Int32 in
                    try await Task.sleep(for: .milliseconds(1))
                    return id * 2
                })
        ]
    ]
    let instance = try Engine().compile(Module(text: """
        (module (import "net" "fetch" (func $fetch (param i32) (result i32)))
          (func (export "run") (param i32) (result i32) (i32.add (call $fetch (local.get 0)) (i32.const 1))))
        """)).instantiate(imports: imports)
    let run = try instance.function("run", as: ((Int32) async -> Int32).self)
    print("fetched:", try await run(20))
}

try firstModule()
try pluginHost()
try wasiProgram()
try shipping()
try await server()
try await asynchronous()

// The articles, each in a file of its own.
try memoryArticle()
try tablesArticle()
try referencesArticle()
try await threadsArticle()
try performanceArticle()
try securityArticle()

// The pages that write files, in a folder of their own; the examples of types, too.
let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-" + UUID().uuidString).path
try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }
_ = FileManager.default.changeCurrentDirectoryPath(folder)
try await embeddingPage()
try readme()
try landingPage()
try await declarationExamples()
