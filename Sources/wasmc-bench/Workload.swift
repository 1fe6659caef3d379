import Foundation

/// Something to build and to measure.
struct Workload {
    enum Kind: Equatable {
        /// Calls its kernel until its time is used up and writes, for each call, nanoseconds and a checksum.
        case kernel
        /// The same with a real program's sources.
        case program
        /// A program that does nothing.
        case startUp
        /// A program that does next to nothing, compiled before.
        case precompiledStartUp(Precompiled)
        /// A module for calls both ways, run by a driver of each engine.
        case calls
        /// The sources in one large module, to be validated only.
        case validation
        /// A large module and one with much data, to be loaded and instantiated only.
        case loading
        /// A module without a system interface, whose kernel a driver calls until the time is used up.
        case bare(Version3.Module)
        /// A program of somebody else's, which is a module already.
        case start(ColdStarts.Start)

        /// Whether the driver calls `bench_run`.
        var isCalled: Bool { self == .kernel || self == .program }

        /// What a process is told about how long to go on.
        func arguments(milliseconds: Int) -> [String] {
            switch self {
            case .kernel, .program, .bare: ["\(milliseconds)", "3"]
            case .validation: ["\(milliseconds)"]
            case .startUp, .precompiledStartUp, .calls, .loading, .start: []
            }
        }
    }

    /// Where compiled code waits.
    enum Precompiled: String, CaseIterable {
        case file, cache, executable
    }

    var name: String
    /// What it does, in a line.
    var summary: String
    var kind = Kind.kernel
    /// The C files, or one with the fields of a module in WebAssembly's text format.
    var sources: [String]
    var flags: [String] = []
    /// There is C or C++ to build natively, too.
    var isInC: Bool { sources.contains { $0.hasSuffix(".c") || $0.hasSuffix(".cpp") } }
    /// A program's module, what it is told, and what it sees of the machine.
    var module = ""
    var arguments: [String] = []
    var folders: [(host: String, guest: String)] = []

    /// Folders of sources that are no kernels.
    private static let otherFolders: Set = ["drivers", "programs", "version3"]

    /// The sources in a folder's folders, one workload each, by name; then what is measured apart from kernels.
    static func all(in folder: String) throws -> [Workload] {
        guard let kinds = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Failure(
                "\(folder): no such folder; run from the package's folder, or name the workloads' with --workloads")
        }
        let kernels = try kinds.filter { !otherFolders.contains($0) }.flatMap { kind in
            (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind)"))?.map { "\(kind)/\($0)" } ?? []
        }.filter { $0.hasSuffix(".c") || $0.hasSuffix(".wat") }.map { try Workload(.kernel, "\(folder)/\($0)") }.sorted
        { $0.name < $1.name }
        var precompiled = try Workload(.precompiledStartUp(.file), "\(folder)/drivers/start-up.c")
        precompiled.name += "-precompiled"
        let hellos = try Precompiled.allCases.map { place in
            var hello = try Workload(.precompiledStartUp(place), "\(folder)/drivers/hello.c")
            hello.name += "-from-\(place)"
            return hello
        }
        let validation = Workload(
            name: "validation", summary: "All kernels in one module, decoded and validated on one thread.",
            kind: .validation, sources: kernels.filter(\.isInC).flatMap(\.sources))
        let loading = Workload(
            name: "loading",
            summary: "An artifact of more than 5 MB, mapped; a module with 10 MB of data, instantiated.",
            kind: .loading, sources: validation.sources)
        return try kernels + [
            Workload(.startUp, "\(folder)/drivers/start-up.c"), precompiled,
            Workload(.calls, "\(folder)/drivers/calls.c"), validation, loading,
        ] + hellos
    }

    init(name: String, summary: String, kind: Kind, sources: [String]) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.sources = sources
    }

    /// Takes the name from the file's name, and the summary from its first line.
    init(_ kind: Kind, _ path: String) throws {
        name = URL(filePath: path).deletingPathExtension().lastPathComponent
        summary = try Self.comments(path).first ?? ""
        self.kind = kind
        sources = [path]
    }

    /// The lines of the comment with which a file begins.
    static func comments(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("//") || $0.hasPrefix(";;") }.map { String($0.dropFirst(3)) }
    }
}
