import Foundation
import Testing
import WasmKitCompatibility

/// Programs as WasmKit's users write them, with one import instead of theirs.
@Suite struct WasmKitProgramTests {
    /// Prints what it is told to, for tests.
    private final class Printer {
        var lines: [String] = []
    }

    @Test("A module prints a sum through a function of the host")
    func printAdd() throws {
        let printer = Printer()
        let module = try parseWasm(
            bytes: try wat2wasm(
                """
                (module
                  (import "printer" "print_i32" (func $print_i32 (param i32)))
                  (func (export "print_add") (param $x i32) (param $y i32)
                    (call $print_i32 (i32.add (local.get $x) (local.get $y)))))
                """))
        let engine = Engine()
        let store = Store(engine: engine)
        let instance = try module.instantiate(
            store: store,
            imports: [
                "printer": [
                    "print_i32": Function(store: store, parameters: [.i32]) { _, args in
                        printer.lines.append("\(args[0])")
                        return []
                    }
                ]
            ])
        try instance.exports[function: "print_add"]!([.i32(42), .i32(3)])
        #expect(printer.lines == ["i32(45)"])
    }

    @Test("Strings go both ways through the memory that the caller exports")
    func strings() throws {
        let printer = Printer()
        let module = try parseWasm(
            bytes: try wat2wasm(
                """
                (module
                  (import "printer" "print_str" (func $print (param i32 i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 8) "hello")
                  (func (export "hello") (call $print (i32.const 8) (i32.const 5)))
                  (func (export "alloc") (param i32) (result i32) (i32.const 64))
                  (func (export "sum") (param $p i32) (param $n i32) (result i32) (local $sum i32)
                    (loop $next
                      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
                      (local.set $p (i32.add (local.get $p) (i32.const 1)))
                      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                    (local.get $sum)))
                """))
        let store = Store(engine: Engine())
        var imports = Imports()
        imports.define(
            module: "printer", name: "print_str",
            Function(store: store, parameters: [.i32, .i32]) { caller, args in
                let (pointer, count) = (Int(args[0].i32), Int(args[1].i32))
                guard let memory = caller.instance?.exports[memory: "memory"] else { return [] }
                printer.lines.append(String(decoding: memory.data[pointer..<pointer + count], as: UTF8.self))
                return []
            })
        let instance = try module.instantiate(store: store, imports: imports)
        try instance.exports[function: "hello"]!()
        #expect(printer.lines == ["hello"])
        let text = Array("Hi!".utf8)
        let pointer = try instance.exports[function: "alloc"]!([Value(signed: Int32(text.count))])[0].i32
        let memory = try #require(instance.exports[memory: "memory"])
        memory.withUnsafeMutableBufferPointer(offset: UInt(pointer), count: text.count) { $0.copyBytes(from: text) }
        let sum = try instance.exports[function: "sum"]!([.i32(pointer), .i32(UInt32(text.count))])
        #expect(sum == [.i32(text.reduce(0) { $0 + UInt32($1) })])
    }

    private static let echo = """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\\10\\00\\00\\00\\40\\00\\00\\00")
          (func (export "_start")
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $exit (i32.load (i32.const 8)))))
        """

    @Test("A plug-in server talks with a program through pipes, and gets its exit code")
    func pipes() throws {
        let module = try parseWasm(bytes: try wat2wasm(Self.echo))
        let engine = Engine()
        for request in ["one", "three"] {
            let (input, output) = (Pipe(), Pipe())
            input.fileHandleForWriting.write(Data(request.utf8))
            try input.fileHandleForWriting.close()
            let wasi = try WASIBridgeToHost(
                args: ["plugin"], environment: ["A": "1"], stdin: input.fileHandleForReading.fileDescriptor,
                stdout: output.fileHandleForWriting.fileDescriptor)
            let store = Store(engine: engine)
            var imports = Imports()
            wasi.link(to: &imports, store: store)
            let instance = try module.instantiate(store: store, imports: imports)
            #expect(try wasi.start(instance) == UInt32(request.utf8.count))
            try output.fileHandleForWriting.close()
            #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == request)
        }
    }

    @Test("A limiter decides how large memories and tables become")
    func limiter() throws {
        struct Limiter: ResourceLimiter {
            func limitMemoryGrowth(to desired: Int) throws -> Bool { desired <= 2 * 65536 }
            func limitTableGrowth(to desired: Int) throws -> Bool { desired <= 10 }
        }
        let module = try parseWasm(
            bytes: try wat2wasm(
                """
                (module (memory (export "memory") 1) (table 8 funcref)
                  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                  (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))
                """))
        let store = Store(engine: Engine())
        store.resourceLimiter = Limiter()
        let instance = try module.instantiate(store: store)
        let grow = try #require(instance.exports[function: "grow"])
        #expect(try grow([.i32(1)])[0].i32 == 1 && grow([.i32(1)])[0] == Value(signed: -1 as Int32))
        #expect(instance.exports[memory: "memory"]?.data.count == 131_072)
        let table = try #require(instance.exports[function: "table"])
        #expect(try table([.i32(3)]) == [.i32(.max)] && table([.i32(2)]) == [.i32(8)])
    }

