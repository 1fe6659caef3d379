import LLVM
import Wasm

/// Tells LLVM which accesses cannot touch the same memory: linear memories, globals, table elements, the count of
/// fuel, the parts of objects and the rest of the runtime's structures are disjoint alias regions.
///
/// Of several memories, each that the module defines is a region of its own. Imported ones are one region together,
/// since a memory may be imported twice; and what accesses one of two memories is in the region of them all.
struct Aliasing {
    enum Region {
        case linearMemory(Int), linearMemories(Int, Int), global, tableElement, fuel, runtime, object, arrayLength
        /// Of an object.
        case header
    }

    /// Some pass wants to know.
    private let isUsed: Bool

    private let tbaa: MetadataKind
    private let invariantLoad: MetadataKind
    private let global, tableElement, fuel, runtime, object, arrayLength, header, empty: Value
    /// By memory.
    private let linearMemories: [Value]
    private let allMemories: Value

    init(_ context: Context, _ types: Types, _ module: Wasm.Module, isUsed: Bool) {
        self.isUsed = isUsed
        tbaa = context.metadataKind("tbaa")
        invariantLoad = context.metadataKind("invariant.load")
        let zero = context.metadata(types.i64.zero)
        let root = context.metadata([context.metadata("wasmc")])
        func type(_ name: String, in parent: Metadata) -> Metadata {
            context.metadata([context.metadata(name), parent, zero])
        }
        func tag(_ type: Metadata) -> Value { context.value(context.metadata([type, type, zero])) }
        global = tag(type("global", in: root))
        tableElement = tag(type("table element", in: root))
        fuel = tag(type("fuel", in: root))
        runtime = tag(type("runtime", in: root))
        let heap = type("heap", in: root)
        object = tag(type("object", in: heap))
        arrayLength = tag(type("array length", in: heap))
        header = tag(type("header", in: heap))
        empty = context.value(context.metadata([]))
        let linearMemory = type("linear memory", in: root)
        allMemories = tag(linearMemory)
        if module.memories.count > 1 {
            let imported = tag(type("imported memory", in: linearMemory))
            linearMemories = module.memories.indices.map { index in
                index < module.importedMemoryCount ? imported : tag(type("memory \(index)", in: linearMemory))
            }
        } else {
            linearMemories = [allMemories]
        }
    }

    func mark(_ access: Value, _ region: Region) {
        guard isUsed else { return }
        let tag =
            switch region {
            case .linearMemory(let index): linearMemories[index]
            case .linearMemories(let a, let b): a == b ? linearMemories[a] : allMemories
            case .global: global
            case .tableElement: tableElement
            case .fuel: fuel
            case .runtime: runtime
            case .object: object
            case .arrayLength: arrayLength
            case .header: header
            }
        access.setMetadata(tbaa, tag)
    }

    /// The loaded memory does not change while generated code can see it.
    func markConstant(_ load: Value) {
        if isUsed { load.setMetadata(invariantLoad, empty) }
    }
}
