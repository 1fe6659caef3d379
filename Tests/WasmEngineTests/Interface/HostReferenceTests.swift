import Testing
import WasmEngine
import WasmText

/// Objects of the host's that guests hold, and that nobody has to let go of.
@Suite struct HostReferenceTests {
    private final class Session {
        var messages: [Int32] = []
    }
    private final class Other {}

    private static let text = """
        (module
          (import "host" "send" (func $send (param externref i32)))
          (import "host" "open" (func $open (result externref)))
          (table $kept (export "kept") 4 externref)
          (global $last (export "last") (mut externref) (ref.null extern))
          (func (export "keep") (param i32 externref) (table.set $kept (local.get 0) (local.get 1)))
          (func (export "kept at") (param i32) (result externref) (table.get $kept (local.get 0)))
          (func (export "drop") (param i32) (table.set $kept (local.get 0) (ref.null extern)))
          (func (export "greet") (param externref)
            (call $send (local.get 0) (i32.const 1))
            (call $send (local.get 0) (i32.const 2)))
          (func (export "open") (result i32)
            (local $session externref)
            (local.set $session (call $open))
            (call $send (local.get $session) (i32.const 3))
            (ref.is_null (local.get $session))))
        """

    private static func instance(
        limits: ResourceLimits = ResourceLimits(), open: @escaping () -> Session = { Session() }
    ) throws -> Instance {
        var imports = Imports()
        imports.define("host", "send") { (session: HostReference<Session>, message: Int32) in
            session.object.messages.append(message)
        }
        imports.define("host", "open") { () throws -> HostReference<Session> in HostReference(open()) }
        return try instantiate(text, imports: imports, in: Store(limits: limits))
    }

    @Test("A guest gives back the very object, as its own type")
    func identity() throws {
        let instance = try Self.instance()
        let session = Session()
        try instance.function("greet", as: ((HostReference<Session>) -> Void).self)(HostReference(session))
        #expect(session.messages == [1, 2])
        try instance.function("keep", as: ((Int32, HostReference<Session>) -> Void).self)(1, HostReference(session))
        let kept = try instance.function("kept at", as: ((Int32) -> HostReference<Session>?).self)
        #expect(try kept(1)?.object === session)
        #expect(try kept(1) == HostReference(session))
        #expect(try kept(0) == nil)
        let last = try instance.global("last", as: HostReference<Session>?.self)
        try last.set(HostReference(session))
        #expect(try last.value?.object === session)
    }

    @Test("Another type, null and a number that the host never gave are errors")
    func errors() throws {
        let instance = try Self.instance()
        let greet = try instance.function("greet", as: ((HostReference<Other>) -> Void).self)
        #expect { try greet(HostReference(Other())) } throws: { "\($0)".contains("a reference to Other") }
        #expect(throws: UsageError.self) { try instance.function("greet").call([.externref(nil)]) }
        let unknown = Value.externref(ExternalReference(1 << 29))
        #expect(throws: UsageError.self) { try instance.function("greet").call([unknown]) }
    }

