import Wasm

/// Words of the text format that came after WebAssembly 2.0: a text that uses one gets the feature's name.
extension Feature {
    static func named(by word: String) -> Feature? {
        byWord[word]
    }

    private static let byWord: [String: Feature] = {
        let words: [Feature: [String]] = [
            .exceptions: [
                "tag", "try_table", "throw", "throw_ref", "catch", "catch_ref", "catch_all", "catch_all_ref", "exn",
                "exnref", "noexn", "nullexnref",
            ],
            .legacyExceptions: ["try", "rethrow", "delegate"],
            .customPageSizes: ["pagesize"],
        ]
        return Dictionary(
            words.flatMap { feature, words in words.map { ($0, feature) } }, uniquingKeysWith: { first, _ in first })
    }()
}
