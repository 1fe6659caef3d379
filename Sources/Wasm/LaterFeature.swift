/// What came after WebAssembly 2.0 and is refused by name: in the binary format by decoder and validator, in the text
/// format by its words.
public enum LaterFeature: String, Hashable, Sendable, CaseIterable {
    case customPageSizes = "custom page sizes"
    case exceptions = "exception handling"
    case garbageCollection = "garbage collection"
    case memory64 = "64-bit memories and tables"
    case relaxedSIMD = "relaxed SIMD"
    case severalMemories = "several memories"
    case tailCalls = "tail calls"
    case threads = "threads"
    case typedReferences = "typed function references"
    case wideArithmetic = "wide arithmetic"

    /// The one wording of all refusals. It fits names in the singular and in the plural.
    public func refusal(of what: String?) -> String {
        "\(rawValue): this feature is not supported" + (what.map { " (\($0))" } ?? "")
    }
}

extension ModuleError {
    /// - Parameter what: what in the module needs the feature.
    init(needs feature: LaterFeature, _ what: String? = nil, offset: Int) {
        self.init(.unsupported, feature.refusal(of: what), offset: offset)
    }
}