    @Test("An object is freed when neither guests nor the host hold it, and not before")
    func lifetime() throws {
        let instance = try Self.instance()
        let store = instance.store
        let keep = try instance.function("keep", as: ((Int32, HostReference<Session>) -> Void).self)
        let kept = try instance.function("kept at", as: ((Int32) -> HostReference<Session>?).self)
        weak var first: Session?
        weak var second: Session?
        do {
            let sessions = (Session(), Session())
            (first, second) = sessions
            try keep(0, HostReference(sessions.0))
            try keep(1, HostReference(sessions.1))
        }
        store.collectGarbage()
        #expect(first != nil && second != nil)
        try instance.function("drop").call([.i32(0)])
        store.collectGarbage()
        #expect(first == nil)
        #expect(try kept(1)?.object === second)
        // The host holds it; the guest does not.
        let held = try kept(1)
        try instance.function("drop").call([.i32(1)])
        store.collectGarbage()
        #expect(second != nil)
        try withExtendedLifetime(held) { try keep(2, HostReference(#require(second))) }
        store.collectGarbage()
        #expect(try kept(2)?.object === second)
    }

    @Test("Objects that go by the thousands do not pile up, nor count against the limit")
    func manyObjects() throws {
        var made = 0
        final class Counted: @unchecked Sendable { var living = 0 }
        let counted = Counted()
        final class Session2: Sendable {
            let counted: Counted
            init(_ counted: Counted) { self.counted = counted; counted.living += 1 }
            deinit { counted.living -= 1 }
        }
        var imports = Imports()
        imports.define("host", "open") { () throws -> HostReference<Session2> in
            made += 1
            return HostReference(Session2(counted))
        }
        let store = Store(limits: ResourceLimits(hostReferences: 1_500))
        let instance = try instantiate(
            """
            (module (import "host" "open" (func $open (result externref)))
              (func (export "run") (param $count i32)
                (loop $next
                  (drop (call $open))
                  (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
            """, imports: imports, in: store)
        try instance.function("run").call([.i32(20_000)])
        #expect(made == 20_000)
        #expect(counted.living <= 1_500)
        store.collectGarbage()
        #expect(counted.living <= 8)
    }

    @Test("A limit that guests really reach is an error")
    func limit() throws {
        let instance = try Self.instance(limits: ResourceLimits(hostReferences: 2))
        let keep = try instance.function("keep", as: ((Int32, HostReference<Session>) -> Void).self)
        try keep(0, HostReference(Session()))
        try keep(1, HostReference(Session()))
        #expect { try keep(2, HostReference(Session())) } throws: {
            if case .limitReached? = $0 as? UsageError { true } else { false }
        }
        try instance.function("drop").call([.i32(0)])
        try keep(2, HostReference(Session()))
    }

    @Test("Objects are found in structs, arrays and internalised references of guests")
    func inObjects() throws {
        let instance = try instantiate(
            """
            (module
              (type $box (struct (field (mut externref)) (field (mut anyref))))
              (type $list (array (mut externref)))
              (global $box (mut (ref null $box)) (ref.null $box))
              (global $list (mut (ref null $list)) (ref.null $list))
              (func (export "put") (param externref externref externref)
                (global.set $box (struct.new $box (local.get 0) (any.convert_extern (local.get 1))))
                (global.set $list (array.new $list (local.get 2) (i32.const 3))))
              (func (export "get") (result externref externref externref)
                (struct.get $box 0 (global.get $box))
                (extern.convert_any (struct.get $box 1 (global.get $box)))
                (array.get $list (global.get $list) (i32.const 2)))
              (func (export "clear") (global.set $box (ref.null $box)) (global.set $list (ref.null $list))))
            """)
        typealias Reference = HostReference<Session>
        weak var weakly: Session?
        do {
            let put = try instance.function("put", as: ((Reference, Reference, Reference) -> Void).self)
            let session = Session()
            weakly = session
            try put(HostReference(session), HostReference(Session()), HostReference(Session()))
        }
        instance.store.collectGarbage()
        do {
            let get = try instance.function("get", as: (() -> (Reference, Reference, Reference)).self)
            let (a, b, c) = try get()
            #expect(a.object === weakly && b != a && c != b)
        }
        #expect(weakly != nil)
        try instance.function("clear").call()
        instance.store.collectGarbage()
        #expect(weakly == nil)
    }

    @Test("A guest cannot pass an object of its own off as the host's")
    func pretence() throws {
        let instance = try instantiate(
            """
            (module (type $empty (struct))
              (func (export "give") (result externref) (extern.convert_any (struct.new $empty))))
            """)
        let secret = try instance.store.root(Session())
        guard case .externref(let given?) = try instance.function("give").call()[0] else {
            Issue.record("the guest gives a reference")
            return
        }
        #expect(instance.store.object(given) == nil && instance.store.unroot(given) == nil)
        #expect(instance.store.object(secret) is Session)
        let give = try instance.function("give", as: (() -> HostReference<Session>).self)
        #expect(throws: UsageError.self) { try give() }
    }

    /// Whether it is the error for what belongs to another store.
    private static func isOtherStore(_ body: () throws -> Void) -> Bool {
        do { try body() } catch UsageError.otherStore { return true } catch {}
        return false
    }

    @Test("A reference to an object means nothing in another store, though its number is that of another object there")
    func otherStore() throws {
        let (own, other) = (try Self.instance(), try Self.instance())
        let (mine, theirs) = (Session(), Session())
        let pairs = [
            (try own.store.reference(to: mine), try other.store.reference(to: theirs)),
            (try own.store.root(mine), try other.store.root(theirs)),
        ]
        let keep = try other.function("keep", as: ((Int32, ExternalReference) -> Void).self)
        let kept = try #require(other.table("kept"))
        for (reference, confused) in pairs {
            #expect(reference.number == confused.number && reference != confused)
            #expect(other.store.object(reference) == nil && other.store.unroot(reference) == nil)
            #expect(other.store.object(confused) as? Session === theirs)
            let value = Value.externref(reference)
            #expect(Self.isOtherStore { try other.function("greet").call([value]) })
            #expect(Self.isOtherStore { try keep(0, reference) })
            #expect(Self.isOtherStore { try kept.set(0, to: value) })
            #expect(Self.isOtherStore { try other.global("last")?.set(value) })
            #expect(Self.isOtherStore { try other.global("last", as: ExternalReference?.self).set(reference) })
            #expect(Self.isOtherStore { _ = try Global(value, isMutable: true, in: other.store) })
            let inner = try #require(AnyReference(reference))
            #expect(inner != AnyReference(confused))
            #expect(Self.isOtherStore { _ = try Global(.anyref(inner), isMutable: true, in: other.store) })
            #expect(Self.isOtherStore { try kept.set(0, to: .externref(ExternalReference(inner))) })
        }
        #expect(theirs.messages.isEmpty)
    }

    @Test("A host function cannot give a guest a reference of another store")
    func otherStoreResults() throws {
        let reference = try Store().root(Session())
        let text = """
            (module (import "host" "get" (func $get (result externref)))
              (func (export "run") (drop (call $get))))
            """
        var imports = Imports()
        imports.define("host", "get") { () throws -> ExternalReference in reference }
        let typed = try instantiate(text, imports: imports)
        #expect(Self.isOtherStore { try typed.function("run").call() })
        imports.define("host", "get", type: FunctionType(parameters: [], results: [.externref])) { _, _ in
            [.externref(reference)]
        }
        let untyped = try instantiate(text, imports: imports)
        #expect(Self.isOtherStore { try untyped.function("run").call() })
    }

    @Test("What a guest gives back equals what it was given, and a number of the host's is one in every store")
    func equality() throws {
        let (own, other) = (try Self.instance(), try Self.instance())
        let session = Session()
        let keptAt = try own.function("kept at")
        for reference in [try own.store.reference(to: session), try own.store.root(session)] {
            try own.function("keep").call([0, .externref(reference)])
            #expect(try keptAt.call([0]) == [.externref(reference)])
            #expect(try own.table("kept")?.get(0) == .externref(reference))
            own.store.unroot(reference)
            #expect(try keptAt.call([0]) == [.externref(reference)])
        }
        let number = Value.externref(ExternalReference(1 << 40))
        for instance in [own, other] {
            try instance.function("keep").call([1, number])
            #expect(try instance.function("kept at").call([1]) == [number])
        }
        #expect("\(ExternalReference(7))" == "ExternalReference(7)")
        #expect("\(try Store().root(session))" == "ExternalReference(0)")
        // A value has room for a vector, and its case.
        #expect(MemoryLayout<Value>.size == 17)
    }
}
