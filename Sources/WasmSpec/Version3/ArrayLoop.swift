/// A random function of loops over two arrays of the heap, perhaps one and the same, as text: counters rise and fall,
/// begin and end at an array's first and last element or one beside, at 2^31 or at 2^32; some limits are lengths of
/// arrays, some are arguments that the compiler does not know.
struct ArrayLoop {
    /// What arrays hold. A module declares an array type and a function `$sum_` for each.
    enum Element: String, CaseIterable {
        case i8, i16, i32, i64, f64, object

        var arrayType: String { "$\(rawValue)" }
        /// On the stack, where objects are left aside.
        var valueType: String { self == .i64 || self == .f64 ? rawValue : "i32" }
        fileprivate var storageType: String { self == .object ? "(ref null $box)" : rawValue }
    }

    /// `(global ...) (func (export ...) (param i32 i32 i32 i32) (result i64) ...)`, and a function of the same type
    /// that gives a sum over what the last call left in its arrays.
    let text: String
    /// Each call's four arguments.
    let arguments: [[UInt32]]

    /// What functions share.
    static let declarations = """
        (type $box (struct (field (mut i32))))
        \(Element.allCases.map { "(type \($0.arrayType) (array (mut \($0.storageType))))" }.joined(separator: "\n"))
        \(Element.allCases.map(sum).joined(separator: "\n"))
        """

    init(named name: String, sum: String, random: inout SplitMix) {
        var writer = ArrayLoopWriter(name: name, random: random)
        let loops = (0..<writer.random.pick([1, 1, 2])).map { _ in writer.loop() }.joined(separator: "\n  ")
        let setup = writer.setup()
        arguments = (0..<8).map { _ in writer.callArguments() }
        random = writer.random
        let globals = writer.arrays.map {
            "(global \($0.global) (mut (ref null \($0.element.arrayType))) (ref.null \($0.element.arrayType)))"
        }
        let sums = writer.arrays.map { "(call $sum_\($0.element.rawValue) (global.get \($0.global)))" }
        text = """
            \(globals.joined(separator: "\n"))
            (func (export "\(name)") (param $p0 i32) (param $p1 i32) (param $p2 i32) (param $n i32) (result i64)
              (local $sum i64) (local $i i32) (local $w i64) (local $k i32)
              \(writer.arrays.map { "(local \($0.local) (ref null \($0.element.arrayType)))" }.joined(separator: " "))
              \(setup)
              \(loops)
              (i64.add (i64.mul (local.get $sum) (i64.const 31))
                (i64.add (local.get $w) (i64.extend_i32_u (local.get $i)))))
            (func (export "\(sum)") (param i32 i32 i32 i32) (result i64)
              (i64.add (i64.mul \(sums[0]) (i64.const 7)) \(sums[1])))
            """
    }

    private static func sum(_ element: Element) -> String {
        let load = element == .i8 || element == .i16 ? "array.get_s" : "array.get"
        let value = ArrayLoopWriter.wide("(\(load) \(element.arrayType) (local.get 0) (local.get $i))", element)
        return """
            (func $sum_\(element.rawValue) (param (ref null \(element.arrayType))) (result i64)
              (local $i i32) (local $sum i64)
              (if (ref.is_null (local.get 0)) (then (return (i64.const -1))))
              (block (loop
                (br_if 1 (i32.ge_u (local.get $i) (array.len (local.get 0))))
                (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) \(value)))
                (local.set $i (i32.add (local.get $i) (i32.const 1))) (br 0)))
              (local.get $sum))
            """
    }
}

struct ArrayLoopWriter {
    struct Array {
        let element: ArrayLoop.Element
        let local: String
        let global: String
        let length: Int64
    }

    var random: SplitMix
    let arrays: [Array]

    init(name: String, random: SplitMix) {
        self.random = random
        let first = self.random.pick(ArrayLoop.Element.allCases)
        let second = self.random.chance(2, of: 3) ? first : self.random.pick(ArrayLoop.Element.allCases)
        let length = Int64.random(in: self.random.pick([0...3, 4...40, 60...70, 500...1000]), using: &self.random)
        let other = max(0, length + self.random.pick([0, 0, 0, 1, -1, 8]))
        arrays = [
            Array(element: first, local: "$x", global: "$x_\(name)", length: length),
            Array(element: second, local: "$y", global: "$y_\(name)", length: other),
        ]
    }

