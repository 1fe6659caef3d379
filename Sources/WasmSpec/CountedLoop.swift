/// A random function of loops whose counters begin, step and end where arithmetic wraps or memory ends, as text.
///
/// Most ranges are constants, so that a compiler knows them. Bodies hold what has been miscompiled: copies of a
/// statement that a compiler unrolled, two masks of one counter, bulk operations of length zero, and counters of 64
/// bits.
struct CountedLoop {
    /// `(func (export ...) (param i32 i32 i32 i32) (result i64) ...)`
    let text: String
    /// Each call's four arguments.
    let arguments: [[UInt32]]

    private static let callCount = 10

    /// - Parameter onlyWide: Every counter has 64 bits.
    init(named name: String, pages: UInt64, onlyWide: Bool, random: inout SplitMix) {
        var writer = CountedLoopWriter(memoryByteCount: pages << 16, onlyWide: onlyWide, random: random)
        let loops = (0..<random.pick([1, 1, 1, 1, 1, 2])).map { _ in writer.loop(depth: 0) }
        arguments = (0..<Self.callCount).map { _ in writer.callArguments() }
        random = writer.random
        text = """
            (func (export "\(name)") (param $p0 i32) (param $p1 i32) (param $p2 i32) (param $n i32) (result i64)
              (local $sum i64) \(writer.locals.map { "(local \($0.name) \($0.type))" }.joined(separator: " "))
              \(loops.joined(separator: "\n  "))
              \(writer.locals.reduce("(local.get $sum)") { "(i64.add (i64.mul \($0) (i64.const 31)) \($1.asI64))" }))
            """
    }
}

/// A counter as its loop knows it.
struct Counter {
    let name: String
    let isWide: Bool
    let step: Int64
    /// The values of the first and the last iteration; where an argument decides them, for a likely argument.
    let first: Int64
    let last: Int64

    /// The value, and its low half.
    var value: String { "(local.get \(name))" }
    var narrow: String { isWide ? "(i32.wrap_i64 \(value))" : value }
    var type: String { isWide ? "i64" : "i32" }
}

/// Writes the instructions of one function.
struct CountedLoopWriter {
    struct Local {
        let name: String
        let type: String
        var asI64: String { type == "i64" ? "(local.get \(name))" : "(i64.extend_i32_u (local.get \(name)))" }
    }

    let memoryByteCount: UInt64
    let onlyWide: Bool
    var random: SplitMix
    private(set) var locals: [Local] = []
    /// The addresses at which the loop's arrays begin or end; they overlap often.
    private var arrays: [Int64] = []
    /// A second variable that steps with the counter: its name and step.
    private(set) var pointer: (name: String, step: Int)?
    /// How many bytes an iteration of unrolled copies advances; the pointer's step, mostly.
    private(set) var extent = 8

    init(memoryByteCount: UInt64, onlyWide: Bool, random: SplitMix) {
        self.memoryByteCount = memoryByteCount
        self.onlyWide = onlyWide
        self.random = random
    }

    mutating func local(_ type: String) -> String {
        let name = "$l\(locals.count)"
        locals.append(Local(name: name, type: type))
        return name
    }

    // MARK: Ranges

    private mutating func near(_ place: Int64) -> Int64 {
        if random.chance(1, of: 2) { return place }
        return place
            &+ Int64(random.pick([1, -1, 2, -2, 4, -4, 8, -8, 3, 16, Int.random(in: -70...70, using: &random)]))
    }

    /// Where counters and addresses begin or end: where they wrap, or where memory does.
    private mutating func edge(wide: Bool) -> Int64 {
        var places: [Int64] = [
            0, 0, 0, 1 << 31, 1 << 32, Int64(memoryByteCount), Int64(memoryByteCount), 2000, 1 << 16,
        ]
        if wide { places += [1 << 33, .max, -(1 << 31), -(1 << 32)] }
        return near(random.pick(places))
    }

    mutating func callArguments() -> [UInt32] {
        let first = edge(wide: false)
        let second = random.chance(1, of: 2) ? near(first) : edge(wide: false)
        let third = random.chance(1, of: 2) ? Int64.random(in: 0..<4096, using: &random) : edge(wide: false)
        let count = UInt32.random(in: random.pick([0...3, 0...17, 30...70]), using: &random)
        return [first, second, third].map { UInt32(truncatingIfNeeded: $0) } + [count]
    }

    private static let steps: [Int64] = [
        1, 1, 1, 1, 2, 2, 4, 8, 16, 3, 5, -1, -1, -1, -2, -2, -4, -8, -16, -3, -24, 1 << 20, -(1 << 28),
    ]

