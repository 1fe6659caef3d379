internal import CRuntime
internal import LLVM
internal import Wasm

/// One LLVM module that holds some of a Wasm module's functions, and what their lowering shares: types, field offsets,
/// metadata.
final class ModuleLowering {
    let wasm: Wasm.Module
    let layout: InstanceLayout
    let options: CompilationOptions
    let ir: IRModule
    let build: IRBuilder

    let i1, i8, i16, i32, i64, f32, f64, v128, pointer, void: IRType
    private let tbaaKind, invariantKind, dereferenceableKind: UInt32
    private let tbaaTags: [AliasClass: IRValue]

    /// What an access can touch; accesses of different classes never overlap.
    enum AliasClass: CaseIterable { case linearMemory, runtime, global, table }

    init(_ wasm: Wasm.Module, layout: InstanceLayout, options: CompilationOptions, name: String, keepsNames: Bool) {
        self.wasm = wasm
        self.layout = layout
        self.options = options
        ir = IRModule(name: name, discardsValueNames: !keepsNames)
        build = IRBuilder(ir)
        i1 = ir.integer(bitCount: 1)
        i8 = ir.integer(bitCount: 8)
        i16 = ir.integer(bitCount: 16)
        i32 = ir.integer(bitCount: 32)
        i64 = ir.integer(bitCount: 64)
        f32 = ir.float
        f64 = ir.double
        v128 = ir.vector(of: i8, count: 16)
        pointer = ir.pointer
        void = ir.void
        tbaaKind = ir.metadataKind("tbaa")
        invariantKind = ir.metadataKind("invariant.load")
        dereferenceableKind = ir.metadataKind("dereferenceable")
        let root = ir.metadata([ir.metadata("wasmc")])
        var tags: [AliasClass: IRValue] = [:]
        for (name, aliasClass) in zip(["linear memory", "runtime", "global", "table"], AliasClass.allCases) {
            let type = ir.metadata([ir.metadata(name), root, i64.constant(0)])
            tags[aliasClass] = ir.metadata([type, type, i64.constant(0)])
        }
        tbaaTags = tags
    }

    // MARK: Types

    func type(_ type: ValueType) -> IRType {
        switch type.representation {
        case .i32: i32
        case .i64, .reference: i64
        case .f32: f32
        case .f64: f64
        case .v128: v128
        }
    }

    func resultType(_ results: [ValueType]) -> IRType {
        switch results.count {
        case 0: void
        case 1: type(results[0])
        default: ir.structure(results.map(type))
        }
    }

    /// The generated function of a function type: the context comes first.
    func functionType(_ function: FunctionType) -> IRType {
        ir.function([pointer] + function.parameters.map(type), returning: resultType(function.results))
    }

    // MARK: Functions

    func function(_ index: Int) -> IRValue {
        let name = "wasm_function_\(index)"
        return ir.function(named: name) ?? declare(name, functionType(wasm.type(ofFunction: index)))
    }

    /// Guest code promises nothing to LLVM: it may loop forever and it never throws.
    func declare(_ name: String, _ type: IRType, isGuest: Bool = true) -> IRValue {
        let function = ir.addFunction(name, type)
        ir.addAttribute("nounwind", to: function)
        ir.addStringAttribute("probe-stack", "inline-asm", to: function)
        if isGuest {
            ir.addAttribute("noundef", to: function, parameter: 0)
            ir.addAttribute("nonnull", to: function, parameter: 0)
            ir.addAttribute("dereferenceable", value: UInt64(layout.byteCount), to: function, parameter: 0)
        }
        return function
    }

    // MARK: Memory accesses

    func mark(_ access: IRValue, _ aliasClass: AliasClass) {
        if let tag = tbaaTags[aliasClass] { access.setMetadata(kind: tbaaKind, tag) }
    }

    /// A field of a runtime structure that may change.
    func field(_ type: IRType, of structure: IRValue, offset: Int) -> IRValue {
        let load = build.load(type, build.offset(structure, byteCount: offset))
        mark(load, .runtime)
        return load
    }

    /// A pointer in a runtime structure that never changes; it points at `byteCount` readable bytes.
    func constantPointer(of structure: IRValue, offset: Int, byteCount: Int) -> IRValue {
        let load = field(pointer, of: structure, offset: offset)
        load.setMetadata(kind: invariantKind, ir.metadata([]))
        load.setMetadata(kind: dereferenceableKind, ir.metadata([i64.constant(UInt64(byteCount))]))
        return load
    }

    /// A float constant that LLVM cannot see: it would fold `x * 1` to `x`, and return a signalling NaN unquieted.
    func hidden(_ constant: IRValue) -> IRValue {
        let type = constant.type
        let name = type == f32 ? "f32" : "f64"
        for (suffix, value) in [("one", 1.0), ("minus_one", -1.0), ("zero", 0.0), ("minus_zero", -0.0)]
        where constant == type.floatConstant(value) {
            let symbol = "wasm_\(name)_\(suffix)"
            let load = build.load(type, ir.constant(named: symbol) ?? ir.addConstant(symbol, type, initializer: nil))
            load.setMetadata(kind: invariantKind, ir.metadata([]))
            return load
        }
        return constant
    }

    /// Defines the constants that ``hidden(_:)`` refers to.
    func defineHiddenConstants() {
        for (name, type) in [("f32", f32), ("f64", f64)] {
            for (suffix, value) in [("one", 1.0), ("minus_one", -1.0), ("zero", 0.0), ("minus_zero", -0.0)] {
                _ = ir.addConstant("wasm_\(name)_\(suffix)", type, initializer: type.floatConstant(value))
            }
        }
    }
}

/// The byte offset of a stored field of a C structure.
func offset<Root, Field>(_ path: KeyPath<Root, Field>) -> Int {
    // The structures are imported from C, whose fields are all stored.
    MemoryLayout<Root>.offset(of: path) ?? 0
}
