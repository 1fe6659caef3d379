public import Foundation
import LLVM

/// A test that people read: what is compiled, and after it, as comments, what became of it when somebody last looked.
///
/// Settings are in comments at the start, such as `; passes: wasmc-eliminate-checks`.
public struct GoldenFile: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// IR before and after passes, in folders of `Tests/Passes` that are named as those of `Sources/LLVMPasses`.
        case ir = "ll"
        /// A module and its optimised IR and machine code, in `Tests/Golden`.
        case module = "wat"

        var folder: String { self == .ir ? "Tests/Passes" : "Tests/Golden" }
        var comment: String { self == .ir ? ";" : ";;" }
    }

    public let url: URL
    public let kind: Kind
    /// What is compiled, with the comments before it.
    let input: String
    /// LLVM's version when the output was blessed; `nil` for a new file.
    public let version: String?
    /// What is in the file, without its comment signs.
    public let blessed: String

    public var name: String { url.deletingPathExtension().lastPathComponent }

    /// All of them, in the repository at `root`.
    public static func all(in root: URL) throws -> [GoldenFile] {
        try Kind.allCases.flatMap { kind in
            try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: kind.folder).path)
                .filter { $0.hasSuffix("." + kind.rawValue) }.sorted()
                .map { try GoldenFile(url: root.appending(path: kind.folder).appending(path: $0), kind: kind) }
        }
    }

    public init(url: URL, kind: Kind) throws {
        (self.url, self.kind) = (url, kind)
        let text = try String(contentsOf: url, encoding: .utf8)
        let start = "\n" + kind.comment + " ---- by LLVM "
        guard let marker = text.range(of: start) else {
            (input, version, blessed) = (text, nil, "")
            return
        }
        input = String(text[..<marker.lowerBound]) + "\n"
        let lines = text[marker.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
        version = lines.first.map(String.init)
        blessed = lines.dropFirst().map { line in
            let content = line.dropFirst(kind.comment.count)
            return String(content.first == " " ? content.dropFirst() : content)
        }.joined(separator: "\n")
    }

    /// The value of a setting; `nil` if the file does not have it.
    func setting(_ name: String) -> String? {
        let prefix = "\(kind.comment) \(name): "
        return input.split(separator: "\n").prefix { $0.hasPrefix(kind.comment) }
            .first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// What becomes of the input today, in the form of ``blessed``.
    ///
    /// - Throws: ``GoldenFileError``, or what the compiler finds wrong with the input.
    public func output() throws -> String {
        switch kind {
        case .ir: try transformedIR()
        case .module: try compiledModule()
        }
    }

    /// Takes an output for right.
    public func bless(_ output: String) throws {
        let comments = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
            line.isEmpty ? kind.comment : "\(kind.comment) \(line)"
        }
        let lines = ["\(kind.comment) ---- by LLVM \(LLVM.version)"] + comments
        try Data((input + lines.joined(separator: "\n") + "\n").utf8).write(to: url, options: .atomic)
    }

    /// The first line in which two outputs differ, for people; `nil` if they are the same.
    public static func difference(_ old: String, _ new: String) -> String? {
        guard old != new else { return nil }
        let pairs = [old, new].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        let count = max(pairs[0].count, pairs[1].count)
        func line(_ text: [Substring], _ index: Int) -> Substring { index < text.count ? text[index] : "(the end)" }
        for index in 0..<count where line(pairs[0], index) != line(pairs[1], index) {
            return "line \(index + 1) was: \(line(pairs[0], index))\n         and is: \(line(pairs[1], index))"
        }
        return nil
    }
}

/// A file that does not say what it needs to.
public struct GoldenFileError: Error, CustomStringConvertible {
    public let description: String
}
