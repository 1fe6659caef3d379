import ArgumentParser
import Foundation

struct Layers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that the C runtime's layers use lower ones only, and that its symbols have the prefix.",
        discussion: "'dev check' does this, too. The order of the layers is in RuntimeLayers.swift.")

    @Argument(help: "The folder of the sources.") var sources = "Runtime"
    @Argument(help: "The folder of the compiled files; those that were built with this command if nothing is said.")
    var objects = Self.builtObjects

    /// What SwiftPM has made beside this executable.
    static var builtObjects: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(
            path: "CRuntime.build"
        ).path
    }

    func run() throws {
        let complaints = try RuntimeLayers(sources: URL(filePath: sources), objects: URL(filePath: objects))
            .complaints()
        for complaint in complaints { print(complaint) }
        if !complaints.isEmpty { throw ExitCode.failure }
        print("no layer of the runtime uses a higher one, and every symbol has the prefix")
    }
}
