/// Implementation limits, as browsers set them. Specification appendix: "Implementation Limitations".
public enum Limit {
    /// Function types of a module.
    public static let types = 1_000_000
    /// Types above a type.
    public static let supertypes = 63
    /// Fields of a struct.
    public static let fields = 10_000
    /// Functions of a module, the imported ones included.
    public static let functions = 1_000_000
    /// Globals of a module, the imported ones included.
    public static let globals = 1_000_000
    /// Tags of a module, the imported ones included.
    public static let tags = 1_000_000
    /// Imports of a module.
    public static let imports = 1_000_000
    /// Exports of a module.
    public static let exports = 1_000_000
    /// Element segments, and data segments.
    public static let segments = 100_000
    /// Bytes of a name of an import or export.
    public static let nameBytes = 100_000
    /// Bytes of a function's body.
    public static let bodyBytes = 7_654_321
    /// Locals of a function, its parameters included.
    public static let locals = 50_000
    /// Parameters of a function type.
    public static let parameters = 1_000
    /// Results of a function type.
    public static let results = 1_000
    /// Operands of an `array.new_fixed`.
    public static let arrayOperands = 10_000
    /// Labels of a `br_table`, without the default.
    public static let branchTargets = 65_520
    /// Tables of a module, the imported ones included.
    public static let tables = 100
    /// Of an element segment; the runtime holds tables to the same.
    public static let tableElements: UInt64 = 10_000_000
    /// Memories of a module, the imported ones included.
    public static let memories = 100
    /// Pages of a memory, of 64 KiB each.
}
