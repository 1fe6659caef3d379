/// Implementation limits, as browsers set them. Specification appendix: "Implementation Limitations".
public enum Limit {
    public static let types = 1_000_000
    public static let functions = 1_000_000
    public static let globals = 1_000_000
    public static let imports = 1_000_000
    public static let exports = 1_000_000
    public static let segments = 100_000
    public static let nameBytes = 100_000
    public static let bodyBytes = 7_654_321
    public static let locals = 50_000
    public static let parameters = 1_000
    public static let results = 1_000
    public static let branchTargets = 65_520
    public static let tables = 100
    /// Of an element segment; the runtime holds tables to the same.
    public static let tableElements: UInt64 = 10_000_000
    public static let memories = 100
    public static let memoryPages: UInt64 = 65_536
}
