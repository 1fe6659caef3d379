import Foundation

/// A process that was run to its end.
struct Command {
    var status: Int32
    var output: String
    var errors: String

    /// Runs a command that is found by `PATH`, without input.
    init(_ arguments: [String]) throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "wasmc-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Files, not pipes: neither side can block on the other.
        let files = ["out", "err"].map { scratch.appending(path: $0) }
        for file in files {
            _ = FileManager.default.createFile(atPath: file.path(percentEncoded: false), contents: nil)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        output = String(decoding: try Data(contentsOf: files[0]), as: UTF8.self)
        errors = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
    }

    /// The first line that a command prints, `nil` when it cannot be run.
    static func firstLine(_ arguments: [String]) -> String? {
        guard let command = try? Command(arguments), command.status == 0 else { return nil }
        return command.output.split(separator: "\n").first.map(String.init)
    }
}
