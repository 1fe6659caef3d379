import Wasm

/// Words of the text format that came after WebAssembly 2.0: a text that uses one gets the feature's name.
extension Feature {
    static func named(by word: String) -> Feature? {
        if let feature = byWord[word] { return feature }
        let prefix = word.prefix { $0 != "." }
        guard prefix.count < word.count else { return nil }
        return ["struct", "array", "i31", "any", "extern"].contains(prefix) ? .gc : nil
    }

    private static let byWord: [String: Feature] = {
        let words: [Feature: [String]] = [
            .gc: [
                "ref.test", "ref.cast", "ref.eq", "ref.i31", "br_on_cast", "br_on_cast_fail", "ref.struct", "ref.array",
            ],
        ]
        return Dictionary(
            words.flatMap { feature, words in words.map { ($0, feature) } }, uniquingKeysWith: { first, _ in first })
    }()
}
