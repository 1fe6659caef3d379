/// A random function of loops over two memories, the first with 64-bit addresses, as text: what is accessed begins or
/// ends at 0, 2^31, 2^32, the memory's end or 2^64, and offsets that are constants may carry an address beyond 2^64.
struct Memory64Loop {
    /// `(func (export ...) (param i32 i32 i32 i32) (result i64) ...)`
    let text: String
    /// Each call's four arguments.
    let arguments: [[UInt32]]

    /// - Parameter otherIsWide: The second memory has 64-bit addresses, too.
    init(named name: String, pages: UInt64, otherIsWide: Bool, random: inout SplitMix) {
        var writer = Memory64LoopWriter(byteCount: Int64(pages) << 16, otherIsWide: otherIsWide, random: random)
        let loops = (0..<random.pick([1, 1, 2])).map { _ in writer.loop() }
        arguments = (0..<8).map { _ in writer.callArguments() }
        random = writer.random
        text = """
            (func (export "\(name)") (param $p0 i32) (param $p1 i32) (param $p2 i32) (param $n i32) (result i64)
              (local $sum i64) (local $i i64) (local $end i64) (local $k i32)
              \(loops.joined(separator: "\n  "))
              (i64.add (i64.mul (local.get $sum) (i64.const 31)) (local.get $i)))
            """
    }
}

struct Memory64LoopWriter {
    let byteCount: Int64
    let otherIsWide: Bool
    var random: SplitMix

    /// Where addresses begin or end.
    private mutating func edge() -> Int64 {
        let places = [0, 0, 1 << 31, 1 << 32, byteCount, byteCount, byteCount, 2048, .max]
        return random.pick(places) &+ random.pick([0, 0, 0, 1, -1, 8, -8, 16, -64])
    }

    mutating func callArguments() -> [UInt32] {
        let small = random.pick([0, 0, 1, -1, 8, -8, 64, -64, 4096] as [Int64])
        let count = UInt32.random(in: random.pick([0...3, 0...17, 30...70]), using: &random)
        return [small, random.pick([0, 1, -8, 1 << 31 - 1, -1 << 31]), edge()].map {
            UInt32(truncatingIfNeeded: $0)
        } + [count]
    }

    private func constant(_ value: Int64) -> String { "(i64.const \(value))" }

    /// A constant; or with an argument that is small, which the compiler does not know.
    private mutating func start(_ value: Int64) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "(i64.add (i64.extend_i32_s (local.get $p0)) \(constant(value)))"
        case 1: "(i64.add (i64.extend_i32_u (local.get $p1)) \(constant(value)))"
        default: constant(value)
        }
    }

    mutating func loop() -> String {
        let step = random.pick([1, 1, 2, 4, 8, 8, 16, -1, -4, -8, -8, -16, 1 << 20, 1 << 32] as [Int64])
        let count = Int64.random(in: random.pick([1...4, 5...40, 60...200]), using: &random)
        // What the last iteration accesses.
        let last = step > 0 ? edge() &- random.pick([1, 4, 8]) : random.pick([0, 0, 0, edge()])
        let first = last &- step &* (count - 1)
        let knowsCount = random.chance(1, of: 2)
        let argument = "(i64.mul (i64.extend_i32_u (local.get $n)) \(constant(step)))"
        let length = knowsCount ? constant(step &* count) : argument
        let setup = "(local.set $i \(start(first))) (local.set $end (i64.add (local.get $i) \(length)))"
        let body = (0..<random.pick([1, 1, 2, 4])).map { access($0, step) }.joined(separator: "\n    ")
        let next = "(local.set $i (i64.add (local.get $i) \(constant(step))))"
        let order = step > 0 ? random.pick(["ne", "lt_u", "lt_s"]) : random.pick(["ne", "gt_u", "gt_s"])
        // The counter meets its end exactly; where it wraps before, an order may end the loop earlier.
        let condition = "(i64.\(order) (local.get $i) (local.get $end))"
        return """
            \(setup)
              (block (loop (br_if 1 (i32.eqz \(condition)))
                \(body)
                \(next) (br 0)))
            """
    }

    private mutating func access(_ copy: Int, _ step: Int64) -> String {
        let width = random.pick([1, 4, 8])
        let load = [1: "load8_u", 4: "load32_u", 8: "load"][width] ?? "load"
        let store = [1: "store8", 4: "store32", 8: "store"][width] ?? "store"
        let place = address(copy, step)
        let sum = "(local.set $sum (i64.\(random.pick(["add", "xor"])) (local.get $sum) "
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return sum + "(i64.\(load) $m \(place))))"
        case 2: return "(i64.\(store) $m \(place) (i64.\(random.pick(["add", "mul"])) (local.get $i) (i64.const 7)))"
        case 3: return "(i64.\(store) $m \(place) (i64.add (i64.\(load) $m \(place)) (i64.const 3)))"
        case 4: return "(i64.\(store) $o \(other()) (i64.\(load) $m \(place)))"
        case 5: return "(i64.\(store) $m \(place) (i64.\(load) $o \(other())))"
        case 6:
            let size = random.pick(["(i64.const 0)", "(i64.and (i64.extend_i32_u (local.get $p2)) (i64.const 9))"])
            return "(memory.fill $m \(index()) (i32.const 6) \(size))"
        default:
            let size = random.pick(["(i64.const 0)", "(i64.const 5)"])
            return "(memory.copy $m $m \(index()) (i64.and \(index()) (i64.const 1023)) \(size))"
        }
    }

    /// The counter, or what is made of it.
    private mutating func index() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: "(i64.extend_i32_\(random.pick(["s", "u"])) (i32.wrap_i64 (local.get $i)))"
        case 1: "(i64.and (local.get $i) (i64.const \(random.pick([255, 4095, 65_535]))))"
        case 2: "(i64.sub (local.get $i) (i64.extend_i32_s (local.get $p0)))"
        default: "(local.get $i)"
        }
    }

    private mutating func address(_ copy: Int, _ step: Int64) -> String {
        let neighbour = UInt64(copy) * UInt64(random.pick([1, 4, 8]))
        let far: UInt64 = random.pick([1 << 31, 1 << 32, .max, .max - 7, 1 << 63, UInt64(byteCount)])
        let offset = random.chance(1, of: 24) ? far : neighbour
        guard random.chance(1, of: 6) else { return "offset=\(offset) \(index())" }
        return "(i64.add \(index()) (i64.const \(Int64(bitPattern: offset))))"
    }

    /// A place in the second memory: the low bits of the counter.
    private mutating func other() -> String {
        let low = "(i64.and (local.get $i) (i64.const \(random.pick([0xFF8, 0xFFF0]))))"
        return otherIsWide ? low : "(i32.wrap_i64 \(low))"
    }
}
