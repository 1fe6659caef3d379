internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func structure(_ operation: Family.Structure, _ instruction: Instruction) {
        let type = Int(instruction.immediates.index)
        let layout = unit.layout(ofType: type)
        switch operation {
        case .new:
            let values = pop(count: layout.fields.count)
            push(makeObject { $0.makeStruct(ofType: type, values, $1) })
        case .newDefault:
            push(makeObject { $0.makeStruct(ofType: type, nil, $1) })
        case .get, .getSigned, .getUnsigned:
            let field = layout.fields[Int(instruction.immediates.secondIndex)]
            let object = popObject(WASMC_TRAP_NULL_STRUCTURE)
            push(
                unit.loadField(field, at: unit.address(object, field.offset), isSigned: operation == .getSigned))
        case .set:
            let field = layout.fields[Int(instruction.immediates.secondIndex)]
            let value = pop()
            let object = popObject(WASMC_TRAP_NULL_STRUCTURE)
            storeField(field, value, at: unit.address(object, field.offset), in: object)
        }
    }

    /// Objects are made by the runtime, which may collect, or stop the guest.
    mutating func makeObject(_ make: (CompilationUnit, Value) -> Value) -> Value {
        flushFuel()
        callCount += 1
        return located { make(unit, instance) }
    }
}
