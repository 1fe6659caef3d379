import Foundation
import Testing
import WasmEngine
import WasmText

@Suite struct LinkingTests {
    @Test("Instances share memories, tables, globals and functions")
    func sharing() throws {
        let provider = try instantiate(
            """
            (module
              (memory (export "memory") 1 4)
              (table (export "table") 4 funcref)
              (global (export "counter") (mut i32) (i32.const 1))
              (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
            """)
        var imports = Imports()
        imports.define("p", provider)
        let user = try instantiate(
            """
            (module
              (import "p" "memory" (memory 1))
              (import "p" "table" (table 4 funcref))
              (import "p" "counter" (global $c (mut i32)))
              (import "p" "add" (func $add (param i32 i32) (result i32)))
              (func $mine (result i32) (i32.const 99))
              (elem (i32.const 2) $mine $add)
              (data (i32.const 16) "shared")
              (func (export "run") (result i32)
                (global.set $c (call $add (global.get $c) (i32.const 41)))
                (drop (memory.grow (i32.const 1)))
                (call_indirect (result i32) (i32.const 2))))
            """, imports: imports)
        #expect(user.store === provider.store)
        #expect(try user.function("run", as: (() -> Int32).self)() == 99)
        #expect(try provider.memory?.string(at: 16, byteCount: 6) == "shared")
        #expect(provider.memory?.pages == 2)
        guard case .i32(42)? = provider.global("counter")?.value else {
            Issue.record("the global is not shared")
            return
        }
        guard case .funcref(let function?)? = try provider.table("table")?.get(3) else {
            Issue.record("the table is not shared")
            return
        }
        guard case .i32(5) = try provider.store.function(function).call([.i32(2), .i32(3)])[0] else {
            Issue.record("the function in the table is another")
            return
        }
    }

    @Test("Errors of linking, and of files and contexts, can be compared")
    func equalErrors() throws {
        let type = ExternalType.function(FunctionType(parameters: [.i32], results: []))
        #expect(throws: LinkError.unknownImport(module: "a", name: "b", expected: type)) {
            try instantiate(#"(module (import "a" "b" (func (param i32))))"#)
        }
        let tag = try Tag([.i32], in: Store())
        let imports: Imports = ["a": ["b": .tag(tag)]]
        #expect(throws: Never.self) {
            try instantiate(#"(module (import "a" "b" (tag (param i32))))"#, imports: imports)
        }
        func error(_ path: String) -> FileError? {
            #expect(throws: FileError.self) { try Module(contentsOf: path) }
        }
        #expect(error("/no/such/file") == error("/no/such/file") && error("/no/such/file") != error("/no/other"))
    }

    @Test("What is missing or does not fit is named with both sides")
    func linkErrors() throws {
        let text = #"(module (import "env" "f" (func (param i32))))"#
        do {
            _ = try instantiate(text)
            Issue.record("linked")
        } catch let error as LinkError {
            #expect(error.description.hasPrefix("unknown import"))
            #expect(error.description.contains("[i32] -> []"))
        }
        var imports = Imports()
        imports.define("env", "f") { (_: Int64) throws -> Void in }
        do {
            _ = try instantiate(text, imports: imports)
            Issue.record("linked")
        } catch let error as LinkError {
            #expect(error.description.hasPrefix("incompatible import type"))
            #expect(error.description.contains("[i32] -> []") && error.description.contains("[i64] -> []"))
        }
        var mixed = Imports()
        mixed.define("env", "a", try Memory(MemoryType(pages: Limits(minimum: 1)), in: Store()))
        mixed.define("env", "b", try Global(.i32(1), isMutable: false, in: Store()))
        #expect(throws: LinkError.self) {
            try instantiate(#"(module (import "env" "a" (memory 1)) (import "env" "b" (global i32)))"#, imports: mixed)
        }
    }

    @Test("A module's file is read, or named when it cannot be")
    func files() throws {
        #expect(throws: FileError.self) { try Module(contentsOf: "/no/such/file") }
        #expect(throws: FileError.self) { try Module(contentsOf: "/") }
        #expect(throws: ModuleError.self) { try Module(contentsOf: "/dev/null") }
    }

