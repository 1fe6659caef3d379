import Wasm

/// A part of a module that is compiled on its own. The parts depend on nothing but the module.
struct Partition: Sendable {
    var functions: [Int]
    /// Loops whose code is made from their heads on: see ``Tier``.
    var loops: [HotLoop] = []
    /// Trampolines and initialisation are in this part.
    var hasSupport: Bool

    /// Large enough that LLVM finds something to inline, small enough that several threads have something to do.
    private static let bodyByteCount = 64 * 1024

    func byteCount(in module: Module) -> Int { functions.reduce(0) { $0 + (module.functions[$1].body?.count ?? 0) } }

    static func whole(_ module: Module) -> Partition {
        Partition(functions: Array(module.importedFunctionCount..<module.functions.count), hasSupport: true)
    }

    static func parts(of module: Module) -> [Partition] {
        var parts: [Partition] = []
        var start = module.importedFunctionCount
        var byteCount = 0
        for index in start..<module.functions.count {
            byteCount += module.functions[index].body?.count ?? 0
            guard byteCount >= bodyByteCount else { continue }
            parts.append(Partition(functions: Array(start...index), hasSupport: parts.isEmpty))
            start = index + 1
            byteCount = 0
        }
        if start < module.functions.count || parts.isEmpty {
            parts.append(Partition(functions: Array(start..<module.functions.count), hasSupport: parts.isEmpty))
        }
        return parts
    }
}
