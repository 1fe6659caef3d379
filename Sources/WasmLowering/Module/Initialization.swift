import LLVM
import Wasm

/// `wasm_initialize(instance)`: has the runtime evaluate what instantiation evaluates (`Runtime/module/initialize.c`),
/// and calls the start function. Specification: "Instantiation".
extension CompilationUnit {
    func lowerInitialization() {
        let initialize = addFunction(SymbolName.initialize, .function([types.pointer], returning: types.void))
        let instance = initialize.parameter(0)
        builder.position(atEndOf: initialize.appendBlock())
        call(.initialize, instance)
        if let scope = offsets?.addScope(to: initialize) { builder.setLine(0, in: scope) }
        if let start = wasm.start { callStart(start, instance) }
        builder.clearLine()
        builder.return(nil)
    }

    private func callStart(_ index: Int, _ instance: Value) {
        if index < wasm.importedFunctionCount {
            _ = callImport(index, instance, [])
        } else {
            _ = callDefined(index, instance, [])
        }
    }

    /// Where the record of a function lies that can be referred to: each such function has one.
    func recordOffset(function index: Int) -> Int {
        expected(
            layout.recordOffset(function: index), "function \(index), which is referred to, has no record",
            placeholder: 0)
    }
}
