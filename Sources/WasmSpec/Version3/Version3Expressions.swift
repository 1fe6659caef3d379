/// Writes expressions of a random function of version 3.0.
///
/// Most cannot trap: an operand that could be null is replaced where it is, and an address is masked. One of several
/// dozen is not.
extension Version3Writer {
    mutating func value(_ type: Version3Types.ValueType, _ depth: Int) -> String {
        switch type {
        case .i32: i32(depth)
        case .i64: i64(depth)
        case .f64: f64(depth)
        case .any: anything(depth)
        case .record(let number): record(number, depth)
        case .list(let number): list(number, depth)
        }
    }

    // MARK: Numbers

    mutating func i32(_ depth: Int) -> String {
        guard depth > 0, random.chance(6, of: 7) else {
            let counters = self.counters
            if !counters.isEmpty, random.chance(1, of: 2) { return random.pick(counters).narrow }
            return random.chance(1, of: 3)
                ? "(i32.const \(random.pick([0, 1, 2, 7, -1, 255, 65_535, 65_536, Int(Int32.max), Int(Int32.min)])))"
                : variable(.i32)
        }
        switch Int.random(in: 0..<17, using: &random) {
        case 0...4: return integer("i32", i32(depth - 1), i32(depth - 1))
        case 5: return comparison(depth)
        case 6: return "(i32.wrap_i64 \(i64(depth - 1)))"
        case 7, 8: return load("i32", depth)
        case 9: return "(select \(i32(depth - 1)) \(i32(depth - 1)) \(i32(depth - 1)))"
        case 10: return "(i32.trunc_sat_f64_s \(f64(depth - 1)))"
        case 11: return "(if (result i32) \(i32(depth - 1)) (then \(i32(depth - 1))) (else \(i32(depth - 1))))"
        case 12:
            let memory = random.pick(types.memories)
            return memory.isWide ? "(i32.wrap_i64 (memory.size \(memory.name)))" : "(memory.size \(memory.name))"
        case 13: return atomic("i32", depth) ?? i32(depth - 1)
        case 14: return caught(depth) ?? i32(depth - 1)
        default: return question(depth) ?? integer("i32", i32(depth - 1), i32(depth - 1))
        }
    }

