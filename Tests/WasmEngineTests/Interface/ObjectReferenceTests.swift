import Testing
import WasmEngine
import WasmText

/// Structs and arrays of guests, read, written and made by the host.
@Suite struct ObjectReferenceTests {
    private static let text = """
        (module
          (type $point (struct (field (mut i32)) (field (mut f64)) (field i64)))
          (type $node (struct (field (mut i8)) (field (mut (ref null $node))) (field (mut (ref null $point)))
            (field (mut externref)) (field (mut i16)) (field (mut v128)) (field (mut funcref))))
          (type $numbers (array (mut i32)))
          (type $bytes (array i8))
          (type $nodes (array (mut (ref null $node))))
          (func (export "point") (param i32 f64 i64) (result (ref $point))
            (struct.new $point (local.get 0) (local.get 1) (local.get 2)))
          (func (export "x") (param (ref $point)) (result i32) (struct.get $point 0 (local.get 0)))
          (func (export "node") (param (ref null $node)) (result (ref $node))
            (struct.new $node (i32.const -1) (local.get 0) (ref.null $point) (ref.null extern) (i32.const -2)
              (v128.const i64x2 1 2) (ref.null func)))
          (func (export "depth") (param (ref null $node)) (result i32)
            (local $count i32)
            (loop $next
              (if (i32.eqz (ref.is_null (local.get 0)))
                (then
                  (local.set $count (i32.add (local.get $count) (i32.const 1)))
                  (local.set 0 (struct.get $node 1 (local.get 0)))
                  (br $next))))
            (local.get $count))
          (func (export "squares") (param $count i32) (result (ref $numbers))
            (local $array (ref $numbers)) (local $i i32)
            (local.set $array (array.new_default $numbers (local.get $count)))
            (loop $next
              (if (i32.lt_u (local.get $i) (local.get $count))
                (then
                  (array.set $numbers (local.get $array) (local.get $i) (i32.mul (local.get $i) (local.get $i)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br $next))))
            (local.get $array))
          (func (export "sum") (param $array (ref $numbers)) (result i32)
            (local $i i32) (local $sum i32)
            (loop $next
              (if (i32.lt_u (local.get $i) (array.len (local.get $array)))
                (then
                  (local.set $sum
                    (i32.add (local.get $sum) (array.get $numbers (local.get $array) (local.get $i))))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br $next))))
            (local.get $sum))
          (func (export "text") (result (ref $bytes))
            (array.new_fixed $bytes 3 (i32.const 0x61) (i32.const 0xff) (i32.const 0x62)))
          (func (export "nodes") (param i32) (result (ref $nodes)) (array.new_default $nodes (local.get 0)))
          (func (export "churn") (param $count i32)
            (loop $next
              (drop (array.new_default $numbers (i32.const 1000)))
              (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
        """

    private static func instance(limits: ResourceLimits = ResourceLimits()) throws -> Instance {
        try instantiate(text, in: Store(limits: limits))
    }

    @Test("The host reads and writes a struct's fields, which the guest sees")
    func fields() throws {
        let instance = try Self.instance()
        let make = try instance.function("point", as: ((Int32, Double, Int64) -> StructReference).self)
        let point = try make(7, 2.5, -3)
        #expect(try point.field(0, as: Int32.self) == 7)
        #expect(try point.field(1, as: Double.self) == 2.5)
        #expect(try point.field(2) == .i64(-3))
        #expect(point.fields.map(\.description) == ["(mut i32)", "(mut f64)", "i64"])
        try point.setField(0, to: 8 as Int32)
        try point.setField(1, to: .f64(0.5))
        #expect(try point.field(1) == .f64(0.5))
        let x = try instance.function("x", as: ((StructReference) -> Int32).self)
        #expect(try x(point) == 8)
        #expect(try instance.function("x").call([.anyref(point.reference)]) == [.i32(8)])
    }

