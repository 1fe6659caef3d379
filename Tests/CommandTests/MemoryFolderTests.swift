import Foundation
import Testing

/// What becomes of folders in memory that their process does not remove itself.
@Suite struct MemoryFolderTests {
    private func probe(_ end: String) throws -> String {
        let path = try run("memory-folder-probe", [end]).text.trimmingCharacters(in: .newlines)
        try #require(path.contains("/wasmc-memory-"))
        return path
    }

    @Test("A folder that a global keeps goes when the process exits")
    func exit() throws {
        #expect(!FileManager.default.fileExists(atPath: try probe("returns")))
    }

    @Test("The next process removes what a killed one left, and not what a living one has")
    func stale() throws {
        let living = Process()
        let (input, output) = (Pipe(), Pipe())
        living.executableURL = products.appending(path: "memory-folder-probe")
        living.arguments = ["waits"]
        living.standardInput = input
        living.standardOutput = output
        try living.run()
        let path = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(
            in: .newlines)
        let left = try probe("killed")
        // Whichever process comes next removes it, also one of a test beside this one.
        _ = try probe("returns")
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(FileManager.default.fileExists(atPath: path + "/deep/file"), "\(path)")
        try input.fileHandleForWriting.close()
        living.waitUntilExit()
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
