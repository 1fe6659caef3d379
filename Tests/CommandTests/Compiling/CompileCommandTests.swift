import Foundation
import Testing

@Suite("wasmc compile") struct CompileCommandTests {
    /// A module whose compilation takes a while.
    func largeModule(in folder: URL) throws -> URL {
        let body = String(repeating: "(local.set 0 (i32.div_u (local.get 0) (i32.load (local.get 0))))", count: 2_000)
        let functions = (0..<100).map { "(func (export \"f\($0)\") (param i32) (result i32) \(body) (local.get 0))" }
        let file = folder.appending(path: "large.wat")
        try "(module (memory 1) \(functions.joined()))".write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test func stoppingLeavesNoFile() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try largeModule(in: folder)
        let process = Process()
        process.executableURL = products.appending(path: "wasmc")
        process.arguments = ["compile", file.path, "-o", folder.appending(path: "large.cwasm").path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: 1)
        // What may be ignored, as by a test that runs in the background, would prove nothing.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["large.wat"])
    }

    @Test func saysWhatItDidNotOptimizeAndNothingElseWherePiped() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "nest.wat")
        let nest = String(repeating: "(loop ", count: 60) + String(repeating: "(br_if 0 (local.get 0)))", count: 60)
        try "(module (func (export \"deep\") (param i32) \(nest)) (func))".write(
            to: file, atomically: true, encoding: .utf8)
        let outcome = try run("wasmc", ["compile", file.path, "-o", folder.appending(path: "nest.cwasm").path])
        #expect(outcome.status == 0)
        #expect(
            outcome.errors == "note: function 0 $deep is compiled without optimisation, which would take too long\n")
    }
}
