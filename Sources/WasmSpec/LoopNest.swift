/// A random function made of loops over linear memory, in the text format, and the arguments to call it with: strides
/// of both signs, bounds near 0, 2^31, 2^32 and the memory's end, overlapping arrays, unrolled copies, and traps in the
/// middle.
struct LoopNest {
    /// `(func (export ...) (param i32 i32 i32 i32) (result i32) ...)`
    let text: String
    /// Each call's four arguments.
    let arguments: [[UInt32]]

    static let parameterCount = 4

    init(named name: String, pages: UInt64, random: inout SplitMix) {
        var writer = LoopWriter(memoryByteCount: pages << 16, random: random)
        let body = writer.loop(depth: 0, maximumDepth: random.chance(1, of: 3) ? 2 : 1)
        var arguments: [[UInt32]] = []
        for _ in 0..<4 { arguments.append(writer.callArguments()) }
        random = writer.random
        text = """
            (func (export "\(name)") (param $p0 i32) (param $p1 i32) (param $p2 i32) (param $n i32) (result i32)
              \(writer.locals.map { "(local \($0.name) \($0.type))" }.joined()) (local $sum i32) (local $wide i64)
              \(body)
              \(writer.results))
            """
        self.arguments = arguments
    }
}

/// Writes the instructions of one nest.
struct LoopWriter {
    let memoryByteCount: UInt64
    var random: SplitMix
    /// Names and types.
    var locals: [(name: String, type: LoopValue)] = []
    /// The counters of the loops around what is being written.
    private(set) var counters: [String] = []
    /// The innermost counter's step.
    private var innermostStep = 1

    init(memoryByteCount: UInt64, random: SplitMix) {
        self.memoryByteCount = memoryByteCount
        self.random = random
    }

    mutating func local(_ type: LoopValue = .i32) -> String {
        let name = "$l\(locals.count)"
        locals.append((name, type))
        return name
    }

    // MARK: Numbers

    private static let places: [UInt64] = [0, 1 << 31, 1 << 32]

    /// An address near one of the places where things go wrong, or anywhere in the first bytes.
    private mutating func address() -> UInt32 {
        let place: UInt64
        switch Int.random(in: 0..<8, using: &random) {
        case 0: place = random.pick(Self.places)
        case 1, 2: place = memoryByteCount
        default: place = UInt64.random(in: 128..<8192, using: &random)
        }
        let distance = Int64.random(in: random.pick([-64...64, -64...64, -1200...1200]), using: &random)
        return UInt32(truncatingIfNeeded: Int64(bitPattern: place) + distance)
    }

    mutating func callArguments() -> [UInt32] {
        let count = UInt32.random(in: random.pick([0...3, 0...40, 60...200]), using: &random)
        var first = address()
        if random.chance(1, of: 3) {
            // The last iteration is about where the memory ends, or where addresses wrap.
            let extent = Int64(count) * random.pick([1, 2, 4, 8, 16, -1, -4, -8])
            let end = random.pick([Int64(memoryByteCount), Int64(memoryByteCount), 0, 1 << 32])
            first = UInt32(truncatingIfNeeded: end - extent + Int64.random(in: -12...12, using: &random))
        }
        // Arrays that overlap at every distance.
        let second =
            random.chance(1, of: 2)
            ? first &+ UInt32(bitPattern: Int32.random(in: -64...64, using: &random)) : address()
        let third =
            random.chance(1, of: 2)
            ? second &+ UInt32(bitPattern: Int32.random(in: -64...64, using: &random)) : address()
        return [first, second, third, count]
    }

    // MARK: Loops

