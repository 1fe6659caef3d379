import Foundation

/// What the process holds of the system's: descriptors, mappings and resident memory.
struct Footprint {
    let descriptors: Int
    let mappings: Int
    let residentBytes: Int

    init() throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        mappings = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n").count
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        residentBytes = (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
