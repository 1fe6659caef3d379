public import Wasm

/// Which types have trampolines of their own. Types whose values machine code holds in the same way share them. Only
/// so many have any: a few bytes of a module define a type, and LLVM takes milliseconds for its trampolines. Functions
/// of the others are called by the description of their type, which the runtime does (`registers.c`).
public struct TrampolineTypes: Sendable {
    /// By type index: the type whose trampolines are also this one's; `nil` for types that have none.
    public let representatives: [Int?]
    /// Those with trampolines of their own, in the module's order.
    let own: [Int]

    private struct Shape: Hashable {
        var parameters, results: [ValueType.Representation]

        init(_ type: FunctionType) {
            parameters = type.parameters.map(\.representation)
            results = type.results.map(\.representation)
        }
    }

    /// More than any program of ours has.
    static let most = 500

    public init(_ module: Wasm.Module) {
        let shapes = module.definedTypes.definitions.map { $0.function.map(Shape.init) }
        var chosen: Set<Shape> = []
        // Imported functions come first, and types that only calls mention last.
        for type in module.functions.map(\.typeIndex) + shapes.indices where chosen.count < Self.most {
            if let shape = shapes[type] { chosen.insert(shape) }
        }
        // By shape, the first type that has it.
        var first: [Shape: Int] = [:]
        for (type, shape) in shapes.enumerated() {
            if let shape, first[shape] == nil, chosen.contains(shape) { first[shape] = type }
        }
        representatives = shapes.map { $0.flatMap { first[$0] } }
        own = first.values.sorted()
    }
}
