import Testing
import WasmEngine
import WasmText

/// What structs and arrays cost beside their instructions: a point for 64 bytes.
@Suite("Prices of objects") struct ObjectPriceTests {
    private static let text = """
        (module
          (type $ints (array (mut i32))) (type $bytes (array (mut i8))) (type $vectors (array (mut v128)))
          (type $functions (array (mut funcref)))
          (type $small (struct (field i64 i64)))
          (type $large (struct \(String(repeating: "(field i64)", count: 20))))
          (data $data "\(String(repeating: "x", count: 200))")
          (elem $elements funcref \(String(repeating: "(ref.null func)", count: 20)))
          (global $array (mut (ref $ints)) (array.new_default $ints (i32.const 1000)))
          (func (export "first") (result i32) (array.get $ints (global.get $array) (i32.const 0)))
          (func (export "new") (param i32) (drop (array.new $ints (i32.const 7) (local.get 0))))
          (func (export "newDefault") (param i32) (drop (array.new_default $vectors (local.get 0))))
          (func (export "newData") (param i32) (drop (array.new_data $bytes $data (i32.const 0) (local.get 0))))
          (func (export "newElements") (param i32)
            (drop (array.new_elem $functions $elements (i32.const 0) (local.get 0))))
          (func (export "fill") (param i32)
            (array.fill $ints (global.get $array) (i32.const 0) (i32.const 7) (local.get 0)))
          (func (export "copy") (param i32)
            (array.copy $ints $ints (global.get $array) (i32.const 1) (global.get $array) (i32.const 0) (local.get 0)))
          (func (export "initializeData") (param i32)
            (array.init_data $ints $data (global.get $array) (i32.const 0) (i32.const 0) (local.get 0)))
          (func (export "initializeElements") (param i32)
            (array.init_elem $functions $elements (array.new_default $functions (i32.const 0)) (i32.const 0)
              (i32.const 0) (local.get 0)))
          (func (export "small") (param i32) (drop (struct.new_default $small)))
          (func (export "large") (param i32) (drop (struct.new_default $large))))
        """

    /// Each export, what it is given, and how many bytes that is the price of.
    private static let prices: [(name: String, count: Int32, points: UInt64)] = [
        ("new", 0, 0), ("new", 1, 1), ("new", 16, 1), ("new", 17, 2), ("new", 100_000, 6_250), ("newDefault", 9, 3),
        ("newData", 65, 2), ("newElements", 9, 2), ("fill", 900, 57), ("copy", 33, 3), ("initializeData", 50, 4),
        ("initializeElements", 0, 0), ("small", 0, 0), ("large", 0, 2),
    ]

    @Test("Objects are charged by their sizes, whoever makes or writes them", arguments: modes.indices)
    func sizes(_ mode: Int) throws {
        let metering = Metering.points(bytesPerPoint: 64) { _ in 0 }
        let instance = try instantiate(Self.text, MeteringTests.metered(modes[mode], metering))
        for (name, count, points) in Self.prices {
            instance.remainingPoints = .remaining(10_000)
            try instance.function(name).call([.i32(count)])
            #expect(instance.remainingPoints == .remaining(10_000 - points), "\(name) \(count)")
        }
    }

    @Test("What there are too few points for is not begun", arguments: [0, 5])
    func exhaustion(_ mode: Int) throws {
        let metering = Metering.points(bytesPerPoint: 64) { _ in 0 }
        let instance = try instantiate(Self.text, MeteringTests.metered(modes[mode], metering))
        instance.remainingPoints = .remaining(9)
        #expect(throws: OutOfPoints.self) { try instance.function("fill").call([.i32(160)]) }
        instance.remainingPoints = .remaining(0)
        #expect(try instance.function("first").call() == [.i32(0)])
        // 2^32 elements of 16 bytes, which no heap has room for.
        instance.remainingPoints = .remaining((1 << 30) - 1)
        #expect(throws: OutOfPoints.self) { try instance.function("newDefault").call([.i32(-1)]) }
        instance.remainingPoints = .remaining(1 << 30)
        #expect(throws: Trap.self) { try instance.function("newDefault").call([.i32(-1)]) }
    }
}