    @Test("Host access to memories, tables and globals is checked")
    func hostAccess() throws {
        let store = Store()
        let memory = try Memory(MemoryType(pages: Limits(minimum: 1, maximum: 2)), in: store)
        try memory.write([1, 2, 3, 4], at: 65_532)
        #expect(try memory.load(at: 65_532, as: UInt32.self) == 0x0403_0201)
        #expect(throws: UsageError.self) { try memory.load(at: 65_533, as: UInt32.self) }
        #expect(throws: UsageError.self) { try memory.read(at: UInt64.max, byteCount: 2) }
        #expect(throws: UsageError.self) { try memory.write([1], at: 65_536) }
        #expect(throws: UsageError.self) { try memory.read(at: 0, byteCount: -1) }
        #expect(throws: UsageError.self) { try memory.string(at: 0, byteCount: Int.min) }
        let empty = try #require(try instantiate(#"(module (memory (export "memory") 0))"#).memory)
        #expect(try empty.read(at: 0, byteCount: 0) == [])
        try empty.write([], at: 0)
        let function = try instantiate(#"(module (func (export "f")))"#).function("f")
        let reference = try Global(.funcref(nil), isMutable: true, in: store)
        #expect(throws: UsageError.self) { try reference.set(.funcref(function)) }
        #expect(throws: UsageError.self) { try Global(.funcref(function), isMutable: false, in: store) }
        #expect(try memory.grow(pages: 1) == 1)
        #expect(throws: UsageError.growRefused) { try memory.grow(pages: 1) }
        let table = try Table(TableType(element: .externref, elements: Limits(minimum: 1)), in: store)
        try table.set(0, to: .externref(try store.root("an object")))
        guard case .externref(let reference?) = try table.get(0) else {
            Issue.record("the reference was lost")
            return
        }
        #expect(store.object(reference) as? String == "an object")
        #expect(throws: UsageError.self) { try table.get(1) }
        #expect(throws: UsageError.self) { try table.set(0, to: .i32(1)) }
        for index in [-1, Int.max, Int(UInt32.max)] {
            #expect(throws: UsageError.self) { try table.set(index, to: .externref(nil)) }
            #expect(throws: UsageError.self) { try table[index] }
            #expect(throws: UsageError.growRefused) { try table.grow(count: index, filledWith: .externref(nil)) }
            #expect(throws: UsageError.growRefused) { try memory.grow(pages: index) }
        }
        #expect(try table.grow(count: UInt8(2), filledWith: .externref(nil)) == 1 && table.count == 3)
        let global = try Global(.f64(1), isMutable: false, in: store)
        #expect(throws: UsageError.immutableGlobal) { try global.set(.f64(2)) }
    }

    @Test("A host's memory or table of a type that no module may declare is refused with the reason")
    func impossibleTypes() throws {
        let store = Store()
        func refusal(_ body: () throws -> Void) -> String {
            let error = #expect(throws: UsageError.self, performing: body)
            return error?.description ?? ""
        }
        let one = Limits(minimum: 1), reversed = Limits(minimum: 2, maximum: 1),
            huge = Limits(minimum: 1, maximum: 1 << 32)
        for type in [ValueType.i32, .i64, .f32, .f64, .v128] {
            #expect(
                refusal { _ = try Table(TableType(element: type, elements: one), in: store) }.contains("not \(type)"))
        }
        #expect(
            refusal { _ = try Table(TableType(element: .funcref, elements: reversed), in: store) }.contains("greater"))
        #expect(
            refusal { _ = try Table(TableType(element: .funcref, elements: huge), in: store) }.contains(
                "4294967296 elements"))
        #expect(refusal { _ = try Memory(MemoryType(pages: reversed), in: store) }.contains("greater"))
        #expect(refusal { _ = try Memory(MemoryType(pages: huge), in: store) }.contains("4294967296 pages"))
        let tooLarge = MemoryType(pages: Limits(minimum: 0, maximum: 1 << 48 + 1), is64Bit: true)
        #expect(refusal { _ = try Memory(tooLarge, in: store) }.contains("281474976710657 pages"))
        #expect(refusal { _ = try Memory(MemoryType(pages: one, isShared: true), in: store) }.contains("shared"))
        let largest = try Memory(MemoryType(pages: Limits(minimum: 0, maximum: 65536)), in: store)
        #expect(largest.type.pages == Limits(minimum: 0, maximum: 65536))
    }

    @Test("A memory and a table of the host's may have 64-bit addresses, and what is too large for them is refused")
    func wideAddresses() throws {
        let store = Store()
        let most = MemoryType(pages: Limits(minimum: 0, maximum: 1 << 48), is64Bit: true)
        let memory = try Memory(most, in: store)
        #expect(memory.type == most)
        #expect(try memory.grow(pages: 2) == 0)
        #expect(throws: UsageError.growRefused) { try memory.grow(pages: 1 << 48) }
        #expect(throws: UsageError.growRefused) { try memory.grow(pages: UInt64.max) }
        try memory.write([42], at: 0x1ffff)
        #expect(throws: UsageError.outOfBounds(offset: .max, count: 2, size: 0x20000)) {
            try memory.read(at: UInt64.max, byteCount: 2)
        }
        #expect(throws: LinkError.self) {
            _ = try Memory(MemoryType(pages: Limits(minimum: 1 << 48), is64Bit: true), in: store)
        }
        let table = try Table(
            TableType(element: .funcref, elements: Limits(minimum: 1, maximum: .max - 1), is64Bit: true), in: store)
        #expect(throws: UsageError.growRefused) { try table.grow(count: 1 << 32, filledWith: .funcref(nil)) }
        var imports = Imports()
        imports.define("m", "memory", memory)
        imports.define("m", "table", table)
        let text = """
            (module
              (import "m" "memory" (memory i64 2 0x1000000000000)) (import "m" "table" (table i64 1 funcref))
              (export "memory" (memory 0)) (export "table" (table 0))
              (func (export "load") (param i64) (result i32) (i32.load8_u (local.get 0))))
            """
        let instance = try Engine().compile(Module(text: text)).instantiate(imports: imports, in: store)
        #expect(try instance.function("load").call([.i64(0x1ffff)]) == [.i32(42)])
        #expect(instance.memory("memory")?.type.is64Bit == true)
        guard case .table(let exported)? = instance.export("table") else {
            Issue.record("the table is not exported")
            return
        }
        #expect(exported.type.is64Bit)
    }

    @Test("A memory and a table keep the maximum of their own declaration, however often they are exported again")
    func maxima() throws {
        let store = Store()
        for (declared, maximum) in [("1 4", 4), ("1", nil), ("1 65536", 65536)] as [(String, UInt64?)] {
            let first = try Engine().compile(
                Module(text: #"(module (memory (export "m") \#(declared)) (table (export "t") \#(declared) funcref))"#)
            )
            .instantiate(in: store)
            var imports = Imports()
            imports.define("a", first)
            let second = try instantiate(
                #"""
                (module (import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref)) (export "m" (memory 0)) \#
                (export "t" (table 0)))
                """#,
                imports: imports)
            #expect(try #require(second.memory("m")).type.pages == Limits(minimum: 1, maximum: maximum))
            #expect(try #require(second.table("t")).type.elements == Limits(minimum: 1, maximum: maximum))
            imports = Imports()
            imports.define("b", second)
            let third = #"(module (import "b" "m" (memory 1 4)) (import "b" "t" (table 1 4 funcref)))"#
            if maximum == 4 {
                _ = try instantiate(third, imports: imports)
            } else {
                #expect(throws: LinkError.self) { try instantiate(third, imports: imports) }
            }
        }
    }

    @Test("A host function finds its caller's memory under any name, with its type, and its caller's exports")
    func callersExports() throws {
        for (exports, pages) in [
            (#"(export "memory" (memory 0))"#, 1), (#"(export "heap" (memory 0))"#, 1),
            (#"(export "f" (func 1)) (export "a" (memory 0)) (export "memory" (memory 0))"#, 1), ("", nil),
        ] as [(String, UInt64?)] {
            var imports = Imports()
            imports.define("env", "look") { (caller: Caller) throws -> Int32 in
                #expect(caller.memory?.type.pages == pages.map { Limits(minimum: $0, maximum: 4) })
                #expect(caller.export("nothing").map { _ in 1 } == nil)
                if case .memory(let memory)? = caller.export("heap") { try memory.store(UInt8(7), at: 9) }
                guard case .function(let function)? = caller.export("answer") else { return 0 }
                return try function.typed(as: (() -> Int32).self)()
            }
            let instance = try instantiate(
                """
                (module (import "env" "look" (func $look (result i32))) (memory 1 4) \(exports)
                  (func (export "answer") (result i32) (i32.const 42)) (func (export "look") (result i32) (call $look)))
                """, imports: imports)
            #expect(try instance.function("look", as: (() -> Int32).self)() == 42)
            if let heap = instance.memory("heap") { #expect(try heap.load(at: 9, as: UInt8.self) == 7) }
        }
    }

    @Test("What an error's localizedDescription says is what its description says")
    func localizedDescriptions() throws {
        func text(_ body: () throws -> Void) -> (String, String) {
            do { try body() } catch { return (error.localizedDescription, "\(error)") }
            return ("", "nothing was thrown")
        }
        let guest = try instantiate(#"(module (func (export "f") unreachable))"#)
        for (localized, plain) in [
            text { _ = try guest.function("f").call() }, text { _ = try guest.function("g") },
            text { _ = try Module(bytes: [1]) },
            text { _ = try Module(text: "(module (fun))") },
            text { _ = try instantiate(#"(module (import "a" "b" (func)))"#) },
            text { _ = try CompiledModule(trusting: [1, 2]) }, text { _ = try Module(contentsOf: "/no/such/file") },
            text { _ = try WASI(environment: [("A=B", "1")]) },
            text { try instantiate(#"(module (tag $e) (func (export "f") (throw $e)))"#).function("f").call() },
        ] {
            #expect(localized == plain)
        }
        #expect((ExitCode(-1) as any Error).localizedDescription == "the guest ended with exit code -1")
    }

    @Test("A variable's name that would be read as another one is refused", arguments: ["A=B", "=", ""])
    func variableNames(name: String) throws {
        let error = #expect(throws: WASI.SetupError.self) { try WASI(environment: [(name, "1")]) }
        #expect(error?.description.contains("\"\(name)\"") == true)
    }
}
