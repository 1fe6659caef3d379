import Testing
import WasmEngine
import WasmText

/// Uses of the interface that nobody means, whose answer is an error that says what is wrong, or what the specification
/// has for it.
@Suite struct HostileUseTests {
    @Test("A module that imports a name twice gets the same thing twice, from a linker as from imports")
    func importedTwice() throws {
        var linker = Linker<Void>()
        linker.define("env", "global", .i32(0), isMutable: true)
        linker.define("env", "memory", MemoryType(pages: Limits(minimum: 1)))
        linker.define("env", "other", MemoryType(pages: Limits(minimum: 1)))
        linker.define("env", "table", TableType(element: .funcref, elements: Limits(minimum: 1)))
        linker.define("env", "tag", tag: [.i32])
        linker.define("env", "twice") { (number: Int32) -> Int32 in number * 2 }
        let text = """
            (module
              (import "env" "twice" (func $twice (param i32) (result i32)))
              (import "env" "other" (memory 1))
              (import "env" "memory" (memory $a 1)) (import "env" "memory" (memory $b 1))
              (import "env" "global" (global $c (mut i32))) (import "env" "global" (global $d (mut i32)))
              (import "env" "table" (table $e 1 funcref)) (import "env" "table" (table $f 1 funcref))
              (import "env" "tag" (tag $g (param i32))) (import "env" "tag" (tag $h (param i32)))
              (import "env" "twice" (func $again (param i32) (result i32)))
              (elem declare func $twice)
              (func (export "run") (result i32 i32 i32 i32)
                (i32.store $a (i32.const 0) (i32.const 9))
                (global.set $c (i32.const 7))
                (table.set $e (i32.const 0) (ref.func $twice))
                (i32.load $b (i32.const 0))
                (global.get $d)
                (ref.is_null (table.get $f (i32.const 0)))
                (block $caught (result i32)
                  (try_table (catch $h $caught) (throw $g (call $again (i32.const 21)))) (unreachable))))
            """
        let program = try Engine().compile(Module(text: text))
        let linked = try linker.link(program)
        for _ in 0..<2 { #expect(try linked.instantiate(()).function("run").call() == [9, 7, 0, 42]) }
        // What instances get is their own.
        let (one, other) = (try linked.instantiate(()), try linked.instantiate(()))
        try one.function("run").call()
        #expect(try other.function("run").call() == [9, 7, 0, 42])
    }

    @Test("A linker's tag has the type that the module wants")
    func otherTag() throws {
        var linker = Linker<Void>()
        linker.define("env", "tag", tag: [.i64])
        let program = try Engine().compile(Module(text: #"(module (import "env" "tag" (tag (param i32))))"#))
        #expect { try linker.link(program) } throws: { "\($0)".contains("incompatible import type") }
    }

    @Test("A type whose index is nobody's is named as that, and not taken for a lack of memory")
    func unknownTypes() throws {
        let store = Store()
        for index in [4_000_000, -1] {
            let type = ValueType.reference(to: .defined(index))
            let function = FunctionType(parameters: [type], results: [])
            #expect { try Function(in: store, type: function) { _, _ in [] } } throws: {
                "\($0)".contains("names a type by an index that no module of this process has")
            }
            #expect { try Tag([.i32, type], in: store) } throws: {
                "\($0)".contains("names a type by an index that no module of this process has")
            }
            #expect { try Table(TableType(element: type, elements: Limits(minimum: 1)), in: store) } throws: {
                "\($0)".hasPrefix("expected a type in a module of this store, found (ref null ")
            }
        }
    }

