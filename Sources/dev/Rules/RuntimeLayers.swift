import Foundation

/// The layers of the C runtime, as the linker sees them: a file uses what its own layer and lower ones define, no two
/// files need each other, and every symbol that a program's linker sees begins with `wasmc_`.
struct RuntimeLayers {
    /// The folders of the runtime, lowest first.
    static let order = ["support", "platform", "heap", "artifact", "store", "execution", "module", "wasi", "program"]
    static let prefix = "wasmc_"

    /// The folder that has a folder for each layer.
    let sources: URL
    /// Where each file of `sources` lies compiled, under its name with ".o" after it.
    let objects: URL

    /// A sentence for each offence, in the order of the files.
    func complaints() throws -> [String] {
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).sorted()
        let compiled = files.filter { $0.hasSuffix(".c") || $0.hasSuffix(".S") }
        let headers = files.filter { $0.hasSuffix(".h") && !$0.hasPrefix("include/") }
        let misplaced = (compiled + headers).filter { Self.rank($0) == nil }
        let stale = compiled.filter { !isCurrent($0) }
        var complaints = misplaced.map {
            "\($0) is in no layer: its folder is one of \(Self.order.joined(separator: ", "))"
        }
        complaints += stale.map { "\($0) has been changed since it was compiled: run 'swift build' first" }
        let namesakes = Dictionary(grouping: compiled) { $0.split(separator: "/").last }.values.filter { $0.count > 1 }
        complaints += namesakes.map {
            "\($0.joined(separator: " and ")) have one name, by which an archive's members are replaced: rename one"
        }
        // What is said of other files would not be true.
        guard complaints.isEmpty else { return complaints }
        for file in compiled + headers { complaints += try includedFromAbove(file) }
        let symbols = try Symbols(of: compiled, in: objects)
        for file in compiled {
            for name in symbols.defined[file, default: []].sorted() where !name.hasPrefix(Self.prefix) {
                complaints.append(
                    "\(file) defines \(name), which a program may define, too: begin it with \(Self.prefix)")
            }
            for (name, owner) in symbols.uses(of: file) where Self.isHigher(owner, than: file) {
                complaints.append("\(file) uses \(name) of \(owner), a higher layer")
            }
        }
        if let circle = symbols.circle() {
            complaints.append("these files use one another in a circle: \(circle.joined(separator: " -> "))")
        }
        return complaints
    }

    private static func rank(_ file: String) -> Int? {
        order.firstIndex { file.hasPrefix($0 + "/") }
    }

    private static func isHigher(_ other: String, than file: String) -> Bool {
        guard let rank = rank(file), let otherRank = Self.rank(other) else { return true }
        return otherRank > rank
    }

    private func isCurrent(_ file: String) -> Bool {
        func date(_ url: URL) -> Date? {
            try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
        }
        guard let source = date(sources.appending(path: file)), let object = date(objects.appending(path: file + ".o"))
        else { return false }
        return object >= source
    }

    /// Headers carry types and inlined functions, which the linker does not see.
    private func includedFromAbove(_ file: String) throws -> [String] {
        let folder = sources.appending(path: file).deletingLastPathComponent()
        let root = sources.standardizedFileURL.path + "/"
        return try String(contentsOf: sources.appending(path: file), encoding: .utf8).split(separator: "\n").compactMap
        { line in
            guard line.hasPrefix("#include \"../"), let name = line.split(separator: "\"").dropFirst().first else {
                return nil
            }
            let included = folder.appending(path: String(name)).standardizedFileURL.path.replacing(root, with: "")
            return Self.isHigher(included, than: file) ? "\(file) includes \(included), of a higher layer" : nil
        }
    }
}

/// What compiled files define for one another and use of one another.
private struct Symbols {
    /// By file, the global symbols.
    var defined: [String: Set<String>] = [:]
    private var used: [String: Set<String>] = [:]
    private var owners: [String: String] = [:]

    /// - Throws: ``MissingSymbols`` when `nm` cannot read them.
    init(of files: [String], in folder: URL) throws {
        for line in try Self.list(files.map { folder.appending(path: $0 + ".o").path }) {
            // PATH: NAME TYPE VALUE SIZE
            guard let end = line.range(of: ".o: ", options: .backwards) else { continue }
            let fields = line[end.upperBound...].split(separator: " ")
            guard fields.count >= 2 else { continue }
            let file = String(line[..<end.lowerBound].dropFirst(folder.path.count + 1)), name = String(fields[0])
            if "Uwv".contains(fields[1]) {
                used[file, default: []].insert(name)
            } else {
                defined[file, default: []].insert(name)
                owners[name] = file
            }
        }
        guard files.allSatisfy({ defined[$0] != nil || used[$0] != nil || $0.hasSuffix(".S") }) else {
            throw MissingSymbols()
        }
    }

    private static func list(_ objects: [String]) throws -> [Substring] {
        let output = FileManager.default.temporaryDirectory.appending(path: "wasmc-symbols-" + UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let file = try FileHandle(forWritingTo: output)
        guard try execute(["nm", "-A", "-P", "-g"] + objects, output: file).terminationStatus == 0 else {
            throw MissingSymbols()
        }
        return try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
    }

    /// What a file uses of others, with the file that defines it.
    func uses(of file: String) -> [(name: String, owner: String)] {
        used[file, default: []].sorted().compactMap { name in owners[name].map { (name, $0) } }.filter {
            $0.owner != file
        }
    }

    /// Files that use one another in a circle, the first one again at the end; nil if there are none.
    func circle() -> [String]? {
        var done: Set<String> = []
        func search(_ file: String, _ path: [String]) -> [String]? {
            if let start = path.firstIndex(of: file) { return path[start...] + [file] }
            guard !done.contains(file) else { return nil }
            for next in Set(uses(of: file).map(\.owner)).sorted() {
                if let circle = search(next, path + [file]) { return circle }
            }
            done.insert(file)
            return nil
        }
        for file in used.keys.sorted() {
            if let circle = search(file, []) { return circle }
        }
        return nil
    }
}

private struct MissingSymbols: Error, CustomStringConvertible {
    let description =
        "the symbols of the runtime's compiled files cannot be read: is nm (binutils) installed, and the package built?"
}