    mutating func loop(depth: Int, maximumDepth: Int) -> String {
        let counter = local()
        let step = random.pick([1, 1, 1, 1, 2, 4, 8, -1, -1, -4, 3, -24])
        let start = random.pick([
            "(i32.const 0)", "(i32.const 0)", "(i32.const 0)", "(local.get $p1)", "(i32.const -8)",
        ])
        let count =
            depth == 0 && random.chance(3, of: 4) ? "(local.get $n)" : "(i32.const \(random.pick([1, 4, 7, 16, 33])))"
        let bound = local()
        // Every condition fails when the counter equals the bound.
        let condition = random.pick(step > 0 ? ["ne", "ne", "lt_u", "lt_s"] : ["ne", "ne", "gt_u", "gt_s"])
        counters.append(counter)
        innermostStep = step
        defer { counters.removeLast() }
        var pointers: [(String, Int)] = []
        if random.chance(1, of: 2) { pointers.append((local(), random.pick([1, 4, 8, 16, -1, -4, -8, 12]))) }
        var setup =
            "(local.set \(counter) \(start)) (local.set \(bound) (i32.add \(start) (i32.mul \(count) (i32.const "
            + "\(step)))))"
            + pointers.map { "(local.set \($0.0) (local.get $p\(Int.random(in: 0..<3, using: &random))))" }.joined()
        var body = ""
        if depth < maximumDepth, random.chance(1, of: 2) { body += loop(depth: depth + 1, maximumDepth: maximumDepth) }
        innermostStep = step
        if body.isEmpty, random.chance(1, of: 5) {
            let (before, statement) = carried()
            setup += before
            body = statement
        }
        if random.chance(1, of: 3) {
            let (before, statement) = calculation(pointers)
            setup += before
            body += statement
        }
        if body.isEmpty || random.chance(1, of: 2) { body += statements(pointers) }
        body += pointers.map { "(local.set \($0.0) (i32.add (local.get \($0.0)) (i32.const \($0.1))))" }.joined()
        body += "(local.set \(counter) (i32.add (local.get \(counter)) (i32.const \(step))))"
        let goOn = "(i32.\(condition) (local.get \(counter)) (local.get \(bound)))"
        let exit =
            random.chance(1, of: 8)
            ? "(br_if 1 (i32.eq (i32.and (local.get $sum) (i32.const 511)) (i32.const 77)))" : ""
        if random.chance(1, of: 2) {
            return "\(setup)\n(block (br_if 0 (i32.eqz \(goOn))) (loop \(body) \(exit) (br_if 0 \(goOn))))"
        }
        return "\(setup)\n(block (loop (br_if 1 (i32.eqz \(goOn))) \(body) \(exit) (br 0)))"
    }

