/// A random function of one of the shapes that compilers got wrong, in the text format: what is random are its numbers,
/// and whether it ends where arithmetic wraps or memory does.
struct DirectedLoop {
    /// `(func (export ...) (param i32 i32 i32 i32) (result i64) ...)`
    let text: String
    /// Each call's four arguments.
    let arguments: [[UInt32]]

    private enum Shape: CaseIterable { case fallingCopies, extensions, alternatives, emptyBulk, masks, wideCounter }

    init(named name: String, pages: UInt64, random: inout SplitMix) {
        var writer = DirectedLoopWriter(memoryByteCount: Int64(pages) << 16, random: random)
        let shape = writer.random.pick(Shape.allCases)
        let body =
            switch shape {
            case .fallingCopies: writer.copiesToTheEnd()
            case .extensions: writer.extendedCopies()
            case .alternatives: writer.alternatives()
            case .emptyBulk: writer.emptyBulk()
            case .masks: writer.masks()
            case .wideCounter: writer.wideCounter()
            }
        arguments = writer.arguments
        random = writer.random
        text = """
            (func (export "\(name)") (param $p0 i32) (param $p1 i32) (param $p2 i32) (param $n i32) (result i64)
              (local $sum i64) (local $i i32) (local $j i32) (local $w i64)
              \(body)
              (local.set $w (i64.add (local.get $w) (i64.extend_i32_u (local.get $i))))
              (i64.add (i64.mul (local.get $sum) (i64.const 31))
                (i64.add (local.get $w) (i64.extend_i32_u (i32.mul (local.get $j) (i32.const 7))))))
            """
    }
}

struct DirectedLoopWriter {
    let memoryByteCount: Int64
    var random: SplitMix
    private(set) var arguments: [[UInt32]] = []

    init(memoryByteCount: Int64, random: SplitMix) {
        self.memoryByteCount = memoryByteCount
        self.random = random
    }

    // MARK: Parts

    private func narrow(_ value: Int64) -> String { "(i32.const \(Int32(truncatingIfNeeded: value)))" }
    private func immediate(_ offset: Int64) -> String { offset == 0 ? "" : "offset=\(offset)" }
    private func addSum(_ value: String) -> String { "(local.set $sum (i64.add (local.get $sum) \(value)))" }
    private func mixSum(_ value: String) -> String {
        "(local.set $sum (i64.xor (i64.mul (local.get $sum) (i64.const 3)) \(value)))"
    }

    /// How often a loop runs: often a few times, sometimes enough for vectors and unrolled bodies.
    private mutating func count() -> Int64 {
        Int64.random(in: random.pick([1...4, 5...40, 60...300, 1000...2000]), using: &random)
    }

    /// Zero mostly, else a little beside it.
    private mutating func slip(_ width: Int64 = 1) -> Int64 {
        random.chance(2, of: 3) ? 0 : random.pick([1, -1, width, -width, 2, -2])
    }

    private mutating func call(_ values: [Int64]) { arguments.append(values.map { UInt32(truncatingIfNeeded: $0) }) }

    private mutating func plainCalls(_ calls: Int = 2) {
        for _ in 0..<calls { call((0..<3).map { _ in Int64.random(in: 0..<4096, using: &random) } + [count() % 300]) }
    }

    /// A loop that is left when a counter of 32 bits equals its end.
    private mutating func loop(
        _ counter: String = "$i", from first: Int64, step: Int64, count: Int64, setup: String = "", body: String
    ) -> String {
        let end = first &+ step &* count
        let next = "(i32.\(random.chance(1, of: 2) ? "add" : "sub")"
        let stepText = next == "(i32.add" ? narrow(step) : narrow(-step)
        let value = "\(next) (local.get \(counter)) \(stepText))"
        let unsigned = (0...Int64(UInt32.max)).contains(first) && (0...Int64(UInt32.max)).contains(end)
        let signed = Int32(exactly: first) != nil && Int32(exactly: end) != nil
        var conditions = ["ne", "ne"]
        if unsigned { conditions.append(step > 0 ? "lt_u" : "gt_u") }
        if signed { conditions.append(step > 0 ? "lt_s" : "gt_s") }
        let condition = "i32.\(random.pick(conditions))"
        let start = "(local.set \(counter) \(narrow(first)))\(setup)"
        if random.chance(1, of: 2) {
            return
                "\(start)\n  (loop \(body)\n    (br_if 0 (\(condition) (local.tee \(counter) \(value)) "
                + "\(narrow(end)))))"
        }
        return "\(start)\n  (loop \(body)\n    (local.set \(counter) \(value))\n"
            + "    (br_if 0 (\(condition) (local.get \(counter)) \(narrow(end)))))"
    }