    mutating func loop(depth: Int) -> String {
        let isWide = onlyWide || random.chance(1, of: 3)
        let type = isWide ? "i64" : "i32"
        let outer = (arrays, pointer, extent)
        defer { (arrays, pointer, extent) = outer }
        // Nothing but copies of one statement, one after the other: what can be rolled up again.
        let isUnrolled = random.chance(1, of: 3)
        let width = random.pick([1, 2, 4, 8])
        let copies = Int64(random.pick([2, 2, 2, 2, 4, 4, 3]))
        extent = width * Int(copies)
        let step =
            isUnrolled ? copies * random.pick([1, -1]) * random.pick([1, Int64(width)]) : random.pick(Self.steps)
        let isPolled = !isUnrolled && depth == 0 && random.chance(1, of: 96)
        let count =
            isPolled
            ? 20_000
            : Int64.random(in: random.pick(depth == 0 ? [1...4, 5...40, 60...130] : [1...4, 3...12]), using: &random)
        // An end at an edge: that of the first iteration, of the last, or the value that ends the loop.
        let firstPlace = edge(wide: isWide)
        var first = firstPlace &- random.pick([0, count &- 1, count]) &* step
        // Many loops begin or end at 0, or soon after it.
        if random.chance(1, of: 3) {
            first =
                random.pick([0, 0, 0, 1, 8, Int64.random(in: 0...64, using: &random)])
                + (step < 0 ? (count - 1) * -step : 0)
        }
        if !isWide { first = Int64(UInt32(truncatingIfNeeded: first)) }
        let counter = Counter(
            name: local(type), isWide: isWide, step: step, first: first, last: first &+ (count &- 1) &* step)

        let startsAnywhere = random.chance(1, of: 6)
        let endsAnywhere = !isPolled && random.chance(1, of: 3)
        let extend = isWide ? "i64.extend_i32_\(random.pick(["s", "u"]))" : ""
        let start =
            startsAnywhere ? (isWide ? "(\(extend) (local.get $p0))" : "(local.get $p0)") : constant(first, type)
        let times =
            endsAnywhere ? (isWide ? "(i64.extend_i32_u (local.get $n))" : "(local.get $n)") : constant(count, type)
        var bound = constant(first &+ count &* step, type)
        var setup = "(local.set \(counter.name) \(start))"
        if startsAnywhere || endsAnywhere {
            let end = local(type)
            setup += "(local.set \(end) (\(type).add \(start) (\(type).mul \(times) \(constant(step, type)))))"
            bound = "(local.get \(end))"
        }
        // Every condition fails when the counter equals the bound.
        let condition = random.pick(
            step > 0 ? ["ne", "ne", "lt_u", "lt_u", "lt_s"] : ["ne", "ne", "gt_u", "gt_u", "gt_s"])
        let goesOn = "(\(type).\(condition) \(counter.value) \(bound))"

        let base = arrayEdge()
        arrays = [base, near(base), arrayEdge()]
        pointer = nil
        if random.chance(1, of: 2) {
            let name = local("i32")
            pointer = (name, random.chance(1, of: 2) ? extent : random.pick([1, 4, 8, -4, -8, -extent]))
            let isArgument = random.chance(1, of: 3)
            let value =
                isArgument
                ? "(local.get $p\(Int.random(in: 0..<3, using: &random)))" : constant(pointerStart(count), "i32")
            setup += "(local.set \(name) \(value))"
        }
        var body = ""
        if isUnrolled {
            body = "\n    " + unrolled(counter, width: width)
        } else {
            if random.chance(1, of: 5) && depth == 0 { body = loop(depth: 1) }
            for _ in 0..<random.pick([1, 1, 1, 1, 2]) { body += "\n    " + statement(counter, width: width) }
        }
        if let pointer {
            body += "(local.set \(pointer.name) (i32.add (local.get \(pointer.name)) (i32.const \(pointer.step))))"
        }
        let next = "(\(type).add \(counter.value) \(constant(step, type)))"
        // At least one iteration is certain when both ends are constants.
        if !endsAnywhere, random.chance(3, of: 4) {
            if random.chance(1, of: 2) {
                return
                    "\(setup)\n  (loop \(body)\n    (br_if 0 (\(type).\(condition) (local.tee \(counter.name) "
                    + "\(next)) \(bound))))"
            }
            return "\(setup)\n  (loop \(body)\n    (local.set \(counter.name) \(next)) (br_if 0 \(goesOn)))"
        }
        if random.chance(1, of: 2) {
            return
                "\(setup)\n  (if \(goesOn) (then (loop \(body)\n    (local.set \(counter.name) \(next)) (br_if 0 "
                + "\(goesOn)))))"
        }
        return
            "\(setup)\n  (block (loop (br_if 1 (i32.eqz \(goesOn))) \(body)\n    (local.set \(counter.name) "
            + "\(next)) (br 0)))"
    }

    func constant(_ value: Int64, _ type: String) -> String {
        type == "i64" ? "(i64.const \(value))" : "(i32.const \(Int32(truncatingIfNeeded: value)))"
    }

    // MARK: Addresses

