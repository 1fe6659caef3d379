import Testing
import WasmEngine

/// Where the fault is the trap, whatever code needs of the loaded value, or does not: instructions read half a vector,
/// or nothing under a mask, and conditional moves become branches.
@Suite("A load traps whatever comes of what it loads") struct WholeLoadTests {
    private struct Case {
        var expression: String
        var byteCount: Int
    }

    /// The lanes of a vector that hold nothing, since the address is not negative.
    private static let none = "(local.get $none)"
    private static let other = "(local.get $v)"
    private static let isNegative = "(i32.lt_s (local.get $p) (i32.const 0))"

    private static let vectors: [Case] =
        [
            ("load", 16), ("load8x8_s", 8), ("load16x4_u", 8), ("load32x2_s", 8), ("load8_splat", 1),
            ("load16_splat", 2), ("load32_splat", 4),
            ("load64_splat", 8), ("load32_zero", 4), ("load64_zero", 8),
        ]
        .map { Case(expression: "(v128.\($0) (local.get $p))", byteCount: $1) }
        + [("8_lane 9", 1), ("16_lane 3", 2), ("32_lane 2", 4), ("64_lane 1", 8)]
        .map { Case(expression: "(v128.load\($0) (local.get $p) \(other))", byteCount: $1) }
        + [
            ("i8x16", "i32.load8_u", 1), ("i32x4", "i32.load", 4), ("i64x2", "i64.load", 8), ("f32x4", "f32.load", 4),
            ("f64x2", "f64.load", 8),
        ]
        .flatMap { shape, load, byteCount in
            ["splat", "replace_lane 1 \(other)"].map {
                Case(expression: "(\(shape).\($0) (\(load) (local.get $p)))", byteCount: byteCount)
            }
        }

    /// What needs only parts of a vector, or none.
    private static func uses(_ vector: String) -> [String] {
        let whole = [
            "(v128.bitselect \(vector) \(other) \(none))", "(v128.bitselect \(other) \(vector) (v128.not \(none)))",
            "(v128.and \(none) \(vector))",
            "(v128.bitselect (i32x4.add \(other) \(vector)) \(other) \(none))",
            "(v128.and (f32x4.add \(other) \(vector)) \(none))",
            "(v128.and (i32x4.gt_s \(vector) \(other)) \(none))", "(v128.and (f32x4.lt \(vector) \(other)) \(none))",
            "(select \(vector) \(other) \(isNegative))", "(v128.and (v128.const i64x2 0 0) \(vector))",
            "(v128.and (v128.const i64x2 0xff 0) \(vector))",
            "(v128.bitselect \(vector) \(other) (v128.const i64x2 0xff 0))", "(i32x4.shr_u \(vector) (local.get $p))",
            "(f64x2.convert_low_i32x4_s \(vector))", "(f64x2.convert_low_i32x4_u \(vector))",
            "(f64x2.promote_low_f32x4 \(vector))",
            "(i16x8.extadd_pairwise_i8x16_s \(vector))", "(v128.and \(none) (i32x4.max_s \(other) \(vector)))",
            "(i32x4.mul (v128.const i32x4 0 1 1 0) \(vector))",
            """
            (v128.bitselect (i8x16.shuffle 12 13 14 15 8 9 10 11 4 5 6 7 0 1 2 3 \(vector) \(vector)) \(other) \(none))
            """,
            "(i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31 (i32x4.add \(other) \(vector)) \(other))",
            "(i32x4.splat (i32x4.extract_lane 0 (i32x4.add \(other) \(vector))))",
        ]
        let halves = ["i16x8.extend_HALF_i8x16", "i32x4.extend_HALF_i16x8", "i64x2.extend_HALF_i32x4"].flatMap { name in
            ["low", "high"].flatMap { half in
                ["s", "u"].map { "(\(name.split(separator: "HALF").joined(separator: half))_\($0) \(vector))" }
            }
        }
        let lanes = [("i8x16", "_u", 16), ("i32x4", "", 4), ("i64x2", "", 2), ("f32x4", "", 4), ("f64x2", "", 2)]
            .flatMap { shape, sign, count in
                [0, count - 1].flatMap { lane in
                    ["splat", "replace_lane \(lane) \(other)"].map {
                        "(\(shape).\($0) (\(shape).extract_lane\(sign) \(lane) \(vector)))"
                    }
                }
            }
        let shuffles = [
            Array(0..<8) + Array(16..<24), Array(16..<24) + Array(0..<8), Array(0..<4) + Array(20..<32),
            Array(16..<31) + [7], Array(0..<8) + Array(0..<8),
            Array(repeating: 0, count: 16),
        ].map { lanes in "(i8x16.shuffle \(lanes.map(String.init).joined(separator: " ")) \(vector) \(other))" }
        return (whole + halves + lanes + shuffles).map { "(v128.any_true \($0))" }
    }

