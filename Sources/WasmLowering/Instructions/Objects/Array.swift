internal import CRuntime
import LLVM
import Wasm

extension FunctionLowering {
    mutating func array(_ operation: Family.Array, _ instruction: Instruction) {
        let (type, second) = (Int(instruction.immediates.index), instruction.immediates.secondIndex)
        switch operation {
        case .new:
            let length = pop()
            let value = pop()
            chargeBulk(elementCount: length, ofArray: type)
            push(makeArray(ofType: type, filledWith: value, length: length))
        case .newDefault:
            let length = pop()
            chargeBulk(elementCount: length, ofArray: type)
            push(makeArray(ofType: type, length: length))
        case .newFixed: push(makeArray(ofType: type, pop(count: Int(second))))
        case .newData, .newElements:
            let arguments = pop(count: 2)
            chargeBulk(elementCount: arguments[1], ofArray: type)
            let builtin: Builtin = operation == .newData ? .arrayNewData : .arrayNewElements
            let index = index32(second)
            push(makeObject { $0.call(builtin, $1, [$0.objectID(ofType: type, $1), index] + arguments) })
        case .get, .getSigned, .getUnsigned:
            let index = popIndex()
            let (element, address, _) = popElement(index, ofArray: type, depth: 1)
            push(loadField(element, at: address, isSigned: operation == .getSigned))
        case .set:
            let value = pop()
            let index = popIndex()
            let (element, address, object) = popElement(index, ofArray: type, depth: 2)
            storeField(element, value, at: address, in: object)
        case .length: push(length(of: popObject(WASMC_TRAP_NULL_ARRAY, depth: 0)))
        case .fill:
            let count = pop()
            chargeBulk(elementCount: count, ofArray: type)
            let (low, high) = unit.words(numbered(pop(), ofArray: type))
            let operands = pop(count: 2)
            callArrayRuntime(.arrayFill, operands + [low, high, count])
        case .copy:
            let operands = pop(count: 5)
            chargeBulk(elementCount: operands[4], ofArray: type)
            callArrayRuntime(.arrayCopy, operands)
        case .initializeData, .initializeElements:
            let operands = pop(count: 4)
            chargeBulk(elementCount: operands[3], ofArray: type)
            callArrayRuntime(
                operation == .initializeData ? .arrayInitializeData : .arrayInitializeElements,
                [operands[0], index32(second)] + operands.dropFirst())
        }
    }

    /// See ``CompilationUnit/numbered(_:_:_:)``.
    func numbered(_ value: Value, ofArray type: Int) -> Value {
        guard let element = unit.layout(ofType: type).element else { return value }
        return located { unit.numbered(element, value, instance) }
    }

    private mutating func callArrayRuntime(_ builtin: Builtin, _ arguments: [Value]) {
        callRuntime(builtin, arguments)
        callCount += 1
    }

    /// Of the array at an address. Whoever looks for it again after a call keeps the array in reach of the collector.
    private func length(of array: Value) -> Value {
        let length = builder.load(types.i32, unit.address(array, Int(WASMC_ARRAY_LENGTH_OFFSET)))
        unit.aliasing.mark(length, .arrayLength)
        return length
    }

    /// Traps unless an array of the length has the element. Where passes remove checks, the check has the form that
    /// they know.
    private mutating func check(_ index: Value, below length: Value) {
        guard unit.options.optimization.removesChecks else {
            return trap(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS, if: builder.compare(.uge, index, length))
        }
        let noMemory = types.i64.constant(UInt64.max)
        let operands = [index, types.i64.constant(1), length, types.i64.zero, noMemory]
        trap(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS, unless: builder.call(unit.boundsCheck, operands))
    }

    /// Pops an array's reference and gives the address of its element; traps when there is none.
    private mutating func popElement(
        _ index: Value, ofArray type: Int, depth: Int
    ) -> (element: ObjectLayout.Field, address: Value, object: Value) {
        let element = unit.expected(
            unit.layout(ofType: type).element, "type \(type), whose element is accessed, is no array",
            placeholder: ObjectLayout.Field(offset: 0, type: FieldType(.i8, isMutable: true), storage: .i8))
        let object = popObject(WASMC_TRAP_NULL_ARRAY, depth: depth)
        check(index, below: builder.cast(.zext, length(of: object), to: types.i64))
        let start = unit.address(object, element.offset)
        return (element, builder.offset(start, by: index, of: unit.fieldType(element)), object)
    }
}