    private mutating func arrayEdge() -> Int64 {
        switch random.pick([0, 0, 1, 1, 2, 3, 3, 4]) {
        case 0: near(0) & 0x7F
        case 1: Int64.random(in: 0..<4096, using: &random) & ~7
        case 2: Int64.random(in: 0..<4096, using: &random)
        case 3: near(Int64(memoryByteCount) - Int64(random.pick([1, 2, 4, 4, 8, extent, 64])))
        default: near(memoryByteCount > 1 << 31 ? 1 << 31 : 1 << 15)
        }
    }

    private mutating func pointerStart(_ count: Int64) -> Int64 {
        guard let pointer else { return 0 }
        let isRising = pointer.step > 0
        // After the last iteration it is where memory ends, or begins.
        if random.chance(1, of: 3) { return (isRising ? Int64(memoryByteCount) : 0) - count * Int64(pointer.step) }
        let place = arrays[Int.random(in: 0..<3, using: &random)]
        return place > 4096 && isRising || place <= 4096 && !isRising
            ? place - (count - 1) * Int64(pointer.step) : place
    }

    /// An address that is affine in the counter, and reaches an array's edge in the first or the last iteration.
    ///
    /// - Parameters:
    ///   - scale: What the counter is multiplied by.
    ///   - distance: Bytes to add, in one of the ways in which compilers add them.
    mutating func affine(_ counter: Counter, array: Int, scale: Int64, way: Int, offset: Int64, distance: Int64 = 0)
        -> String
    {
        let isRising = (counter.step > 0) == (scale > 0)
        let place = arrays[array]
        var value = (place > 4096) == isRising ? counter.last : counter.first
        // Some reach it on the way.
        if way & 96 == 96 {
            value = counter.first &+ ((counter.last &- counter.first) / counter.step / 2) &* counter.step
        }
        let base = Int64(UInt32(truncatingIfNeeded: place &- value &* scale &- offset))
        var index: String
        let whole = place &- value &* scale
        if way & 16 != 0, whole >= 0, whole < 1 << 31 {
            // The counter itself is the index, and what is added is in the immediate, or lies before it.
            let before: Int64 = way & 4 == 0 ? 0 : 8
            let isIndex = way & 2 != 0 && distance != before
            let type = way & 1 == 0 ? counter.type : "i32"
            index = scaled(type == "i64" ? counter.value : counter.narrow, scale, type)
            if isIndex {
                index =
                    "(\(type).\(distance < before ? "sub" : "add") \(index) (\(type).const \(abs(distance - before))))"
            }
            if type == "i64" { index = "(i32.wrap_i64 \(index))" }
            return "\(immediate(isIndex ? whole + before : whole + distance)) \(index)"
        }
        if counter.isWide && way & 1 == 0 {
            // The whole address has 64 bits until it is used.
            index =
                way & 2 == 0
                ? scaled(counter.value, scale, "i64")
                : "(i64.add \(scaled(counter.value, scale, "i64")) (i64.const \(distance)))"
            index =
                "(i32.wrap_i64 (i64.add \(index) (i64.const "
                + "\(way & 4 == 0 ? base : place &- value &* scale &- offset))))"
        } else {
            index = scaled(counter.narrow, scale, "i32")
            if way & 2 != 0 { index = "(i32.add \(index) (i32.const \(distance)))" }
            if base != 0 { index = "(i32.add \(index) \(constant(base, "i32")))" }
            if way & 8 != 0 { index = "(i32.wrap_i64 (i64.extend_i32_\(way & 4 == 0 ? "u" : "s") \(index)))" }
        }
        return "\(immediate(offset + (way & 2 == 0 ? distance : 0))) \(index)"
    }

    func immediate(_ offset: Int64) -> String { offset == 0 ? "" : "offset=\(offset)" }

    private func scaled(_ value: String, _ scale: Int64, _ type: String) -> String {
        switch scale {
        case 1: value
        case -1: "(\(type).sub (\(type).const 0) \(value))"
        case 2, 4, 8, 16: "(\(type).shl \(value) (\(type).const \(scale.trailingZeroBitCount)))"
        default: "(\(type).mul \(value) (\(type).const \(scale)))"
        }
    }

    mutating func way() -> Int { Int.random(in: 0..<128, using: &random) }

    mutating func scale() -> Int64 { random.pick([1, 1, 1, 1, 2, 4, 8, -1, 3]) }

    mutating func offset() -> Int64 { random.pick([0, 0, 0, 0, 1, 4, 8, 16, 1024]) }

    /// An address with its immediate: mostly affine in the counter.
    mutating func address(_ counter: Counter) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "(i32.and \(counter.narrow) (i32.const \(random.pick([3, 7, 63, 255, 4095]))))"
        case 1: return "(local.get $p\(Int.random(in: 0..<3, using: &random)))"
        case 2, 3: if let pointer { return "\(immediate(offset())) (local.get \(pointer.name))" }
        default: break
        }
        let array = Int.random(in: 0..<3, using: &random)
        return affine(counter, array: array, scale: scale(), way: way(), offset: offset())
    }
}
