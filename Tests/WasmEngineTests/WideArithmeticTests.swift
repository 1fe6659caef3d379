import Testing
import WasmEngine
import WasmText

@Suite("Numbers of 128 bits are added, subtracted and multiplied as Swift does it") struct WideArithmeticTests {
    private static let text = """
        (module
          (func (export "add") (param i64 i64 i64 i64) (result i64 i64)
            (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
          (func (export "sub") (param i64 i64 i64 i64) (result i64 i64)
            (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
          (func (export "mul_s") (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1)))
          (func (export "mul_u") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))
        """

    private static let features = Features.standard.union([.wideArithmetic])

    @Test("At every level", arguments: [OptimizationLevel.none, .standard])
    func results(_ level: OptimizationLevel) throws {
        var options = Engine.Options(optimization: level)
        options.features = Self.features
        let instance = try Engine(options: options).compile(Module(text: Self.text, features: Self.features))
            .instantiate()
        func call(_ name: String, _ arguments: [Int64]) throws -> Int128 {
            let results = try instance.function(name).call(arguments.map(Value.i64))
            guard case .i64(let low) = results[0], case .i64(let high) = results[1] else { return 0 }
            return wide(low, high)
        }
        func wide(_ low: Int64, _ high: Int64) -> Int128 { Int128(high) << 64 | Int128(UInt64(bitPattern: low)) }
        let numbers: [Int64] = [0, 1, -1, .min, .max, 0x1234_5678_9ABC_DEF0, -0x7777_1111_3333_5555]
        for a in numbers {
            for b in numbers {
                #expect(try call("mul_s", [a, b]) == Int128(a) * Int128(b))
                let product = UInt128(UInt64(bitPattern: a)) * UInt128(UInt64(bitPattern: b))
                #expect(try call("mul_u", [a, b]) == Int128(truncatingIfNeeded: product))
                for c in numbers {
                    #expect(try call("add", [a, b, c, a]) == wide(a, b) &+ wide(c, a))
                    #expect(try call("sub", [a, b, c, a]) == wide(a, b) &- wide(c, a))
                }
            }
        }
    }

    @Test("An engine that does not allow them refuses a module that was decoded where they are allowed")
    func engines() throws {
        let module = try Module(text: Self.text, features: Self.features)
        #expect(module.features == [.wideArithmetic])
        #expect {
            try Engine().compile(module)
        } throws: {
            ($0 as? CompileError)?.message
                == "wide arithmetic: this feature is off; --features wide-arithmetic turns it on"
        }
        #expect(throws: TextError.self) { try Module(text: Self.text) }
    }
}