    @Test("Packed fields are signed as Int32, unsigned as anything else, and vectors and references are fields, too")
    func storage() throws {
        let instance = try Self.instance()
        let make = try instance.function("node", as: ((StructReference?) -> StructReference).self)
        let first = try make(nil)
        let node = try make(first)
        #expect(try node.field(0, as: Int32.self) == -1)
        #expect(try node.field(0, as: UInt32.self) == 255)
        #expect(try node.field(0) == .i32(255))
        #expect(try node.field(4, as: Int32.self) == -2)
        #expect(try node.field(4) == .i32(0xFFFE))
        #expect(try node.field(5) == .v128(low: 1, high: 2))
        #expect(try node.field(1, as: StructReference.self) == first)
        #expect(try first.field(1, as: StructReference?.self) == nil)
        #expect(try node.field(6, as: Function?.self) == nil)
        try node.setField(0, to: 0x1234 as Int32)
        #expect(try node.field(0) == .i32(0x34))
        let depth = try instance.function("depth")
        try node.setField(6, to: depth)
        #expect(try node.field(6, as: Function.self).call([.anyref(node.reference)]) == [.i32(2)])
        try node.setField(3, to: .externref(ExternalReference(5)))
        #expect(try node.field(3, as: ExternalReference.self).number == 5)
        try node.setField(1, to: nil as StructReference?)
        #expect(try depth.call([.anyref(node.reference)]) == [.i32(1)])
    }

    @Test("The host makes structs and arrays of a module's types, and the guest uses them")
    func making() throws {
        let instance = try Self.instance()
        let type = try instance.function("x").type.parameters[0]
        let point = try StructReference(of: type, [.i32(5), .f64(1), .i64(2)], in: instance.store)
        #expect(try instance.function("x", as: ((StructReference) -> Int32).self)(point) == 5)
        let numbers = try instance.function("sum").type.parameters[0]
        let sum = try instance.function("sum", as: ((ArrayReference) -> Int32).self)
        #expect(try sum(ArrayReference(of: numbers, (1...10).map { .i32($0) }, in: instance.store)) == 55)
        #expect(try sum(ArrayReference(of: numbers, repeating: .i32(3), count: 100, in: instance.store)) == 300)
        #expect(try sum(ArrayReference(of: numbers, [], in: instance.store)) == 0)
    }

    @Test("The host reads and writes an array's elements one by one and as bytes")
    func elements() throws {
        let instance = try Self.instance()
        let squares = try instance.function("squares", as: ((Int32) -> ArrayReference).self)(10)
        #expect(squares.count == 10)
        #expect(try squares.element(9, as: Int32.self) == 81)
        try squares.setElement(0, to: 1_000 as Int32)
        try squares.withMutableBytes { bytes in bytes.storeBytes(of: 500, toByteOffset: 4, as: Int32.self) }
        let sum = try squares.withBytes { bytes in
            (0..<10).reduce(0) { $0 + bytes.unsafeLoad(fromByteOffset: $1 * 4, as: Int32.self) }
        }
        #expect(sum == 285 + 1_000 + 499)
        #expect(try instance.function("sum", as: ((ArrayReference) -> Int32).self)(squares) == sum)
        let text = try instance.function("text", as: (() -> ArrayReference).self)()
        #expect(text.elementType.description == "i8")
        #expect(try text.withBytes { bytes in bytes.byteCount } == 3)
        #expect(try text.element(1) == .i32(255))
        #expect(try text.element(1, as: Int32.self) == -1)
    }

