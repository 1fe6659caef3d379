import Foundation

/// Real programs: a kernel of ours in a C file, whose comment names the source package, its files and the flags.
struct Programs {
    /// Where the kernels are.
    let folder: String
    /// Where `.ci/fetch-source` puts source packages.
    let packages: String

    private struct Kernel {
        var path: String
        var package: String
        var files: [String]
        var flags: [String]
    }

    /// As far as their comments tell: without the package's sources.
    func all() throws -> [Workload] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".c") }.sorted()
        return try names.map { try Workload(.program, "\(folder)/\($0)") }
    }

    /// The same with all their sources. Fetches the source packages that are not there yet.
    func fetched(_ workloads: [Workload]) throws -> [Workload] {
        guard !workloads.isEmpty else { return [] }
        let kernels = try workloads.map { try kernel($0.sources[0]) }
        let fetch = try Command([".ci/fetch-source", packages] + Set(kernels.map(\.package)).sorted())
        guard fetch.status == 0 else { throw Failure("the programs' sources could not be fetched:\n\(fetch.errors)") }
        return try kernels.map(workload)
    }

    private func kernel(_ path: String) throws -> Kernel {
        let fields = try Workload.comments(path).reduce(into: [String: [String]]()) { fields, line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1].split(separator: " ").map(String.init) }
        }
        guard let package = fields["package"]?.first, let files = fields["files"] else {
            throw Failure("\(path): the comment names no package and files")
        }
        return Kernel(path: path, package: package, files: files, flags: fields["flags"] ?? [])
    }

    private func workload(_ kernel: Kernel) throws -> Workload {
        let root = "\(packages)/src/\(kernel.package)"
        var workload = try Workload(.program, kernel.path)
        workload.sources += try kernel.files.flatMap { try files($0, in: root) }
        // Folders are the package's; beside the kernel there may be headers that stand in for a library's.
        workload.flags = kernel.flags.map { $0.hasPrefix("-I") ? "-I\(root)/\($0.dropFirst(2))" : $0 }
        workload.flags += ["-I\(folder)/\(workload.name)-shim", "-I\(root)"]
        return workload
    }

    /// A file, or with `*` for its name all files of a folder that end the same.
    private func files(_ pattern: String, in root: String) throws -> [String] {
        guard let star = pattern.firstIndex(of: "*") else { return ["\(root)/\(pattern)"] }
        let (prefix, suffix) = (pattern[..<star], pattern[pattern.index(after: star)...])
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(prefix)").filter {
            $0.hasSuffix(suffix)
        }
        return names.sorted().map { "\(root)/\(prefix)\($0)" }
    }
}
