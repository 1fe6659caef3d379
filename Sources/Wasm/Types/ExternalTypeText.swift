extension ExternalType: CustomStringConvertible {
    /// In the order of the text format: `func [i32] -> []`, `memory 1 2`, `global mut i32`.
    public var description: String {
        switch self {
        case .function(let type): "func \(type)"
        case .table(let type): "table \(type.is64Bit ? "i64 " : "")\(type.elements) \(type.element)"
        case .memory(let type):
            "memory \(type.is64Bit ? "i64 " : "")\(type.pages)\(type.isShared ? " shared" : "")"
                + (type.hasBytePages ? " pagesize 1" : "")
        case .tag(let type): "tag \(type)"
        case .global(let type): "global \(type.isMutable ? "mut " : "")\(type.value)"
        }
    }
}

extension Limits: CustomStringConvertible {
    /// As in the text format: the minimum, and the maximum if there is one.
    public var description: String { maximum.map { "\(minimum) \($0)" } ?? "\(minimum)" }
}
