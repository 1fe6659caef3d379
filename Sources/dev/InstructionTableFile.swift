import ArgumentParser

/// The parsed rows of `Instructions.table`.
struct InstructionTable {
    struct Row {
        var line: Int
        /// 0, or the prefix byte.
        var prefix: UInt8
        var code: UInt32
        var name: String
        /// The immediates' words in the table, such as `data memory`.
        var immediates: String
        /// `nil` for a rule by hand.
        var signature: (parameters: [String], results: [String])?
        var feature: String
        var family: String
        var member: String

        /// The lanes of the vector operands: the first type that says them.
        var operandShape: String? { signature?.parameters.first(where: InstructionTable.isShape) }
        /// What the immediates of an atomic access say.
        var accessByteCount: Int? {
            immediates.hasPrefix("atomic") ? Int(immediates.dropFirst("atomic".count)).map { $0 / 8 } : nil
        }
        var resultShape: String? { signature?.results.first(where: InstructionTable.isShape) }
    }

    /// A vector seen as lanes, such as `i16x8`; other types may have an x in their names.
    static func isShape(_ type: String) -> Bool {
        let lanes = type.dropFirst().split(separator: "x", omittingEmptySubsequences: false)
        return "if".contains(type.first ?? " ") && lanes.count == 2 && lanes.allSatisfy { Int($0) != nil }
    }

    static let path = "Sources/Wasm/Instructions/Instructions.table"
    var rows: [Row] = []

    /// The Swift case for each kind of immediates.
    static let immediateKinds = [
        "-": "none", "label": "label", "labels": "labels", "function": "function", "type table": "typeTable",
        "local": "local", "global": "global", "table": "table", "table table": "tableTable",
        "elem table": "elementTable", "elem": "element", "data": "data", "data memory": "dataMemory",
        "memory": "memory",
        "memory memory": "memoryMemory", "memarg": "memarg", "memarg lane": "memargLane", "lane": "lane", "i32": "i32",
        "i64": "i64", "f32": "f32", "f64": "f64", "v128": "v128", "shuffle": "shuffle", "blocktype": "blockType",
        "heaptype": "referenceType", "types": "selectTypes", "tag": "tag", "catches": "catches", "type": "type",
        "type field": "typeField", "type count": "typeCount", "type data": "typeData", "type elem": "typeElement",
        "type type": "typeType", "casttype": "castType", "castlabel": "castLabel",
        "atomic8": "atomic", "atomic16": "atomic", "atomic32": "atomic", "atomic64": "atomic", "zero": "zero",
    ]

    init(text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            rows.append(try Self.parse(line, number: index + 1))
        }
    }

    private static func parse(_ line: Substring, number: Int) throws -> Row {
        func bad(_ what: String) -> ValidationError { ValidationError("\(path):\(number): \(what)") }
        var words = line.split(separator: " ")[...]
        var codes: [UInt32] = []
        while let word = words.first, word.hasPrefix("0x"), let code = UInt32(word.dropFirst(2), radix: 16) {
            codes.append(code)
            words.removeFirst()
        }
        guard (1...2).contains(codes.count), words.count >= 5 else {
            throw bad("expected opcode, name, immediates, type, feature, family")
        }
        let name = String(words.removeFirst())
        var immediates: [Substring] = []
        while let word = words.first, word != "*", !word.hasPrefix("[") { immediates.append(words.removeFirst()) }
        let key = immediates.joined(separator: " ")
        guard immediateKinds[key] != nil else { throw bad("unknown immediates '\(key)'") }

        var signature: (parameters: [String], results: [String])?
        guard let family = words.popLast()?.split(separator: "."), family.count == 2, let feature = words.popLast()
        else {
            throw bad("expected feature and family.member at the end")
        }
        if words.first != "*" {
            let type = words.joined(separator: " ").split(separator: ">").map { side in
                side.filter { $0 != "[" && $0 != "]" && $0 != "-" }.split(separator: " ").map(String.init)
            }
            guard type.count == 2, type[0].count <= 3, type[1].count <= 1 else {
                throw bad("expected [operands] -> [results]")
            }
            signature = (type[0], type[1])
        }
        return Row(
            line: number, prefix: codes.count == 2 ? UInt8(truncatingIfNeeded: codes[0]) : 0, code: codes.last ?? 0,
            name: name, immediates: key, signature: signature, feature: String(feature), family: String(family[0]),
            member: String(family[1]))
    }
}
