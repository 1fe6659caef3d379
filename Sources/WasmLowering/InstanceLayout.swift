internal import CRuntime
public import Wasm

/// Where an instance keeps its slots and function records; the C header gives the shape, the module the counts.
public struct InstanceLayout: Sendable {
    /// The functions that have a record: the imported ones, then the others that are referenced.
    public let recordFunctionIndices: [Int]
    private let recordByFunction: [Int: Int]
    private let tableSlot: Int
    private let globalSlot: Int
    private let slotCount: Int

    public init(_ module: Module) {
        recordFunctionIndices = module.functions.indices.filter {
            $0 < module.importedFunctionCount || module.functions[$0].isReferenced
        }
        recordByFunction = Dictionary(
            uniqueKeysWithValues: recordFunctionIndices.enumerated().map { ($0.element, $0.offset) })
        tableSlot = module.memories.count
        globalSlot = tableSlot + module.tables.count
        slotCount = globalSlot + module.globals.count
    }

    /// The fixed part of an instance, up to its slots. (Swift does not import the flexible array itself.)
    private static let headerByteCount = MemoryLayout<wasmc_instance>.size
    private static let slotByteCount = MemoryLayout<UnsafeRawPointer>.stride

    public func memoryOffset(_ index: Int) -> Int { Self.headerByteCount + index * Self.slotByteCount }
    public func tableOffset(_ index: Int) -> Int { Self.headerByteCount + (tableSlot + index) * Self.slotByteCount }
    public func globalOffset(_ index: Int) -> Int { Self.headerByteCount + (globalSlot + index) * Self.slotByteCount }

    /// The byte offset of a function's record; `nil` for a function without one.
    public func recordOffset(function index: Int) -> Int? {
        recordByFunction[index].map {
            Self.headerByteCount + slotCount * Self.slotByteCount + $0 * MemoryLayout<wasmc_function>.stride
        }
    }

    /// The least size of an instance, in bytes.
    var byteCount: Int {
        Self.headerByteCount + slotCount * Self.slotByteCount
            + recordFunctionIndices.count * MemoryLayout<wasmc_function>.stride
    }
}
