internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func structure(_ operation: Family.Structure, _ instruction: Instruction) {
        let type = Int(instruction.immediates.index)
        let layout = unit.layout(ofType: type)
        switch operation {
        case .new, .newDefault:
            let values = operation == .new ? pop(count: layout.fields.count) : nil
            chargeMaking(structOfType: type)
            push(makeStruct(ofType: type, values))
        case .get, .getSigned, .getUnsigned:
            let field = layout.fields[Int(instruction.immediates.secondIndex)]
            let object = popObject(WASMC_TRAP_NULL_STRUCTURE, depth: 0)
            let place = unit.address(object, field.offset)
            push(loadField(field, at: place, isSigned: operation == .getSigned))
        case .set:
            let field = layout.fields[Int(instruction.immediates.secondIndex)]
            let value = pop()
            let object = popObject(WASMC_TRAP_NULL_STRUCTURE, depth: 1)
            storeField(field, value, at: unit.address(object, field.offset), in: object)
        }
    }
}
