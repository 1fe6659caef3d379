/// The statements of counted loops.
extension CountedLoopWriter {
    mutating func statement(_ counter: Counter, width: Int) -> String {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<3: unrolled(counter, width: width)
        case 3..<8: maskedPair(counter)
        case 8..<13: bulk(counter)
        case 14: "(if \(condition(counter)) (then \(plain(counter))))"
        case 15: "(local.set $sum (i64.add (local.get $sum) \(wide(counter))))"
        case 16: "(local.set $sum (i64.xor (i64.mul (local.get $sum) (i64.const 3)) \(wide(counter))))"
        default: plain(counter)
        }
    }

    mutating func unrolled(_ counter: Counter, width: Int) -> String {
        random.chance(2, of: 3)
            ? unrolledAccesses(counter, width: width) : unrolledValues(counter, width: width < 4 ? 8 : width)
    }

    /// The counter as 32 or 64 bits, extended, masked and shifted as compilers do.
    private mutating func narrow(_ counter: Counter) -> String {
        let value = counter.narrow
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "(i32.and \(value) (i32.const \(random.pick([1, 3, 7, 255, -2, -4]))))"
        case 1: return "(i32.or \(value) (i32.const \(random.pick([1, 2, 3, 4]))))"
        case 2: return "(i32.shr_\(random.pick(["u", "s"])) \(value) (i32.const \(random.pick([1, 4, 31]))))"
        case 3: return "(i32.extend\(random.pick(["8", "16"]))_s \(value))"
        case 4: return "(i32.add \(value) (i32.const \(random.pick([1, -1, 4, 8, 2147483647]))))"
        default: return value
        }
    }

    private mutating func wide(_ counter: Counter) -> String {
        let addend = "(i64.const \(random.pick([0, 1, 4, -1, 255, 1 << 32])))"
        if counter.isWide, random.chance(1, of: 2) {
            return "(i64.\(random.pick(["add", "mul", "sub"])) \(counter.value) \(addend))"
        }
        let sign = random.pick(["u", "s"])
        if let pointer, random.chance(1, of: 3) {
            return
                "(i64.extend_i32_\(sign) (i32.add (local.get \(pointer.name)) (i32.const "
                + "\(random.pick([0, 4, 8, -4])))))"
        }
        return "(i64.add (i64.extend_i32_\(sign) \(narrow(counter))) \(addend))"
    }

    private mutating func condition(_ counter: Counter) -> String {
        let value = constant(
            random.pick([counter.first, counter.last, 0, -1, 1 << 31, counter.first &+ counter.step]), counter.type)
        let order = random.pick(["eq", "ne", "lt_u", "lt_s", "ge_u", "gt_s"])
        return random.chance(1, of: 3)
            ? "(i32.and \(counter.narrow) (i32.const \(random.pick([1, 2, 4]))))"
            : "(\(counter.type).\(order) \(counter.value) \(value))"
    }

    /// One load, store or both, of any width.
    private mutating func plain(_ counter: Counter) -> String {
        let (load, store) = random.pick([
            ("i32.load8_u", "i32.store8"), ("i32.load8_s", "i32.store8"), ("i32.load16_s", "i32.store16"),
            ("i32.load", "i32.store"),
            ("i32.load", "i32.store"), ("i64.load", "i64.store"), ("i64.load32_s", "i64.store32"),
            ("i64.load8_u", "i64.store"),
        ])
        let isWide = load.hasPrefix("i64")
        let loaded = "(\(load) \(address(counter)))"
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return "(\(store) \(address(counter)) \(loaded))"
        case 1: return "(\(store) \(address(counter)) \(isWide ? wide(counter) : narrow(counter)))"
        case 2:
            return
                "(\(store) \(address(counter)) (\(load.prefix(3)).add \(loaded) "
                + "\(isWide ? wide(counter) : narrow(counter))))"
        case 3: return "(v128.store \(address(counter)) (v128.load \(address(counter))))"
        default:
            return "(local.set $sum (i64.add (local.get $sum) \(isWide ? loaded : "(i64.extend_i32_u \(loaded))")))"
        }
    }

    // MARK: Unrolled copies

    /// Copies of a statement at neighbouring addresses.
    private mutating func unrolledAccesses(_ counter: Counter, width: Int) -> String {
        let copies = max(2, extent / width)
        let step = abs(Int(truncatingIfNeeded: counter.step))
        let fits = step != 0 && (copies * width) % step == 0 && random.chance(9, of: 10)
        var scale = fits ? Int64(copies * width / step) : self.scale()
        if random.chance(1, of: 8) { scale = -scale }
        let (to, from) = (Int.random(in: 0..<3, using: &random), Int.random(in: 0..<3, using: &random))
        let (toWay, fromWay) = (way(), way())
        let (toOffset, fromOffset) = (offset(), offset())
        let suffix = [1: "8", 2: "16"][width] ?? ""
        let type = width == 8 ? "i64" : "i32"
        let kind = Int.random(in: 0..<6, using: &random)
        let usesPointer = random.chance(1, of: 4)
        let kept =
            type == "i64" ? counter.isWide ? counter.value : "(i64.extend_i32_u \(counter.narrow))" : counter.narrow
        // Sometimes one copy is not like the others.
        let odd = random.chance(1, of: 8) ? Int.random(in: 0..<copies, using: &random) : -1
        var statements = (0..<copies).map { copy in
            let distance = Int64(copy * width) + (copy == odd ? 1 : 0)
            var target = affine(counter, array: to, scale: scale, way: toWay, offset: toOffset, distance: distance)
            if usesPointer, let pointer { target = "\(immediate(distance)) (local.get \(pointer.name))" }
            let source = affine(
                counter, array: from, scale: scale, way: fromWay, offset: fromOffset, distance: distance)
            let load = "(\(type).load\(suffix.isEmpty ? "" : suffix + "_u") \(source))"
            switch kind {
            case 0, 1: return "(\(type).store\(suffix) \(target) (\(type).const 5))"
            case 2: return "(\(type).store\(suffix) \(target) \(load))"
            case 3: return "(\(type).store\(suffix) \(target) \(kept))"
            case 4: return "(\(type).store\(suffix) \(target) (\(type).add \(load) (\(type).const 7)))"
            default:
                return
                    "(local.set $sum (i64.add (local.get $sum) \(type == "i64" ? load : "(i64.extend_i32_u \(load))")))"
            }
        }
        if random.chance(1, of: 5) { statements.reverse() }
        return statements.joined(separator: "\n    ")
    }

    /// Copies of a statement for neighbouring values of the counter, which each copy calculates in its own way.
    private mutating func unrolledValues(_ counter: Counter, width: Int) -> String {
        let copies =
            random.chance(3, of: 4) && (2...8).contains(abs(counter.step))
            ? Int(abs(counter.step)) : random.pick([2, 4])
        let type = width == 8 ? "i64" : "i32"
        let sign = random.pick(["u", "s"])
        let array = Int.random(in: 0..<3, using: &random)
        let step = abs(Int(truncatingIfNeeded: counter.step))
        let scale = step != 0 && (copies * width) % step == 0 ? Int64(copies * width / step) : Int64(width)
        let (way, usesPointer) = (way(), random.chance(2, of: 3))
        let extends = "i64.extend_i32_\(sign)"
        var own = "add"
        let isUniform = random.chance(1, of: 2)
        return (0..<copies).map { copy in
            var target = affine(counter, array: array, scale: scale, way: way, offset: 0, distance: Int64(copy * width))
            if usesPointer, let pointer { target = "\(immediate(Int64(copy * width))) (local.get \(pointer.name))" }
            if copy == 0 || !isUniform { own = random.pick(["add", "add", "or", "after", "xor", "wide"]) }
            let distance = copy * Int(counter.step.signum())
            let narrow = counter.narrow
            var value: String
            switch own {
            case "or", "xor": value = "(i32.\(own) \(narrow) (i32.const \(copy)))"
            default: value = distance == 0 ? narrow : "(i32.add \(narrow) (i32.const \(distance)))"
            }
            guard type == "i64" else { return "(i32.store \(target) \(value))" }
            value = "(\(extends) \(value))"
            if own == "after" { value = "(i64.add (\(extends) \(narrow)) (i64.const \(distance)))" }
            if own == "wide", counter.isWide {
                value = "(i64.\(copy > 0 && sign == "s" ? "or" : "add") \(counter.value) (i64.const \(copy)))"
            }
            return "(i64.store \(target) \(value))"
        }.joined(separator: "\n    ")
    }

    // MARK: Masks

    /// Two accesses through masks of one counter: `ring[i & 255] ^= key[i & 7]`.
    private mutating func maskedPair(_ counter: Counter) -> String {
        let masks = [1, 3, 7, 15, 31, 63, 127, 255]
        let (one, other) = (random.pick(masks), random.pick(masks))
        let shift = random.pick([0, 0, 0, 2])
        let (suffix, width) = random.pick([("8_u", 1), ("8_u", 1), ("16_u", 2), ("", 4)])
        let (base, distance) = (random.pick([0, 0, 16, 64]), random.pick([64, 256, 300]))
        let isWide = counter.isWide && random.chance(1, of: 2)
        func index(_ mask: Int) -> String {
            let masked =
                isWide
                ? "(i32.wrap_i64 (i64.and \(counter.value) (i64.const \(mask))))"
                : "(i32.and \(counter.narrow) (i32.const \(mask)))"
            let bits = max(shift, width.trailingZeroBitCount)
            return bits == 0 ? masked : "(i32.shl \(masked) (i32.const \(bits)))"
        }
        let first = "\(immediate(Int64(base))) \(index(one))"
        let second = "\(immediate(Int64(base + distance))) \(index(other))"
        let loads = ["(i32.load\(suffix) \(first))", "(i32.load\(suffix) \(second))"]
        let store = "i32.store\(suffix.prefix(while: { $0 != "_" }))"
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return "(\(store) \(first) (i32.xor \(loads[0]) \(loads[1])))"
        case 1: return "(\(store) \(first) \(loads[1]))"
        case 2:
            return
                "(\(store) \(affine(counter, array: 1, scale: Int64(width), way: way(), offset: 0)) (i32.add "
                + "\(loads[0]) \(loads[1])))"
        default:
            return "(local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (i32.mul \(loads[0]) \(loads[1])))))"
        }
    }

    // MARK: Bulk operations

    /// A bulk operation, mostly of length zero, and another use of its address.
    private mutating func bulk(_ counter: Counter) -> String {
        let distance = random.pick([0, 1, 4, 4, 8, -4, pointer?.step ?? 4, pointer?.step ?? 8])
        let array = Int.random(in: 0..<3, using: &random)
        var place = affine(
            counter, array: array, scale: scale(), way: way() & 111 | 2, offset: 0, distance: Int64(distance))
        if random.chance(3, of: 4), let pointer {
            place = "(i32.add (local.get \(pointer.name)) (i32.const \(distance)))"
        }
        let length = random.pick([
            "(i32.const 0)", "(i32.const 0)", "(i32.const 0)", "(i32.const 1)", "(i32.const 4)", "(i32.const 33)",
            "(i32.and (local.get $n) (i32.const 1))", "(i32.and \(counter.narrow) (i32.const 3))",
        ])
        let other = affine(counter, array: (array + 1) % 3, scale: scale(), way: way() & 111 | 2, offset: 0)
        var operation =
            random.chance(2, of: 3)
            ? "(memory.fill \(place) (i32.const 9) \(length))" : "(memory.copy \(place) \(other) \(length))"
        if random.chance(1, of: 2), let pointer { operation += "(i32.store (local.get \(pointer.name)) (i32.const 5))" }
        let use = "(i64.extend_i32_\(random.pick(["u", "u", "s"])) \(place))"
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return operation
        case 1: return operation + "(local.set $sum (i64.add (local.get $sum) \(use)))"
        case 2: return operation + "(i64.store \(address(counter)) \(use))"
        default: return operation + "(local.set $sum (i64.xor (i64.mul (local.get $sum) (i64.const 3)) \(use)))"
        }
    }
}
