public import ArgumentParser
import Foundation
import Golden
public import LLVM

struct Passes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the passes of a level in their order, or what one of them makes of IR.",
        discussion: """
            Passes without a purpose are LLVM's. 'dev passes --run wasmc-eliminate-checks FILE.ll' prints the \
            functions \
            of the file after that pass; several passes are written as for LLVM's 'opt -passes'.
            """)

    @Option(help: "O1, O2 or O3.") var level = Pipeline.standard
    @Flag(help: "For memories without guard pages.") var checked = false
    @Option(name: .customLong("run"), help: ArgumentHelp("Run these passes on IR.", valueName: "passes"))
    var passes: String?
    @Argument(help: "IR in LLVM's text form.") var file: String?

    func validate() throws {
        if (passes == nil) != (file == nil) { throw ValidationError("--run and a file of IR go together") }
    }

    func run() throws {
        if let passes, let file {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            print(try GoldenFile.transform(text, passes: passes, isGuarded: !checked), terminator: "")
            return
        }
        let purposes = Pipeline.purposes
        for stage in level.stages(checksMayFault: !checked) {
            print("\(stage.when):")
            for pass in PipelineText.passes(in: stage.passes) {
                let name = String(repeating: "  ", count: pass.depth + 1) + pass.name
                let purpose = purposes[pass.name].map { name.count < 40 ? $0 : "\n" + $0 }
                print(purpose.map { name.padding(toLength: 40, withPad: " ", startingAt: 0) + $0 } ?? name)
            }
        }
    }
}

extension Pipeline: ExpressibleByArgument {}

/// LLVM's textual form of pipelines: `function(gvn<>,loop(licm))`.
enum PipelineText {
    /// The passes in their order, with how deep each is nested; without parameters.
    static func passes(in text: String) -> [(name: String, depth: Int)] {
        var found: [(name: String, depth: Int)] = []
        var name = "", depth = 0, angles = 0
        func end() {
            if !name.isEmpty { found.append((name, depth)) }
            name = ""
        }
        for character in text {
            switch character {
            case "<": angles += 1
            case ">": angles -= 1
            case _ where angles > 0: continue
            case "(":
                end()
                depth += 1
            case ")":
                end()
                depth -= 1
            case ",": end()
            case _: name.append(character)
            }
        }
        end()
        return found
    }
}
