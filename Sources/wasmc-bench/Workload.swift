import Foundation

/// A program that calls its kernel until its time is used up and writes, for each call, nanoseconds and a checksum.
struct Workload {
    var name: String
    /// What it does, in a line.
    var summary: String
    /// The C files.
    var sources: [String]
    var flags: [String] = []

    /// The sources in a folder, one workload each, by name.
    static func all(in folder: String) throws -> [Workload] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Failure(
                "\(folder): no such folder; run from the package's folder, or name the workloads' with --workloads")
        }
        return try files.filter { $0.hasSuffix(".c") }.sorted().map { file in
            let path = "\(folder)/\(file)"
            let comment = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
            return Workload(
                name: String(file.dropLast(2)), summary: String(comment.drop { $0 == "/" || $0 == " " }),
                sources: [path])
        }
    }
}
