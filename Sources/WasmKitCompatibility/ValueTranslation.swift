internal import WasmEngine

extension Value {
    init(_ value: WasmEngine.Value) {
        self =
            switch value {
            case .i32(let number): .i32(UInt32(bitPattern: number))
            case .i64(let number): .i64(UInt64(bitPattern: number))
            case .f32(let number): .f32(number.bitPattern)
            case .f64(let number): .f64(number.bitPattern)
            case .v128(let vector): .v128(vector)
            case .funcref(let reference): .ref(.function(reference))
            case .externref(let reference): .ref(.extern(reference))
            case .exnref(let reference): .ref(.exception(reference))
            case .anyref(let reference): .ref(.any(reference))
            }
    }

    var value: WasmEngine.Value {
        switch self {
        case .i32(let number): .i32(Int32(bitPattern: number))
        case .i64(let number): .i64(Int64(bitPattern: number))
        case .f32(let bits): .f32(Float(bitPattern: bits))
        case .f64(let bits): .f64(Double(bitPattern: bits))
        case .v128(let vector): .v128(vector)
        case .ref(.function(let reference)): .funcref(reference)
        case .ref(.extern(let reference)): .externref(reference)
        case .ref(.exception(let reference)): .exnref(reference)
        case .ref(.any(let reference)): .anyref(reference)
        }
    }
}
