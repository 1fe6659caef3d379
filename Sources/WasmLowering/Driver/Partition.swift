import Wasm

/// A part of a module that is compiled on its own. The parts depend on nothing but the module.
struct Partition: Sendable {
    var functions: [Int]
    /// Loops whose code is made from their heads on: see ``Tier``.
    var loops: [HotLoop] = []
    /// Initialisation is in this part.
    var hasSupport: Bool
    /// Types whose trampolines are in this part.
    var types: [Int] = []

    /// LLVM takes 1 ms to optimise a function that hardly does anything, and a few bytes of a module define one.
    /// Parts of programs have at most 360.
    static let mostOptimizedFunctions = 500

    func byteCount(in module: Module) -> Int { functions.reduce(0) { $0 + (module.functions[$1].body?.count ?? 0) } }

    static func whole(_ plan: ModulePlan) -> Partition {
        let module = plan.module
        return Partition(
            functions: Array(module.importedFunctionCount..<module.functions.count), hasSupport: true,
            types: plan.trampolineTypes.own)
    }

    /// What is compiled before any function is called. The convention of tail calls has no stubs.
    static func withoutFunctions(_ plan: ModulePlan) -> Partition {
        let module = plan.module
        let functions = module.functions.indices.filter { index in
            index >= module.importedFunctionCount && module.functions[index].makesTailCalls
        }
        return Partition(functions: functions, hasSupport: true, types: plan.trampolineTypes.own)
    }

    var isEmpty: Bool { functions.isEmpty && loops.isEmpty && !hasSupport && types.isEmpty }

    /// The smallest of the functions that are too many for all to be optimised.
    func numerousFunctions(in module: Module) -> Set<Int> {
        func size(_ index: Int) -> Int { module.functions[index].body?.count ?? 0 }
        guard functions.count > Self.mostOptimizedFunctions else { return [] }
        return Set(functions.sorted { (size($1), $0) < (size($0), $1) }.dropFirst(Self.mostOptimizedFunctions))
    }

    /// What of the part is optimised, and what is not.
    func divided(cheap: Set<Int>) -> (optimized: Partition, plain: Partition) {
        var optimized = self
        optimized.functions.removeAll { cheap.contains($0) }
        return (optimized, Partition(functions: cheap.sorted(), hasSupport: false))
    }

    /// Some functions of a module, in parts of about the same size.
    static func parts(of functions: [Int], in module: Module, count: Int) -> [Partition] {
        let byteCount = Partition(functions: functions, hasSupport: false).byteCount(in: module)
        var parts: [Partition] = []
        var offset = 0
        for index in functions {
            if offset * count >= byteCount * parts.count {
                parts.append(Partition(functions: [], hasSupport: false))
            }
            parts[parts.count - 1].functions.append(index)
            offset += module.functions[index].body?.count ?? 0
        }
        return parts
    }

    /// In bytes of its body. Each of many parameters is an object of LLVM's: two bytes define a function with 1,000.
    private static func weight(of index: Int, in module: Module) -> Int {
        (module.functions[index].body?.count ?? 0) + max(0, module.type(ofFunction: index).parameters.count - 16)
    }

    /// The largest come first, so that no thread begins one when the others are done.
    static func parts(of plan: ModulePlan) -> [Partition] {
        let (whole, module) = (whole(plan), plan.module)
        let byteCount = whole.functions.reduce(0) { $0 + weight(of: $1, in: module) }
        let count = partCount(byteCount: byteCount)
        var functions: [[Int]] = Array(repeating: [], count: count)
        var offset = 0
        for index in whole.functions {
            let size = weight(of: index, in: module)
            // Where the middle of the function lies when all are laid out in a row.
            functions[min((offset + size / 2) * count / max(byteCount, 1), count - 1)].append(index)
            offset += size
        }
        var parts = functions.filter { !$0.isEmpty }.map { Partition(functions: $0, hasSupport: false) }
        if parts.isEmpty { return [whole] }
        parts.sort { ($1.byteCount(in: module), $0.functions[0]) < ($0.byteCount(in: module), $1.functions[0]) }
        var last = parts.removeLast()
        last.hasSupport = true
        last.types = whole.types
        return parts + [last]
    }

    /// Parts are large enough that LLVM finds something to inline, and enough that several threads have something to
    /// do.
    private static func partCount(byteCount: Int) -> Int {
        let partByteCount = min(max(byteCount / 8, 16 * 1024), 64 * 1024)
        return max(byteCount / partByteCount, 1)
    }
}
