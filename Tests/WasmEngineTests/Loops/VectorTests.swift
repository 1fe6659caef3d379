import Testing
import WasmEngine
import WasmText

/// What the official suite does not look at: dropped loads, signalling NaNs through folded arithmetic, and processors
/// without the instructions that some vector operations have.
@Suite struct VectorTests {
    private static let loads = [
        "load", "load8x8_s", "load8x8_u", "load16x4_s", "load16x4_u", "load32x2_s", "load32x2_u", "load8_splat",
        "load16_splat", "load32_splat", "load64_splat", "load32_zero", "load64_zero",
    ]

    @Test("A load whose value nobody wants traps all the same", arguments: modes.indices)
    func droppedLoads(_ mode: Int) throws {
        let lanes = ["load8_lane", "load16_lane", "load32_lane", "load64_lane"]
        let functions =
            Self.loads.map { "(func (export \"\($0)\") (param i32) (drop (v128.\($0) (local.get 0))))" }
            + lanes.map {
                "(func (export \"\($0)\") (param i32) (drop (v128.\($0) 1 (local.get 0) (v128.const i64x2 1 2))))"
            }
        let instance = try instantiate("(module (memory 1) \(functions.joined()))", modes[mode])
        for name in Self.loads + lanes {
            let load = try instance.function(name)
            _ = try load.call([.i32(65536 - 16)])
            for address: Int32 in [65536, 65536 + 4096, -1, .min] {
                #expect(throws: Trap.self, "\(name) at \(address)") { try load.call([.i32(address)]) }
            }
        }
    }

    @Test("A store that does not fit writes nothing", arguments: modes.indices)
    func partialStores(_ mode: Int) throws {
        let text = """
            (module (memory (export "memory") 1)
              (func (export "store") (param i32) (v128.store (local.get 0) (v128.const i64x2 -1 -1)))
              (func (export "lane") (param i32) (v128.store64_lane 1 (local.get 0) (v128.const i64x2 -1 -1)))
              (func (export "two") (param i32)
                (v128.store (i32.const 0) (v128.const i64x2 -1 -1))
                (v128.store (local.get 0) (v128.const i64x2 -1 -1))))
            """
        let instance = try instantiate(text, modes[mode])
        let memory = try #require(instance.memory)
        for distance in 1..<16 {
            #expect(throws: Trap.self) { try instance.function("store").call([.i32(Int32(65536 - distance))]) }
        }
        for distance in 1..<8 {
            #expect(throws: Trap.self) { try instance.function("lane").call([.i32(Int32(65536 - distance))]) }
        }
        #expect(try memory.read(at: 65536 - 16, byteCount: 16) == Array(repeating: 0, count: 16))
        #expect(throws: Trap.self) { try instance.function("two").call([.i32(65521)]) }
        #expect(try memory.read(at: 0, byteCount: 16) == Array(repeating: 0xFF, count: 16))
    }

    @Test("Arithmetic quiets a NaN that LLVM could fold through", arguments: modes.indices)
    func quietNaNs(_ mode: Int) throws {
        let expressions = [
            "(f32x4.mul (local.get 0) (v128.const f32x4 1 1 1 1))",
            "(f32x4.div (local.get 0) (v128.const f32x4 1 1 1 1))",
            "(f32x4.mul (v128.const f32x4 -1 -1 -1 -1) (local.get 0))",
            "(f32x4.sub (local.get 0) (v128.const f32x4 0 0 0 0))", "(f32x4.sub (local.get 0) (local.get 1))",
            "(f32x4.add (local.get 0) (v128.const f32x4 -0 -0 -0 -0))",
            "(f32x4.sub (v128.const f32x4 -0 -0 -0 -0) (local.get 0))",
            "(f32x4.mul (local.get 0) (f32x4.splat (f32.const 1)))", "(f32x4.min (local.get 0) (local.get 0))",
            "(f32x4.demote_f64x2_zero (f64x2.promote_low_f32x4 (local.get 0)))",
            "(f32x4.splat (f32x4.extract_lane 0 (f32x4.mul (local.get 0) (v128.const f32x4 1 2 3 4))))",
        ]
        let functions = expressions.enumerated().map {
            "(func (export \"\($0)\") (param v128) (result v128) (local v128) \($1))"
        }
        let instance = try instantiate("(module \(functions.joined()))", modes[mode])
        let signalling: UInt64 = 0x7FA0_0000_7FA0_0000
        for (index, expression) in expressions.enumerated() {
            let result = try instance.function("\(index)").call([.v128(low: signalling, high: signalling)])
            guard let low = result[0].v128?.low else { throw Mismatch() }
            #expect(low & 0x0040_0000 != 0, "\(expression) gave \(String(low, radix: 16))")
        }
    }

    private struct Mismatch: Error {}

    @Test("A processor without a byte shuffle picks the same bytes")
    func swizzleWithoutInstruction() throws {
        let text = """
            (module (func (export "swizzle") (param v128 v128) (result v128) (i8x16.swizzle (local.get 0)
              (local.get 1))))
            """
        for optimization in [OptimizationLevel.none, .standard] {
            var options = Engine.Options(optimization: optimization)
            for cpu in [nil, "x86-64"] where cpu == nil || Engine.Options().target.triple.hasPrefix("x86_64") {
                if let cpu { options.target = .init(triple: options.target.triple, cpu: cpu) }
                let result = try instantiate(text, options).function("swizzle").call([
                    .v128(low: 0x0807_0605_0403_0201, high: 0x100F_0E0D_0C0B_0A09),
                    .v128(low: 0xFF80_7F20_1011_0F00, high: 0x0102_0304_0506_0708),
                ])
                guard case .v128(let vector) = result[0] else { throw Mismatch() }
                #expect(vector.low == 0x0000_0000_0000_1001)
                #expect(vector.high == 0x0203_0405_0607_0809)
            }
        }
    }
}
