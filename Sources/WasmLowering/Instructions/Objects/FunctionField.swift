internal import CRuntime
import LLVM
import Wasm

/// A function out of a field, which nobody has compared yet.
struct UncheckedFunction {
    /// Whatever function the table has at the number, or null.
    let function: Value
    let number: Value
    let field: ObjectLayout.Field
}

/// Functions in objects. What an object holds is a number of the store's, and the store has a table of the functions by
/// their numbers, with a place for every number of as many bits.
///
/// Invariant: whatever an object holds, a function that is called is one of the store's, of the type that validation
/// expects: the number is cut off to the bits that the table has places for, and the function's type is compared.
extension FunctionLowering {
    /// - Parameter isSigned: of a packed field.
    mutating func loadField(_ field: ObjectLayout.Field, at address: Value, isSigned: Bool) -> Value {
        if unit.options.optimization != .none, case .function = field.storage {
            if field.type.value.heapType == .function {
                return self.function(numbered: unit.loadHeld(field, at: address))
            }
            if case .defined = field.type.value.heapType {
                let loaded = loadUnchecked(field, at: address)
                guard reader.nextByte == Self.callReference else { return checked(loaded, isCalled: false) }
                uncheckedFunction = loaded
                return loaded.function
            }
        }
        return located { unit.loadField(field, at: address, isSigned: isSigned, instance) }
    }

    /// As a field holds a value.
    mutating func held(_ value: Value, in field: ObjectLayout.Field) -> Value {
        guard unit.options.optimization != .none, case .function = field.storage, value.integerConstant != 0 else {
            return located { unit.held(value, in: field, instance) }
        }
        return number(ofFunction: value)
    }

    /// The function with a number, or null; of any type.
    private func function(numbered number: Value) -> Value {
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let functions = unit.loadConstant(types.pointer, store, StoreField.functions)
        let index = builder.binary(.and, number, types.i64.constant(UInt64(WASMC_FUNCTION_NUMBERS) - 1))
        return unit.loadConstant(types.i64, builder.offset(functions, by: index, of: types.i64), 0)
    }

    private static let callReference: UInt8 = 0x14

    private func loadUnchecked(_ field: ObjectLayout.Field, at address: Value) -> UncheckedFunction {
        let number = unit.loadHeld(field, at: address)
        return UncheckedFunction(function: function(numbered: number), number: number, field: field)
    }

    /// Functions of types below the field's are rare: the runtime compares them, and has an answer for null, too.
    ///
    /// - Parameter isCalled: null is rare.
    mutating func checked(_ unchecked: UncheckedFunction, isCalled: Bool) -> Value {
        let (function, number) = (unchecked.function, unchecked.number)
        let expected = unit.expectedType(of: unchecked.field, instance)
        let (look, ask, after) = (newBlock(), newBlock(), newBlock())
        var results: [(Value, BasicBlock)] = []
        let isNone = builder.compare(.eq, function, types.i64.zero)
        if isCalled {
            builder.branch(if: isNone, to: ask, else: look)
        } else {
            let none = newBlock()
            builder.branch(if: isNone, to: none, else: look)
            start(none)
            // The runtime says of a number without a function that it is none.
            builder.branch(if: builder.compare(.eq, number, types.i64.zero), to: after, else: ask)
            results.append((types.i64.zero, none))
        }
        start(look)
        let record = builder.cast(.inttoptr, function, to: types.pointer)
        let found = unit.loadConstant(types.i32, record, FunctionField.typeID)
        let isSame = builder.conditionalBranch(builder.compare(.eq, found, expected), to: after, else: ask)
        isSame.setMetadata(unit.context.metadataKind("prof"), unit.likelyWeights)
        results.append((function, builder.block))
        start(ask)
        let answer = located { unit.call(.numberedFunction, instance, [number, expected]) }
        results.append((answer, builder.block))
        builder.branch(to: after)
        start(after)
        let result = builder.phi(types.i64)
        for (value, block) in results { result.addIncoming(value, from: block) }
        return result
    }

    /// Most functions have their numbers already.
    private mutating func number(ofFunction reference: Value) -> Value {
        let (look, ask, after) = (newBlock(), newBlock(), newBlock())
        let before = builder.block
        builder.branch(if: builder.compare(.eq, reference, types.i64.zero), to: after, else: look)
        start(look)
        let record = builder.cast(.inttoptr, reference, to: types.pointer)
        let number = builder.cast(.zext, unit.loadField(types.i32, record, FunctionField.number), to: types.i64)
        let hasNone = builder.conditionalBranch(builder.compare(.ne, number, types.i64.zero), to: after, else: ask)
        hasNone.setMetadata(unit.context.metadataKind("prof"), unit.likelyWeights)
        let looked = builder.block
        start(ask)
        let answer = located { unit.call(.functionNumber, instance, [reference]) }
        let asked = builder.block
        builder.branch(to: after)
        start(after)
        let result = builder.phi(types.i64)
        for (value, block) in [(types.i64.zero, before), (number, looked), (answer, asked)] {
            result.addIncoming(value, from: block)
        }
        return result
    }
}
