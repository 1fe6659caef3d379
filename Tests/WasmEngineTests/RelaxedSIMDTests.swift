import Testing
import WasmEngine
import WasmText

@Suite("Relaxed SIMD chooses among what is allowed: the same everywhere, or what the processor does")
struct RelaxedSIMDTests {
    private static func options(_ choice: RelaxedSIMD, _ level: OptimizationLevel) -> Engine.Options {
        var options = Engine.Options(optimization: level)
        options.relaxedSIMD = choice
        return options
    }

    /// Constants that LLVM can evaluate, and the same operands where it cannot.
    private static let text = """
        (module
          (func (export "madd") (param v128 v128 v128) (result v128)
            (f64x2.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))
          (func (export "constant madd") (result v128)
            (f64x2.relaxed_madd (v128.const f64x2 0x1.0000002p0 3) (v128.const f64x2 0x1.ffffffcp-1 5)
              (v128.const f64x2 -1 -15)))
          (func (export "nmadd") (param v128 v128 v128) (result v128)
            (f64x2.relaxed_nmadd (local.get 0) (local.get 1) (local.get 2)))
          (func (export "trunc") (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0)))
          (func (export "constant trunc") (result v128)
            (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 nan 3e9 -3e9 -1.5)))
          (func (export "trunc u") (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_u (local.get 0)))
          (func (export "min") (param v128 v128) (result v128) (f32x4.relaxed_min (local.get 0) (local.get 1)))
          (func (export "select") (param v128 v128 v128) (result v128)
            (i32x4.relaxed_laneselect (local.get 0) (local.get 1) (local.get 2)))
          (func (export "swizzle") (param v128 v128) (result v128)
            (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))
          (func (export "q15") (param v128 v128) (result v128) (i16x8.relaxed_q15mulr_s (local.get 0) (local.get 1)))
          (func (export "dot") (param v128 v128 v128) (result v128)
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get 0) (local.get 1) (local.get 2))))
        """

    /// Vectors by their 32-bit words.
    private struct Calls {
        let instance: Instance

        init(_ choice: RelaxedSIMD, _ level: OptimizationLevel) throws {
            instance = try Engine(options: RelaxedSIMDTests.options(choice, level))
                .compile(Module(text: RelaxedSIMDTests.text)).instantiate()
        }

        func callAsFunction(_ name: String, _ operands: [UInt32]...) throws -> [UInt32] {
            let values = operands.map {
                Value.v128(low: UInt64($0[0]) | UInt64($0[1]) << 32, high: UInt64($0[2]) | UInt64($0[3]) << 32)
            }
            guard let vector = try instance.function(name).call(values).first?.v128 else { return [] }
            return (0..<4).map { vector.u32x4[$0] }
        }
    }

    private static func doubles(_ lanes: Double...) -> [UInt32] {
        lanes.flatMap { [UInt32(truncatingIfNeeded: $0.bitPattern), UInt32(truncatingIfNeeded: $0.bitPattern >> 32)] }
    }

    private static func floats(_ lanes: Float...) -> [UInt32] { lanes.map(\.bitPattern) }

    private static func all(_ word: UInt32) -> [UInt32] { [word, word, word, word] }

    // Products that separate and fused multiply-add round differently.
    private static let (a, b, c) = (0x1.0000002p0, 0x1.ffffffcp-1, -1.0)
    private static let unfused = doubles(a * b + c, 0)
    private static let fused = doubles(c.addingProduct(a, b), 0)
    private static let factors = (doubles(a, 3), doubles(b, 5), doubles(c, -15))

