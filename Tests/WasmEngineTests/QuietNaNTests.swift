import Testing
import WasmEngine

/// LLVM folds `x * 1` to `x`, and what may be a signalling NaN must come out quiet. It can find out in many ways that
/// an operand is such a unit: each of them here, with each operation, for numbers and lanes.
@Suite struct QuietNaNTests {
    /// Numbers, or lanes of vectors, in WebAssembly's words.
    struct Kind: Sendable {
        let float, integer: String
        let bitCount: Int
        let isVector: Bool

        var shape: String { float + (isVector ? "x\(128 / bitCount)" : "") }
        var integerShape: String { integer + (isVector ? "x\(128 / bitCount)" : "") }
        var type: String { isVector ? "v128" : float }
        var quietBit: UInt64 { bitCount == 32 ? 1 << 22 : 1 << 51 }
        var signalling: UInt64 { bitCount == 32 ? 0x7FA0_0001 : 0x7FF4_0000_0000_0001 }

        func bits(_ number: Double) -> UInt64 { bitCount == 32 ? UInt64(Float(number).bitPattern) : number.bitPattern }
        func scalar(_ number: Double) -> String { "(\(float).const \(number))" }
        func constant(_ number: Double) -> String { isVector ? "(\(shape).splat \(scalar(number)))" : scalar(number) }
        func constant(bits: UInt64) -> String {
            isVector
                ? "(v128.const \(integerShape)\(String(repeating: " \(bits)", count: 128 / bitCount)))"
                : "(\(float).reinterpret_\(integer) (\(integer).const \(bits)))"
        }
        func asFloat(_ integers: String) -> String {
            isVector ? integers : "(\(float).reinterpret_\(integer) \(integers))"
        }
        func asInteger(_ floats: String) -> String {
            isVector ? "(\(integerShape).extract_lane 1 \(floats))" : "(\(integer).reinterpret_\(float) \(floats))"
        }
        var load: String { isVector ? "v128.load" : "\(float).load" }
        var store: String { isVector ? "v128.store" : "\(float).store" }
        var select: String { "select (result \(type))" }
    }

    static let kinds = [
        Kind(float: "f32", integer: "i32", bitCount: 32, isVector: false),
        Kind(float: "f64", integer: "i64", bitCount: 64, isVector: false),
        Kind(float: "f32", integer: "i32", bitCount: 32, isVector: true),
        Kind(float: "f64", integer: "i64", bitCount: 64, isVector: true),
    ]
    static let levels: [OptimizationLevel] = [.none, .less, .standard, .aggressive]

    /// Statements, and the expression that gives the number after them.
    typealias Way = (statements: String, expression: String)

    static func ways(to number: Double, _ kind: Kind) -> [Way] {
        let (shape, integer) = (kind.shape, kind.integer)
        let isNegativeZero = number == 0 && number.sign == .minus
        let quarter = Double(signOf: number, magnitudeOf: 0.25)
        let bits = kind.bits(number)
        let constant = kind.constant(number)
        let expressions = [
            constant, kind.constant(bits: bits),
            "(\(shape).mul \(kind.constant(number / 2)) \(kind.constant(2)))",
            "(\(shape).nearest \(kind.constant(number + quarter)))",
            "(\(shape).neg \(kind.constant(-number)))",
            "(\(shape).min \(constant) \(kind.constant(5)))",
            "(\(shape).pmax \(constant) \(kind.constant(-5)))",
            kind.asFloat("(\(kind.integerShape).sub \(splat(bits &+ 7, kind)) \(splat(7, kind)))"),
            "(\(kind.select) \(constant) \(constant) (i32.const 1))",
            "(call $give (global.get $zero) \(constant))",
            "(block (result \(kind.type)) (br 0 \(constant)))",
            "(if (result \(kind.type)) (i32.load (i32.const 64)) (then \(kind.constant(3))) (else \(constant)))",
        ].filter { kind.isVector || !$0.contains("pmax") }
        var ways: [Way] = expressions.map { ("", $0) }
        ways += [
            ("(local.set $u \(constant))", "(local.get $u)"),
            ("(global.set $u \(constant))", "(global.get $u)"),
            ("(\(kind.store) (i32.const 80) \(constant))", "(\(kind.load) (i32.const 80))"),
            (
                "(\(integer).store (i32.const 80) (\(integer).const \(bits)))"
                    + "(\(integer).store (i32.const 88) (\(integer).const \(bits)))"
                    + "(\(integer).store (i32.const 84) (\(integer).load (i32.const 88)))"
                    + (kind.bitCount == 64 ? "(\(integer).store (i32.const 80) (\(integer).const \(bits)))" : ""),
                kind.isVector ? "(v128.load\(kind.bitCount)_splat (i32.const 80))" : "(\(kind.load) (i32.const 80))"
            ),
            (
                // Equal to a constant is as good as the constant.
                "(\(kind.store) (global.get $zero) \(constant)) (local.set $u (\(kind.load) (i32.const 0)))"
                    + "(if (i32.eqz \(equal("(local.get $u)", constant, kind))) (then (return (\(integer).const 0))))",
                "(local.get $u)"
            ),
        ]
        if !isNegativeZero {
            let whole = "(\(integer).const \(Int(number)))"
            ways.append(("", "(\(shape).sub \(kind.constant(number + 2)) \(kind.constant(2)))"))
            if !kind.isVector {
                ways.append(("", "(\(shape).convert_\(integer)_s \(whole))"))
                ways.append(("(local.set $i \(whole))", "(\(shape).convert_\(integer)_s (local.get $i))"))
                // The only iteration.
                ways.append(
                    (
                        "(local.set $i (\(integer).const -9))"
                            + "(loop (local.set $i (\(integer).add (local.get $i) (\(integer).const 1)))"
                            + "(br_if 0 (\(integer).ne (local.get $i) \(whole))))",
                        "(\(shape).convert_\(integer)_s (local.get $i))"
                    ))
            } else {
                let low = kind.bitCount == 32 ? "" : "low_"
                ways.append(("", "(\(shape).convert_\(low)i32x4_s (i32x4.splat (i32.const \(Int(number)))))"))
            }
        }
        switch kind.shape {
        case "f32": ways.append(("", "(f32.demote_f64 (f64.const \(number)))"))
        case "f64": ways.append(("", "(f64.promote_f32 (f32.const \(number)))"))
        case "f64x2": ways.append(("", "(f64x2.promote_low_f32x4 (f32x4.splat (f32.const \(number))))"))
        default: ways.append(("", "(f32x4.demote_f64x2_zero (f64x2.splat (f64.const \(number))))"))
        }
        return ways
    }

