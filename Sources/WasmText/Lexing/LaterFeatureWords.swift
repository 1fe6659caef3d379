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
                "rec", "sub", "final", "struct", "array", "field", "i8", "i16", "any", "eq", "i31", "none", "nofunc",
                "noextern", "anyref", "eqref", "i31ref", "structref", "arrayref", "nullref", "nullfuncref",
                "nullexternref", "ref.test", "ref.cast", "ref.eq", "ref.i31", "br_on_cast", "br_on_cast_fail",
                "ref.struct", "ref.array",
            ],
            .functionReferences: [
                "ref", "ref.as_non_null", "br_on_null", "br_on_non_null", "call_ref", "return_call_ref",
            ],
        ]
        return Dictionary(
            words.flatMap { feature, words in words.map { ($0, feature) } }, uniquingKeysWith: { first, _ in first })
    }()
}
