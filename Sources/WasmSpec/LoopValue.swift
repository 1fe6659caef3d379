/// What loops calculate with.
enum LoopValue: String, CustomStringConvertible, CaseIterable {
    case i32, i64, f32, f64

    var description: String { rawValue }
    var isFloat: Bool { self == .f32 || self == .f64 }
}

/// Statements whose values are calculated, and kept for later iterations: what vectorisers know by name.
extension LoopWriter {
    /// - Returns: what goes before the loop, and what goes into it.
    mutating func calculation(_ pointers: [(String, Int)]) -> (setup: String, statement: String) {
        let type = random.pick([LoopValue.i32, .i32, .i32, .i64, .f32, .f64])
        switch Int.random(in: 0..<11, using: &random) {
        case 9, 10:
            return (
                "",
                "(v128.store\(offset()) \(index(pointers)) \(vector(Int.random(in: 1...3, using: &random), pointers)))"
            )
        case 0: return reduction(type, pointers)
        case 1: return find(type, pointers)
        case 2: return least(type, pointers)
        case 3: return last(type, pointers)
        case 4:
            let other = random.chance(1, of: 2) ? "(else \(typedStore(type, pointers)))" : ""
            return ("", "(if \(condition(pointers)) (then \(typedStore(type, pointers))) \(other))")
        default: return ("", (0..<random.pick([1, 1, 2])).map { _ in typedStore(type, pointers) }.joined())
        }
    }

    /// What the locals come to; NaNs are all the same.
    var results: String {
        locals.reduce("(i32.xor (local.get $sum) (i32.wrap_i64 (local.get $wide)))") { sum, local in
            let value =
                switch local.type {
                case .i32: "(local.get \(local.name))"
                case .i64:
                    "(i32.wrap_i64 (i64.xor (local.get \(local.name)) (i64.shr_u (local.get \(local.name)) "
                        + "(i64.const 32))))"
                case .f32: "(i32.reinterpret_f32 \(quiet(local.name, .f32)))"
                case .f64: "(i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64 \(quiet(local.name, .f64))) (i64.const 20)))"
                }
            return "(i32.xor (i32.mul \(sum) (i32.const 31)) \(value))"
        }
    }

    /// A sum, or whatever else an operation makes of all iterations' values.
    private mutating func reduction(_ type: LoopValue, _ pointers: [(String, Int)]) -> (String, String) {
        let total = local(type)
        let name =
            type.isFloat
            ? random.pick(["add", "min", "max", "mul"]) : random.pick(["add", "sub", "mul", "and", "or", "xor"])
        let start = random.pick(["0", "1", "-1", type.isFloat ? "-inf" : "-128"])
        let step = "(local.set \(total) (\(type).\(name) (local.get \(total)) \(expression(type, 2, pointers))))"
        let body = random.chance(1, of: 3) ? "(if \(condition(pointers)) (then \(step)))" : step
        return ("(local.set \(total) (\(type).const \(start)))", body)
    }

    /// Where a condition held last, or whether it ever did.
    private mutating func find(_ type: LoopValue, _ pointers: [(String, Int)]) -> (String, String) {
        let found = local()
        let start = random.pick(["-1", "0", "1000", "-2147483648", "2147483647"])
        let value = random.pick([counter, counter, "(i32.const 3)", expression(.i32, 1, pointers)])
        let body =
            random.chance(1, of: 2)
            ? "(if \(condition(pointers)) (then (local.set \(found) \(value))))"
            : "(local.set \(found) (select \(value) (local.get \(found)) \(condition(pointers))))"
        return ("(local.set \(found) (i32.const \(start)))", body)
    }

    /// The least or greatest value, and mostly where it was.
    private mutating func least(_ type: LoopValue, _ pointers: [(String, Int)]) -> (String, String) {
        let (least, value, place) = (local(type), local(type), local())
        let order = comparison(type)
        let start = type.isFloat ? random.pick(["inf", "-inf", "0", "nan"]) : random.pick(["0", "-1", "100"])
        let next = "(local.tee \(value) \(expression(type, 2, pointers)))"
        let takes = "(\(type).\(order) \(next) (local.get \(least)))"
        let setup = "(local.set \(least) (\(type).const \(start)))"
        guard random.chance(1, of: 2) else {
            return (setup, "(local.set \(least) (select (local.get \(value)) (local.get \(least)) \(takes)))")
        }
        return (setup, "(if \(takes) (then (local.set \(least) (local.get \(value))) (local.set \(place) \(counter))))")
    }

    /// A value, and that of the iteration before, or of the one before that.
    private mutating func last(_ type: LoopValue, _ pointers: [(String, Int)]) -> (String, String) {
        let (last, now) = (local(type), local(type))
        let before = random.chance(1, of: 4) ? local(type) : last
        let sum = type.isFloat ? "add" : random.pick(["add", "sub", "xor"])
        let value = "(\(type).\(sum) (local.get \(before)) (local.tee \(now) \(expression(type, 2, pointers))))"
        let shift = before == last ? "" : "(local.set \(before) (local.get \(last)))"
        return (
            "(local.set \(last) (\(type).const 7))",
            "\(storing(value, type, pointers)) \(shift) (local.set \(last) (local.get \(now)))"
        )
    }