    private static func splat(_ bits: UInt64, _ kind: Kind) -> String {
        let scalar = "(\(kind.integer).const \(kind.bitCount == 32 ? UInt64(UInt32(truncatingIfNeeded: bits)) : bits))"
        return kind.isVector ? "(\(kind.integerShape).splat \(scalar))" : scalar
    }

    private static func equal(_ a: String, _ b: String, _ kind: Kind) -> String {
        kind.isVector ? "(i8x16.all_true (\(kind.shape).eq \(a) \(b)))" : "(\(kind.shape).eq \(a) \(b))"
    }

    /// An expression of the unit U and an X, and what it gives for numbers.
    struct Operation {
        let text: String
        let unit: Double
        let result: (Double) -> Double
    }

    static func operations(_ shape: String) -> [Operation] {
        [
            .init(text: "(\(shape).mul X U)", unit: 1) { $0 }, .init(text: "(\(shape).mul U X)", unit: -1) { -$0 },
            .init(text: "(\(shape).div X U)", unit: 1) { $0 }, .init(text: "(\(shape).div X U)", unit: -1) { -$0 },
            .init(text: "(\(shape).sub X U)", unit: 0) { $0 }, .init(text: "(\(shape).sub U X)", unit: -0.0) { -$0 },
            .init(text: "(\(shape).add U X)", unit: -0.0) { $0 }, .init(text: "(\(shape).add X U)", unit: 0) { $0 },
            .init(text: "(\(shape).add U (\(shape).abs X))", unit: 0) { abs($0) },
        ]
    }

    /// What `X` may be: an argument, its negation, or loaded.
    static func operand(_ number: Int, _ kind: Kind) -> String {
        let argument = kind.asFloat(kind.isVector ? "(\(kind.integerShape).splat (local.get $x))" : "(local.get $x)")
        let places = ["", "(\(kind.shape).neg (\(kind.shape).neg \(argument)))", "(call $load \(argument))"]
        return places[number % 3].isEmpty ? argument : places[number % 3]
    }

    static func text(_ functions: [String], _ kind: Kind) -> String {
        """
        (module (memory 1) (global $u (mut \(kind.type)) (\(kind.type).const \(kind.isVector ? "i64x2 0 0" : "0")))
          (global $zero (mut i32) (i32.const 0))
          (func $give (param i32 \(kind.type)) (result \(kind.type)) (local.get 1))
          (func $load (param \(kind.type)) (result \(kind.type))
            (\(kind.store) (i32.const 48) (local.get 0)) (\(kind.load) (i32.const 48)))
        \(functions.enumerated().map {
            "  (func (export \"\($0)\") (param $x \(kind.integer)) (result \(kind.integer))"
                + " (local $u \(kind.type)) (local $i \(kind.integer)) \($1))"
        }.joined(separator: "\n")))
        """
    }

