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
        mappings = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).utf8.count {
            $0 == UInt8(ascii: "\n")
        }
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        residentByteCount = (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
