import ArgumentParser
import Foundation

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the rules that every commit keeps to.",
        discussion: "The rules: "
            + Rule.all.map { "\($0.name): \($0.promise)" }.joined(separator: "; ") + ". They are in Sources/dev/Rules.")

    @Option(help: "Check this rule alone; may be given more than once.") var only: [String] = []
    @Argument(help: "The repository.") var root = "."

    func validate() throws {
        if let unknown = only.first(where: { name in !Rule.all.contains { $0.name == name } }) {
            throw ValidationError("there is no rule '\(unknown)': \(Rule.all.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        let tree = try SourceTree(root: URL(filePath: root))
        let rules = Rule.all.filter { only.isEmpty || only.contains($0.name) }
        let offences = try rules.flatMap { try $0.offences(tree) }
        for offence in offences { print(offence) }
        if !offences.isEmpty { throw ExitCode.failure }
        for rule in rules { print(rule.promise) }
    }
}
