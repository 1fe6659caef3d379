import Foundation
import Testing
import WasmKitCompatibility

/// Programs as WasmKit's users write them, with one import instead of theirs. Others are in
/// Sources/Examples/WasmKitProgram, which `.ci/check-wasmkit` also builds with WasmKit itself.
@Suite struct WasmKitProgramTests {
    @Test("A program reads a file in memory and is told of no other")
    func memoryFiles() throws {
        let files = try MemoryFileSystem()
        try files.addFile(at: "/data/hello.txt", content: "in memory")
        guard case .bytes(let content) = try files.getFile(at: "data/hello.txt") else { return #expect(Bool(false)) }
        #expect(content == Array("in memory".utf8))
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

    @Test("The example of the page Migration adds and prints")
    func migration() throws {
        let text = """
            (module (import "printer" "print_i32" (func $print (param i32)))
              (func (export "print_add") (param i32 i32) (call $print (i32.add (local.get 0) (local.get 1)))))
            """
        let bytes = try wat2wasm(text)
        #expect(bytes.starts(with: Array("\0asm".utf8)))
        let module = try parseWasm(bytes: try wat2wasm(text))
        let store = Store(engine: Engine())
        let print = Function(store: store, parameters: [.i32]) { _, arguments in
            Swift.print(arguments[0])
            return []
        }
        let instance = try module.instantiate(store: store, imports: ["printer": ["print_i32": print]])
        try instance.exports[function: "print_add"]!([.i32(42), .i32(3)])
    }

    @Test("A program sees the descriptors, clocks and random numbers that it is given, also swift-system's descriptors")
    func givenWorld() throws {
        // As swift-system has it.
        struct FileDescriptor: RawRepresentable { let rawValue: CInt }
        struct Noon: WallClock {
            func now() throws -> WallClock.Duration { (43_200, 5) }
            func resolution() throws -> WallClock.Duration { (0, 1) }
        }
        struct Still: MonotonicClock {
            func now() throws -> MonotonicClock.Instant { 77 }
            func resolution() throws -> MonotonicClock.Duration { 1 }
        }
        struct Sevens: RandomBufferGenerator {
            mutating func fill(buffer: UnsafeMutableBufferPointer<UInt8>) { buffer.update(repeating: 7) }
        }
        let module = try parseWasm(
            bytes: try wat2wasm(
                """
                (module
                  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 0) "\\10\\00\\00\\00\\14\\00\\00\\00")
                  (func (export "_start")
                    (drop (call $time (i32.const 0) (i64.const 0) (i32.const 16)))
                    (drop (call $time (i32.const 1) (i64.const 0) (i32.const 24)))
                    (drop (call $random (i32.const 32) (i32.const 4)))
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))))
                """))
        let output = Pipe()
        let wasi = try WASIBridgeToHost(
            preopens: ["/": "/"], stdout: FileDescriptor(rawValue: output.fileHandleForWriting.fileDescriptor))
        try wasi.close()
        let store = Store(engine: Engine())
        var imports = Imports()
        try WASIBridgeToHost(
            stdout: .init(rawValue: output.fileHandleForWriting.fileDescriptor), wallClock: Noon(),
            monotonicClock: Still(), randomGenerator: Sevens()
        ).link(to: &imports, store: store)
        try module.instantiate(store: store, imports: imports).exports[function: "_start"]!()
        try output.fileHandleForWriting.close()
        let written = output.fileHandleForReading.availableData
        let noon = withUnsafeBytes(of: UInt64(43_200_000_000_005).littleEndian, Array.init)
        let instant = withUnsafeBytes(of: UInt64(77).littleEndian, Array.init)
        #expect(Array(written) == noon + instant + [7, 7, 7, 7])
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
            case .tag: kinds.append("\(name): tag")
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
    }

    @Test("What is no module is a WasmKitError, from bytes and files; what is no text, a WatParserError with its place")
    func refusals() throws {
        let bytes: [UInt8] = [0, 0x61, 0x73, 0x6D, 2, 0, 0, 0]
        do throws(WasmKitError) { _ = try parseWasm(bytes: bytes) } catch {
            #expect(error.description.contains("unknown binary version"))
        }
        #expect(throws: WasmKitError.self) { try parseWasm(bytes: bytes[1...]) }
        let file = FileManager.default.temporaryDirectory.appending(path: "wasmkit-\(UUID().uuidString).wasm")
        try Data(bytes).write(to: file)
        #expect(throws: WasmKitError.self) { try parseWasm(filePath: file.path) }
        try FileManager.default.removeItem(at: file)
        let error = try #require(throws: (any Error).self) { try parseWasm(filePath: file.path) }
        #expect(!(error is WasmKitError) && "\(error)".contains(file.path))
        let text = try #require(throws: WatParserError.self) {
            try wat2wasm("(module\n  (func nonsense))", options: EncodeOptions(nameSection: true))
        }
        #expect(text.location?.computeLineAndColumn() ?? (0, 0) == (2, 8) && text.description.hasPrefix("2:9"))
    }

    @Test("An exception of a guest's that a host function throws on arrives in the guest that called it")
    func exceptions() throws {
        let store = Store(engine: Engine())
        let provider = try parseWasm(
            bytes: try wat2wasm(
                #"(module (tag $e (export "e") (param i32)) (func (export "throw") (throw $e (i32.const 7))))"#)
        ).instantiate(store: store)
        let function = try #require(provider.exports[function: "throw"])
        #expect(throws: WasmKitException.self) { try function() }
        let user = try parseWasm(
            bytes: try wat2wasm(
                """
                (module (import "p" "e" (tag $e (param i32))) (import "env" "call" (func $call))
                  (func (export "pass on") (call $call))
                  (func (export "catch") (result i32)
                    (block $caught (result i32) (try_table (catch $e $caught) (call $call)) (i32.const -1))))
                """)
        ).instantiate(
            store: store,
            imports: [
                "p": ["e": try #require(provider.exports["e"])],
                "env": ["call": Function(store: store, parameters: []) { _, _ in try function() }],
            ])
        #expect(try user.exports[function: "catch"]?() == [.i32(7)])
        let error = try #require(throws: WasmKitException.self) { try user.exports[function: "pass on"]?() }
        #expect("\(error)".hasPrefix("wasm exception (payload: [") && "\(error)".hasSuffix(".i32(7)])"))
    }

    @Test("What WASI cannot be given or start is a WASIError")
    func wasiErrors() throws {
        #expect(throws: WASIError.self) { try WASIBridgeToHost(args: ["a\0b"]) }
        #expect(throws: WASIError.self) { try WASIBridgeToHost(preopens: ["/": "/no such directory"]) }
        #expect(throws: WASIError.self) { try MemoryFileSystem().addFile(at: "a\0b", content: "") }
        let library = try parseWasm(bytes: try wat2wasm("(module)")).instantiate(store: Store(engine: Engine()))
        #expect(throws: WASIError.self) { try WASIBridgeToHost().start(library) }
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
