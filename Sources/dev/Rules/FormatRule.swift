import Foundation

extension Rule {
    /// Swift as the toolchain's own formatter leaves it, by `.swift-format`; of the other languages, for which no
    /// toolchain that we need has a formatter, what shows in no editor.
    static let format = Rule(
        name: "format", promise: "Swift is as 'swift format' leaves it, and other sources have no stray white space"
    ) { tree in
        try unformattedSwift(in: tree) + tree.files.filter { !$0.isSwift && !$0.isGenerated }.flatMap(strayWhiteSpace)
    }

    private static func unformattedSwift(in tree: SourceTree) throws -> [String] {
        let files = tree.files.filter { $0.isSwift && !$0.isGenerated }.map(\.path)
        guard !files.isEmpty else { return [] }
        let output = FileManager.default.temporaryDirectory.appending(path: "wasmc-format-" + UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let root = tree.root.path
        let command = ["swift", "format", "lint", "--strict", "--parallel"]
        let configuration = ["--configuration", "\(root)/.swift-format"]
        let execution = try execute(
            command + configuration + files.map { "\(root)/\($0)" }, output: FileHandle(forWritingTo: output))
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
        if execution.terminationStatus == 0 { return [] }
        // PATH:LINE:COLUMN: error: [RULE] TEXT
        let offences = lines.filter { $0.hasPrefix(root) }.map { line in
            let parts = line.dropFirst(root.count + 1).split(separator: ":", maxSplits: 4)
            guard parts.count == 5 else { return String(line) }
            return "\(parts[0]):\(parts[1]):\(parts[4]) (swift format --in-place \(parts[0]))"
        }
        return offences.isEmpty ? ["'swift format' failed: \(lines.joined(separator: " "))"] : offences
    }

    private static func strayWhiteSpace(in file: SourceTree.File) -> [String] {
        file.lines.enumerated().compactMap { index, line in
            let isLast = index == file.lines.count - 1
            let complaint: String? =
                if line.contains("\t") {
                    "has a tab"
                } else if line.last == " " {
                    "ends in blanks"
                } else if line.isEmpty, index > 0, file.lines[index - 1].isEmpty {
                    isLast ? "is empty, at the end" : "is the second empty line"
                } else if isLast, !line.isEmpty {
                    "does not end"
                } else {
                    nil
                }
            return complaint.map { "\(file.path):\(index + 1) \($0)" }
        }
    }
}
