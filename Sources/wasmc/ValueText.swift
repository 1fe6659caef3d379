import WasmEngine

/// Values as a person writes them on the command line.
extension Value {
    init(text: String, _ type: ValueType) throws {
        let value: Value? =
            switch type.representation {
            case .i32: Int32(text).map { .i32($0) } ?? UInt32(text).map { .i32(Int32(bitPattern: $0)) }
            case .i64: Int64(text).map { .i64($0) } ?? UInt64(text).map { .i64(Int64(bitPattern: $0)) }
            case .f32: Float(text).map { .f32($0) }
            case .f64: Double(text).map { .f64($0) }
            case .v128, .reference: nil
            }
        guard let value else { throw Failure("'\(text)' is not a value of type \(type)") }
        self = value
    }

    var text: String {
        switch self {
        case .i32(let value): "\(value)"
        case .i64(let value): "\(value)"
        case .f32(let value): "\(value)"
        case .f64(let value): "\(value)"
        case .v128(let low, let high): "v128 0x\(String(high, radix: 16)) 0x\(String(low, radix: 16))"
        case .funcref(let function): function == nil ? "null" : "function \(function?.type.description ?? "")"
        case .externref(let reference): reference.map { "extern \($0.number)" } ?? "null"
        }
    }
}
