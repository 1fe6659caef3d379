/// The symbols of the objects.
public enum SymbolName {
    private static let functionPrefix = "wasm_function_"
    private static let loopInfix = "_loop_"
    public static func function(_ index: Int) -> String { functionPrefix + "\(index)" }
    /// A function from the head of one of its loops on.
    public static func loop(_ number: Int, ofFunction index: Int) -> String {
        function(index) + loopInfix + "\(number)"
    }
    /// See ``CompilationUnit/lowerTailAdapter(ofFunction:)``.
    public static func tailAdapter(_ index: Int) -> String { "wasm_adapter_\(index)" }
    public static func entry(_ type: Int) -> String { "wasm_entry_\(type)" }
    public static func host(_ type: Int) -> String { "wasm_host_\(type)" }
    public static func trap(_ outcome: UInt32) -> String { "wasm_trap_\(outcome)" }
    public static func constantTable(_ index: Int) -> String { "wasm_table_\(index)" }
    public static func tailTable(_ index: Int) -> String { "wasm_tail_table_\(index)" }
    public static func importThunk(_ index: Int) -> String { "wasm_import_\(index)" }
    public static let initialize = "wasm_initialize"
    /// See ``CompilationUnit/mayGoOn``; the examination of machine code knows it.
    static let mayGoOn = "wasm_may_go_on"

    /// The index of the function that has this symbol, or whose loop has it; `nil` for another symbol.
    public static func functionIndex(_ symbol: String) -> Int? {
        guard symbol.hasPrefix(functionPrefix) else { return nil }
        return Int(symbol.dropFirst(functionPrefix.count).prefix { $0.isNumber })
    }
}