    @Test("A program reads a file in memory and is told of no other")
    func memoryFiles() throws {
        let files = try MemoryFileSystem()
        try files.addFile(at: "/data/hello.txt", content: "in memory")
        #expect(try files.getFile(at: "data/hello.txt") == Array("in memory".utf8))
        #expect(throws: Trap.self) { try files.getFile(at: "/nothing") }
        let module = try parseWasm(
            bytes: try wat2wasm(
                """
                (module
                  (import "wasi_snapshot_preview1" "path_open"
                    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 0) "\\40\\00\\00\\00\\20\\00\\00\\00")
                  (data (i32.const 16) "data/hello.txt")
                  (func (export "_initialize"))
                  (func (export "read") (result i32)
                    (if (call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 14) (i32.const 0)
                          (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)) (then (return (i32.const -1))))
                    (drop (call $read (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 12)))
                    (i32.load (i32.const 12))))
                """))
        let wasi = try WASIBridgeToHost(
            fileSystem: .memory(files).withPreopens([.init(guestPath: "/", hostPath: "/")]).withStdio())
        let store = Store(engine: Engine())
        var imports = Imports()
        wasi.link(to: &imports, store: store)
        let instance = try module.instantiate(store: store, imports: imports)
        try wasi.initialize(instance)
        let count = Int(try instance.exports[function: "read"]!()[0].i32)
        let data = try #require(instance.exports[memory: "memory"]?.data)
        #expect(String(decoding: data[64..<64 + count], as: UTF8.self) == "in memory")
    }

    @Test("Exports are a sequence, and what one module exports another imports")
    func exports() throws {
        let store = Store(engine: Engine(configuration: EngineConfiguration(compilationMode: .eager)))
        let provider = try parseWasm(
            bytes: try wat2wasm(
                """
                (module (memory (export "memory") 1) (global (export "counter") (mut i32) (i32.const 1))
                  (table (export "table") 1 funcref) (func (export "seven") (result i32) (i32.const 7)))
                """)
        ).instantiate(store: store)
        var kinds: [String] = []
        for (name, value) in provider.exports {
            switch value {
            case .function(let function): kinds.append("\(name): \(function.type)")
            case .memory(let memory): kinds.append("\(name): \(memory.data.count) bytes")
            case .table: kinds.append("\(name): table")
            case .global(let global): kinds.append("\(name): \(global.value)")
            }
        }
        #expect(kinds == ["memory: 65536 bytes", "counter: i32(1)", "table: table", "seven: [] -> [i32]"])
        try provider.exports[global: "counter"]?.assign(.i32(5))
        var imports = Imports()
        imports.define(module: "provider", provider.exports)
        let user = try parseWasm(
            bytes: try wat2wasm(
                """
                (module (import "provider" "seven" (func $seven (result i32)))
                  (import "provider" "counter" (global $counter (mut i32)))
                  (func (export "sum") (result i32) (i32.add (call $seven) (global.get $counter))))
                """)
        ).instantiate(store: store, imports: imports)
        #expect(try user.exports[function: "sum"]!.invoke() == [.i32(12)])
        #expect(user.exports[function: "nothing"] == nil && provider.exports["memory"] == provider.export("memory"))
    }

    @Test("Traps, wrong arguments and errors of the host arrive as their users expect them")
    func errors() throws {
        struct Refusal: Error {}
        let store = Store(engine: Engine())
        let instance = try parseWasm(
            bytes: try wat2wasm(
                """
                (module (import "env" "refuse" (func $refuse)) (global (export "c") i32 (i32.const 1))
                  (func (export "trap") unreachable)
                  (func (export "divide") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
                  (func (export "refuse") (call $refuse)))
                """)
        ).instantiate(
            store: store,
            imports: ["env": ["refuse": Function(store: store, parameters: []) { _, _ in throw Refusal() }]])
        #expect(try #require(throws: Trap.self) { try instance.exports[function: "trap"]!() }.reason == .unreachable)
        let divide = try #require(instance.exports[function: "divide"])
        #expect(try #require(throws: Trap.self) { try divide([.i32(0)]) }.reason == .integerDividedByZero)
        #expect(throws: Trap.self) { try divide([.i64(0)]) }
        #expect(throws: Refusal.self) { try instance.exports[function: "refuse"]!() }
        #expect(throws: Trap.self) { try instance.exports[global: "c"]?.assign(.i32(2)) }
        #expect(throws: (any Error).self) { try parseWasm(bytes: [0, 1, 2]) }
    }

    @Test("A store with host functions is freed")
    func lifetime() throws {
        weak var store: Store?
        for _ in 0..<3 {
            let own = Store(engine: Engine())
            store = own
            let function = Function(store: own, parameters: [], results: [.i32]) { caller, _ in
                [.i32(caller.instance == nil ? 1 : 0)]
            }
            #expect(try function() == [.i32(1)])
        }
        #expect(store == nil)
    }
}