    @Test(
        "The deterministic choice is that of the instruction without relaxed, whatever LLVM evaluates itself",
        arguments: [OptimizationLevel.none, .standard])
    func deterministic(_ level: OptimizationLevel) throws {
        let call = try Calls(.deterministic, level)
        let (a, b, c) = Self.factors
        #expect(try call("madd", a, b, c) == Self.unfused)
        #expect(try call("constant madd") == Self.unfused)
        #expect(try call("nmadd", a, b, c) == Self.doubles(-(Self.a * Self.b) + Self.c, -30))
        #expect(try call("trunc", Self.floats(.nan, 3e9, -3e9, -1.5)) == [0, 0x7FFF_FFFF, 0x8000_0000, .max])
        #expect(try call("constant trunc") == [0, 0x7FFF_FFFF, 0x8000_0000, .max])
        #expect(try call("trunc u", Self.floats(.nan, 5e9, -1, 4e9)) == [0, .max, 0, 4_000_000_000])
        let least = try call("min", Self.floats(0, -0.0, .nan, 1), Self.floats(-0.0, 0, 1, 2))
        #expect(least[0] == 0x8000_0000 && least[1] == 0x8000_0000 && Float(bitPattern: least[2]).isNaN)
        // Bits, not lanes.
        let mask: [UInt32] = [0x8000_0000, 1, .max, 0]
        #expect(try call("select", Self.all(.max), Self.all(0), mask) == mask)
        #expect(try call("swizzle", Self.all(0x0707_0707), Self.all(0x1010_1010)) == Self.all(0))
        #expect(try call("q15", Self.all(0x8000_8000), Self.all(0x8000_8000)) == Self.all(0x7FFF_7FFF))
        // -128 * -128 twice does not fit 16 bits, and wraps around.
        let sums = try call("dot", Self.all(0x8080_8080), Self.all(0x8080_8080), [1, 0, 0, 0])
        #expect(sums.map { Int32(bitPattern: $0) } == [-65535, -65536, -65536, -65536])
    }

    @Test(
        "The fast choice is one that is allowed, and the same whether LLVM evaluates it or the processor",
        arguments: [OptimizationLevel.none, .standard])
    func fast(_ level: OptimizationLevel) throws {
        let call = try Calls(.fast, level)
        #expect(Self.fused != Self.unfused)
        let product = try call("madd", Self.factors.0, Self.factors.1, Self.factors.2)
        #expect(product == Self.fused || product == Self.unfused)
        #expect(try call("constant madd") == product)
        let converted = try call("trunc", Self.floats(.nan, 3e9, -3e9, -1.5))
        #expect([0, 0x8000_0000].contains(converted[0]) && [0x7FFF_FFFF, 0x8000_0000].contains(converted[1]))
        #expect(converted[2] == 0x8000_0000 && converted[3] == .max)
        #expect(try call("constant trunc") == converted)
        let unsigned = try call("trunc u", Self.floats(.nan, 5e9, -1, 4e9))
        #expect([0, .max].contains(unsigned[0]) && unsigned[1] == .max)
        #expect([0, .max].contains(unsigned[2]) && unsigned[3] == 4_000_000_000)
    }

    @Test("The choice is among the settings that make another entry of the cache, and is named in artifacts")
    func settings() throws {
        let module = try Module(text: Self.text)
        func settings(_ choice: RelaxedSIMD) throws -> String {
            try Artifact(bytes: Engine(options: Self.options(choice, .none)).artifact(of: module)).settings
        }
        #expect(try settings(.fast).contains("fast relaxed SIMD"))
        #expect(try !settings(.deterministic).contains("relaxed"))
    }

    @Test(
        "Code for AArch64 and for each level of x86-64 is selected, whichever is chosen",
        arguments: RelaxedSIMD.allCases)
    func targets(_ choice: RelaxedSIMD) throws {
        for name in ["aarch64-linux-gnu", "x86-64-v1", "x86-64-v3", "x86-64-v4"] {
            var options = Self.options(choice, name == "x86-64-v1" ? .none : .standard)
            options.target = try #require(Target.named[name])
            let assembly = try Engine(options: options).emit(Module(text: Self.text), as: .assembly)
            let code = String(decoding: assembly, as: UTF8.self)
            let isFused = code.contains("vfmadd") || code.contains("fmla\t")
            #expect(isFused == (choice == .fast && name != "x86-64-v1"), "\(name)")
            #expect(!code.contains("fmaf") && !code.contains("\tfma\n"), "\(name) calls the C library")
        }
    }
}