    @Test("A table of a module's own type can be made only where the module is")
    func tablesOfOwnTypes() throws {
        let text = """
            (module (type $point (struct (field i32))) (table (export "points") 1 (ref null $point))
              (func (export "point") (result (ref $point)) (struct.new $point (i32.const 5))))
            """
        let instance = try instantiate(text)
        let type = try #require(instance.table("points")).type
        let made = try Table(type, in: instance.store)
        let point = try instance.function("point").call()[0]
        try made.set(0, to: point)
        #expect(try made[0] == point)
        #expect(throws: UsageError.self) { try Table(type, in: Store()) }

        var linker = Linker<Void>()
        linker.define("env", "points", type)
        let user = """
            (module (type $point (struct (field i32))) (import "env" "points" (table 1 (ref null $point)))
              (func (export "null") (result i32) (ref.is_null (table.get (i32.const 0)))))
            """
        let linked = try linker.link(Engine().compile(Module(text: user)))
        #expect(try linked.instantiate(()).function("null").call() == [1])
    }

    @Test("The host fills tables of exceptions, with null and with what a guest has caught")
    func exceptionTables() throws {
        let text = """
            (module (tag $tag (param i32)) (table (export "table") 1 exnref)
              (func (export "catch") (result exnref)
                (block $caught (result exnref)
                  (try_table (catch_all_ref $caught) (throw $tag (i32.const 6))) (unreachable)))
              (func (export "throw") (result i32)
                (block $caught (result i32)
                  (try_table (catch $tag $caught) (throw_ref (table.get (i32.const 0)))) (unreachable))))
            """
        let instance = try instantiate(text)
        let table = try #require(instance.table("table"))
        try table.set(0, to: .exnref(nil))
        #expect(try table[0] == .exnref(nil))
        #expect(throws: Trap.self) { try instance.function("throw").call() }
        let exception = try instance.function("catch").call()[0]
        try table.set(0, to: exception)
        #expect(try instance.function("throw").call() == [6])
        #expect(try table.grow(count: 2, filledWith: exception) == 1)
        #expect(try table[2] == exception)
        #expect(throws: UsageError.otherStore("an exception")) {
            try instantiate(text).table("table")?.set(0, to: exception)
        }
        #expect(throws: UsageError.self) { try table.set(0, to: .funcref(nil)) }
    }

    @Test("A limit of no stack at all is a limit")
    func noStack() throws {
        let text = """
            (module (func $f (export "f") (param i32) (result i32)
              (if (result i32) (local.get 0)
                (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0)))))
            """
        let store = Store(limits: ResourceLimits(stackByteCount: 0))
        let instance = try Engine().compile(Module(text: text)).instantiate(in: store)
        let error = #expect(throws: Trap.self) { try instance.function("f").call([10_000]) }
        #expect(error?.reason == .stackOverflow)
    }

    @Test("A host function throws exceptions with references of a module's own types, and no wrong ones")
    func typedExceptions() throws {
        let text = """
            (module (type $callback (func (result i32)))
              (import "env" "fail" (func $fail (param i32)))
              (tag $tag (export "tag") (param (ref $callback)))
              (func (export "five") (type $callback) (i32.const 5))
              (func (export "other"))
              (func (export "run") (param i32) (result i32)
                (block $caught (result (ref $callback))
                  (try_table (catch $tag $caught) (call $fail (local.get 0))) (return (i32.const -1)))
                (call_ref $callback)))
            """
        var imports = Imports()
        imports.define("env", "fail") { (caller: Caller, choice: Int32) throws in
            guard case .tag(let tag)? = caller.export("tag") else { throw UsageError.noSuchExport("tag") }
            let null = Value.funcref(nil)
            throw GuestException(
                tag,
                choice == 0
                    ? [.funcref(try caller.function("five"))]
                    : choice == 1
                        ? [.funcref(try caller.function("other"))] : choice == 2 ? [null] : [.i32(1), .i32(2)])
        }
        let instance = try instantiate(text, imports: imports)
        let run = try instance.function("run", as: ((Int32) -> Int32).self)
        #expect(try run(0) == 5)
        for choice in 1...3 as ClosedRange<Int32> { #expect(throws: UsageError.self) { try run(choice) } }
    }

    @Test("Typed globals hold references to a module's own types")
    func typedGlobals() throws {
        let text = """
            (module (type $point (struct (field i32))) (type $line (struct (field i64)))
              (global (export "point") (mut (ref null $point)) (ref.null $point))
              (global (export "kept") (mut (ref func)) (ref.func $f))
              (func $f (export "f"))
              (func (export "make point") (result (ref $point)) (struct.new $point (i32.const 3)))
              (func (export "make line") (result (ref $line)) (struct.new $line (i64.const 4))))
            """
        let instance = try instantiate(text)
        let makePoint = try instance.function("make point", as: (() -> StructReference).self)
        let makeLine = try instance.function("make line", as: (() -> StructReference).self)
        let global = try instance.global("point", as: StructReference?.self)
        #expect(try global.value == nil)
        let point = try makePoint()
        try global.set(point)
        #expect(try global.value == point)
        #expect(throws: UsageError.self) { try global.set(makeLine()) }
        #expect(throws: UsageError.otherStore("an object")) {
            try global.set(instantiate(text).function("make point", as: (() -> StructReference).self)())
        }
        #expect(try global.value == point)
        try global.set(nil)
        #expect(try global.value == nil)

        let kept = try instance.global("kept", as: Function?.self)
        #expect(try kept.value == instance.function("f"))
        #expect(throws: UsageError.self) { try kept.set(nil) }
        #expect(throws: UsageError.self) { try instance.global("kept", as: ArrayReference.self) }
    }

    @Test("While the host is asked whether something may be used, the store grants nothing else")
    func askedWhileAsking() throws {
        final class Holder {
            var memory: Memory?
            var table: Table?
            var errors: [String] = []
        }
        let holder = Holder()
        let store = Store(limits: ResourceLimits(memoryPages: 10)) { _ in
            for grow in [
                { _ = try holder.memory?.grow(pages: 5) },
                { _ = try holder.table?.grow(count: 9, filledWith: .funcref(nil)) },
            ] {
                do { try grow() } catch { holder.errors.append("\(error)") }
            }
            return true
        }
        let memory = try Memory(MemoryType(pages: Limits(minimum: 1)), in: store)
        let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 1)), in: store)
        (holder.memory, holder.table) = (memory, table)
        try memory.grow(pages: 1)
        try table.grow(count: 1, filledWith: .funcref(nil))
        #expect(memory.pages == 2 && table.count == 2)
        #expect(
            holder.errors
                == (0..<2).flatMap { _ in
                    ["memory pages", "table elements"].map {
                        "the store grants no \($0) while it asks its host whether something may be used"
                    }
                })
        (holder.memory, holder.table) = (nil, nil)
        #expect(throws: UsageError.self) { try memory.grow(pages: 9) }
        try memory.grow(pages: 8)
        #expect(memory.pages == 10)
    }

    @Test("A trap that a host function throws arrives as one")
    func hostTraps() throws {
        var imports = Imports()
        imports.define("env", "stop") { () throws in throw Trap(.castFailure) }
        let text = #"(module (import "env" "stop" (func $stop)) (func (export "run") (call $stop)))"#
        let instance = try instantiate(text, imports: imports)
        #expect(throws: Trap(.castFailure)) { try instance.function("run").call() }
    }

    @Test("Bytes in memory are looked at as a file is: any damage is found, if asked for")
    func damagedBytes() throws {
        let bytes = try Engine().artifact(of: Module(text: #"(module (func (export "f") (result i32) (i32.const 5)))"#))
        let whole = try CompiledModule(trusting: bytes, verifiesAll: true)
        #expect(try whole.instantiate().function("f").call() == [5])
        for place in stride(from: 1024, to: bytes.count, by: 53) {
            var changed = bytes
            changed[place] ^= 4
            #expect(throws: ArtifactError.self) { try CompiledModule(trusting: changed, verifiesAll: true) }
        }
    }
}