    // MARK: Parts

    private static func narrow(_ value: Int64) -> String { "(i32.const \(Int32(truncatingIfNeeded: value)))" }

    /// An element as 64 bits.
    static func wide(_ value: String, _ element: ArrayLoop.Element) -> String {
        switch element {
        case .i8, .i16, .i32: "(i64.extend_i32_s \(value))"
        case .i64: value
        case .f64: "(i64.trunc_sat_f64_s \(value))"
        // Null is a trap.
        case .object: "(i64.extend_i32_s (struct.get $box 0 \(value)))"
        }
    }

    /// 64 bits as an element.
    private func stored(_ value: String, _ element: ArrayLoop.Element) -> String {
        switch element {
        case .i8, .i16, .i32: "(i32.wrap_i64 \(value))"
        case .i64: value
        case .f64: "(f64.convert_i64_s \(value))"
        case .object: "(struct.new $box (i32.wrap_i64 \(value)))"
        }
    }

    /// Zero mostly, else a little beside it.
    private mutating func slip() -> Int64 { random.chance(7, of: 8) ? 0 : random.pick([1, -1, 2, -2, 16]) }

    /// Arguments: $p0 is small, $p1 is added to lengths, $p2 decides what the arrays are, $n is a limit.
    mutating func callArguments() -> [UInt32] {
        let length = random.pick(arrays).length
        let limit = random.pick([length, length, length, length, length - 1, length + 1, 0, 1, length / 2, -1, 1 << 31])
        return [slip(), random.pick([0, 0, 0, -1, 1, 7]), random.pick([0, 0, 0, 1, 2]), limit].map {
            UInt32(truncatingIfNeeded: $0)
        }
    }

    /// Makes the arrays and keeps them for the sum. `$p2` says that both are one, or that the second is null.
    func setup() -> String {
        let made = arrays.map { array -> String in
            let type = array.element.arrayType
            let length = "(i32.add \(Self.narrow(max(array.length, 1))) (local.get $p1))"
            let value = stored("(i64.extend_i32_u (local.get $n))", array.element)
            return "(local.set \(array.local) (array.new \(type) \(value) \(length)))"
        }
        let same = arrays[0].element == arrays[1].element ? "(local.get $x)" : "(local.get $y)"
        let null = "(ref.null \(arrays[1].element.arrayType))"
        return """
            \(made.joined(separator: "\n  "))
              (if (i32.eq (local.get $p2) (i32.const 1)) (then (local.set $y \(same))))
              (if (i32.eq (local.get $p2) (i32.const 2)) (then (local.set $y \(null))))
              \(arrays.map { "(global.set \($0.global) (local.get \($0.local)))" }.joined(separator: " "))
            """
    }

    // MARK: Loops

    /// Each iteration accesses an array at a place that moves with the counter, so that a loop whose counter misses its
    /// end is ended by a trap.
    mutating func loop() -> String {
        let isWide = random.chance(1, of: 4)
        let (counter, type) = isWide ? ("$w", "i64") : ("$i", "i32")
        let step = random.pick([1, 1, 1, 1, 2, 3, 4, 8, -1, -1, -1, -2, -4] as [Int64])
        let length = random.pick(arrays).length
        let (low, high) = (random.pick([0, 0, 0, 1, length / 2]) + slip(), length + slip())
        // Counters that are shifted begin where arithmetic of 32 bits wraps.
        let shift = random.pick([0, 0, 0, 0, 0, 1 << 31, 1 << 32, (1 << 32) - length] as [Int64])
        let first = (step > 0 ? low : high - 1) + shift
        let setup = "(local.set \(counter) \(start(first, type)))"
        let next = "(\(type).add (local.get \(counter)) (\(type).const \(step)))"
        let orders = step > 0 ? ["ne", "lt_u", "lt_u", "lt_s"] : ["ne", "ge_s", "gt_s", "gt_u"]
        let limit = limit(step > 0 ? high : low - random.pick([0, 1]), shift, type)
        let body = (0..<random.pick([1, 1, 2, 3])).map { access($0, counter, type, shift) }.joined(separator: "\n    ")
        if random.chance(1, of: 2) {
            return """
                \(setup)
                  (loop
                    \(body)
                    (br_if 0 (\(type).\(random.pick(orders)) (local.tee \(counter) \(next)) \(limit))))
                """
        }
        return """
            \(setup)
              (block (loop (br_if 1 (i32.eqz (\(type).\(random.pick(orders)) (local.get \(counter)) \(limit))))
                \(body)
                (local.set \(counter) \(next)) (br 0)))
            """
    }

