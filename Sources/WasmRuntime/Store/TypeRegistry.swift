internal import CRuntime
internal import Wasm

/// Function types by their canonical number, which the C runtime gives out.
enum TypeRegistry {
    static func type(_ number: UInt32) -> FunctionType {
        var codes: UnsafePointer<UInt8>?
        var parameterCount = 0
        var resultCount = 0
        wasmc_type_describe(number, &codes, &parameterCount, &resultCount)
        let types = UnsafeBufferPointer(start: codes, count: codes == nil ? 0 : parameterCount + resultCount)
            .map(ValueType.init(storedCode:))
        return FunctionType(
            parameters: Array(types.prefix(parameterCount)), results: Array(types.dropFirst(parameterCount)))
    }
}