    private func storeName(_ width: Int64) -> String {
        [1: "i32.store8", 2: "i32.store16", 4: "i32.store"][width] ?? "i64.store"
    }
    private func loadName(_ width: Int64) -> String {
        [1: "i32.load8_u", 2: "i32.load16_u", 4: "i32.load"][width] ?? "i64.load"
    }

    // MARK: Shapes

    /// Copies of an access at neighbouring addresses, whose counter is the address: it rises to the memory's end, to
    /// 2^32 or to 2^31, or falls to 0, and the step after the last one would wrap.
    mutating func copiesToTheEnd() -> String {
        let width = random.pick([1, 1, 2, 4, 8] as [Int64])
        let copies = random.pick([2, 2, 2, 3, 4, 8] as [Int64])
        let step = width * copies
        let (count, isFalling) = (count(), random.chance(2, of: 3))
        // The first byte that the loop touches; where none are left it begins at 0.
        let top = random.chance(1, of: 4) ? random.pick([1 << 31, memoryByteCount]) : memoryByteCount
        var lowest = isFalling ? 0 : top - count * step
        if lowest < 0 || top > memoryByteCount { lowest = 0 }
        lowest = max(0, lowest + slip(width))
        let before = random.chance(1, of: 4) ? random.pick([1, width, step, 16] as [Int64]) : 0
        let first = (isFalling ? lowest + (count - 1) * step : lowest) - before
        var order = (0..<copies).map { $0 }
        if random.chance(1, of: 2) { order.reverse() }
        let kind = Int.random(in: 0..<5, using: &random)
        let type = width == 8 ? "i64" : "i32"
        let adds = random.chance(1, of: 4)
        let accesses = order.map { copy -> String in
            let distance = copy * width + before
            let isAdded = adds && distance != 0
            let address =
                isAdded
                ? "(i32.add (local.get $i) \(narrow(distance)))" : "\(immediate(distance)) (local.get $i)"
            let load = "(\(loadName(width)) \(address))"
            let wide = type == "i64" ? load : "(i64.extend_i32_u \(load))"
            switch kind {
            case 0, 1: return "(\(storeName(width)) \(address) (\(type).const 5))"
            case 2: return "(\(storeName(width)) \(address) (\(type).add \(load) (\(type).const 7)))"
            case 3: return "(\(storeName(width)) \(address) \(type == "i64" ? "(local.get $w)" : "(local.get $p1)"))"
            default: return "(local.set $sum (i64.\(random.pick(["add", "or"])) (local.get $sum) \(wide)))"
            }
        }
        plainCalls()
        return loop(
            from: first, step: isFalling ? -step : step, count: count, body: accesses.joined(separator: "\n    "))
    }

    /// Copies that keep neighbouring values of a counter, extended before or after the addition; the counter crosses
    /// 0, 2^31 or 2^32 in one of the last iterations or in the middle.
    mutating func extendedCopies() -> String {
        let copies = random.pick([2, 2, 3, 4] as [Int64])
        let (count, direction) = (count() % 300 + 1, random.pick([1, 1, -1] as [Int64]))
        let place = random.pick([0, 1 << 31, 1 << 32] as [Int64])
        let crossing = random.pick([0, 1, count - 1, count, count / 2])
        let first = place - direction * (crossing * copies + random.pick([0, 0, 1, 1, copies - 1]))
        let sign = random.pick(["u", "s"])
        let after = random.chance(1, of: 2)
        let isFirstPlain = random.chance(3, of: 4)
        let stores = (0..<copies).map { copy -> String in
            let distance = copy * direction
            var value = "(i64.extend_i32_\(sign) (local.get $i))"
            if copy > 0 || !isFirstPlain {
                value =
                    after
                    ? "(i64.add \(value) (i64.const \(distance)))"
                    : "(i64.extend_i32_\(sign) (i32.add (local.get $i) \(narrow(distance))))"
            }
            return "(i64.store \(immediate(copy * 8)) (local.get $j) \(value))"
        }
        let next = "(local.set $j (i32.add (local.get $j) \(narrow(copies * 8))))"
        plainCalls()
        return loop(
            from: first, step: copies * direction, count: count,
            setup: "(local.set $j \(narrow(Int64.random(in: 0..<512, using: &random) * 8)))",
            body: (stores + [next]).joined(separator: "\n    "))
    }

