import ArgumentParser
import Foundation

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check generated sources, the length of hand-written files and the layers of the C runtime.")

    private static let longestFileLines = 800

    func run() throws {
        var complaints: [String] = []
        for (path, text) in try GeneratedSources.all() where try String(contentsOfFile: path, encoding: .utf8) != text {
            complaints.append("\(path) is not what the instruction table says: run 'swift run dev generate'")
        }
        for folder in ["Sources", "Runtime", "Tests"] {
            for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
                let isChecked = [".swift", ".c", ".h"].contains { path.hasSuffix($0) }
                guard isChecked, !path.contains("Generated/") else { continue }
                let lines = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).count
                if lines > Self.longestFileLines {
                    let most = Self.longestFileLines
                    complaints.append("\(folder)/\(path) has \(lines) lines: split it by topic (at most \(most))")
                }
            }
        }
        let layers = RuntimeLayers(sources: URL(filePath: "Runtime"), objects: URL(filePath: Layers.builtObjects))
        complaints += try layers.complaints()
        for complaint in complaints { print(complaint) }
        if !complaints.isEmpty { throw ExitCode.failure }
        print("generated sources are current; no file is too long, no layer of the runtime uses a higher one")
    }
}
