internal import CRuntime
public import Wasm

/// Where things stand in an instance: the header of `wasmc_layout.h`, then one slot for every memory, table and global,
/// then the function records. Offsets count bytes from the instance's start.
public struct InstanceLayout: Sendable {
    /// The functions that have a record, in its order: the imported ones, then the other referenced ones.
    public let recordFunctionIndices: [Int]
    public let byteCount: Int

    private let firstTable: Int
    private let firstGlobal: Int
    private let firstRecord: Int
    private let recordIndices: [Int: Int]

    public init(_ module: Wasm.Module) {
        let defined = module.functions.indices.dropFirst(module.importedFunctionCount)
        recordFunctionIndices =
            Array(0..<module.importedFunctionCount) + defined.filter { module.functions[$0].isReferenced }
        recordIndices = Dictionary(
            uniqueKeysWithValues: recordFunctionIndices.enumerated().map { ($0.element, $0.offset) })
        firstTable = Self.firstSlot + module.memories.count * Self.slotByteCount
        firstGlobal = firstTable + module.tables.count * Self.slotByteCount
        firstRecord = firstGlobal + module.globals.count * Self.slotByteCount
        byteCount = firstRecord + recordFunctionIndices.count * MemoryLayout<wasmc_function>.stride
    }

    // The flexible array of slots follows the header, whose fields are all pointer-sized.
    private static let firstSlot = MemoryLayout<wasmc_instance>.size
    private static let slotByteCount = MemoryLayout<UnsafeRawPointer>.stride

    public func memoryOffset(_ index: Int) -> Int { Self.firstSlot + index * Self.slotByteCount }
    public func tableOffset(_ index: Int) -> Int { firstTable + index * Self.slotByteCount }
    public func globalOffset(_ index: Int) -> Int { firstGlobal + index * Self.slotByteCount }

    /// The record of an exported function, or the slot of what else is exported.
    public func offset(of export: Wasm.Module.Export) -> Int {
        switch export.kind {
        case .function: recordOffset(function: export.index) ?? 0
        case .table: tableOffset(export.index)
        case .memory: memoryOffset(export.index)
        case .global: globalOffset(export.index)
        }
    }

    /// The record of a function; `nil` when nothing refers to the function but calls.
    public func recordOffset(function index: Int) -> Int? {
        recordIndices[index].map { firstRecord + $0 * MemoryLayout<wasmc_function>.stride }
    }
}
