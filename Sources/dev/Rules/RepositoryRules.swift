import Foundation

extension Rule {
    /// `CONTRIBUTING.md` leads by paths through the tree; a walk that names a file of yesterday leads nowhere.
    static let namedPaths = Rule(name: "paths", promise: "what CONTRIBUTING.md names is there") { tree in
        guard let file = tree.files.first(where: { $0.path == "CONTRIBUTING.md" }) else { return [] }
        var folder = ""
        return file.lines.enumerated().flatMap { index, line -> [String] in
            line.matches(of: #/`([^`]+)`/#).compactMap { match in
                let name = String(match.output.1)
                guard let paths = candidates(for: name, in: folder) else { return nil }
                guard let found = paths.first(where: { isThere($0, in: tree) }) else {
                    return "CONTRIBUTING.md:\(index + 1) names \(name), which is not there"
                }
                // Names that follow are found beside it, or below a folder.
                let end = found.lastIndex(of: "/") ?? found.startIndex
                folder = String(found[..<end])
                return nil
            }
        }
    }

    /// Where a name in a document may lead; `nil` for what is no path.
    private static func candidates(for name: String, in folder: String) -> [String]? {
        let extensions = ["swift", "c", "h", "cpp", "S", "md", "table"]
        let isFile = extensions.contains { name.hasSuffix("." + $0) }
        let isFolder = name.contains("/") && !name.contains(" ")
        guard isFile || isFolder, name.contains("/") || !name.hasPrefix("."), !name.contains("*"), !name.contains("(")
        else { return nil }
        // Beside what was named last, or beside one of its folders.
        var bases = [""], base = folder
        while !base.isEmpty {
            bases.append(base + "/")
            base = base.split(separator: "/").dropLast().joined(separator: "/")
        }
        return bases.map { $0 + name }
    }

    private static func isThere(_ path: String, in tree: SourceTree) -> Bool {
        FileManager.default.fileExists(atPath: tree.root.appending(path: path).path)
    }

    static let generatedSources = Rule(name: "generated", promise: "generated sources are current") { tree in
        try GeneratedSources.all(in: tree.root).filter { path, text in
            (try? String(contentsOf: tree.root.appending(path: path), encoding: .utf8)) != text
        }.map { path, _ in "\(path) is not what the instruction table says: run 'swift run dev generate'" }
    }

    static let runtimeLayers = Rule(
        name: "layers", promise: "no layer of the runtime uses a higher one, and every symbol has the prefix"
    ) { tree in
        try RuntimeLayers(
            sources: tree.root.appending(path: "Runtime"), objects: URL(filePath: Layers.builtObjects)
        ).complaints()
    }
}
