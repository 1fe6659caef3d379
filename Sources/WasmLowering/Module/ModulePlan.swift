public import Wasm

/// What is worked out once for a module, in however many parts its functions are compiled.
public final class ModulePlan: Sendable {
    public let module: Wasm.Module
    let layout: InstanceLayout
    let typeNumbers: TypeNumbers
    /// By table; `nil` for those that can change.
    let constantTables: [ConstantTable?]
    let knownTargets: KnownTargets
    let trampolineTypes: TrampolineTypes

    public init(_ module: Wasm.Module) {
        self.module = module
        layout = InstanceLayout(module)
        let numbers = TypeNumbers(module)
        typeNumbers = numbers
        knownTargets = KnownTargets(module, numbers)
        constantTables = ConstantTable.all(of: module, numbers)
        trampolineTypes = TrampolineTypes(module)
    }
}