    private func call(_ instance: Instance, _ index: Int, _ bits: UInt64, _ kind: Kind) throws -> UInt64 {
        let argument: Value =
            kind.bitCount == 32 ? .i32(Int32(truncatingIfNeeded: bits)) : .i64(Int64(bitPattern: bits))
        switch try instance.function("\(index)").call([argument])[0] {
        case .i32(let result): return UInt64(UInt32(bitPattern: result))
        case .i64(let result): return UInt64(bitPattern: result)
        default: throw Mismatch()
        }
    }

    private struct Mismatch: Error {}

    @Test("An operation with a unit that LLVM finds out quiets a NaN", arguments: kinds.indices)
    func units(_ number: Int) throws {
        let kind = Self.kinds[number]
        var cases: [(function: String, result: (Double) -> Double)] = []
        for operation in Self.operations(kind.shape) {
            for way in Self.ways(to: operation.unit, kind) {
                let body = operation.text.replacing("X", with: Self.operand(cases.count, kind))
                    .replacing("U", with: way.expression)
                cases.append(("\(way.statements) \(kind.asInteger(body))", operation.result))
            }
        }
        // Each level is tried with numbers and with lanes.
        for level in number % 3 == 0 ? [OptimizationLevel.none, .standard] : [.less, .standard, .aggressive] {
            let instance = try instantiate(Self.text(cases.map(\.function), kind), .init(optimization: level))
            for (index, item) in cases.enumerated() {
                let quieted = try call(instance, index, kind.signalling, kind)
                #expect(quieted & kind.quietBit != 0, "\(level): \(item.function) gave \(String(quieted, radix: 16))")
                let number = try call(instance, index, kind.bits(2.5), kind)
                #expect(number == kind.bits(item.result(2.5)), "\(level): \(item.function)")
            }
        }
    }

    @Test("The demotion of a promotion quiets a NaN, whatever lies between")
    func promotions() throws {
        let kind = Self.kinds[0]
        let wide = "(f64.promote_f32 (f32.reinterpret_i32 (local.get $x)))"
        let between = [
            wide, "(f64.neg (f64.neg \(wide)))", "(f64.abs \(wide))", "(f64.copysign \(wide) (f64.const 1))",
            "(select \(wide) (f64.const 2) (local.get $x))", "(call $wide \(wide))",
            "(if (result f64) (local.get $x) (then \(wide)) (else (f64.const 2)))", "(f64.mul \(wide) (f64.const 1))",
            "(block (result f64) (f64.store (i32.const 8) \(wide)) (f64.load (i32.const 8)))",
            "(f64.reinterpret_i64 (i64.reinterpret_f64 \(wide)))", "(f64.min (f64.const 9) \(wide))",
        ]
        let lanes = [
            "(f64x2.neg (f64x2.neg (f64x2.splat \(wide))))",
            "(f64x2.abs (f64x2.promote_low_f32x4 (i32x4.splat (local.get $x))))",
        ]
        let functions =
            between.map { "(i32.reinterpret_f32 (f32.demote_f64 \($0)))" }
            + lanes.map { "(i32x4.extract_lane 1 (f32x4.demote_f64x2_zero \($0)))" }
        let text = Self.text(functions, kind).replacing(
            "(memory 1)", with: "(memory 1) (func $wide (param f64) (result f64) (local.get 0))")
        for level in Self.levels {
            let instance = try instantiate(text, .init(optimization: level))
            for (index, function) in functions.enumerated() {
                let quieted = try call(instance, index, kind.signalling, kind)
                #expect(quieted & kind.quietBit != 0, "\(level): \(function) gave \(String(quieted, radix: 16))")
                #expect(try call(instance, index, kind.bits(2.5), kind) == kind.bits(2.5), "\(level): \(function)")
            }
        }
    }

    @Test("What is no arithmetic leaves a signalling NaN as it is")
    func signs() throws {
        let kind = Self.kinds[0]
        let x = "(f32.reinterpret_i32 (local.get $x))"
        let functions = [
            "(f32.abs (f32.neg \(x)))", "(f32.copysign \(x) (f32.const 1))",
            "(select \(x) (f32.const 1) (i32.const 1))",
            "(f32x4.extract_lane 2 (f32x4.pmin (f32x4.splat \(x)) (f32x4.splat \(x))))", "(call $load \(x))",
        ].map(kind.asInteger)
        for level in Self.levels {
            let instance = try instantiate(Self.text(functions, kind), .init(optimization: level))
            for index in functions.indices {
                #expect(try call(instance, index, kind.signalling, kind) == kind.signalling)
            }
        }
    }
}