    private static let numbers: [Case] = [("i32", 4), ("i64", 8), ("f32", 4), ("f64", 8)].flatMap { type, byteCount in
        let load = "(\(type).load (local.get $p))"
        let three = "(\(type).const 3)"
        let isFloat = type.hasPrefix("f")
        var values = [
            "(select \(load) \(three) \(isNegative))", "(select \(three) \(load) (i32.eqz \(isNegative)))",
            "(select (\(type).add \(load) \(three)) \(three) \(isNegative))",
            """
            (select \(three) (\(type).const 9) (i32.and \
            (\(type).lt\(isFloat ? "" : "_s") \(load) \(three)) \(isNegative)))
            """,
        ]
        values +=
            isFloat
            ? [
                "(\(type).min \(load) \(three))", "(select (\(type).sqrt \(load)) \(three) \(isNegative))",
                "(select (\(type).neg \(load)) \(three) \(isNegative))",
            ]
            : [
                "(select (\(type).extend8_s \(load)) \(three) \(isNegative))",
                "(\(type).shr_u \(load) (\(type).const 24))", "(\(type).and \(load) (\(type).const 255))",
            ]
        return values.map { Case(expression: "(\(type).eq \($0) \(three))", byteCount: byteCount) }
    }

    private static let cases =
        vectors.flatMap { vector in uses(vector.expression).map { Case(expression: $0, byteCount: vector.byteCount) } }
        + numbers

    private static let text =
        "(module (memory 1) (global $g (export \"g\") (mut i32) (i32.const 0))"
        + cases.enumerated().map { number, test in
            """
            (func (export "\(number)") (param $p i32) (result i32) (local $v v128) (local $none v128)
              (local.set $v (i32x4.splat (local.get $p)))
              (local.set $none (i32x4.lt_s (local.get $v) (v128.const i32x4 0 0 1 0)))
              \(test.expression))
            """
        }.joined(separator: "\n") + ")"

    /// Every kind of code for every level of processors that this one can run.
    private static let options: [Engine.Options] = ["x86-64-v2", "x86-64-v3", "x86-64-v4", "native"].flatMap {
        name -> [Engine.Options] in
        guard let target = Target.named[name], Set(target.requiredFeatures).isSubset(of: Target.native.requiredFeatures)
        else { return [] }
        return [OptimizationLevel.none, .less, .standard].map { level in
            var options = Engine.Options(optimization: level, memory: .guarded)
            options.target = target
            return options
        }
    }

    @Test(arguments: options.indices) func traps(_ number: Int) throws {
        let instance = try instantiate(Self.text, Self.options[number])
        let end = 65_536
        for (index, test) in Self.cases.enumerated() {
            let function = try instance.function("\(index)", as: ((Int32) -> Int32).self)
            for place in Set([end - test.byteCount + 1, end - test.byteCount / 2, end - 1, end])
            where place + test.byteCount > end {
                #expect("\(test.expression) at \(place - end)") { try function(Int32(place)) } throws: {
                    ($0 as? Trap)?.reason == .memoryOutOfBounds
                }
            }
            _ = try function(Int32(end - test.byteCount))
        }
    }

    @Test("No operand in memory under a mask, on any machine") func assembly() throws {
        var engine = Engine(options: Engine.Options(memory: .guarded))
        engine.options.target = try #require(Target.named["x86-64-v4"])
        let code = String(decoding: try engine.emit(Module(text: Self.text), as: .assembly), as: UTF8.self)
        let loads = code.split(separator: "\n").filter { $0.contains("(%r") && !$0.contains("(%rip)") }
        #expect(loads.count > Self.cases.count)
        #expect(loads.filter { $0.contains("{%k") } == [])
    }
}