    private mutating func statements(_ pointers: [(String, Int)]) -> String {
        if random.chance(1, of: 3) { return unrolled(pointers) }
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in statement(pointers) }.joined(separator: "\n")
    }

    private mutating func statement(_ pointers: [(String, Int)]) -> String {
        switch Int.random(in: 0..<24, using: &random) {
        case 0: return "(global.set $g (i32.add (global.get $g) \(value(pointers))))"
        case 1: return "(drop (memory.grow (i32.const \(random.pick([0, 0, 1])))))"
        case 2:
            return
                "(local.set $sum (i32.add (local.get $sum) (i32.div_u (i32.const 1000) (i32.sub (local.get "
                + "\(counters[counters.count - 1])) (i32.const \(random.pick([5, 40, -1])))))))"
        case 3: return "(local.set $sum (call $helper (local.get $sum) \(index(pointers))))"
        case 4: return "(if \(value(pointers)) (then \(store(pointers))))"
        case 5: return "(drop \(load(pointers)))"
        case 6...10:
            return
                "(local.set $sum (i32.\(random.pick(["add", "add", "xor", "sub", "mul"])) (local.get $sum) "
                + "\(value(pointers))))"
        case 12:
            let count = random.pick([0, 0, 1, 9, 64])
            return random.chance(1, of: 2)
                ? "(memory.fill \(index(pointers)) (i32.const 7) (i32.const \(count)))"
                : "(memory.copy \(index(pointers)) \(index(pointers)) (i32.const \(count)))"
        case 11: return "(local.set $wide (i64.add (local.get $wide) (i64.load\(offset()) \(index(pointers)))))"
        default: return store(pointers)
        }
    }

    mutating func value(_ pointers: [(String, Int)]) -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: "(local.get \(random.pick(counters)))"
        case 1: "(i32.const \(Int.random(in: -9...300, using: &random)))"
        case 2: "(i32.add \(load(pointers)) \(load(pointers)))"
        case 3: "(i32.mul \(load(pointers)) (i32.const 3))"
        default: load(pointers)
        }
    }

    mutating func load(_ pointers: [(String, Int)]) -> String {
        let form = random.pick(["", "", "8_u", "8_s", "16_u", "16_s"])
        return "(i32.load\(form)\(offset()) \(index(pointers)))"
    }

    private mutating func store(_ pointers: [(String, Int)]) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: "(i64.store\(offset()) \(index(pointers)) (i64.load\(offset()) \(index(pointers))))"
        case 1:
            "(f64.store\(offset()) \(index(pointers)) (f64.mul (f64.const 1.5) (f64.convert_i32_s \(value(pointers)))))"
        case 2: "(f32.store\(offset()) \(index(pointers)) (f32.load\(offset()) \(index(pointers))))"
        case 3: "(v128.store\(offset()) \(index(pointers)) (v128.load\(offset()) \(index(pointers))))"
        case 4, 5: "(i32.store8\(offset()) \(index(pointers)) \(value(pointers)))"
        case 6: "(i32.store16\(offset()) \(index(pointers)) \(value(pointers)))"
        default: "(i32.store\(offset()) \(index(pointers)) \(value(pointers)))"
        }
    }

    mutating func offset() -> String {
        guard random.chance(1, of: 3) else { return "" }
        let amount: UInt64 =
            random.chance(1, of: 8)
            ? random.pick([65_520, 1 << 31, (1 << 32) - 64, (1 << 32) - 1])
            : UInt64(random.pick([1, 2, 4, 8, 16, 64, 400]))
        return " offset=\(amount)"
    }

    /// An address: mostly affine in a counter.
    mutating func index(_ pointers: [(String, Int)]) -> String {
        let base = "(local.get $p\(Int.random(in: 0..<3, using: &random)))"
        let counter = "(local.get \(random.pick(counters)))"
        switch Int.random(in: 0..<16, using: &random) {
        case 0: return base
        case 1: return "(i32.and \(counter) (i32.const 255))"
        case 2: return "(i32.add \(base) (i32.load8_u \(base)))"
        case 3: return "(i32.add \(base) (i32.mul \(counter) (i32.and (local.get $p2) (i32.const 31))))"
        case 4, 5: return "(i32.add \(base) (i32.mul \(counter) (i32.const \(random.pick([-4, -1, 2, 12, 40])))))"
        case 6...10: if let (pointer, _) = pointers.first { return "(local.get \(pointer))" }
        case 11: return "(i32.add (i32.const \(Int32(bitPattern: address()))) \(counter))"
        default: break
        }
        return "(i32.add \(base) (i32.shl \(counter) (i32.const \(random.pick([0, 0, 1, 2, 2, 3])))))"
    }

    // MARK: Values for the next iteration

    /// What an iteration loads and the next one uses, too: mostly from where that one's predecessor in memory is. And
    /// what goes before the loop.
    private mutating func carried() -> (setup: String, statement: String) {
        let (kept, next) = (local(), local())
        let (width, suffix) = random.pick([(1, "8"), (2, "16"), (4, ""), (4, "")])
        let load = suffix.isEmpty ? "i32.load" : "i32.load\(suffix)_\(random.pick(["u", "s"]))"
        let (from, to) = (Int.random(in: 0..<3, using: &random), Int.random(in: 0..<3, using: &random))
        let scale = random.pick([0, width.trailingZeroBitCount, width.trailingZeroBitCount, 3])
        let counter = "(local.get \(counters[counters.count - 1]))"
        func place(_ parameter: Int, _ offset: Int) -> String {
            "offset=\(offset) (i32.add (local.get $p\(parameter)) (i32.shl \(counter) (i32.const \(scale))))"
        }
        let step = innermostStep << scale
        let first = max(0, -step) + random.pick([0, 0, 4, 64])
        let second = max(0, first + (random.chance(3, of: 4) ? step : random.pick([0, -step, step + 1, 8])))
        let sum = "(i32.add (local.get \(kept)) (i32.mul (local.get \(next)) (i32.const 3)))"
        let storeSuffix = random.pick([suffix, suffix, "8", ""])
        var store = "(i32.store\(storeSuffix) \(place(to, random.pick([0, first, second, 1, 16, 256]))) \(sum))"
        if random.chance(1, of: 6) {
            store = "(i64.store \(place(to, random.pick([0, 4, 8, 256]))) (i64.extend_i32_u \(sum)))"
        }
        let setNext = "(local.set \(next) (\(load) \(place(from, second))))"
        let between =
            random.chance(1, of: 6) ? "(i32.store8 \(place(from, random.pick([0, first, second]))) (i32.const 99))" : ""
        let order = random.chance(1, of: 5) ? store + setNext : setNext + store
        return (
            "(local.set \(kept) (\(load) \(place(from, first))))" + between,
            order + "(local.set \(kept) (local.get \(next)))"
        )
    }

    // MARK: Unrolled copies

    /// What compilers make of a small loop: several copies of one statement at constant distances.
    private mutating func unrolled(_ pointers: [(String, Int)]) -> String {
        let copies = random.pick([2, 4, 4])
        let (width, suffix) = random.pick([(1, "8"), (2, "16"), (4, ""), (4, "")])
        let loadSuffix = suffix.isEmpty ? "" : suffix + "_u"
        let first = Int.random(in: 0..<3, using: &random)
        let second = Int.random(in: 0..<3, using: &random)
        let counter = "(local.get \(counters[counters.count - 1]))"
        // Mostly the copies follow each other without a gap.
        let extent = copies * width
        let fits = innermostStep > 0 && extent % innermostStep == 0 && (extent / innermostStep).nonzeroBitCount == 1
        let scale =
            fits && random.chance(3, of: 4) ? (extent / innermostStep).trailingZeroBitCount : random.pick([0, 1, 2, 3])
        /// The address of a copy's access, its distance in the index or in the offset.
        func place(_ parameter: Int, _ distance: Int, _ useOffset: Bool) -> (String, String) {
            let index = "(i32.add (local.get $p\(parameter)) (i32.shl \(counter) (i32.const \(scale))))"
            return useOffset ? ("offset=\(distance)", index) : ("", "(i32.add \(index) (i32.const \(distance)))")
        }
        let useOffset = random.chance(1, of: 2)
        let kind = Int.random(in: 0..<5, using: &random)
        // Sometimes one copy is not like the others.
        let odd = random.chance(1, of: 6) ? Int.random(in: 0..<copies, using: &random) : -1
        return (0..<copies).map { copy in
            let distance = copy * width + (copy == odd ? 1 : 0)
            let (from, fromIndex) = place(first, distance, useOffset)
            let (to, toIndex) = place(second, copy * width, useOffset)
            let load = "(i32.load\(loadSuffix) \(from) \(fromIndex))"
            switch kind {
            case 0: return "(i32.store\(suffix) \(to) \(toIndex) \(load))"
            case 1: return "(local.set $sum (i32.add (local.get $sum) \(load)))"
            case 2: return "(local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) \(load)))"
            case 3: return "(i32.store\(suffix) \(to) \(toIndex) (i32.add (local.tee $sum \(load)) (local.get $sum)))"
            default:
                return
                    "(i32.store\(suffix) \(to) \(toIndex) (i32.add (i32.mul \(load) (i32.const 5)) "
                    + "(i32.load\(loadSuffix) \(to) \(toIndex))))"
            }
        }.joined(separator: "\n")
    }
}
