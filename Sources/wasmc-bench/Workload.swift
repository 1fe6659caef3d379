import Foundation

/// Something to build and to measure.
struct Workload {
    enum Kind {
        /// Calls its kernel until its time is used up and writes, for each call, nanoseconds and a checksum.
        case kernel
        /// A program that does nothing.
        case startUp
        /// A module for calls both ways, run by a driver of each engine.
        case calls
    }

    var name: String
    /// What it does, in a line.
    var summary: String
    var kind = Kind.kernel
    /// The C files.
    var sources: [String]
    var flags: [String] = []

    /// The sources in a folder, one workload each, by name; then what is measured apart from kernels.
    static func all(in folder: String) throws -> [Workload] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Failure(
                "\(folder): no such folder; run from the package's folder, or name the workloads' with --workloads")
        }
        let kernels = try files.filter { $0.hasSuffix(".c") }.sorted().map { try Workload(.kernel, "\(folder)/\($0)") }
        return try kernels + [
            Workload(.startUp, "\(folder)/drivers/start-up.c"), Workload(.calls, "\(folder)/drivers/calls.c"),
        ]
    }

    /// Takes the name from the file's name, and the summary from its first line.
    private init(_ kind: Kind, _ path: String) throws {
        name = URL(filePath: path).deletingPathExtension().lastPathComponent
        let comment = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
        summary = String(comment.drop { $0 == "/" || $0 == " " })
        self.kind = kind
        sources = [path]
    }
}