    mutating func i64(_ depth: Int) -> String {
        guard depth > 0, random.chance(6, of: 7) else {
            let wide = counters.filter(\.isWide)
            if !wide.isEmpty, random.chance(1, of: 2) { return random.pick(wide).value }
            return random.chance(1, of: 3)
                ? "(i64.const \(random.pick([0, 1, -1, 255, 1 << 32, Int.max, Int.min, 1 << 40])))" : variable(.i64)
        }
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: return integer("i64", i64(depth - 1), i64(depth - 1))
        case 5, 6: return "(i64.extend_i32_\(random.pick(["s", "u"])) \(i32(depth - 1)))"
        case 7: return load("i64", depth)
        case 8: return "(select \(i64(depth - 1)) \(i64(depth - 1)) \(i32(depth - 1)))"
        case 9: return "(i64.trunc_sat_f64_u \(f64(depth - 1)))"
        case 10: return atomic("i64", depth) ?? i64(depth - 1)
        default: return member(.i64, depth) ?? i64(depth - 1)
        }
    }

    mutating func f64(_ depth: Int) -> String {
        guard depth > 0, random.chance(5, of: 6) else {
            return random.chance(1, of: 3)
                ? "(f64.const \(random.pick(["0", "-0", "1.5", "-2", "3e9", "inf", "1e300"])))" : variable(.f64)
        }
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1:
            let name = random.pick(["add", "sub", "mul", "div", "min", "max"])
            return "(f64.\(name) \(f64(depth - 1)) \(f64(depth - 1)))"
        case 2: return "(f64.\(random.pick(["sqrt", "abs", "neg", "floor", "nearest"])) \(f64(depth - 1)))"
        case 3: return "(f64.convert_i32_s \(i32(depth - 1)))"
        case 4: return "(f64.convert_i64_u \(i64(depth - 1)))"
        case 5: return load("f64", depth)
        default: return member(.f64, depth) ?? f64(depth - 1)
        }
    }

    private mutating func integer(_ type: String, _ left: String, _ right: String) -> String {
        let divisions = ["div_s", "div_u", "rem_s", "rem_u"]
        let name = random.pick(
            ["add", "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl"]
                + (random.chance(1, of: 3) ? divisions : []))
        guard divisions.contains(name), random.chance(31, of: 32) else { return "(\(type).\(name) \(left) \(right))" }
        // Neither 0 nor -1.
        return "(\(type).\(name) \(left) (\(type).or (\(type).shr_u \(right) (\(type).const 1)) (\(type).const 1)))"
    }

    private mutating func comparison(_ depth: Int) -> String {
        let order = random.pick(["lt", "gt", "le", "ge"])
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return "(i64.\(order)_\(random.pick(["s", "u"])) \(i64(depth - 1)) \(i64(depth - 1)))"
        case 1: return "(f64.\(order) \(f64(depth - 1)) \(f64(depth - 1)))"
        case 2: return "(i32.eq \(i32(depth - 1)) \(i32(depth - 1)))"
        default: return "(i32.\(order)_\(random.pick(["s", "u"])) \(i32(depth - 1)) \(i32(depth - 1)))"
        }
    }

    // MARK: Memories

    private mutating func load(_ type: String, _ depth: Int) -> String {
        let memory = random.pick(types.memories)
        let narrow = type == "i32" ? ["8_u", "8_s", "16_s"] : type == "i64" ? ["8_s", "16_u", "32_s", "32_u"] : []
        return "(\(type).load\(random.pick(["", ""] + narrow)) \(memory.name) \(address(memory, depth)))"
    }

    /// An immediate offset and an index that are within the memory, mostly.
    mutating func address(_ memory: Version3Types.Memory, _ depth: Int, alignment: Int = 1) -> String {
        let offset = random.pick([0, 0, 0, 8, 16, 64, 4096]) & -alignment
        let immediate = offset == 0 ? "" : "offset=\(offset) "
        if random.chance(1, of: 40) {
            let end = memory.pages << 16 - 8
            let place = random.pick(memory.isWide ? [-1, -8, 1 << 32, end] : [-1, -8, end]) & -Int64(alignment)
            return "\(immediate)(\(memory.index).const \(place))"
        }
        let index = memory.isWide ? i64(depth - 1) : i32(depth - 1)
        let mask = (random.pick([0xFF, 0xFFF, 0xEFF0])) & -alignment
        return "\(immediate)(\(memory.index).and \(index) (\(memory.index).const \(mask)))"
    }

    /// An atomic operation that gives the value before, on a memory that is shared or not.
    mutating func atomic(_ type: String, _ depth: Int) -> String? {
        guard types.parts.contains(.atomics) else { return nil }
        let memory = random.pick(types.memories)
        let widths = type == "i32" ? [4, 4, 2, 1] : [8, 8, 4, 2, 1]
        let width = random.pick(widths)
        let suffix = width == widths[0] ? "" : "\(width * 8)"
        let place = "\(memory.name) \(address(memory, depth, alignment: random.chance(1, of: 60) ? 1 : width))"
        let end = suffix.isEmpty ? "" : "_u"
        func operand() -> String { type == "i32" ? i32(depth - 1) : i64(depth - 1) }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return "(\(type).atomic.load\(suffix)\(end) \(place))"
        case 1: return "(\(type).atomic.rmw\(suffix).cmpxchg\(end) \(place) \(operand()) \(operand()))"
        case 2 where type == "i32":
            // Nobody waits.
            let word = address(memory, depth, alignment: 4)
            return "(memory.atomic.notify \(memory.name) \(word) \(i32(depth - 1)))"
        case 3 where type == "i32" && memory.isShared:
            // The value differs, or the time is over at once.
            let (bits, expected) = random.chance(1, of: 2) ? (32, i32(depth - 1)) : (64, i64(depth - 1))
            let word = address(memory, depth, alignment: bits / 8)
            return "(memory.atomic.wait\(bits) \(memory.name) \(word) \(expected) (i64.const 0))"
        default:
            let name = random.pick(["add", "sub", "and", "or", "xor", "xchg"])
            return "(\(type).atomic.rmw\(suffix).\(name)\(end) \(place) \(operand()))"
        }
    }

    // MARK: Exceptions

    /// A number, or that of an exception that the expression throws.
    private mutating func caught(_ depth: Int) -> String? {
        guard types.parts.contains(.exceptions) else { return nil }
        let thrown = "(if \(i32(depth - 1)) (then (throw $e0 \(i32(depth - 1)))))"
        return "(block (result i32) (try_table (result i32) (catch $e0 0) \(thrown) \(i32(depth - 1))))"
    }

    // MARK: Objects

    /// A number that an object gives.
    private mutating func question(_ depth: Int) -> String? {
        guard types.parts.contains(.objects) else { return nil }
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            let number = random.pick(types.records.indices)
            return "(ref.test (ref \(random.pick(["", "null "]))$s\(number)) \(anything(depth - 1)))"
        case 1: return "(ref.is_null \(record(random.pick(types.records.indices), depth - 1)))"
        case 2: return "(ref.eq \(record(0, depth - 1)) \(record(random.pick(types.records.indices), depth - 1)))"
        case 3: return "(array.len \(present(.list(random.pick(types.lists.indices)), depth)))"
        case 4: return "(i31.get_\(random.pick(["s", "u"])) (ref.i31 \(i32(depth - 1))))"
        case 5: return "(ref.test (ref i31) \(anything(depth - 1)))"
        default: return member(.i32, depth)
        }
    }

    /// A field or an element of a type; nil where there is none.
    private mutating func member(_ type: Version3Types.ValueType, _ depth: Int) -> String? {
        guard types.parts.contains(.objects) else { return nil }
        var places: [(record: Int, field: Int)] = []
        for (number, record) in types.records.enumerated() {
            for (field, entry) in record.fields.enumerated() where entry.type == type { places.append((number, field)) }
        }
        let lists = types.lists.indices.filter { types.lists[$0].type == type }
        let sign = { (field: Version3Types.Field, random: inout SplitMix) in
            field.packed == nil ? "" : random.pick(["_s", "_u"])
        }
        if !lists.isEmpty, places.isEmpty || random.chance(1, of: 2) {
            let list = random.pick(lists)
            let get = "array.get\(sign(types.lists[list], &random)) $a\(list)"
            return "(\(get) \(present(.list(list), depth)) \(index(depth)))"
        }
        guard !places.isEmpty else { return nil }
        let (record, field) = random.pick(places)
        let get = "struct.get\(sign(types.records[record].fields[field], &random)) $s\(record) \(field)"
        return "(\(get) \(present(.record(record), depth)))"
    }

    /// Within most arrays.
    mutating func index(_ depth: Int) -> String {
        random.chance(1, of: 40) ? i32(depth - 1) : "(i32.and \(i32(depth - 1)) (i32.const 3))"
    }

    /// A reference that is not null, mostly.
    mutating func present(_ type: Version3Types.ValueType, _ depth: Int) -> String {
        let reference = value(type, depth - 1)
        if random.chance(1, of: 24) { return reference }
        let label = label()
        let heap = type.text.dropFirst("(ref null ".count)
        return "(block \(label) (result (ref \(heap)) (br_on_non_null \(label) \(reference)) \(made(type, depth - 1)))"
    }

    /// A new object.
    mutating func made(_ type: Version3Types.ValueType, _ depth: Int) -> String {
        switch type {
        case .record(let number):
            let number = random.pick(types.family(of: number))
            if random.chance(1, of: 6) { return "(struct.new_default $s\(number))" }
            let fields = types.records[number].fields.map { plain($0.type, depth) }
            return "(struct.new $s\(number) \(fields.joined(separator: " ")))"
        case .list(let number):
            let element = types.lists[number]
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2:
                let length = random.pick([4, 5, 17, 40])
                return "(array.new $a\(number) \(plain(element.type, depth)) (i32.const \(length)))"
            case 3: return "(array.new_default $a\(number) (i32.const \(random.pick([4, 8, 33, 300]))))"
            case 4 where !element.type.isReference:
                return "(array.new_data $a\(number) $d (i32.const \(random.pick([0, 3]))) (i32.const 4))"
            case 5:
                let length = "(i32.and \(i32(depth - 1)) (i32.const 15))"
                return
                    "(array.new $a\(number) \(plain(element.type, depth)) "
                    + "(i32.add \(length) (i32.const \(random.pick([0, 4, 4])))))"
            default:
                let elements = (0..<random.pick([4, 6])).map { _ in plain(element.type, depth) }
                return "(array.new_fixed $a\(number) \(elements.count) \(elements.joined(separator: " ")))"
            }
        case .any, .i32, .i64, .f64: return "(ref.i31 \(i32(depth - 1)))"
        }
    }

    /// A value of few instructions: objects refer to others that are there already.
    private mutating func plain(_ type: Version3Types.ValueType, _ depth: Int) -> String {
        guard type.isReference, random.chance(1, of: 2) else { return value(type, min(1, depth - 1)) }
        switch type {
        case .record(let number): return "(ref.null $s\(number))"
        case .list(let number): return "(ref.null $a\(number))"
        case .any, .i32, .i64, .f64: return "(ref.i31 \(i32(0)))"
        }
    }

    private mutating func record(_ number: Int, _ depth: Int) -> String {
        guard depth > 0 else { return variable(.record(random.pick(types.family(of: number)))) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: return made(.record(number), depth)
        case 2 where number == 0: return member(.record(0), depth) ?? variable(.record(0))
        case 3:
            return
                "(select (result \(Version3Types.ValueType.record(number).text)) \(record(number, depth - 1)) "
                + "\(record(number, depth - 1)) \(i32(depth - 1)))"
        case 4: return cast(.record(number), depth)
        case 5 where number == 0: return "(global.get $root)"
        case 6: return random.chance(1, of: 4) ? "(ref.null none)" : made(.record(number), depth)
        default: return variable(.record(random.pick(types.family(of: number))))
        }
    }

    private mutating func list(_ number: Int, _ depth: Int) -> String {
        guard depth > 0 else { return variable(.list(number)) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return made(.list(number), depth)
        case 1: return cast(.list(number), depth)
        case 2: return member(.list(number), depth) ?? variable(.list(number))
        default: return variable(.list(number))
        }
    }

    /// What was of any type, if it is of this one; else a new object, or a trap.
    private mutating func cast(_ type: Version3Types.ValueType, _ depth: Int) -> String {
        let operand = anything(depth - 1)
        if random.chance(1, of: 24) { return "(ref.cast \(type.text) \(operand))" }
        let label = label()
        let branch = "(br_on_cast \(label) anyref \(type.text) \(operand))"
        return "(block \(label) (result \(type.text)) \(branch) drop \(made(type, depth - 1)))"
    }

    private mutating func anything(_ depth: Int) -> String {
        guard depth > 0 else { return variable(.any) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "(ref.i31 \(i32(depth - 1)))"
        case 1: return record(random.pick(types.records.indices), depth - 1)
        case 2: return list(random.pick(types.lists.indices), depth - 1)
        case 3: return "(any.convert_extern (extern.convert_any \(anything(depth - 1))))"
        case 4: return member(.any, depth) ?? variable(.any)
        default: return variable(.any)
        }
    }
}