    /// Copies whose values are made by `or`, `xor` and `add`, and are an addition only for some bits of the counter.
    mutating func alternatives() -> String {
        let copies = random.pick([2, 2, 4] as [Int64])
        let step = copies * random.pick([1, 1, 2, -1])
        let start = random.pick([0, 0, 0, copies, 1 << 31, 1, 2] as [Int64])
        let operations = random.chance(1, of: 3) ? [random.pick(["or", "xor", "add"])] : ["or", "add", "or", "xor"]
        let distance = random.pick([0, 1, 1, 2] as [Int64])
        let shift = random.pick([0, 0, 1, 2])
        let scaled = shift == 0 ? "(local.get $i)" : "(i32.shl (local.get $i) \(narrow(Int64(shift))))"
        let stores = (0..<copies).map { copy -> String in
            let added = copy + distance << (shift > 0 && random.chance(1, of: 2) ? shift : 0)
            return
                "(i32.store \(immediate(copy * 4)) (local.get $j) (i32.\(random.pick(operations)) \(scaled) "
                + "\(narrow(added))))"
        }
        let next = "(local.set $j (i32.add (local.get $j) \(narrow(copies * 4))))"
        plainCalls()
        return loop(
            from: start, step: step, count: count() % 300 + 1, body: (stores + [next]).joined(separator: "\n    "))
    }

    /// Bulk operations of length zero up to the memory's end, where an address in 32 bits becomes 0, and another use of
    /// the address.
    mutating func emptyBulk() -> String {
        let step = random.pick([4, 4, 8, 1, 16] as [Int64])
        let ahead = random.pick([step, step, 0, 4])
        let place = "(i32.add (local.get $p0) \(narrow(ahead)))"
        let length = random.pick(["(i32.const 0)", "(i32.const 0)", "(i32.and (local.get $p2) (i32.const 1))"])
        let bulk = random.pick([
            "(memory.fill \(place) (i32.const 9) \(length))", "(memory.fill \(place) (i32.const 9) \(length))",
            "(memory.copy \(place) (local.get $p1) \(length))", "(memory.copy (local.get $p1) \(place) \(length))",
        ])
        let store = random.chance(2, of: 3) ? "(i32.store (local.get $p0) (i32.const 5))" : ""
        let use = "(i64.extend_i32_\(random.pick(["u", "u", "s"])) \(place))"
        let kept = random.pick([mixSum(use), mixSum(use), addSum(use), "(i64.store offset=512 (local.get $p1) \(use))"])
        for _ in 0..<4 {
            let count = count() % 40 + 1
            call([memoryByteCount - count * step + slip(step), Int64.random(in: 0..<4096, using: &random), 0, count])
        }
        for _ in 0..<2 { call([memoryByteCount - 64, memoryByteCount, random.pick([0, 1]), 16]) }
        plainCalls(1)
        return """
            (loop
                \(bulk)\(store)
                \(kept)
                (local.set $p0 (i32.add (local.get $p0) \(narrow(step))))
                (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            """
    }

