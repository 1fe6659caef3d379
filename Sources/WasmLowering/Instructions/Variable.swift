import LLVM
import Wasm

extension FunctionLowering {
    mutating func variable(_ operation: Family.Variable, _ instruction: Instruction) {
        let index = Int(instruction.immediates.index)
        switch operation {
        case .localGet:
            push(readLocal(index))
            noteRead(of: index)
        case .localSet: writeLocal(index, pop())
        case .localTee:
            guard let value = operands.last else { return }
            writeLocal(index, value)
            noteRead(of: index)
        case .globalGet: push(unit.loadGlobal(index, instance))
        case .globalSet: unit.storeGlobal(index, pop(), instance)
        }
    }
}

/// Globals live in cells: the module's own ones in the instance, an imported one's in the exporter's, at which the
/// instance points.
extension CompilationUnit {
    func loadGlobal(_ index: Int, _ instance: Value) -> Value {
        let type = wasm.globals[index].type
        let value = builder.load(self.type(type.value), globalCell(index, instance), alignment: ValueLayout.alignment)
        aliasing.mark(value, .global)
        if type.isMutable, options.reliesOnFaults { value.setVolatile() }
        return value
    }

    func storeGlobal(_ index: Int, _ value: Value, _ instance: Value) {
        let store = builder.store(value, globalCell(index, instance), alignment: ValueLayout.alignment)
        aliasing.mark(store, .global)
        if options.reliesOnFaults { store.setVolatile() }
    }

    private func globalCell(_ index: Int, _ instance: Value) -> Value {
        if let cell = layout.cellOffset(global: index) { return address(instance, cell) }
        return loadConstant(types.pointer, instance, layout.globalOffset(index))
    }
}
