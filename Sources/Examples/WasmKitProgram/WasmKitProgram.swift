// A program as WasmKit's users write them. It prints the same whichever of the two it imports: `.ci/check-wasmkit`
// builds it with WasmKit itself.

import Foundation

#if canImport(WasmKitCompatibility)
    import WasmKitCompatibility
#else
    import WAT
    // The store's limiter is not public there yet.
    @_spi(Fuzzing) import WasmKit
    import WasmKitWASI
    import WASI
#endif

/// A sum, through a function of the host.
func printAdd() throws {
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
                "print_i32": Function(store: store, parameters: [.i32]) { _, arguments in
                    print(arguments[0])
                    return []
                }
            ]
        ])
    try instance.exports[function: "print_add"]!([.i32(42), .i32(3)])
}

/// Strings through memory, both ways.
func strings() throws {
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
        Function(store: store, parameters: [.i32, .i32]) { caller, arguments in
            let (pointer, count) = (Int(arguments[0].i32), Int(arguments[1].i32))
            guard let memory = caller.instance?.exports[memory: "memory"] else { return [] }
            print(String(decoding: memory.data[pointer..<pointer + count], as: UTF8.self))
            return []
        })
    let instance = try module.instantiate(store: store, imports: imports)
    try instance.exports[function: "hello"]!()
    let text = Array("Hi!".utf8)
    let pointer = try instance.exports[function: "alloc"]!([.i32(UInt32(text.count))])[0].i32
    let memory = instance.exports[memory: "memory"]!
    memory.withUnsafeMutableBufferPointer(offset: UInt(pointer), count: text.count) { $0.copyBytes(from: text) }
    print(try instance.exports[function: "sum"]!([.i32(pointer), .i32(UInt32(text.count))])[0])
}

/// A server that talks with its plug-ins through pipes.
func pipes() throws {
    let module = try parseWasm(
        bytes: try wat2wasm(
            """
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
            """))
    let engine = Engine()
    for request in ["one", "three"] {
        let (input, output) = (Pipe(), Pipe())
        input.fileHandleForWriting.write(Data(request.utf8))
        try input.fileHandleForWriting.close()
        let wasi = try WASIBridgeToHost(
            args: ["plugin"], environment: ["A": "1"],
            stdin: .init(rawValue: input.fileHandleForReading.fileDescriptor),
            stdout: .init(rawValue: output.fileHandleForWriting.fileDescriptor))
        let store = Store(engine: engine)
        var imports = Imports()
        wasi.link(to: &imports, store: store)
        let instance = try module.instantiate(store: store, imports: imports)
        let code = try wasi.start(instance)
        try wasi.close()
        try output.fileHandleForWriting.close()
        print(code, String(decoding: output.fileHandleForReading.availableData, as: UTF8.self))
    }
}

struct Limiter: ResourceLimiter {
    func limitMemoryGrowth(to desired: Int) throws -> Bool { desired <= 2 * 65536 }
    func limitTableGrowth(to desired: Int) throws -> Bool { desired <= 10 }
}

/// A limiter says how large memories and tables become.
func limits() throws {
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
    let (grow, table) = (instance.exports[function: "grow"]!, instance.exports[function: "table"]!)
    print(try grow([.i32(1)])[0], try grow([.i32(1)])[0], instance.exports[memory: "memory"]!.data.count)
    print(try table([.i32(3)])[0], try table([.i32(2)])[0])
}

/// What one module exports another one imports.
func exports() throws {
    let store = Store(engine: Engine())
    let provider = try parseWasm(
        bytes: try wat2wasm(
            """
            (module (memory (export "memory") 1) (global (export "counter") (mut i32) (i32.const 1))
              (func (export "seven") (result i32) (i32.const 7)))
            """)
    ).instantiate(store: store)
    var kinds: [String] = []
    for (name, value) in provider.exports {
        switch value {
        case .function(let function): kinds.append("\(name): \(function.type.results.count) result")
        case .memory(let memory): kinds.append("\(name): \(memory.data.count) bytes")
        case .table: kinds.append("\(name): table")
        case .global(let global): kinds.append("\(name): \(global.value)")
        case .tag: kinds.append("\(name): tag")
        }
    }
    for kind in kinds.sorted() { print(kind) }
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
    print(try user.exports[function: "sum"]!()[0], Value.fromFloat64(1.5), Value(signed: Int64(-1)))
    print(user.exports[function: "nothing"] == nil)
}

