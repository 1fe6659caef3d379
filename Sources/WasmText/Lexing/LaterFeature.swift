/// Words of the text format that came after WebAssembly 2.0, by feature: a text that uses one gets the feature's name.
enum LaterFeature {
    static func named(by word: String) -> String? {
        if let feature = byWord[word] { return feature }
        if word.contains(".atomic.") || word.hasPrefix("atomic.") { return threads }
        if word.contains(".relaxed_") { return "relaxed SIMD" }
        let prefix = word.prefix { $0 != "." }
        guard prefix.count < word.count else { return nil }
        return ["struct", "array", "i31", "any", "extern"].contains(prefix) ? garbageCollection : nil
    }

    static let garbageCollection = "garbage collection"
    static let typedReferences = "typed function references"
    static let tailCalls = "tail calls"
    static let exceptions = "exception handling"
    static let memory64 = "64-bit memories and tables"
    static let threads = "threads"

    private static let byWord: [String: String] = {
        let words = [
            garbageCollection: [
                "rec", "sub", "final", "struct", "array", "field", "i8", "i16", "any", "eq", "i31", "none", "nofunc",
                "noextern", "anyref", "eqref", "i31ref", "structref", "arrayref", "nullref", "nullfuncref",
                "nullexternref", "ref.test", "ref.cast", "ref.eq", "ref.i31", "br_on_cast", "br_on_cast_fail",
                "ref.struct", "ref.array",
            ],
            typedReferences: ["ref", "ref.as_non_null", "br_on_null", "br_on_non_null", "call_ref", "return_call_ref"],
            tailCalls: ["return_call", "return_call_indirect"],
            exceptions: [
                "tag", "try_table", "throw", "throw_ref", "catch", "catch_ref", "catch_all", "catch_all_ref", "exn",
                "exnref", "noexn", "nullexnref", "try", "rethrow", "delegate",
            ],
            threads: ["shared"],
            "custom page sizes": ["pagesize"],
            "wide arithmetic": ["i64.add128", "i64.sub128", "i64.mul_wide_s", "i64.mul_wide_u"],
        ]
        return Dictionary(
            words.flatMap { feature, words in words.map { ($0, feature) } }, uniquingKeysWith: { first, _ in first })
    }()
}