    /// Two accesses through masks of one counter: `ring[i & 255] ^= key[i & 7]`.
    mutating func masks() -> String {
        let masks = [1, 3, 7, 15, 31, 63, 127, 255] as [Int64]
        let (one, other) = (random.pick(masks), random.pick(masks))
        let width = random.pick([1, 1, 1, 2, 4, 8] as [Int64])
        // The second array lies after the first, within it, or before it; or at the memory's end.
        var bases: (Int64, Int64) = (0, memoryByteCount - (other + 1) * width)
        if random.chance(5, of: 6) {
            bases = (random.pick([0, 1024]), random.pick([0, 64, 512, 1024, 1024 + (one + 1) * width]))
        }
        let isWide = random.chance(1, of: 3)
        func index(_ mask: Int64, _ base: Int64) -> String {
            let masked =
                isWide
                ? "(i32.wrap_i64 (i64.and (local.get $w) (i64.const \(mask))))"
                : "(i32.and (local.get $i) (i32.const \(mask)))"
            let scaled = width == 1 ? masked : "(i32.shl \(masked) (i32.const \(width.trailingZeroBitCount)))"
            return "\(immediate(base)) \(scaled)"
        }
        let (first, second) = (index(one, bases.0), index(other, bases.1))
        let type = width == 8 ? "i64" : "i32"
        let loads = ["(\(loadName(width)) \(first))", "(\(loadName(width)) \(second))"]
        let product = "(\(type).mul \(loads[0]) \(loads[1]))"
        let statement = random.pick([
            "(\(storeName(width)) \(first) (\(type).xor \(loads[0]) \(loads[1])))",
            "(\(storeName(width)) \(first) \(loads[1]))",
            "(\(storeName(width)) \(first) (\(type).const 66))(\(storeName(width)) \(second) (\(type).const 65))",
            addSum(width == 8 ? product : "(i64.extend_i32_u \(product))"),
        ])
        let step = random.pick([1, 1, 1, 1, 2, 3, -1] as [Int64])
        for _ in 0..<4 { call([0, 0, 0, random.pick([one + 1, other + 1, 2 * one + 2, 64, 65, 300, count()])]) }
        let start = random.pick([0, 0, 0, 1, 1 << 31] as [Int64])
        let type2 = isWide ? "i64" : "i32"
        let counter = isWide ? "$w" : "$i"
        let next = "(\(type2).add (local.get \(counter)) (\(type2).const \(step)))"
        let bound = isWide ? "(i64.extend_i32_u (local.get $n))" : "(local.get $n)"
        let setup =
            "(local.set \(counter) (\(type2).const \(isWide ? start : Int64(Int32(truncatingIfNeeded: start)))))"
        let isPlain = start == 0 && step == 1
        // Other starts and steps count in a second counter.
        let goesOn =
            isPlain
            ? "(\(type2).lt_u (local.tee \(counter) \(next)) \(bound))"
            : "(i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (local.get $n))"
        return
            "\(setup)\n  (loop \(statement)\n    \(isPlain ? "" : "(local.set \(counter) \(next))") (br_if 0 "
            + "\(goesOn)))"
    }

    /// A counter of 64 bits with several accesses, all affine in it, of which the first or the last lies at the
    /// memory's end or at 0, or one beyond.
    mutating func wideCounter() -> String {
        let width = random.pick([1, 1, 2, 4, 8] as [Int64])
        let step = random.pick([1, 1, 2, 8, -1, -8] as [Int64])
        let first = random.pick([0, 0, 8, 1, 64, 1 << 31, 1 << 32, (1 << 32) - 8] as [Int64]) + (step < 0 ? 1000 : 0)
        let count = random.pick([count(), count(), 20_000])
        let last = first + (count - 1) * step
        let isLimited = random.chance(1, of: 3)
        let kind = Int.random(in: 0..<4, using: &random)
        // What the first access reaches in the last iteration, the first one, or the middle one; often the others, too.
        var common: Int64?
        let accesses = (0..<random.pick([1, 2, 2, 3])).map { _ -> String in
            let less = random.pick([0, 0, 8, first, first, 1 << 32])
            let scale = random.pick([1, 1, 1, width])
            let lowest = ((step > 0 ? first : last) - less) * scale
            let highest = ((step > 0 ? last : first) - less) * scale
            let end = random.pick([memoryByteCount - width, memoryByteCount - width, memoryByteCount])
            let own = random.pick([
                end - highest + slip(width), end - lowest + slip(width), end - (lowest + highest) / 2, 0, 1024, -lowest,
            ])
            let offset = random.chance(1, of: 2) ? own : common ?? own
            common = offset
            let moved = less == 0 ? "(local.get $w)" : "(i64.sub (local.get $w) (i64.const \(less)))"
            let scaled = scale == 1 ? moved : "(i64.mul \(moved) (i64.const \(scale)))"
            let address = "\(immediate(max(0, min(offset, Int64(UInt32.max))))) (i32.wrap_i64 \(scaled))"
            let type = width == 8 ? "i64" : "i32"
            if kind == 0 || random.chance(1, of: 4) {
                return addSum(
                    width == 8 ? "(i64.load \(address))" : "(i64.extend_i32_u (\(loadName(width)) \(address)))")
            }
            return "(\(storeName(width)) \(address) (\(type).const 1))"
        }
        let end = first + count * step
        let condition = random.pick(step > 0 ? ["ne", "lt_u", "lt_s"] : ["ne", "gt_s"])
        let bound =
            isLimited ? "(i64.add (i64.extend_i32_u (local.get $n)) (i64.const \(first)))" : "(i64.const \(end))"
        let order = isLimited ? (step > 0 ? "lt_u" : "gt_s") : condition
        plainCalls(3)
        return """
            (local.set $w (i64.const \(first)))
              (loop
                \(accesses.joined(separator: "\n    "))
                (br_if 0 (i64.\(order) (local.tee $w (i64.add (local.get $w) (i64.const \(step)))) \(bound))))
            """
    }
}
