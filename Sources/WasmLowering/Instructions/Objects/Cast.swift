internal import CRuntime
import LLVM
import Wasm

/// Tests and casts. An object's header has the id of its type; where types below the wanted one are allowed, the
/// descriptor, which the id is the place of, has the ids of the types above by their depth.
extension FunctionLowering {
    mutating func objectReference(_ operation: Family.Reference, _ instruction: Instruction) {
        switch operation {
        case .equals:
            let (second, first) = (pop(), pop())
            push(boolean: builder.compare(.eq, first, second))
        case .test, .testNull:
            let target = heapType(of: instruction.immediates.valueType)
            push(boolean: test(pop(), target, allowsNull: operation == .testNull))
        case .cast, .castNull:
            let target = heapType(of: instruction.immediates.valueType)
            let reference = pop()
            trap(WASMC_TRAP_CAST_FAILURE, unless: test(reference, target, allowsNull: operation == .castNull))
            push(reference)
        case .fromExternal: push(callRuntime(.internalize, [pop()]))
        case .toExternal, .null, .isNull, .function, .asNonNull: break
        case .fromI31: push(unit.i31(pop()))
        case .i31Signed, .i31Unsigned:
            let reference = pop()
            trap(WASMC_TRAP_NULL_I31, if: builder.compare(.eq, reference, types.i64.zero))
            let number = builder.cast(.trunc, reference, to: types.i32)
            push(builder.binary(operation == .i31Signed ? .ashr : .lshr, number, types.i32.constant(1)))
        }
    }

    /// Whether a reference is to something of the type.
    mutating func test(_ reference: Value, _ target: HeapType, allowsNull: Bool) -> Value {
        let isNull = builder.compare(.eq, reference, types.i64.zero)
        switch target {
        case .any, .function, .external, .exception:
            return allowsNull ? types.i1.constant(1) : builder.compare(.ne, reference, types.i64.zero)
        case .none, .noFunction, .noExternal, .noException: return allowsNull ? isNull : types.i1.zero
        case .i31:
            let isNumber = builder.compare(.ne, bits(reference, UInt64(WASMC_REFERENCE_IS_I31)), types.i64.zero)
            return allowsNull ? builder.binary(.or, isNumber, isNull) : isNumber
        case .eq:
            let isHost = builder.compare(.eq, bits(reference, Self.tagBits), types.i64.constant(Self.hostTag))
            let isOther = builder.binary(.or, isHost, isNull)
            let isEq = builder.binary(.xor, isOther, types.i1.constant(1))
            return allowsNull ? builder.binary(.or, isEq, isNull) : isEq
        case .structure, .array, .defined: return testType(reference, target, isNull: isNull, allowsNull: allowsNull)
        }
    }

    private static let tagBits: UInt64 = 3
    private static let hostTag = UInt64(WASMC_REFERENCE_IS_HOST)

    private func bits(_ reference: Value, _ mask: UInt64) -> Value {
        builder.binary(.and, reference, types.i64.constant(mask))
    }

    /// Looks at what a reference that is not null and no number refers to.
    private mutating func testType(
        _ reference: Value, _ target: HeapType, isNull: Value, allowsNull: Bool
    ) -> Value {
        var isFunction = false
        if case .defined(let type) = target { isFunction = unit.wasm.definedTypes.kind(of: type) == .function }
        if isObjectOnTop, nonNullOperands & 1 == 1 { return testObject(reference, target) }
        let isNone = isFunction || isObjectOnTop ? isNull : isNoObject(reference)
        let (look, after) = (newBlock(), newBlock())
        let before = builder.block
        builder.branch(if: isNone, to: after, else: look)
        start(look)
        let found = isFunction ? testFunction(reference, target) : testObject(reference, target)
        let end = builder.block
        builder.branch(to: after)
        start(after)
        let result = builder.phi(types.i1)
        result.addIncoming(allowsNull ? isNull : types.i1.zero, from: before)
        result.addIncoming(found, from: end)
        return result
    }

    /// Whether a reference is null or a number: with its tag in the uppermost bits it is beyond all objects, and null
    /// less 1 is, too. The least of them is the integer 0, whose turned tag less 1 it is compared with.
    private func isNoObject(_ reference: Value) -> Value {
        let number = builder.cast(.trunc, reference, to: types.i32)
        let rotated = unit.intrinsic("llvm.fshr", [types.i32], [number, number, types.i32.constant(2)])
        let less = builder.binary(.sub, rotated, types.i32.constant(1))
        return builder.compare(.uge, less, types.i32.constant((1 << 30) - 1))
    }

    private mutating func testFunction(_ reference: Value, _ target: HeapType) -> Value {
        guard case .defined(let type) = target else { return types.i1.zero }
        let record = builder.cast(.inttoptr, reference, to: types.pointer)
        let ids = unit.loadConstant(types.pointer, instance, InstanceField.typeIDs)
        let wanted = unit.loadConstant(types.i32, ids, type * MemoryLayout<UInt32>.stride)
        let found = unit.loadConstant(types.i32, record, FunctionField.typeID)
        if unit.wasm.definedTypes.definitions[type].isFinal { return builder.compare(.eq, found, wanted) }
        let answer = unit.call(.isSubtype, instance, [found, wanted])
        return builder.compare(.ne, answer, types.i32.zero)
    }

    private mutating func testObject(_ reference: Value, _ target: HeapType) -> Value {
        let header = builder.load(types.i32, unit.objectAddress(reference, instance))
        unit.aliasing.mark(header, .header)
        let id = builder.binary(.and, header, types.i32.constant(UInt64(WASMC_OBJECT_ID_MASK)))
        guard case .defined(let type) = target else {
            let kind = loadDescription(types.i8, of: header, DescriptorField.kind)
            let wanted = target == .structure ? WASMC_KIND_STRUCT : WASMC_KIND_ARRAY
            return builder.compare(.eq, kind, types.i8.constant(UInt64(wanted)))
        }
        let wanted = unit.objectID(ofType: type, instance)
        let isSame = builder.compare(.eq, id, wanted)
        if unit.wasm.definedTypes.definitions[type].isFinal { return isSame }
        let depth = unit.wasm.definedTypes.depth(of: type)
        guard depth < DescriptorField.displayCount else {
            let answer = unit.call(.isObjectSubtype, instance, [id, wanted])
            return builder.compare(.ne, answer, types.i32.zero)
        }
        let place = DescriptorField.display + depth * MemoryLayout<UInt32>.stride
        let above = loadDescription(types.i32, of: header, place)
        return builder.compare(.eq, above, wanted)
    }

    /// A field of the descriptor that a header names, which does not change. The last pass does not look through
    /// extensions, so that it is 64 bits that are masked.
    private func loadDescription(_ type: Type, of header: Value, _ byteOffset: Int) -> Value {
        let descriptors = unit.loadConstant(types.pointer, instance, InstanceField.descriptors)
        let wide = builder.cast(.zext, header, to: types.i64)
        let id = builder.binary(.and, wide, types.i64.constant(UInt64(WASMC_OBJECT_ID_MASK)))
        return unit.loadField(type, builder.offset(descriptors, by: id, of: types.i8), byteOffset)
    }
}

extension CompilationUnit {
    /// The reference that an integer's lower 31 bits are.
    func i31(_ number: Value) -> Value {
        let shifted = builder.binary(.shl, number, types.i32.constant(1))
        let tagged = builder.binary(.or, shifted, types.i32.constant(UInt64(WASMC_REFERENCE_IS_I31)))
        return builder.cast(.zext, tagged, to: types.i64)
    }
}
