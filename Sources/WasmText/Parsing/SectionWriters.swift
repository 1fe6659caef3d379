import Wasm

/// The sections of a module under construction. Specification: "Binary Format", "Modules".
struct SectionWriters {
    /// The recursive groups, by the indices of their types, and where they are in the text.
    var typeGroups: [(types: Range<Int>, place: Int)] = []
    var imports = VectorWriter()
    var functions = VectorWriter()
    var tables = VectorWriter()
    var memories = VectorWriter()
    var tags = VectorWriter()
    var globals = VectorWriter()
    var exports = VectorWriter()
    var start: (function: UInt32, place: Int)?
    var elements = VectorWriter()
    var bodies = VectorWriter()
    var branchHints: [(function: UInt32, hints: [BranchHint])] = []
    var data = VectorWriter()
    /// An instruction names a data segment, which makes the data count section necessary.
    var usesDataIndices = false
    var customs: [(place: CustomPlace, name: [UInt8], content: [UInt8])] = []

    /// Where a custom section is: before or after the section of a rank.
    struct CustomPlace: Comparable {
        /// Position in ``order``, from 1; 0 is the module's start.
        var rank: Int
        var isAfter: Bool

        static let end = CustomPlace(rank: order.count + 1, isAfter: true)

        static func < (a: Self, b: Self) -> Bool { a.rank == b.rank ? !a.isAfter && b.isAfter : a.rank < b.rank }
    }

    /// The sections in the order of the binary format: the text format's name for each, and its id.
    static let order: [(name: String, id: UInt8)] = [
        ("type", 1), ("import", 2), ("func", 3), ("table", 4), ("memory", 5), ("tag", 13), ("global", 6),
        ("export", 7), ("start", 8), ("elem", 9), ("datacount", 12), ("code", 10), ("data", 11),
    ]

    static func rank(ofPlace name: String) -> Int? {
        if name == "first" { return 0 }
        if name == "last" { return order.count + 1 }
        return order.firstIndex { $0.name == name }.map { $0 + 1 }
    }

    func module(types: [DefinedType], nameSection: [UInt8]?) -> ByteWriter {
        var module = ByteWriter(bytes: [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00])
        var placed = customs.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }[...]

        func appendCustoms(upTo limit: CustomPlace?, to module: inout ByteWriter) {
            while let (_, custom) = placed.first, limit.map({ custom.place <= $0 }) ?? true {
                module.custom(custom.name, custom.content)
                placed = placed.dropFirst()
            }
        }
        for (index, section) in Self.order.enumerated() {
            appendCustoms(upTo: CustomPlace(rank: index + 1, isAfter: false), to: &module)
            if section.name == "code", !branchHints.isEmpty {
                module.custom(Array("metadata.code.branch_hint".utf8), branchHintContent)
            }
            if let content = content(ofSection: section.id, types: types) {
                module.byte(section.id)
                module.sized(content)
            }
        }
        appendCustoms(upTo: CustomPlace(rank: Self.order.count, isAfter: true), to: &module)
        if let nameSection { module.custom(Array("name".utf8), nameSection) }
        appendCustoms(upTo: nil, to: &module)
        return module
    }

    private var branchHintContent: [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(UInt64(branchHints.count))
        for (function, hints) in branchHints {
            writer.u32(function)
            writer.unsigned(UInt64(hints.count))
            for hint in hints {
                writer.unsigned(UInt64(hint.offset))
                writer.sized([hint.value])
            }
        }
        return writer.bytes
    }

    /// `nil` for a section that has nothing to say.
    private func content(ofSection id: UInt8, types: [DefinedType]) -> ByteWriter? {
        switch id {
        case 1:
            var writer = VectorWriter()
            for (group, place) in typeGroups {
                writer.append(from: place) { writer in
                    if group.count != 1 {
                        writer.byte(0x4E)
                        writer.unsigned(UInt64(group.count))
                    }
                    for type in types[group] { writer.definedType(type) }
                }
            }
            return content(writer)
        case 2: return content(imports)
        case 3: return content(functions)
        case 4: return content(tables)
        case 5: return content(memories)
        case 6: return content(globals)
        case 7: return content(exports)
        case 8: return start.map { number(UInt64($0.function), from: $0.place) }
        case 9: return content(elements)
        case 10: return content(bodies)
        case 11: return content(data)
        case 13: return content(tags)
        default: return usesDataIndices ? number(UInt64(data.count)) : nil
        }
    }

    private func content(_ vector: VectorWriter) -> ByteWriter? { vector.count == 0 ? nil : vector.content }

    private func number(_ value: UInt64, from place: Int? = nil) -> ByteWriter {
        var writer = ByteWriter()
        if let place { writer.mark(place) }
        writer.unsigned(value)
        return writer
    }
}

extension ByteWriter {
    mutating func custom(_ name: [UInt8], _ content: [UInt8]) {
        var section = ByteWriter()
        section.sized(name)
        section.raw(content)
        byte(0)
        sized(section.bytes)
    }
}
