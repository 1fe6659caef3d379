import Foundation

extension Rule {
    /// A comment that names what was renamed misleads everybody after the commit that renamed it.
    static let namedThings = Rule(name: "comments", promise: "what comments of C and C++ name is in the code") { tree in
        let sources = tree.files.filter { !$0.path.hasSuffix(".md") && !$0.path.hasPrefix("Tests/") }
        var words: Set<String> = [], notes: [(place: String, text: Substring)] = []
        for file in sources {
            for (index, line) in file.lines.enumerated() {
                let start = line.firstRange(of: "//")?.lowerBound ?? line.endIndex
                for word in line[..<start].utf8.split(whereSeparator: { !isPartOfWord($0) }) {
                    words.insert(String(Substring(word)))
                }
                guard start < line.endIndex, !file.isSwift, line.contains("wasmc_") || line.contains("`") else {
                    continue
                }
                notes.append(("\(file.path):\(index + 1)", line[start...]))
            }
        }
        let structures = Structures(sources)
        return notes.flatMap { place, text in
            let camelCase = text.matches(of: #/`(\w*[a-z][A-Z]\w*)`/#).map(\.output.1)
            // No `\b`: between letters, Unicode knows no boundary of words at a full stop. A name of all that begins so
            // ends in an underscore.
            let prefixed = text.matches(of: #/wasmc_\w+(?:\.(\w+))?/#).map { match in
                (name: match.output.0.prefix { $0 != "." }, field: match.output.1)
            }.filter { !$0.name.hasSuffix("_") }
            let unknown = (camelCase + prefixed.map(\.name)).map(String.init).filter { !words.contains($0) }
            let misplaced = prefixed.compactMap { name, field -> String? in
                // A header has a structure's name now and then.
                guard let field, field != "h", let fields = structures.fields[name] else { return nil }
                return fields.contains(field) ? nil : "\(name).\(field)"
            }
            return (unknown + misplaced).map { "\(place) names \($0), which is not in the code" }
        }
    }
}

/// Regular expressions take seconds for the whole tree.
private func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
}

/// The fields of C's structures, by the structure's name.
private struct Structures {
    private(set) var fields: [Substring: Set<Substring>] = [:]

    init(_ files: [SourceTree.File]) {
        for file in files where file.path.hasSuffix(".h") {
            var name: Substring?
            for line in file.lines {
                let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
                if let start = code.prefixMatch(of: #/(?:typedef )?struct (wasmc_\w+) \{/#) { name = start.output.1 }
                if let name { fields[name, default: []].formUnion(code.matches(of: #/\w+/#).map(\.output)) }
                if code.hasPrefix("}") { name = nil }
            }
        }
    }
}