/// A table of the host's, whose elements a guest calls.
func tables() throws {
    let store = Store(engine: Engine())
    let table = try Table(store: store, type: TableType(elementType: .funcRef, limits: Limits(min: 2)))
    let provider = try parseWasm(
        bytes: try wat2wasm("(module (func (export \"seven\") (result i32) (i32.const 7)))")
    ).instantiate(store: store)
    let instance = try parseWasm(
        bytes: try wat2wasm(
            """
            (module (import "host" "table" (table 2 funcref)) (import "p" "seven" (func $seven (result i32)))
              (elem (i32.const 1) $seven)
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))
            """)
    ).instantiate(store: store, imports: ["host": ["table": table], "p": ["seven": provider.exports["seven"]!]])
    let call = instance.exports[function: "call"]!
    print(try call([.i32(1)])[0])
    table[0] = table[1]
    print(try call([.i32(0)])[0], table[0] == table[1])
}

struct Refusal: Error {}

/// Traps, and errors of the host.
func errors() throws {
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
    for (name, arguments) in [("trap", []), ("divide", [.i32(0)]), ("divide", [.i64(0)]), ("refuse", [])]
        as [(String, [Value])]
    {
        do {
            print(try instance.exports[function: name]!(arguments))
        } catch is Trap { print("\(name): a trap") } catch { print("\(name): \(error)") }
    }
}

/// Bytes and texts that are no modules. Which of the three steps finds out is the engine's affair.
func refusals() throws {
    let preamble: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
    // (func (export "run") (result i32) (i64.const 1))
    let invalid: [UInt8] =
        preamble + [1, 5, 1, 0x60, 0, 1, 0x7F, 3, 2, 1, 0, 7, 7, 1, 3, 0x72, 0x75, 0x6E, 0, 0]
        + [10, 6, 1, 4, 0, 0x42, 1, 0x0B]
    for (name, bytes) in [("malformed", [0, 1, 2, 3, 4, 5, 6, 7]), ("invalid", invalid), ("empty", preamble)] {
        do {
            let instance = try parseWasm(bytes: bytes).instantiate(store: Store(engine: Engine()))
            _ = try instance.exports[function: "run"]?()
            print("\(name): a module")
        } catch let error as WasmKitError { print("\(name): no module", error.description.isEmpty ? "" : "because") }
    }
    do { print(try wat2wasm("(module\n  (func\n    (nonsense)))")) } catch let error as WatParserError {
        print("no text: line", error.location?.computeLineAndColumn().line ?? 0)
    }
    let module = try parseWasm(bytes: try wat2wasm("(module (import \"env\" \"f\" (func)))"))
    do { _ = try module.instantiate(store: Store(engine: Engine())) } catch { print("not linked") }
}

/// Exceptions of guests pass through the host, to guests or to its own handlers.
func exceptions() throws {
    let store = Store(engine: Engine())
    let provider = try parseWasm(
        bytes: try wat2wasm(
            """
            (module (tag $e (export "e") (param i32)) (func (export "throw") (throw $e (i32.const 7))))
            """)
    ).instantiate(store: store)
    let user = try parseWasm(
        bytes: try wat2wasm(
            """
            (module (import "p" "e" (tag $e (param i32))) (import "env" "call" (func $call))
              (func (export "catch") (result i32)
                (block $caught (result i32)
                  (try_table (catch $e $caught) (call $call))
                  (i32.const -1))))
            """)
    ).instantiate(
        store: store,
        imports: [
            "p": ["e": provider.exports["e"]!],
            "env": [
                "call": Function(store: store, parameters: []) { _, _ in
                    try provider.exports[function: "throw"]!()
                }
            ],
        ])
    print(try user.exports[function: "catch"]!()[0])
    do { try provider.exports[function: "throw"]!() } catch let error as WasmKitException {
        print("an exception", "\(error)".contains("i32(7)"))
    }
}

@main struct WasmKitProgram {
    static func main() throws {
        for part in [printAdd, strings, pipes, limits, exports, tables, errors, refusals, exceptions] { try part() }
    }
}
