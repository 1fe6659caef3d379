/// Writes one random function of version 3.0: statements in loops, handlers and branches.
struct Version3Writer {
    typealias ValueType = Version3Types.ValueType

    /// A function that is there already, and may be called.
    struct Callee {
        let number: Int
        let signature: Int
        /// About how many statements a call executes.
        let cost: Int
        /// It calls nothing by a reference, so that references to it make no cycle.
        let isLeaf: Bool
    }

    let types: Version3Types
    let signature: Version3Types.Signature
    let number: Int
    let callees: [Callee]
    let callsReferences: Bool
    var random: SplitMix
    private(set) var locals: [(name: String, type: ValueType)] = []
    var counters: [Counter] = []
    private var labels: [String] = []
    private var labelCount = 0
    private var counterLocals: [(name: String, type: String)] = []
    /// How often a statement is executed, about, and how many are in all.
    private var repetitions = 1
    private(set) var cost = 1

    private static let mostStatements = 20_000

    init(
        types: Version3Types, signature: Version3Types.Signature, number: Int, callees: [Callee],
        callsReferences: Bool, random: SplitMix
    ) {
        self.types = types
        self.signature = signature
        self.number = number
        self.callees = callees
        self.callsReferences = callsReferences
        self.random = random
        locals = signature.parameters.enumerated().map { ("$p\($0)", $1) }
    }

    mutating func label() -> String {
        labelCount += 1
        return "$b\(labelCount)"
    }

    /// A parameter or a local of a type.
    mutating func variable(_ type: ValueType) -> String { "(local.get \(name(type)))" }

    mutating func name(_ type: ValueType) -> String {
        let known = locals.filter { $0.type == type }
        if known.count > 2 || !known.isEmpty && random.chance(2, of: 3) { return random.pick(known).name }
        locals.append(("$l\(locals.count)", type))
        return locals[locals.count - 1].name
    }

    /// `(func $k ...)`
    mutating func function() -> String {
        var body = [(0..<random.pick([2, 3, 5])).map { _ in statement(2) }.joined(separator: "\n  ")]
        if let recursion = recursion() { body.insert(recursion, at: 0) }
        body.append(ending())
        let parameters = signature.parameters.enumerated().map { " (param $p\($0) \($1.text))" }.joined()
        let declared = locals.dropFirst(signature.parameters.count)
        // What locals begin with may itself need locals, of numbers only.
        let starts = declared.filter { $0.type.isReference }
            .map { "(local.set \($0.name) \(start($0.type)))" }
        let all = locals.dropFirst(signature.parameters.count).map { ($0.name, $0.type.text) } + counterLocals
        return """
            (func $k\(number)\(parameters)\(signature.results.map { " (result \($0.text))" }.joined())
              \(all.map { "(local \($0.0) \($0.1))" }.joined(separator: " "))
              \(starts.joined(separator: " "))
              \(body.joined(separator: "\n  ")))
            """
    }

    private mutating func start(_ type: ValueType) -> String {
        if random.chance(1, of: 8) { return type == .any ? "(ref.null any)" : "(ref.null none)" }
        return switch type {
        case .record(let number): "(struct.new_default $s\(random.pick(types.family(of: number))))"
        case .list(let number): "(array.new_default $a\(number) (i32.const \(random.pick([4, 9, 40]))))"
        case .any: random.pick(["(ref.i31 (local.get $p0))", "(struct.new_default $s1)"])
        case .i32, .i64, .f64: ""
        }
    }

    // MARK: Statements

    mutating func statements(_ depth: Int) -> String {
        (0..<random.pick([1, 2, 3])).map { _ in statement(depth) }.joined(separator: "\n    ")
    }

