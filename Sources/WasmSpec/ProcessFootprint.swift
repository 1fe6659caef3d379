import Foundation

/// What the process holds of the system's: descriptors, mappings and resident memory.
public struct ProcessFootprint: Sendable {
    public let descriptors: Int
    public let mappings: Int
    public let residentByteCount: Int

    /// What it holds now.
    ///
    /// - Throws: what reading `/proc` throws.
    public init() throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        mappings = Self.lineCount(ofFile: "/proc/self/maps")
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        residentByteCount = (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Foundation takes such a file for empty and reads one page of it.
    private static func lineCount(ofFile path: String) -> Int {
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var lineCount = 0
        var part = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(file, &part, part.count), count > 0 {
            lineCount += part[..<count].count { $0 == UInt8(ascii: "\n") }
        }
        return lineCount
    }
}