    @Test("Misuse throws: no such field, another type, another store, an immutable field, references as bytes")
    func misuse() throws {
        let instance = try Self.instance()
        let other = try Self.instance()
        let make = { (instance: Instance) throws in
            try instance.function("point", as: ((Int32, Double, Int64) -> StructReference).self)(1, 2, 3)
        }
        let point = try make(instance)
        let node = try instance.function("node", as: ((StructReference?) -> StructReference).self)(nil)
        let array = try instance.function("squares", as: ((Int32) -> ArrayReference).self)(2)
        let nodes = try instance.function("nodes", as: ((Int32) -> ArrayReference).self)(2)
        #expect(throws: UsageError.outOfBounds(offset: 3, count: 1, size: 3)) { try point.field(3) }
        #expect(throws: UsageError.outOfBounds(offset: .max, count: 1, size: 3)) { try point.field(-1) }
        #expect(throws: UsageError.outOfBounds(offset: 2, count: 1, size: 2)) { try array.element(2) }
        #expect(throws: UsageError.immutableField) { try point.setField(2, to: 1 as Int64) }
        #expect(throws: UsageError.self) { try point.field(0, as: Double.self) }
        #expect(throws: UsageError.self) { try point.setField(0, to: 1 as Int64) }
        #expect(throws: UsageError.self) { try node.setField(2, to: node) }
        #expect(throws: UsageError.self) { try array.setElement(0, to: .i64(1)) }
        #expect(throws: UsageError.self) { try nodes.withBytes { $0.byteCount } }
        #expect(throws: UsageError.self) { try StructReference(array.reference, in: instance.store) }
        #expect(throws: UsageError.otherStore("an object")) { try node.setField(2, to: make(other)) }
        let foreign = try make(other).reference
        #expect(throws: UsageError.otherStore("an object")) { try StructReference(foreign, in: node.store) }
        #expect(throws: UsageError.self) { try StructReference(of: array.type, [], in: instance.store) }
        #expect(throws: UsageError.self) { try StructReference(of: point.type, [.i32(1)], in: instance.store) }
        #expect(throws: UsageError.self) { try StructReference(of: point.type, [], in: Store()) }
        let x = try instance.function("x", as: ((StructReference) -> Int32).self)
        #expect(throws: UsageError.self) { try x(node) }
        let perhaps = try instance.function("x", as: ((StructReference?) -> Int32).self)
        #expect(throws: UsageError.self) { try perhaps(nil) }
        #expect(try x(point) == 1)
        #expect(throws: UsageError.self) { try instance.function("x", as: ((ArrayReference) -> Int32).self) }
    }

    @Test("What the host puts into old objects is kept, and what it lets go of is freed")
    func lifetime() throws {
        let instance = try Self.instance()
        let make = try instance.function("node", as: ((StructReference?) -> StructReference).self)
        let nodes = try instance.function("nodes", as: ((Int32) -> ArrayReference).self)(100)
        let root = try make(nil)
        instance.store.collectGarbage()
        for index in 0..<100 { try nodes.setElement(index, to: make(make(nil))) }
        try root.setField(1, to: make(nil))
        // Many young collections.
        try instance.function("churn").call([.i32(5_000)])
        let depth = try instance.function("depth", as: ((StructReference?) -> Int32).self)
        for index in 0..<100 { #expect(try depth(nodes.element(index, as: StructReference.self)) == 2) }
        #expect(try depth(root) == 2)
        instance.store.collectGarbage()
        let kept = instance.store.heapStatistics.liveByteCount
        for index in 0..<100 { try nodes.setElement(index, to: nil as StructReference?) }
        instance.store.collectGarbage()
        #expect(instance.store.heapStatistics.liveByteCount < kept - 100 * 2 * 32)
    }

    @Test("A full heap is an error that names the limit, and the store goes on")
    func limit() throws {
        let instance = try Self.instance(limits: ResourceLimits(heapBytes: 1 << 20))
        let type = try instance.function("sum").type.parameters[0]
        #expect {
            try ArrayReference(of: type, repeating: .i32(0), count: 1 << 20, in: instance.store)
        } throws: { "\($0)".contains("heap bytes") }
        #expect(throws: UsageError.self) {
            try ArrayReference(of: type, repeating: .i32(0), count: -1, in: instance.store)
        }
        #expect(try ArrayReference(of: type, repeating: .i32(0), count: 10, in: instance.store).count == 10)
    }

    @Test("Integers of 31 bits are references that the host makes, and equal when they are the same number")
    func smallIntegers() throws {
        let instance = try instantiate(
            """
            (module (func (export "get") (param anyref) (result i32) (i31.get_s (ref.cast i31ref (local.get 0))))
              (func (export "make") (param i32) (result anyref) (ref.i31 (local.get 0))))
            """)
        let get = try instance.function("get", as: ((AnyReference) -> Int32).self)
        let make = try instance.function("make", as: ((Int32) -> AnyReference).self)
        for number in [0, 1, -1, (1 << 30) - 1, -(1 << 30)] as [Int32] {
            let reference = try #require(AnyReference(i31: number))
            #expect(try get(reference) == number)
            #expect(try make(number) == reference)
        }
        #expect(AnyReference(i31: 1 << 30) == nil)
        #expect(AnyReference(i31: .min) == nil)
    }
}
