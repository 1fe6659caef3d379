import LLVM

extension GoldenFile {
    /// A layout of instances and structures in round numbers, for the pass that looks where code reads and writes.
    ///
    /// An instance has the pointer to its memory's structure at 64, the memory's base at 72, the pointer to its table's
    /// structure at 80, that to the runtime's functions at 16, the first of which ends the call, that to the store at
    /// 0, and that to the descriptors at 88. The store has the heap's base at 48
    /// and the pointer to functions by their numbers at 56.
    private static func containment(isGuarded: Bool) -> Containment {
        Containment(
            reservation: isGuarded ? (before: 1 << 32, behind: 2 << 32) : nil,
            memories: [.init(memory: 64, base: 72, minimumByteCount: 65_536, isReserved: isGuarded)], tables: [80],
            heap: .init(store: 0, base: 48, before: 1 << 31, behind: (9 << 32) + (1 << 20)),
            descriptors: .init(pointer: 88, end: 1 << 28, byteCount: (1 << 28) + (1 << 18)),
            functions: .init(pointer: 56, byteCount: 1 << 27),
            builtins: 16, trap: 0, outcome: 15, memoryBase: 0, memoryByteCount: 8, tableElements: 0, tableCount: 8)
    }

    /// The functions of the input after the passes that the setting `passes` names.
    func transformedIR() throws -> String {
        guard let passes = setting("passes") else {
            throw GoldenFileError(description: "\(url.path) does not say '; passes: ...' at its start")
        }
        return try Self.transform(input, passes: passes, isGuarded: setting("memory") != "checked")
    }

    /// The functions of IR in LLVM's text form, after passes in LLVM's textual form.
    ///
    /// - Parameter isGuarded: for containment, memories have guard pages.
    /// - Throws: `LLVMError` for what is no IR or no pass.
    public static func transform(_ text: String, passes: String, isGuarded: Bool = true) throws -> String {
        let machine = try TargetMachine(
            triple: target.triple, cpu: target.cpu, features: target.features, level: .standard)
        let module = try LLVM.Module(text: text, in: Context(keepsNames: true))
        module.setTarget(machine)
        let refused = try module.run(passes, machine, containment: containment(isGuarded: isGuarded))
        try module.verify()
        return functions(of: module.text) + refused.map { "refused: \($0)\n" }.joined()
    }

    /// The definitions alone, of functions whose names begin like this. Of their metadata the lines that traps come
    /// from are left, and what loops say to LLVM.
    static func functions(of text: String, withPrefix prefix: String = "") -> String {
        let metadata = Metadata(text)
        let definitions = text.split(separator: "\n", omittingEmptySubsequences: false).split { $0 == "}" }
        let bodies = definitions.compactMap { lines -> String? in
            guard let start = lines.firstIndex(where: { $0.hasPrefix("define ") }),
                lines[start].contains("@" + prefix)
            else { return nil }
            return lines[start...].map(metadata.readable).joined(separator: "\n") + "\n}\n"
        }
        return bodies.joined(separator: "\n")
    }
}

/// The numbered nodes at the end of IR's text, of which a reader wants to know two things.
private struct Metadata {
    private var nodes: [Substring: Substring] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where line.hasPrefix("!") {
            guard let end = line.range(of: " = ") else { continue }
            nodes[line[..<end.lowerBound]] = line[end.upperBound...]
        }
    }

    /// An instruction without the numbers of metadata and attributes, and without LLVM's list of predecessors.
    func readable(_ line: Substring) -> String {
        let notes = line.matches(of: #/!(dbg|llvm\.loop) (![0-9]+)/#).flatMap { note($0.output.2) }
        let plain = line.replacing(#/,? ![a-z_.]+ ![0-9]+/#, with: "").replacing(#/ #[0-9]+/#, with: "")
            .replacing(#/ +; (preds = .*|No predecessors!)/#, with: "")
        return ([String(plain)] + notes.map { "; " + $0 }).joined(separator: "  ")
    }

    private func note(_ name: Substring) -> [String] {
        guard let node = nodes[name] else { return [] }
        if let location = node.firstMatch(of: #/DILocation\(line: ([0-9]+)/#) { return ["line \(location.output.1)"] }
        return node.matches(of: #/![0-9]+/#).compactMap { nodes[$0.output]?.firstMatch(of: #/"(llvm\.loop[^"]*)"/#) }
            .map { String($0.output.1) }
    }
}
