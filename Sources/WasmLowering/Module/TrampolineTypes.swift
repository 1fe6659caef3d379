public import Wasm

/// Which types have trampolines of their own. Types whose values machine code holds in the same way share them, and
/// what neither a function nor a call mentions needs none: a few bytes of a module define a type.
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

    /// Up to so many it is not worth while to look for those that are not needed.
    private static let few = 500

    public init(_ module: Wasm.Module) {
        let shapes = module.definedTypes.definitions.map { $0.function.map(Shape.init) }
        var first = Self.first(of: shapes, among: Array(shapes.indices))
        if first.count > Self.few, let needed = Self.needed(in: module) {
            first = Self.first(of: shapes, among: needed)
        }
        representatives = shapes.map { $0.flatMap { first[$0] } }
        own = first.values.sorted()
    }

    /// By shape, the first type that has it.
    private static func first(of shapes: [Shape?], among types: [Int]) -> [Shape: Int] {
        var first: [Shape: Int] = [:]
        for type in types { if let shape = shapes[type], first[shape] == nil { first[shape] = type } }
        return first
    }

    private static let calls: [Opcode] = [.callIndirect, .callRef, .returnCallIndirect, .returnCallRef]

    /// The types of functions, and those of calls by reference; a host's function can be called by its very type only.
    private static func needed(in module: Wasm.Module) -> [Int]? {
        var needed = Set(module.functions.map(\.typeIndex))
        for index in module.functions.indices where module.functions[index].body != nil {
            do {
                var body = try FunctionBodyReader(module: module, functionIndex: index)
                while let instruction = try body.next() {
                    if calls.contains(instruction.opcode) { needed.insert(Int(instruction.immediates.index)) }
                }
            } catch {
                // Lowering it says what is wrong.
                return nil
            }
        }
        return needed.sorted()
    }
}