    private func constant(_ value: Int64, _ type: String) -> String {
        type == "i64" ? "(i64.const \(value))" : Self.narrow(value)
    }
    private func extended(_ value: String, _ type: String) -> String {
        type == "i64" ? "(i64.extend_i32_u \(value))" : value
    }

    private mutating func start(_ value: Int64, _ type: String) -> String {
        guard random.chance(1, of: 4) else { return constant(value, type) }
        return "(\(type).add \(extended("(local.get $p0)", type)) \(constant(value, type)))"
    }

    /// A number that is known, an argument, or an array's length.
    private mutating func limit(_ value: Int64, _ shift: Int64, _ type: String) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return "(\(type).add \(extended("(local.get $n)", type)) \(constant(shift, type)))"
        case 1, 2:
            let count = extended("(array.len (local.get \(random.pick(arrays).local)))", type)
            return "(\(type).add \(count) \(constant(shift + slip(), type)))"
        default: return constant(value + shift, type)
        }
    }

    /// The first access of a loop is at the counter, or a constant beside it.
    private mutating func access(_ copy: Int, _ counter: String, _ type: String, _ shift: Int64) -> String {
        let array = random.pick(arrays)
        let source = random.pick(arrays)
        let place = index(copy, counter, type, shift)
        let old = Self.wide(load(array, place), array.element)
        let operation = random.pick(["add", "xor", "mul"])
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1, 2: return "(local.set $sum (i64.\(operation) (local.get $sum) \(old)))"
        case 3: return store(array, place, "(i64.const \(random.pick([0, 1, -1, 77])))")
        case 4: return store(array, place, "(i64.extend_i32_u (local.get $p0))")
        case 5: return store(array, place, "(i64.add \(old) (i64.const 3))")
        case 6, 7:
            let value = Self.wide(load(source, index(copy, counter, type, shift)), source.element)
            return store(array, place, random.chance(1, of: 2) ? value : "(i64.\(operation) \(value) \(old))")
        case 8:
            // Of length zero it still asks whether its place is inside.
            let count = random.pick(["(i32.const 0)", "(i32.and (local.get $p0) (i32.const 3))"])
            let value = stored("(i64.const 9)", array.element)
            return "(array.fill \(array.element.arrayType) (local.get \(array.local)) \(place) \(value) \(count))"
        default:
            // Left out for some elements.
            return "(if (i64.lt_s \(old) (i64.const 20)) (then \(store(array, place, "(i64.const 21)"))))"
        }
    }

    private mutating func load(_ array: Array, _ place: String) -> String {
        let sign = array.element == .i8 || array.element == .i16 ? random.pick(["_s", "_u"]) : ""
        return "(array.get\(sign) \(array.element.arrayType) (local.get \(array.local)) \(place))"
    }

    private func store(_ array: Array, _ place: String, _ value: String) -> String {
        "(array.set \(array.element.arrayType) (local.get \(array.local)) \(place) \(stored(value, array.element)))"
    }

    private mutating func index(_ copy: Int, _ counter: String, _ type: String, _ shift: Int64) -> String {
        let narrow = type == "i64" ? "(i32.wrap_i64 (local.get \(counter)))" : "(local.get \(counter))"
        let moved = shift == 0 ? narrow : "(i32.sub \(narrow) \(Self.narrow(shift)))"
        switch copy == 0 ? 0 : Int.random(in: 0..<6, using: &random) {
        case 0, 1, 2:
            let distance = Int64(copy) * random.pick([0, 0, 0, 1, -1]) + (random.chance(1, of: 8) ? slip() : 0)
            return distance == 0 ? moved : "(i32.add \(moved) \(Self.narrow(distance)))"
        case 3: return "(i32.and \(moved) \(Self.narrow(random.pick([1, 3, 15]))))"
        case 4: return "(i32.shr_u \(moved) (i32.const 1))"
        default: return "(i32.sub (local.get $n) \(moved))"
        }
    }
}
