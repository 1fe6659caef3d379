import Wasm

/// The functions that a reference is probably to: those of the module itself, of just the reference's type, that
/// something but calls refers to. A call through a reference compares it with each and calls that directly: LLVM may
/// inline it, and nothing has to be loaded of its record. Other instances' functions and the host's are called by their
/// records.
struct KnownTargets {
    /// Types with more functions have none.
    private static let mostFunctions = 8

    /// By the number of a type; those with little code come first.
    private let functions: [UInt64: [Int]]

    init(_ module: Wasm.Module, _ types: TypeNumbers) {
        var functions: [UInt64: [Int]] = [:]
        for index in module.importedFunctionCount..<module.functions.count where module.functions[index].isReferenced {
            functions[types[module.functions[index].typeIndex], default: []].append(index)
        }
        func byteCount(_ index: Int) -> Int { module.functions[index].body?.count ?? 0 }
        self.functions = functions.filter { $0.value.count <= Self.mostFunctions }.mapValues { indices in
            indices.sorted { (byteCount($0), $0) < (byteCount($1), $1) }
        }
    }

    subscript(type: UInt64) -> [Int] { functions[type] ?? [] }
}

extension CompilationUnit {
    /// None where code is replaced, since LLVM inlines nothing there.
    func likelyTargets(ofType type: Int) -> [Int] {
        options.optimization.removesChecks && options.tier == nil ? plan.knownTargets[typeNumbers[type]] : []
    }
}
