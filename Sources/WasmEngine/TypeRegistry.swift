internal import CRuntime
internal import Synchronization
internal import Wasm

/// Function types by their canonical number, which the C runtime gives out.
enum TypeRegistry {
    private static let types = Mutex<[UInt32: FunctionType]>([:])

    static func number(of type: FunctionType) -> UInt32 {
        let number = wasmc_type_id(
            type.parameters.map(\.code), type.parameters.count, type.results.map(\.code), type.results.count)
        types.withLock { $0[number] = type }
        return number
    }

    static func type(_ number: UInt32) -> FunctionType {
        types.withLock { $0[number] } ?? FunctionType(parameters: [], results: [])
    }
}
