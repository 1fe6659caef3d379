import Testing
import WasmEngine

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
        guard case .i32(5) = try function.call([.i32(2), .i32(3)])[0] else {
            Issue.record("the function in the table is another")
            return
        }
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
        #expect(throws: UsageError.self) { try memory.read(at: .max, byteCount: 2) }
        #expect(throws: UsageError.self) { try memory.write([1], at: 65_536) }
        #expect(throws: UsageError.self) { try memory.read(at: 0, byteCount: -1) }
        #expect(throws: UsageError.self) { try memory.string(at: 0, byteCount: .min) }
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
        let global = try Global(.f64(1), isMutable: false, in: store)
        #expect(throws: UsageError.immutableGlobal) { try global.set(.f64(2)) }
    }
}
