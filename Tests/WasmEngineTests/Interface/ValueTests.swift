import Testing
import WasmEngine
import WasmText

/// Values, what lives in stores, and how instances are seen.
@Suite struct ValueTests {
    @Test("Values are equal when type and bits are, and hash so")
    func equality() {
        let values: [Value] = [
            0, .i64(0), .f32(0), 0.0, .f32(-0.0), .f64(-0.0), .v128(low: 0, high: 0), .funcref(nil), .externref(nil),
            .externref(ExternalReference(0)), .f32(.nan), .f64(.nan), .f64(Double(nan: 1, signaling: false)),
        ]
        #expect(Set(values).count == values.count)
        for (index, value) in values.enumerated() { #expect(values.firstIndex(of: value) == index) }
        #expect(Value.i32(-1) == Value(UInt32.max) && Value(true) == 1 && Value(2 as Float) == .f32(2))
    }

    @Test("Literals and accessors say which type a value has")
    func accessors() throws {
        let (number, fraction): (Value, Value) = (-7, 0.5)
        #expect(number.i32 == -7 && number.i64 == nil && fraction.f64 == 0.5 && fraction.f32 == nil)
        #expect(Value.v128(low: 1, high: 2).v128 == V128(low: 1, high: 2) && Value.funcref(nil).funcref == nil)
        #expect(try number.converted(to: UInt32.self) == 4_294_967_289 && Value.i32(2).converted(to: Bool.self))
        #expect(throws: UsageError.typeMismatch(expected: "i64", found: "i32")) { try number.converted(to: Int64.self) }
        #expect(throws: UsageError.noValue(type: "Color", number: "9")) { try Value.i32(9).converted(to: Color.self) }
    }

    private enum Color: Int32, WasmConvertible { case red, green }

    @Test("Values go to other tasks")
    func sendable() async throws {
        let value = Value.funcref(try Function(in: Store()) { () in })
        #expect(await Task.detached { value }.value == value)
    }

    @Test("Vectors have the lanes of the specification: the first one in the lowest bits")
    func lanes() {
        let vector = V128(SIMD8<UInt16>(1, 2, 3, 4, 5, 6, 7, 8))
        #expect(vector.low == 0x0004_0003_0002_0001 && vector.u64x2[1] == 0x0008_0007_0006_0005)
        #expect(vector.i8x16[2] == 2 && vector.u32x4[3] == 0x0008_0007)
        #expect(V128(SIMD2<Double>(1, 2)).f64x2 == SIMD2(1, 2) && V128(SIMD16<Int8>(repeating: -1)).i64x2[0] == -1)
    }

    private static let text = """
        (module
          (memory (export "m") 1)
          (table (export "t") 2 funcref)
          (global (export "g") (mut i32) (i32.const 1))
          (global (export "c") i64 (i64.const 5))
          (global (export "f") (mut funcref) (ref.func 0))
          (func (export "h") (export "run")))
        """

    @Test("Exports are a sequence in the module's order")
    func exports() throws {
        let instance = try instantiate(Self.text)
        #expect(instance.exports.map(\.name) == ["m", "t", "g", "c", "f", "h", "run"])
        #expect(instance.exports.count == 7 && instance.exports["nothing"]?.type == nil)
        guard case .function(let first)? = instance.exports["h"], case .function(let second)? = instance.exports["run"]
        else {
            Issue.record("the functions are not exported")
            return
        }
        #expect(first == second && instance.memory("m") == instance.memory("m"))
        for (name, external) in instance.exports where name == "c" {
            #expect(external.type == .global(GlobalType(value: .i64, isMutable: false)))
        }
    }

    @Test("Tables have subscripts, and globals are variables of Swift types")
    func tablesAndGlobals() throws {
        let instance = try instantiate(Self.text)
        let table = try #require(instance.table("t"))
        #expect(try table[0] == .funcref(nil))
        try table.set(1, to: .funcref(instance.function("run")))
        #expect(try table[Int32(1)].funcref == instance.function("h").reference)
        #expect(throws: UsageError.outOfBounds(offset: 2, count: 1, size: 2)) { try table[2] }
        #expect(throws: UsageError.self) { try table[-1] }
        let counter = try instance.global("g", as: Int32.self)
        try counter.set(counter.value + 41)
        #expect(try counter.value == 42 && instance.global("g")?.value == 42)
        #expect(throws: UsageError.noValue(type: "Color", number: "42")) {
            try instance.global("g", as: Color.self).value
        }
        #expect(throws: UsageError.immutableGlobal) { try instance.global("c", as: Int64.self).set(1) }
        #expect(throws: UsageError.typeMismatch(expected: "a global i64", found: "i32")) {
            try instance.global("c", as: Int32.self)
        }
        #expect(throws: UsageError.noSuchExport("no")) { try instance.global("no", as: Int32.self) }
        let function = try instance.global("f", as: Function?.self)
        #expect(try function.value == instance.function("run"))
        try function.set(nil)
        #expect(try function.value == nil)
    }

    @Test("An object that is let go of is gone for good, and makes room for another")
    func unroot() throws {
        final class Object {}
        let store = Store(limits: ResourceLimits(hostReferences: 2))
        weak var kept: Object?
        var references: [ExternalReference] = []
        for _ in 0..<10 {
            let object = Object()
            kept = object
            let reference = try store.root(object)
            #expect(store.object(reference) as? Object === object)
            #expect(store.unroot(reference) as? Object === object)
            #expect(store.unroot(reference) == nil && store.object(reference) == nil)
            references.append(reference)
        }
        #expect(kept == nil && Set(references).count == 10)
        _ = (try store.root(1), try store.root(2))
        #expect(throws: UsageError.self) { try store.root(3) }
    }

    @Test("Host references of several stores are given back to what they share")
    func unrootShared() throws {
        let shared = SharedResourceLimits(ResourceLimits(hostReferences: 1))
        let (first, second) = (Store(shared: shared), Store(shared: shared))
        let reference = try first.root("one")
        #expect(throws: UsageError.self) { try second.root("two") }
        first.unroot(reference)
        #expect(shared.inUse(.hostReferences) == 0)
        _ = try second.root("two")
    }
}
