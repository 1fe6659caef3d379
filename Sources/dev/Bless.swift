import ArgumentParser
import Foundation
import Golden

struct Bless: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take what passes and the compiler make of Tests/Passes and Tests/Golden today for right.",
        discussion: "Read the difference in Git before you commit it. GoldenTests compares the files with the code.")

    @Argument(help: "Names of files, without folder and extension; all if nothing is said.") var names: [String] = []

    func run() throws {
        let files = try GoldenFile.all(in: URL(filePath: FileManager.default.currentDirectoryPath))
        if let unknown = names.first(where: { name in !files.contains { $0.name == name } }) {
            throw ValidationError("no file in Tests/Passes or Tests/Golden is named \(unknown)")
        }
        for file in files where names.isEmpty || names.contains(file.name) {
            let output: String
            do {
                output = try file.output()
            } catch {
                throw ValidationError("\(file.url.lastPathComponent): \(error)")
            }
            guard let difference = GoldenFile.difference(file.blessed, output) else { continue }
            try file.bless(output)
            print("\(file.url.lastPathComponent): \(difference)")
        }
    }
}
