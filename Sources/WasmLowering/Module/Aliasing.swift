import LLVM

/// Tells LLVM which accesses cannot touch the same memory: linear memory, globals, table elements, the count of
/// points and the rest of the runtime's structures are five disjoint worlds.
struct Aliasing {
    enum World { case linearMemory, global, tableElement, points, runtime }

    /// Some pass wants to know.
    private let isUsed: Bool

    private let tbaa: MetadataKind
    private let invariantLoad: MetadataKind
    private let linearMemory, global, tableElement, points, runtime, empty: Value

    init(_ context: Context, _ types: Types, isUsed: Bool) {
        self.isUsed = isUsed
        tbaa = context.metadataKind("tbaa")
        invariantLoad = context.metadataKind("invariant.load")
        let zero = context.metadata(types.i64.zero)
        let root = context.metadata([context.metadata("wasmc")])
        func tag(_ name: String) -> Value {
            let type = context.metadata([context.metadata(name), root, zero])
            return context.value(context.metadata([type, type, zero]))
        }
        linearMemory = tag("linear memory")
        global = tag("global")
        tableElement = tag("table element")
        points = tag("points")
        runtime = tag("runtime")
        empty = context.value(context.metadata([]))
    }

    func mark(_ access: Value, _ world: World) {
        guard isUsed else { return }
        let tag =
            switch world {
            case .linearMemory: linearMemory
            case .global: global
            case .tableElement: tableElement
            case .points: points
            case .runtime: runtime
            }
        access.setMetadata(tbaa, tag)
    }

    /// The loaded memory does not change while generated code can see it.
    func markConstant(_ load: Value) {
        if isUsed { load.setMetadata(invariantLoad, empty) }
    }
}
