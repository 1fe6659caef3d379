import Foundation

/// What the process holds of the system's: descriptors, mappings and resident memory.
struct Footprint {
    let descriptors: Int
    let mappings: Int
    let residentBytes: Int

    init() throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        mappings = Self.mappings().count
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        residentBytes = (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// A line of each. Foundation takes the file for empty and reads one page of it.
    static func mappings() -> [Substring] {
        let file = open("/proc/self/maps", O_RDONLY)
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(file, &part, part.count), count > 0 { bytes += part[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
