import Foundation

/// The folder that holds this build's executables: the tests' own.
let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
/// The package's folder.
let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

struct Outcome {
    var status: Int32
    var output: Data
    var errors: String
    var text: String { String(decoding: output, as: UTF8.self) }
}

/// Runs a command to its end. One that hangs is killed, so that a run of all tests says which.
func run(
    _ command: String, _ arguments: [String] = [], in folder: URL? = nil, input: URL? = nil,
    environment: [String: String]? = nil
) throws -> Outcome {
    let process = Process()
    process.executableURL = command.hasPrefix("/") ? URL(fileURLWithPath: command) : products.appending(path: command)
    process.arguments = arguments
    if let environment { process.environment = environment }
    if let folder { process.currentDirectoryURL = folder }
    let scratch = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: scratch) }
    // Files, not pipes: neither side can block on the other.
    let files = ["out", "err"].map { scratch.appending(path: $0) }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    let (output, errors) = (try FileHandle(forWritingTo: files[0]), try FileHandle(forWritingTo: files[1]))
    defer { for handle in [output, errors] { try? handle.close() } }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
    try process.run()
    // A cancelled item lives until its time: it must not hold the process and its descriptors.
    let watchdog = DispatchWorkItem { [identifier = process.processIdentifier] in kill(identifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(900), execute: watchdog)
    process.waitUntilExit()
    watchdog.cancel()
    return Outcome(
        status: process.terminationStatus, output: try Data(contentsOf: files[0]),
        errors: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
}

/// Holds what the tests of this process write, and goes with it.
private let scratchFolder: URL = {
    atexit { try? FileManager.default.removeItem(at: scratchFolder) }
    return FileManager.default.temporaryDirectory.appending(path: "wasmc-tests-" + UUID().uuidString)
}()

func temporaryFolder() throws -> URL {
    let folder = scratchFolder.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}
