import Testing
import WasmEngine
import WasmText

@Suite struct ResourceLimitTests {
    static let text = """
        (module
          (memory (export "memory") 2)
          (table (export "table") 5 funcref)
          (func (export "growMemory") (param i32) (result i32) (memory.grow (local.get 0)))
          (func (export "growTable") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
          (func $deep (export "deep") (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
              (else (i32.const 0)))))
        """

    static func make(in store: Store, _ mode: Engine.Options = .init()) throws -> Instance {
        try Engine(options: mode).compile(Module(text: text)).instantiate(in: store)
    }

    static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was thrown"
        } catch { return "\(error)" }
    }

    @Test(
        "Guests grow up to the limits of all together, and the host is told which one is reached",
        arguments: modes.indices)
    func growth(_ mode: Int) throws {
        let store = Store(limits: ResourceLimits(memoryPages: 5, tableElements: 12))
        let first = try Self.make(in: store, modes[mode])
        let second = try Self.make(in: store, modes[mode])
        for (name, sizes) in [("growMemory", [2, 3]), ("growTable", [5, 7])] as [(String, [Int32])] {
            let grow = try first.function(name, as: ((Int32) -> Int32).self)
            let other = try second.function(name, as: ((Int32) -> Int32).self)
            let room = sizes[1] - sizes[0]
            #expect(try grow(room + 1) == -1)
            #expect(try grow(room) == sizes[0])
            #expect(try other(1) == -1)
            #expect(try other(0) == sizes[0])
        }
        #expect(
            Self.message { try second.memory?.grow(pages: 1) }
                == "the store's limit is 5 memory pages; 5 are in use and 1 more were asked for")
        #expect(
            Self.message { try second.table("table")?.grow(count: 3, filledWith: .funcref(nil)) }
                == "the store's limit is 12 table elements; 12 are in use and 3 more were asked for")
        #expect(
            Self.message { _ = try Memory(MemoryType(pages: Limits(minimum: 1)), in: store) }.contains("5 memory pages")
        )
    }

    @Test("Instantiation names the limit that it would pass")
    func instantiation() throws {
        #expect(
            Self.message { _ = try Self.make(in: Store(limits: .init(memoryPages: 1))) }.contains(
                "limit is 1 memory pages"))
        #expect(
            Self.message { _ = try Self.make(in: Store(limits: .init(tableElements: 4))) }.contains(
                "limit is 4 table elements"))
        let store = Store(limits: .init(instances: 1))
        _ = try Self.make(in: store)
        #expect(Self.message { _ = try Self.make(in: store) }.contains("limit is 1 instances"))
    }

    @Test("A delegate is asked within the limits and may refuse")
    func delegate() throws {
        var requests: [ResourceRequest] = []
        let store = Store(limits: .init(memoryPages: 100)) { request in
            requests.append(request)
            return request.resource != .memoryPages || request.requested <= 10
        }
        let grow = try Self.make(in: store).function("growMemory", as: ((Int32) -> Int32).self)
        #expect(try grow(11) == -1)
        #expect(try grow(10) == 2)
        #expect(try grow(1000) == -1)
        #expect(
            requests == [
                .init(resource: .instances, inUse: 0, requested: 1),
                .init(resource: .memoryPages, inUse: 0, requested: 2),
                .init(resource: .tableElements, inUse: 0, requested: 5),
                .init(resource: .memoryPages, inUse: 2, requested: 11),
                .init(resource: .memoryPages, inUse: 2, requested: 10),
            ])
    }

    @Test("Calls nest as deep as the stack limit allows", arguments: modes.indices)
    func stack(_ mode: Int) throws {
        func reaches(_ depth: Int32, _ byteCount: UInt64) throws -> Bool {
            let deep = try Self.make(in: Store(limits: .init(stackByteCount: byteCount)), modes[mode]).function("deep")
            do { return try deep.call([.i32(depth)]).first?.i32 == depth } catch let trap as Trap
                where trap.reason == .stackOverflow
            {
                return false
            }
        }
        #expect(try reaches(50, 32_768))
        #expect(try !reaches(3_000, 32_768))
        #expect(try reaches(1_000, 1 << 18))
        #expect(try !reaches(100_000, 1 << 18))
    }

    @Test("An exhausted stack names the limit")
    func stackIsNamed() throws {
        let deep = try Self.make(in: Store(limits: .init(stackByteCount: 32_768))).function("deep")
        #expect(
            Self.message { _ = try deep.call([.i32(100_000)]) }
                == "wasm trap: call stack exhausted: the store's limit is 32768 bytes of stack")
    }

    @Test("An engine limits the stack, too; the smallest limit counts and is named", arguments: modes.indices)
    func stackOfEngines(_ mode: Int) async throws {
        var options = modes[mode]
        options.stackByteCount = 40_000
        let program = try Engine(options: options).compile(Module(text: Self.text))
        func deep(_ limit: UInt64?) throws -> Function {
            try program.instantiate(in: Store(limits: .init(stackByteCount: limit))).function("deep")
        }
        func limit(_ body: () async throws -> Void) async -> StackLimit? {
            do { try await body() } catch let trap as Trap where trap.reason == .stackOverflow {
                return trap.stackLimit
            } catch {}
            Issue.record("no overflow")
            return nil
        }
        #expect(await limit { _ = try deep(nil).call([.i32(100_000)]) } == .engine(byteCount: 40_000))
        #expect(await limit { _ = try deep(39_999).call([.i32(100_000)]) } == .store(byteCount: 39_999))
        #expect(await limit { _ = try deep(40_001).call([.i32(100_000)]) } == .engine(byteCount: 40_000))
        #expect(await limit { _ = try await deep(nil).callAsync([.i32(100_000)]) } == .engine(byteCount: 40_000))
        #expect(try deep(nil).call([.i32(50)]).first?.i32 == 50)
        // The stack is as large as asked for, up to pages.
        let unlimited = try Self.make(in: Store(), modes[mode]).function("deep")
        let call = await limit { _ = try await unlimited.callAsync([.i32(1_000_000)], stackByteCount: 1 << 16) }
        #expect(call == .asynchronousCall(byteCount: 1 << 16))
        #expect(Self.message { _ = try unlimited.call([.i32(100_000_000)]) } == "wasm trap: call stack exhausted")
        #expect(
            Self.message { _ = try deep(nil).call([.i32(100_000)]) }
                == "wasm trap: call stack exhausted: the engine's limit is 40000 bytes of stack")
    }

    @Test("A store has the smallest limit of its instances' engines, and start functions are calls")
    func stackOfSeveralEngines() throws {
        var small = Engine.Options()
        small.stackByteCount = 32_768
        let inner = try Engine(options: small).compile(Module(text: Self.text)).instantiate()
        var imports = Imports()
        imports.define("env", "deep", try inner.function("deep"))
        let text = """
            (module (import "env" "deep" (func $deep (param i32) (result i32)))
              (func (export "through") (param i32) (result i32) (call $deep (local.get 0))))
            """
        let outer = try Engine().compile(Module(text: text)).instantiate(imports: imports, in: inner.store)
        #expect(try outer.function("through").call([.i32(50)]).first?.i32 == 50)
        #expect(
            Self.message { _ = try outer.function("through").call([.i32(3_000)]) }.contains(
                "the engine's limit is 32768"))
        let start =
            """
            (module (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) \
            (call $f (i32.const 0))))) (func $s (call $f (i32.const 100000))) (start $s))
            """
        #expect(
            Self.message { _ = try Engine(options: small).compile(Module(text: start)).instantiate() }.contains(
                "the engine's limit is 32768"))
    }

    @Test("So many host objects are held, and the limit is named")
    func hostReferences() throws {
        let store = Store(limits: .init(hostReferences: 2))
        let first = try store.root("first")
        _ = try store.root("second")
        #expect(
            Self.message { _ = try store.root("third") }
                == "the store's limit is 2 references to host objects; 2 are in use and 1 more were asked for")
        #expect(store.object(first) as? String == "first")
    }

    @Test("A table takes memory where something is put into it, not for its nulls")
    func tablesOfNulls() throws {
        let (before, store) = (try Footprint(), Store())
        let type = TableType(element: .funcref, elements: Limits(minimum: 10_000_000))
        let tables = try (0..<20).map { _ in try Table(type, in: store) }
        #expect(try Footprint().residentBytes - before.residentBytes < 400_000_000)
        #expect(try tables[0][9_999_999].funcref == nil)
        #expect(try tables[0].grow(count: 0, filledWith: .funcref(nil)) == 10_000_000)
    }

    @Test("Several stores share limits, and give back what they used")
    func shared() throws {
        let shared = SharedResourceLimits(ResourceLimits(memoryPages: 5, instances: 2))
        try {
            let first = try Self.make(in: Store(shared: shared))
            let second = try Self.make(in: Store(limits: .init(tableElements: 5), shared: shared))
            #expect(shared.inUse(.memoryPages) == 4)
            let grow = try first.function("growMemory", as: ((Int32) -> Int32).self)
            #expect(try grow(2) == -1)
            #expect(
                Self.message { try second.memory?.grow(pages: 2) }
                    == "the limit of several stores is 5 memory pages; 4 are in use and 2 more were asked for")
            #expect(try grow(1) == 2)
            #expect(
                Self.message { _ = try Self.make(in: Store(shared: shared)) }
                    .contains("the limit of several stores is 2 instances; 2 are in use and 1 more were asked for"))
            let refusing = Store(shared: shared) { _ in false }
            #expect(Self.message { _ = try Self.make(in: refusing) }.contains("instances"))
            withExtendedLifetime(second) {}
        }()
        #expect(ResourceRequest.Resource.allCases.allSatisfy { shared.inUse($0) == 0 })
        _ = try Self.make(in: Store(shared: shared))
    }
}
