/// What producers know of conditional branches. Specification: the custom section `metadata.code.branch_hint`.
enum BranchHints {
    static let sectionName = "metadata.code.branch_hint"

    /// Whether the branch at a byte offset of the module is likely to be taken, by function. A section that is
    /// malformed says nothing from there on: what is custom never makes a module invalid.
    static func read(_ module: Module, _ range: Range<Int>) -> [Int: [Int: Bool]] {
        var hints: [Int: [Int: Bool]] = [:]
        var reader = ByteReader(module.bytes, range)
        func function(_ index: UInt32) -> Range<Int>? {
            module.functions.indices.contains(Int(index)) ? module.functions[Int(index)].body : nil
        }
        guard let count = try? reader.u32() else { return [:] }
        for _ in 0..<count {
            guard let index = try? reader.u32(), let body = function(index), let hintCount = try? reader.u32() else {
                break
            }
            for _ in 0..<hintCount {
                guard let offset = try? reader.u32(), (try? reader.u32()) == 1, let value = try? reader.byte(),
                    value < 2
                else { return hints }
                hints[Int(index), default: [:]][body.lowerBound + Int(offset)] = value == 1
            }
        }
        return hints
    }
}
