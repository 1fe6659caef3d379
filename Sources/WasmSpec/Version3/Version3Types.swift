/// What a random module of version 3.0 declares: the types of its objects, its exceptions, memories and functions.
struct Version3Types {
    /// A group of instructions that a module may use.
    enum Part: CaseIterable {
        case exceptions, objects, memories, atomics, tailCalls, references
    }

    /// The type of an expression, a local or a field.
    enum ValueType: Hashable {
        case i32, i64, f64
        case any
        /// A reference, or null, to a structure of the type with this number, or of one below it.
        case record(Int)
        /// A reference, or null, to an array of the type with this number.
        case list(Int)

        var text: String {
            switch self {
            case .i32: "i32"
            case .i64: "i64"
            case .f64: "f64"
            case .any: "anyref"
            case .record(let number): "(ref null $s\(number))"
            case .list(let number): "(ref null $a\(number))"
            }
        }
        var isReference: Bool { ![.i32, .i64, .f64].contains(self) }
    }

    /// What a field or an element holds.
    struct Field {
        /// `i8` or `i16`; nil for a value.
        var packed: String?
        let type: ValueType
        var text: String { "(mut \(packed ?? type.text))" }
    }

    struct Record {
        let parent: Int?
        let isFinal: Bool
        let fields: [Field]
    }

    struct Signature {
        let parameters: [ValueType]
        let results: [ValueType]
        var text: String {
            "(func"
                + (parameters + results).enumerated().map { index, type in
                    " (\(index < parameters.count ? "param" : "result") \(type.text))"
                }.joined() + ")"
        }
    }

    struct Memory {
        let number: Int
        let isWide: Bool
        let isShared: Bool
        let pages: Int64
        var index: String { isWide ? "i64" : "i32" }
        var name: String { "$m\(number)" }
    }

    let parts: Set<Part>
    let records: [Record]
    let lists: [Field]
    let tags: [[ValueType]]
    let memories: [Memory]
    let signatures: [Signature]

    init(random: inout SplitMix) {
        var parts = Set(Part.allCases.filter { _ in random.chance(1, of: 2) })
        if random.chance(1, of: 4) || parts.isEmpty { parts = [random.pick(Part.allCases)] }
        self.parts = parts
        let hasObjects = parts.contains(.objects)
        lists =
            hasObjects
            ? [
                Field(type: .i32), Field(packed: "i8", type: .i32), Field(type: .i64), Field(type: .record(0)),
                Field(packed: "i16", type: .i32), Field(type: .f64),
            ] : []
        var records: [Record] = []
        for number in 0..<(hasObjects ? 5 : 0) {
            // A chain, a tree, or both: every structure is the first one's.
            let candidates = records.indices.filter { !records[$0].isFinal }
            let parent = candidates.isEmpty ? nil : random.pick(candidates)
            var fields = parent.map { records[$0].fields } ?? [Field(type: .i32), Field(type: .record(0))]
            for _ in 0..<random.pick([0, 1, 1, 2, 3]) {
                fields.append(
                    random.pick([
                        Field(type: .i32), Field(type: .i64), Field(type: .f64), Field(packed: "i8", type: .i32),
                        Field(packed: "i16", type: .i32), Field(type: .any), Field(type: .record(0)),
                        Field(type: .list(Int.random(in: lists.indices, using: &random))),
                    ]))
            }
            records.append(Record(parent: parent, isFinal: number > 1 && random.chance(1, of: 2), fields: fields))
        }
        self.records = records
        let values: [ValueType] =
            [.i32, .i32, .i64, .f64] + (hasObjects ? [.any, .record(0), .record(1), .list(0)] : [])
        tags =
            parts.contains(.exceptions)
            ? [[.i32], [.i64, .f64], []] + (0..<2).map { _ in (0..<2).map { _ in random.pick(values) } } : []
        var memories = [Memory(number: 0, isWide: false, isShared: false, pages: random.pick([1, 1, 2]))]
        if parts.contains(.memories) {
            memories.append(Memory(number: 1, isWide: true, isShared: false, pages: random.pick([1, 2, 3])))
            memories.append(Memory(number: 2, isWide: random.chance(1, of: 2), isShared: false, pages: 1))
        }
        if parts.contains(.atomics) {
            let isWide = parts.contains(.memories) && random.chance(1, of: 2)
            memories.append(Memory(number: 3, isWide: isWide, isShared: true, pages: 1))
        }
        self.memories = memories
        signatures = (0..<3).map { _ in
            Signature(
                parameters: [.i32] + (0..<random.pick([0, 1, 2, 3, 9])).map { _ in random.pick(values) },
                results: (0..<random.pick([1, 1, 1, 2, 4])).map { _ in random.pick(values) })
        }
    }

    /// The declarations in the text format, but for memories and functions.
    var text: String {
        let structures = records.enumerated().map { number, record in
            "(type $s\(number) (sub \(record.isFinal ? "final " : "")\(record.parent.map { "$s\($0) " } ?? "")"
                + "(struct \(record.fields.map { "(field \($0.text))" }.joined(separator: " ")))))"
        }
        let arrays = lists.enumerated().map { number, element in "(type $a\(number) (array \(element.text)))" }
        let objects = (structures + arrays).joined(separator: "\n    ")
        let functions = signatures.enumerated().map { "(type $f\($0) \($1.text))" }.joined(separator: "\n  ")
        let exceptions = tags.enumerated().map { number, values in
            "(tag $e\(number)\(values.map { " (param \($0.text))" }.joined()))"
        }
        return (objects.isEmpty ? "" : "(rec \(objects))\n  ") + functions + "\n  "
            + exceptions.joined(separator: "\n  ")
    }

    /// What locals may be.
    var valueTypes: [ValueType] {
        [.i32, .i64, .f64] + (records.isEmpty ? [] : [.any]) + records.indices.map { .record($0) }
            + lists.indices.map { .list($0) }
    }

    /// The structures that a reference to one may be to.
    func family(of record: Int) -> [Int] {
        records.indices.filter { number in
            sequence(first: number) { records[$0].parent }.contains(record)
        }
    }
}
