internal import CRuntime
public import Wasm

/// Where things are in an instance, as `wasmc_layout.h` says: the header, one slot for every memory, table, global
/// and tag, the memories' bases, the function records, and the module's own globals. Offsets count bytes from the
/// instance's start.
public struct InstanceLayout: Sendable {
    /// The functions that have a record, in its order: the imported ones, then the other referenced ones.
    public let recordFunctionIndices: [Int]
    public let byteCount: Int

    private let firstTable: Int
    private let firstGlobal: Int
    private let firstTag: Int
    private let firstBase: Int
    private let firstCell: Int
    private let importedGlobalCount: Int
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
        firstTag = firstGlobal + module.globals.count * Self.slotByteCount
        firstBase = firstTag + module.tags.count * Self.slotByteCount
        firstRecord = firstBase + module.memories.count * Self.slotByteCount
        importedGlobalCount = module.importedGlobalCount
        let cellByteCount = MemoryLayout<wasmc_value>.stride
        let end = firstRecord + recordFunctionIndices.count * MemoryLayout<wasmc_function>.stride
        firstCell = (end + cellByteCount - 1) / cellByteCount * cellByteCount
        byteCount = firstCell + (module.globals.count - importedGlobalCount) * cellByteCount
    }

    // The flexible array of slots follows the header, whose fields are all pointer-sized.
    private static let firstSlot = MemoryLayout<wasmc_instance>.size
    private static let slotByteCount = MemoryLayout<UnsafeRawPointer>.stride

    public func memoryOffset(_ index: Int) -> Int { Self.firstSlot + index * Self.slotByteCount }
    public func tableOffset(_ index: Int) -> Int { firstTable + index * Self.slotByteCount }
    public func globalOffset(_ index: Int) -> Int { firstGlobal + index * Self.slotByteCount }
    public func tagOffset(_ index: Int) -> Int { firstTag + index * Self.slotByteCount }
    /// A guarded memory's base, which never changes.
    public func baseOffset(_ index: Int) -> Int { firstBase + index * Self.slotByteCount }

    /// The cell of one of the module's own globals; `nil` for an imported one, whose cell is the exporter's.
    public func cellOffset(global index: Int) -> Int? {
        index < importedGlobalCount ? nil : firstCell + (index - importedGlobalCount) * MemoryLayout<wasmc_value>.stride
    }

    /// The record of an exported function, or the slot of what else is exported. `nil` for a function without a record,
    /// which no exported one is.
    public func offset(of export: Wasm.Module.Export) -> Int? {
        switch export.kind {
        case .function: recordOffset(function: export.index)
        case .table: tableOffset(export.index)
        case .memory: memoryOffset(export.index)
        case .global: globalOffset(export.index)
        case .tag: tagOffset(export.index)
        }
    }

    /// The record of a function; `nil` when nothing refers to the function but calls.
    public func recordOffset(function index: Int) -> Int? {
        recordIndices[index].map { firstRecord + $0 * MemoryLayout<wasmc_function>.stride }
    }

    /// Which of the instance's records is the function's; `nil` when it has none.
    public func recordIndex(function index: Int) -> Int? { recordIndices[index] }
}
