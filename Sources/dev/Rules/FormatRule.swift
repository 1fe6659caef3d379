import Foundation

/// A program that lays sources out, and says with `PATH:LINE:COLUMN: error: TEXT` where it would.
private struct Formatter: Sendable {
    let suffixes: [String]
    /// Of the file at the root that says how.
    let configuration: String
    /// What mends a file.
    let mend: String
    /// What it is called with before the files.
    let check: @Sendable (_ configuration: String) -> [String]

    static let all = [
        Formatter(suffixes: [".swift"], configuration: ".swift-format", mend: "swift format --in-place") {
            ["swift", "format", "lint", "--strict", "--parallel", "--configuration", $0]
        },
        Formatter(suffixes: [".c", ".h", ".cpp"], configuration: ".clang-format", mend: "clang-format-22 -i") {
            ["clang-format-22", "--dry-run", "--Werror", "--style=file:\($0)"]
        },
    ]

    func takes(_ file: SourceTree.File) -> Bool { suffixes.contains(where: file.path.hasSuffix) }

    func offences(in files: [SourceTree.File], at root: String) throws -> [String] {
        guard !files.isEmpty else { return [] }
        let output = FileManager.default.temporaryDirectory.appending(path: "wasmc-format-" + UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let execution = try execute(
            check("\(root)/\(configuration)") + files.map { "\(root)/\($0.path)" },
            output: FileHandle(forWritingTo: output))
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
        if execution.terminationStatus == 0 { return [] }
        let offences = lines.filter { $0.hasPrefix(root) }.map { line in
            let parts = line.dropFirst(root.count + 1).split(separator: ":", maxSplits: 4)
            guard parts.count == 5 else { return String(line) }
            return "\(parts[0]):\(parts[1]):\(parts[4]) (\(mend) \(parts[0]))"
        }
        return offences.isEmpty ? ["'\(mend)' failed: \(lines.joined(separator: " "))"] : offences
    }
}

extension Rule {
    /// What a formatter takes is as it leaves it; of other languages, what shows in no editor.
    static let format = Rule(
        name: "format",
        promise: "Swift is as 'swift format' leaves it, C and C++ as 'clang-format' does, and the rest has no stray "
            + "white space"
    ) { tree in
        let sources = tree.files.filter { !$0.isGenerated }
        let laidOut = try Formatter.all.flatMap { try $0.offences(in: sources.filter($0.takes), at: tree.root.path) }
        return laidOut + sources.filter { file in !Formatter.all.contains { $0.takes(file) } }.flatMap(strayWhiteSpace)
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
