import Testing
import WasmEngine

@Suite struct TrapTests {
    /// One function for each reason of a trap.
    static let text = """
        (module
          (memory (export "memory") 1 2)
          (table 3 funcref)
          (type $none (func))
          (func $f (export "f"))
          (elem (i32.const 0) $f)
          (global $g (export "g") (mut i32) (i32.const 0))
          (func (export "unreachable") (unreachable))
          (func (export "load") (drop (i32.load (i32.const 65533))))
          (func (export "load8") (drop (i32.load8_u offset=4294967295 (i32.const -1))))
          (func (export "store") (i64.store (i32.const 65529) (i64.const 1)))
          (func (export "fill") (memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000)))
          (func (export "table") (drop (table.get 0 (i32.const 3))))
          (func (export "undefined") (call_indirect (type $none) (i32.const 3)))
          (func (export "uninitialized") (call_indirect (type $none) (i32.const 1)))
          (func (export "mismatch") (drop (call_indirect (result i32) (i32.const 0))))
          (func (export "zero") (drop (i32.div_s (i32.const 1) (i32.const 0))))
          (func (export "zero_rem") (drop (i64.rem_u (i64.const 1) (i64.const 0))))
          (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
          (func (export "overflow_trunc") (drop (i32.trunc_f64_s (f64.const 2147483648))))
          (func (export "conversion") (drop (i64.trunc_f32_u (f32.const nan))))
          (func $stack (export "stack") (call $stack))
          (func (export "two_stores") (i32.store (i32.const 0) (i32.const 7)) (i32.store (i32.const 65536)
            (i32.const 8)))
          (func (export "store_then_load") (i32.store (i32.const 4) (i32.const 9)) (drop (i64.load (i32.const 65530))))
          (func (export "global_then_load")
            (global.set $g (i32.const 1)) (drop (i32.load (i32.const 65536))) (global.set $g (i32.const 2)))
          (func (export "store_then_divide") (param i32)
            (i32.store (i32.const 8) (i32.const 11)) (drop (i32.div_u (i32.const 1) (local.get 0))))
          (func (export "loop") (local $i i32)
            (loop $again
              (i32.store8 (i32.add (i32.const 65436) (local.get $i)) (i32.const 1))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $again (i32.lt_u (local.get $i) (i32.const 1000)))))
          (func (export "zero_trips") (param $n i32) (local $i i32)
            (block $out
              (loop $again
                (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
                (drop (i32.load (i32.const 70000)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $again))))
          (func (export "grow_in_loop") (result i32) (local $sum i32)
            (drop (memory.grow (i32.const 1)))
            (i32.store (i32.const 131068) (i32.const 5))
            (i32.load (i32.const 131068))))
        """

    static let reasons: [(String, Trap.Reason)] = [
        ("unreachable", .unreachable), ("load", .memoryOutOfBounds), ("load8", .memoryOutOfBounds),
        ("store", .memoryOutOfBounds), ("fill", .memoryOutOfBounds), ("table", .tableOutOfBounds),
        ("undefined", .undefinedElement), ("uninitialized", .uninitializedElement),
        ("mismatch", .indirectCallTypeMismatch),
        ("zero", .integerDivideByZero), ("zero_rem", .integerDivideByZero), ("overflow", .integerOverflow),
        ("overflow_trunc", .integerOverflow), ("conversion", .invalidConversionToInteger), ("stack", .stackOverflow),
    ]

    @Test("Each reason arrives, and the instance stays usable", arguments: modes.indices)
    func reasons(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        for (name, reason) in Self.reasons {
            let function = try instance.function(name)
            for _ in 0..<3 {
                do {
                    _ = try function.call()
                    Issue.record("\(name) did not trap")
                } catch let trap as Trap {
                    #expect(trap.reason == reason, "\(name)")
                }
            }
        }
        _ = try instance.function("f").call()
    }

    @Test("What came before a trap has happened, what comes after has not", arguments: modes.indices)
    func precision(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        func expectTrap(_ name: String, _ arguments: [Value] = []) throws {
            #expect(throws: Trap.self) { try instance.function(name).call(arguments) }
        }
        try expectTrap("two_stores")
        #expect(try memory.load(at: 0, as: UInt32.self) == 7)
        try expectTrap("store_then_load")
        #expect(try memory.load(at: 4, as: UInt32.self) == 9)
        try expectTrap("global_then_load")
        guard case .i32(1)? = instance.global("g")?.value else {
            Issue.record("the global was written after the trap")
            return
        }
        try expectTrap("store_then_divide", [.i32(0)])
        #expect(try memory.load(at: 8, as: UInt32.self) == 11)
        try expectTrap("loop")
        #expect(try memory.read(at: 65436, byteCount: 100) == Array(repeating: 1, count: 100))
        #expect(try memory.read(at: 65400, byteCount: 36) == Array(repeating: 0, count: 36))
        _ = try instance.function("zero_trips").call([.i32(0)])
        try expectTrap("zero_trips", [.i32(1)])
        guard case .i32(5) = try instance.function("grow_in_loop").call()[0] else {
            Issue.record("growing lost a store")
            return
        }
    }

    @Test("A start function's trap comes out of instantiation")
    func start() throws {
        #expect(throws: Trap.self) { try instantiate("(module (func $s unreachable) (start $s))") }
    }
}