    mutating func statement(_ depth: Int) -> String {
        cost += repetitions
        if depth > 0 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: return loop(depth)
            case 1: return "(if \(i32(2)) (then \(statements(depth - 1))) (else \(statements(depth - 1))))"
            case 2: return block(depth)
            case 3, 4: if types.parts.contains(.exceptions) { return attempt(depth) }
            case 5: if types.parts.contains(.objects) { return dispatch(depth) }
            default: break
            }
        }
        switch Int.random(in: 0..<13, using: &random) {
        case 0, 1: return store()
        case 2: if let raised = raise() { return raised }
        case 3, 4: if let call = call() { return call }
        case 5: if !labels.isEmpty { return leave() }
        case 6, 7: if types.parts.contains(.objects) { return objectStatement() }
        case 8: return bulk()
        case 9: return "(global.set $\(random.pick(["g", "h"])) \(i32(2)))"
        case 10: if let call = referenceCall() { return call }
        case 11: if let value = atomic("i32", 2) { return "(local.set \(name(.i32)) \(value))" }
        default: break
        }
        return assignment()
    }

    private mutating func assignment() -> String {
        let type = random.pick(types.valueTypes)
        return "(local.set \(name(type)) \(value(type, 3)))"
    }

    private mutating func store() -> String {
        let memory = random.pick(types.memories)
        if types.parts.contains(.atomics), random.chance(1, of: 3) {
            return "(i32.atomic.store \(memory.name) \(address(memory, 2, alignment: 4)) \(i32(2)))"
        }
        let type = random.pick(["i32", "i64"])
        let width = type == "i32" ? random.pick(["", "8", "16"]) : random.pick(["", "8", "16", "32"])
        return "(\(type).store\(width) \(memory.name) \(address(memory, 2)) \(type == "i32" ? i32(2) : i64(2)))"
    }

    private mutating func bulk() -> String {
        let (to, from) = (random.pick(types.memories), random.pick(types.memories))
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let length = "(\(to.index).const \(random.pick([0, 1, 8, 300])))"
            return "(memory.fill \(to.name) \(address(to, 2).withoutOffset) \(i32(1)) \(length))"
        case 1:
            // The length has 64 bits when both memories do.
            let index = to.isWide && from.isWide ? "i64" : "i32"
            let places = "\(address(to, 2).withoutOffset) \(address(from, 2).withoutOffset)"
            let length = "(\(index).const \(random.pick([0, 1, 16, 500])))"
            return "(memory.copy \(to.name) \(from.name) \(places) \(length))"
        case 2:
            let pages = "(\(to.index).const \(random.pick([0, 0, 1])))"
            return "(drop (memory.grow \(to.name) \(pages)))"
        default:
            let range = "(i32.const \(random.pick([0, 4]))) (i32.const 4)"
            return "(memory.init \(to.name) $d \(address(to, 2).withoutOffset) \(range))"
        }
    }

    // MARK: Branches

    private mutating func block(_ depth: Int) -> String {
        let label = label()
        labels.append(label)
        defer { labels.removeLast() }
        return "(block \(label) \(statements(depth - 1)) \(leave()) \(statements(depth - 1)))"
    }

    /// A branch to an enclosing block, on a condition.
    private mutating func leave() -> String {
        if random.chance(1, of: 3) {
            let targets = (0..<3).map { _ in random.pick(labels) }.joined(separator: " ")
            return "(if \(i32(1)) (then (br_table \(targets) \(i32(2)))))"
        }
        return "(br_if \(random.pick(labels)) \(i32(2)))"
    }

    /// A counted loop: over addresses up to a memory's end, over an array, or some times.
    private mutating func loop(_ depth: Int) -> String {
        let memory = random.pick(types.memories)
        let isEdge = !memory.isShared && random.chance(1, of: 5)
        let isWide = isEdge ? memory.isWide : random.chance(1, of: 3)
        let counter = "$c\(counterLocals.count)"
        let type = isWide ? "i64" : "i32"
        counterLocals.append((counter, type))
        let step = random.pick([1, 1, 1, 2, 4, 8, -1, -4, -8])
        let count = random.pick(repetitions > 1 ? [2, 5] : [3, 10, 20, 100])
        var first = random.pick([0, 0, 1, 100, 4096])
        if step < 0 { first -= step * count }
        if isEdge {
            // The last access is at an end of the memory or of all addresses, or beyond it by one step.
            let end = Int(memory.pages << 16) - random.pick([1, 4, 8])
            let last = random.chance(1, of: 6) ? -1 : step > 0 ? end : 0
            first = last - step * (count - random.pick([1, 1, 1, 2, 0]))
        }
        let end = first + step * count
        let known = Counter(
            name: counter, isWide: isWide, step: Int64(step), first: Int64(first), last: Int64(end - step))
        counters.append(known)
        let outer = repetitions
        repetitions *= count
        defer {
            repetitions = outer
            counters.removeLast()
        }
        var body = statements(depth - 1)
        if isEdge || random.chance(1, of: 3), memory.isWide == isWide {
            let load = "(i64.load\(random.pick(["8_u", "8_u", "32_s", ""])) \(memory.name) \(known.value))"
            body += " (local.set \(name(.i64)) (i64.add \(variable(.i64)) \(load)))"
            if random.chance(1, of: 2) { body += " (i32.store8 \(memory.name) \(known.value) \(i32(1)))" }
        }
        func constant(_ number: Int) -> String {
            "(\(type).const \(isWide ? number : Int(Int32(truncatingIfNeeded: number))))"
        }
        let next = "(local.tee \(counter) (\(type).add \(known.value) \(constant(step))))"
        let label = label()
        return """
            (local.set \(counter) \(constant(first)))
            (loop \(label) \(body) (br_if \(label) (\(type).ne \(next) \(constant(end)))))
            """
    }

    // MARK: Exceptions

    /// Statements, and handlers of what they throw.
    private mutating func attempt(_ depth: Int) -> String {
        let out = label()
        var caught = types.tags.indices.filter { _ in random.chance(1, of: 2) }
        caught.shuffle(using: &random)
        let all: String? = random.pick(["catch_all", "catch_all_ref", nil])
        labels.append(out)
        defer { labels.removeLast() }
        var handlers: [(clause: String, types: [String], stores: String)] = caught.map { tag in
            let isReference = random.chance(1, of: 4)
            let stores = types.tags[tag].reversed().map { "local.set \(name($0))" }.joined(separator: " ")
            return (
                "\(isReference ? "catch_ref" : "catch") $e\(tag)",
                types.tags[tag].map(\.text) + (isReference ? ["exnref"] : []),
                (isReference ? "local.set $x " : "") + stores
            )
        }
        if let all {
            handlers.append((all, all == "catch_all" ? [] : ["exnref"], all == "catch_all" ? "" : "local.set $x"))
        }
        let names = handlers.map { _ in label() }
        let clauses = zip(handlers, names).map { "(\($0.clause) \($1))" }.joined(separator: " ")
        var text = "(try_table \(clauses)\n    \(statements(depth - 1)) \(raise() ?? ""))\n    (br \(out))"
        for (handler, name) in zip(handlers, names) {
            let result = handler.types.isEmpty ? "" : "(result \(handler.types.joined(separator: " ")))"
            let again =
                handler.types.last == "exnref" && random.chance(1, of: 4)
                ? "(if \(i32(1)) (then (throw_ref (local.get $x))))" : ""
            text = "(block \(name) \(result) \(text))\n    \(handler.stores) \(statements(0)) \(again) (br \(out))"
        }
        usesException = true
        return "(block \(out) \(text))"
    }

    private var usesException: Bool {
        get { counterLocals.contains { $0.name == "$x" } }
        set { if newValue, !usesException { counterLocals.append(("$x", "exnref")) } }
    }

    /// Throws, on a condition.
    private mutating func raise() -> String? {
        guard types.parts.contains(.exceptions) else { return nil }
        let tag = random.pick(types.tags.indices)
        let values = types.tags[tag].map { value($0, 1) }.joined(separator: " ")
        return "(if \(i32(2)) (then (throw $e\(tag) \(values))))"
    }

    // MARK: Calls

    private mutating func arguments(_ signature: Int) -> String {
        types.signatures[signature].parameters.map { value($0, 2) }.joined(separator: " ")
    }

    private mutating func results(_ signature: Int) -> String {
        types.signatures[signature].results.reversed().map { "local.set \(name($0))" }.joined(separator: " ")
    }

    private mutating func affordable(_ isFitting: (Callee) -> Bool) -> Callee? {
        let candidates = callees.filter { isFitting($0) && cost + repetitions * $0.cost < Self.mostStatements }
        guard !candidates.isEmpty else { return nil }
        let callee = random.pick(candidates)
        cost += repetitions * callee.cost
        return callee
    }

    private mutating func call() -> String? {
        guard let callee = affordable({ _ in true }) else { return nil }
        return "(call $k\(callee.number) \(arguments(callee.signature))) \(results(callee.signature))"
    }

    /// A reference to a function that is called with a signature.
    private mutating func reference(_ callee: Callee) -> String {
        random.chance(1, of: 3)
            ? "(ref.func $k\(callee.number))" : "(table.get $r\(callee.signature) \(place(callee)))"
    }

    /// The function's place in a table; seldom that of any function that calls none by a reference.
    private mutating func place(_ callee: Callee) -> String {
        guard random.chance(1, of: 4) else { return "(i32.const \(callee.number))" }
        return "(i32.and \(i32(1)) (i32.const \(random.pick([1, 3]) & leafMask)))"
    }

    /// All numbers up to this one are of such functions.
    private var leafMask: Int { callees.filter(\.isLeaf).count > 3 ? 3 : callees.filter(\.isLeaf).count > 1 ? 1 : 0 }

    /// A call by a table of any functions, or by a reference to a function of one type.
    private mutating func referenceCall() -> String? {
        guard callsReferences, let callee = affordable(\.isLeaf) else { return nil }
        let arguments = arguments(callee.signature)
        let call =
            types.parts.contains(.references)
            ? "(call_ref $f\(callee.signature) \(arguments) \(reference(callee)))"
            : "(call_indirect $all (type $f\(callee.signature)) \(arguments) \(place(callee)))"
        return "\(call) \(results(callee.signature))"
    }

    /// Calls the function itself while its first argument is small, with one more: not in tail position.
    private mutating func recursion() -> String? {
        guard random.chance(1, of: 4) else { return nil }
        let depth = random.pick([3, 10, 50])
        guard cost * depth < Self.mostStatements else { return nil }
        cost *= depth
        repetitions = depth
        let others = signature.parameters.dropFirst().map { value($0, 1) }.joined(separator: " ")
        let isSmall = "(i32.lt_u (local.get $p0) (i32.const \(depth)))"
        let stores = signature.results.reversed().map { "local.set \(name($0))" }.joined(separator: " ")
        let call = "(call $k\(number) (i32.add (local.get $p0) (i32.const 1)) \(others)) \(stores)"
        return "(if \(isSmall) (then \(call)))"
    }

    /// The results, or a call in tail position.
    private mutating func ending() -> String {
        let results = signature.results
        let values = results.map { value($0, 2) }.joined(separator: " ")
        guard types.parts.contains(.tailCalls) else { return values }
        let alike = types.signatures.indices.filter { types.signatures[$0].results == results }
        guard let callee = affordable({ alike.contains($0.signature) }) else { return values }
        let arguments = arguments(callee.signature)
        let condition = i32(1)
        guard callsReferences, callee.isLeaf, random.chance(1, of: 2) else {
            return "(if \(condition) (then (return_call $k\(callee.number) \(arguments)))) \(values)"
        }
        let call =
            types.parts.contains(.references)
            ? "(return_call_ref $f\(callee.signature) \(arguments) \(reference(callee)))"
            : "(return_call_indirect $all (type $f\(callee.signature)) \(arguments) \(place(callee)))"
        return "(if \(condition) (then \(call))) \(values)"
    }

    // MARK: Objects

    /// One way for each of two types that a reference may have.
    private mutating func dispatch(_ depth: Int) -> String {
        let (out, found) = (label(), label())
        let type = ValueType.record(random.pick(types.records.indices))
        let branch =
            random.chance(1, of: 2)
            ? "(br_on_cast \(found) anyref \(type.text) \(value(.any, 2)))"
            : "(br_on_cast_fail \(out) anyref \(type.text) \(value(.any, 2)))"
        let isFail = branch.hasPrefix("(br_on_cast_fail")
        guard isFail else {
            return """
                (block \(out)
                  (block \(found) (result \(type.text)) \(branch) drop \(statements(depth - 1)) (br \(out)))
                  local.set \(name(type)) \(statements(depth - 1)))
                """
        }
        return """
            (block \(out) (result anyref) \(branch) local.set \(name(type)) \(statements(depth - 1)) (ref.null any))
            local.set \(name(.any))
            """
    }

    private mutating func objectStatement() -> String {
        let list = random.pick(types.lists.indices)
        let element = types.lists[list].type
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            let number = random.pick(types.records.indices)
            let field = random.pick(types.records[number].fields.indices)
            let value = value(types.records[number].fields[field].type, 2)
            return "(struct.set $s\(number) \(field) \(present(.record(number), 2)) \(value))"
        case 2: return "(array.set $a\(list) \(present(.list(list), 2)) \(index(2)) \(value(element, 2)))"
        case 3: return "(global.set $root \(value(.record(0), 2)))"
        case 4:
            let place = "\(present(.list(list), 2)) \(index(1))"
            return "(array.fill $a\(list) \(place) \(value(element, 1)) (i32.const 1))"
        case 5:
            let (to, from) = (present(.list(list), 2), present(.list(list), 2))
            return "(array.copy $a\(list) $a\(list) \(to) \(index(1)) \(from) \(index(1)) (i32.const 1))"
        case 6: return arrayLoop(list, element)
        default: return chain()
        }
    }

    /// Every element of an array, in a loop that ends with its length.
    private mutating func arrayLoop(_ list: Int, _ element: ValueType) -> String {
        let array = name(.list(list))
        let counter = "$c\(counterLocals.count)"
        counterLocals.append((counter, "i32"))
        cost += repetitions * 40
        let sign = types.lists[list].packed == nil ? "" : random.pick(["_s", "_u"])
        let get = "(array.get\(sign) $a\(list) (local.get \(array)) (local.get \(counter)))"
        let body: String
        switch element {
        case .i32, .i64, .f64:
            let kept = name(element)
            let sum = "(\(element.text).add (local.get \(kept)) \(get))"
            body =
                random.chance(1, of: 2)
                ? "(local.set \(kept) \(sum))"
                : "(array.set $a\(list) (local.get \(array)) (local.get \(counter)) \(sum))"
        case .any, .record, .list: body = "(local.set \(name(element)) \(get))"
        }
        let (out, again) = (label(), label())
        return """
            (local.set \(counter) (i32.const 0))
            (block \(out) (br_if \(out) (ref.is_null (local.get \(array)))) (loop \(again)
              (br_if \(out) (i32.ge_u (local.get \(counter)) (array.len (local.get \(array)))))
              \(body)
              (local.set \(counter) (i32.add (local.get \(counter)) (i32.const 1)))
              (br \(again))))
            """
    }

    /// Makes a list of objects, and walks along it.
    private mutating func chain() -> String {
        let node = name(.record(0))
        let counter = "$c\(counterLocals.count)"
        counterLocals.append((counter, "i32"))
        let (again, out, next) = (label(), label(), label())
        let number = random.pick(types.family(of: 0))
        let fields = types.records[number].fields.enumerated().map { index, field in
            index == 0 ? "(local.get \(counter))" : index == 1 ? "(local.get \(node))" : value(field.type, 0)
        }
        let length = random.pick([5, 30])
        cost += repetitions * length
        let sum = name(.i32)
        return """
            (local.set \(counter) (i32.const \(length)))
            (loop \(again) (local.set \(node) (struct.new $s\(number) \(fields.joined(separator: " "))))
              (br_if \(again) (local.tee \(counter) (i32.sub (local.get \(counter)) (i32.const 1)))))
            (block \(out) (loop \(next)
              (br_if \(out) (ref.is_null (local.get \(node))))
              (br_if \(out) (i32.gt_s (local.tee \(counter) (i32.add (local.get \(counter)) (i32.const 1)))
                (i32.const 60)))
              (local.set \(sum) (i32.add (local.get \(sum)) (struct.get $s0 0 (local.get \(node)))))
              (local.set \(node) (struct.get $s0 1 (local.get \(node))))
              (br \(next))))
            """
    }
}

extension String {
    /// An address without its immediate offset.
    fileprivate var withoutOffset: String {
        guard hasPrefix("offset="), let space = firstIndex(of: " ") else { return self }
        return String(self[index(after: space)...])
    }
}
