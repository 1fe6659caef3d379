import Foundation
import Wasm

extension Rule {
    private static let mostColumns = 120
    private static let mostLines = 500
    private static let mostFiles = 25

    static let lineLength = Rule(name: "lines", promise: "no line is over \(mostColumns) columns") { tree in
        tree.files.filter { !$0.isGenerated }.flatMap { file in
            file.lines.enumerated().compactMap { index, line in
                // A row of a document's table is one line, and so are an address and a setting of a fixture.
                let cannotBreak =
                    file.path.hasSuffix(".md") && (line.hasPrefix("|") || line.contains("://"))
                    || file.path.hasPrefix("Fixtures/") && (line.hasPrefix("// files:") || line.hasPrefix("// flags:"))
                // Columns are characters; counting bytes is faster.
                guard line.utf8.count > mostColumns, line.count > mostColumns, !cannotBreak else { return nil }
                return "\(file.path):\(index + 1) has \(line.count.counted("column")): at most \(mostColumns)"
            }
        }
    }

    static let fileLength = Rule(name: "files", promise: "no hand-written file is over \(mostLines) lines") { tree in
        // A document is read by its headings, and the instruction table has a line for each instruction.
        tree.files.filter { file in
            let isSource = !file.isGenerated && !file.path.hasSuffix(".md") && !file.path.hasSuffix(".table")
            return isSource && file.lines.count > mostLines + 1
        }.map {
            "\($0.path) has \(($0.lines.count - 1).counted("line")): split it by topic (at most \(mostLines))"
        }
    }

    static let folderSize = Rule(name: "folders", promise: "no folder has over \(mostFiles) files") { tree in
        let files = tree.paths.filter { path in
            var isFolder: ObjCBool = false
            return path.contains("/")
                && FileManager.default.fileExists(atPath: tree.root.appending(path: path).path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
        let folders = Dictionary(grouping: files) { $0.split(separator: "/").dropLast().joined(separator: "/") }
        return folders.filter { $0.value.count > mostFiles }.sorted { $0.key < $1.key }.map {
            "\($0.key) has \($0.value.count.counted("file")): make folders by topic (at most \(mostFiles) in each)"
        }
    }
}
