import Foundation

/// The files of a repository that people write, as its rules see them.
struct SourceTree {
    struct File {
        /// From the repository's root.
        let path: String
        let lines: [Substring]

        var name: String { String(path.split(separator: "/").last ?? "") }
        var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
        var isSwift: Bool { path.hasSuffix(".swift") }
        /// Written by `dev generate`.
        var isGenerated: Bool { path.contains("/Generated/") }
    }

    let root: URL
    /// Swift, C, C++ and assembly, the instruction table, and documents, in the order of their paths.
    let files: [File]

    private static let folders = ["Sources", "Runtime", "Tests", "Fixtures"]
    private static let extensions: Set = ["swift", "c", "h", "cpp", "S", "table", "md"]

    init(root: URL) throws {
        self.root = root
        let top = try FileManager.default.contentsOfDirectory(atPath: root.path)
        let below = Self.folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: root.appending(path: folder).path) ?? .init())
                .compactMap { ($0 as? String).map { "\(folder)/\($0)" } }
        }
        paths = (top + below).sorted()
        files = try paths.filter { Self.extensions.contains(String($0.split(separator: ".").last ?? "")) }.map {
            let text = try String(contentsOf: root.appending(path: $0), encoding: .utf8)
            return File(path: $0, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// Of everything that lies there, whatever it is.
    let paths: [String]

    /// `nil` where there is no such file.
    func text(of path: String) throws -> String? {
        let file = root.appending(path: path)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try String(contentsOf: file, encoding: .utf8)
    }
}

/// What every commit keeps to.
struct Rule: Sendable {
    /// In `dev check --only`.
    let name: String
    /// What is true if there is no offence.
    let promise: String
    /// A sentence for each offence, which begins with the place.
    let offences: @Sendable (SourceTree) throws -> [String]

    static let all = [
        format, lineLength, fileLength, folderSize, fileNames, documentation, exhaustiveSwitches, passPictures,
        architecture,
        namedPaths,
        namedThings, generatedSources, runtimeLayers,
    ]
}