    private mutating func typedStore(_ type: LoopValue, _ pointers: [(String, Int)]) -> String {
        storing(expression(type, Int.random(in: 1...3, using: &random), pointers), type, pointers)
    }

    private mutating func storing(_ value: String, _ type: LoopValue, _ pointers: [(String, Int)]) -> String {
        let width =
            switch type {
            case .i32: random.pick(["", "", "8", "16"])
            case .i64: random.pick(["", "", "8", "32"])
            case .f32, .f64: ""
            }
        guard type.isFloat else { return "(\(type).store\(width)\(offset()) \(index(pointers)) \(value))" }
        let kept = local(type)
        return "(local.set \(kept) \(value)) (\(type).store\(offset()) \(index(pointers)) \(quiet(kept, type)))"
    }

    /// Which bits a NaN has is the implementation's choice, and another one in each.
    private func quiet(_ local: String, _ type: LoopValue) -> String {
        "(select (local.get \(local)) (\(type).const nan) (\(type).eq (local.get \(local)) (local.get \(local))))"
    }

    private var counter: String { "(local.get \(counters[counters.count - 1]))" }

    // MARK: Vectors

    /// Integers in lanes, and comparisons of floats.
    private mutating func vector(_ depth: Int, _ pointers: [(String, Int)]) -> String {
        guard depth > 0, random.chance(5, of: 6) else {
            let load = random.pick([
                "load", "load", "load8x8_s", "load16x4_u", "load32x2_s", "load8_splat", "load16_splat", "load32_splat",
                "load64_splat", "load32_zero",
            ])
            return random.pick([
                "(v128.\(load)\(offset()) \(index(pointers)))", "(i32x4.splat \(value(pointers)))",
                "(v128.const i32x4 1 -2 300 0x80000000)",
            ])
        }
        let (left, right) = (vector(depth - 1, pointers), vector(depth - 1, pointers))
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return "(v128.bitselect \(left) \(right) \(mask(depth - 1, pointers)))"
        case 1: return mask(depth, pointers)
        case 2:
            return
                "("
                + random.pick([
                    "i8x16.abs", "i16x8.abs", "i32x4.neg", "i8x16.popcnt", "v128.not", "i16x8.extend_low_i8x16_s",
                ]) + " \(left))"
        case 3:
            return
                "(\(random.pick(["i8x16", "i16x8", "i32x4", "i64x2"])).\(random.pick(["shl", "shr_s", "shr_u"])) "
                + "\(left) \(value(pointers)))"
        case 4: return "(select \(left) \(right) \(condition(pointers)))"
        default:
            let operation = random.pick([
                "v128.and", "v128.or", "v128.xor", "v128.andnot", "i8x16.add", "i8x16.add_sat_s", "i8x16.sub_sat_u",
                "i8x16.min_s", "i8x16.max_u",
                "i8x16.avgr_u", "i8x16.swizzle", "i8x16.narrow_i16x8_s", "i16x8.add", "i16x8.mul", "i16x8.min_u",
                "i16x8.q15mulr_sat_s",
                "i16x8.extmul_low_i8x16_u", "i32x4.add", "i32x4.sub", "i32x4.mul", "i32x4.min_s", "i32x4.max_u",
                "i32x4.dot_i16x8_s",
                "i64x2.add", "i64x2.mul", "i64x2.extmul_high_i32x4_s",
            ])
            return "(\(operation) \(left) \(right))"
        }
    }

    private mutating func mask(_ depth: Int, _ pointers: [(String, Int)]) -> String {
        let shape = random.pick(["i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"])
        let sign = shape.hasPrefix("f") ? "" : shape == "i64x2" ? "_s" : random.pick(["_s", "_u"])
        let name = random.pick(["eq", "ne", "lt" + sign, "ge" + sign])
        return "(\(shape).\(name) \(vector(depth - 1, pointers)) \(vector(depth - 1, pointers)))"
    }

    // MARK: Expressions

    private mutating func comparison(_ type: LoopValue) -> String {
        let order = random.pick(["lt", "lt", "gt", "le", "ge"])
        return type.isFloat ? order : "\(order)_\(random.pick(["s", "u"]))"
    }

    private mutating func condition(_ pointers: [(String, Int)]) -> String {
        let type = random.pick(LoopValue.allCases)
        let name = random.chance(1, of: 3) ? random.pick(["eq", "ne"]) : comparison(type)
        let compared = "(\(type).\(name) \(expression(type, 1, pointers)) \(expression(type, 1, pointers)))"
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "(i32.and \(compared) \(condition(pointers)))"
        case 1: return "(i32.and \(value(pointers)) (i32.const \(random.pick([1, 4, 32]))))"
        case 2: return "(i32.eqz \(compared))"
        default: return compared
        }
    }

    mutating func expression(_ type: LoopValue, _ depth: Int, _ pointers: [(String, Int)]) -> String {
        guard depth > 0, random.chance(4, of: 5) else { return leaf(type, pointers) }
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            return
                "(select \(expression(type, depth - 1, pointers)) \(expression(type, depth - 1, pointers)) "
                + "\(condition(pointers)))"
        case 1, 2: return conversion(type, depth, pointers)
        case 3, 4: return "(\(type).\(unary(type)) \(expression(type, depth - 1, pointers)))"
        case 5: return extreme(type, depth, pointers)
        default: return binary(type, depth, pointers)
        }
    }

    private mutating func leaf(_ type: LoopValue, _ pointers: [(String, Int)]) -> String {
        switch type {
        case .i32: return value(pointers)
        case .i64:
            return random.pick([
                "(i64.extend_i32_\(random.pick(["s", "u"])) \(value(pointers)))",
                "(i64.const \(random.pick([1, -3, 255, 1 << 40])))",
                "(i64.load\(random.pick(["", "8_u", "16_s", "32_s", "32_u"])) \(index(pointers)))",
            ])
        case .f32, .f64:
            return random.pick([
                "(\(type).convert_i32_\(random.pick(["s", "u"])) \(value(pointers)))",
                "(\(type).load \(index(pointers)))",
                "(\(type).const \(random.pick(["0", "-0", "1.5", "-2", "3e9", "1e-40", "inf", "nan"])))",
            ])
        }
    }

    private mutating func unary(_ type: LoopValue) -> String {
        switch type {
        case .i32: random.pick(["clz", "ctz", "popcnt", "extend8_s", "extend16_s"])
        case .i64: random.pick(["clz", "ctz", "popcnt", "extend8_s", "extend32_s"])
        case .f32, .f64: random.pick(["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"])
        }
    }

    private mutating func binary(_ type: LoopValue, _ depth: Int, _ pointers: [(String, Int)]) -> String {
        let left = expression(type, depth - 1, pointers)
        if type.isFloat {
            let name = random.pick(["add", "add", "sub", "mul", "mul", "div", "min", "max", "copysign"])
            // A NaN's sign is not the program's.
            let right =
                name == "copysign"
                ? "(\(type).convert_i32_s \(value(pointers)))" : expression(type, depth - 1, pointers)
            return "(\(type).\(name) \(left) \(right))"
        }
        let shifts = ["shl", "shr_s", "shr_u", "rotl", "rotr"]
        let divisions = ["div_s", "div_u", "rem_s", "rem_u"]
        let name = random.pick(["add", "add", "add", "sub", "mul", "mul", "and", "or", "xor"] + shifts + divisions)
        var right = expression(type, depth - 1, pointers)
        if shifts.contains(name), random.chance(1, of: 2) {
            right = "(\(type).const \(random.pick([1, 7, 8, 31, 32, 33, 63])))"
        }
        // Mostly nothing traps.
        if divisions.contains(name), random.chance(15, of: 16) {
            right =
                random.chance(1, of: 2)
                ? "(\(type).const \(random.pick([3, 7, 10, 16, -1, -8])))" : "(\(type).or \(right) (\(type).const 1))"
        }
        return "(\(type).\(name) \(left) \(right))"
    }

    /// The smaller or larger of two values, as compilers write it.
    private mutating func extreme(_ type: LoopValue, _ depth: Int, _ pointers: [(String, Int)]) -> String {
        let (left, right) = (local(type), local(type))
        let (first, second) = (expression(type, depth - 1, pointers), expression(type, depth - 1, pointers))
        return
            "(select (local.tee \(left) \(first)) (local.tee \(right) \(second)) (\(type).\(comparison(type)) "
            + "(local.get \(left)) (local.get \(right))))"
    }

    private mutating func conversion(_ type: LoopValue, _ depth: Int, _ pointers: [(String, Int)]) -> String {
        let from = random.pick(LoopValue.allCases.filter { $0 != type })
        let operand = expression(from, depth - 1, pointers)
        let sign = random.pick(["s", "u"])
        return switch (from, type) {
        case (.i64, .i32): "(i32.wrap_i64 \(operand))"
        case (.i32, .i64): "(i64.extend_i32_\(sign) \(operand))"
        case (.f32, .f64): "(f64.promote_f32 \(operand))"
        case (.f64, .f32): "(f32.demote_f64 \(operand))"
        case (.i32, _), (.i64, _): "(\(type).convert_\(from)_\(sign) \(operand))"
        case (.f32, _), (.f64, _):
            random.chance(1, of: 16)
                ? "(\(type).trunc_\(from)_\(sign) \(operand))" : "(\(type).trunc_sat_\(from)_\(sign) \(operand))"
        }
    }
}
