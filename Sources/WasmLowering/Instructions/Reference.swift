internal import CRuntime
import LLVM
import Wasm

/// A reference is one machine word: null is 0, a function reference is the address of the function's record.
extension FunctionLowering {
    mutating func reference(_ operation: Family.Reference, _ instruction: Instruction) {
        switch operation {
        case .null: push(types.i64.zero)
        case .isNull: push(boolean: builder.compare(.eq, pop(), types.i64.zero))
        case .asNonNull:
            let reference = pop()
            trap(WASMC_TRAP_NULL_REFERENCE, if: builder.compare(.eq, reference, types.i64.zero))
            push(reference)
        case .equals, .test, .testNull, .cast, .castNull, .fromExternal, .toExternal, .fromI31, .i31Signed,
            .i31Unsigned:
            objectReference(operation, instruction)
        case .function: push(unit.functionReference(Int(instruction.immediates.index), instance))
        }
    }
}

extension CompilationUnit {
    func functionReference(_ index: Int, _ instance: Value) -> Value {
        // Validation makes sure that a function which is referred to has a record.
        guard let record = layout.recordOffset(function: index) else { return types.i64.zero }
        return builder.cast(.ptrtoint, address(instance, record), to: types.i64)
    }
}
