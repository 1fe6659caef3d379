internal import CRuntime
import LLVM
import Wasm

/// Structs and arrays. A reference to one is the offset from the start of the store's heap, in a word, and its address
/// that offset from the heap's base, which never changes. Objects do not move.
///
/// Invariant: an address is made of a reference that was compared with null, or whose type knows none, and that
/// validation or a cast knows to be of the object's type. Whatever the reference is, the address is the heap's base plus 32 bits of it, and plus 32 bits
/// of an index times an element's size.
extension CompilationUnit {
    func layout(ofType type: Int) -> ObjectLayout {
        if let known = objectLayouts[type] { return known }
        let layout = ObjectLayout(type, of: wasm)
        objectLayouts[type] = layout
        return layout
    }

    /// What objects of the type have in their headers.
    func objectID(ofType type: Int, _ instance: Value) -> Value {
        let ids = loadConstant(types.pointer, instance, InstanceField.objectIDs)
        return loadConstant(types.i32, ids, type * MemoryLayout<UInt32>.stride)
    }

    func objectAddress(_ reference: Value, _ instance: Value) -> Value {
        let store = loadConstant(types.pointer, instance, InstanceField.store)
        let base = loadConstant(types.pointer, store, StoreField.heapBase)
        return builder.offset(base, by: low32(reference), of: types.i8)
    }

    /// Of an address in the heap it is the reference.
    func low32(_ value: Value) -> Value { builder.binary(.and, value, types.i64.constant(UInt64(UInt32.max))) }

    // MARK: Making objects

    /// - Parameter values: of the fields; `nil` for their default values.
    func makeStruct(ofType type: Int, _ values: [Value]?, _ instance: Value) -> Value {
        let reference = low32(call(.allocateStruct, instance, [objectID(ofType: type, instance)]))
        if let values { fill(reference, ofType: type, with: held(values, ofType: type, instance), instance) }
        return reference
    }

    /// Stores the fields or elements of a new object, which is zero, as they are held.
    func fill(_ reference: Value, ofType type: Int, with held: [Value], _ instance: Value) {
        let start = objectAddress(reference, instance)
        let layout = layout(ofType: type)
        for (index, value) in held.enumerated() where value.integerConstant != 0 {
            if let element = layout.element {
                let place = address(start, element.offset + index * byteCount(of: element))
                store(value, in: element, at: place)
            } else {
                let field = layout.fields[index]
                store(value, in: field, at: address(start, field.offset))
            }
        }
    }

    private func held(_ values: [Value], ofType type: Int, _ instance: Value) -> [Value] {
        let layout = layout(ofType: type)
        return values.enumerated().map { held($1, in: layout.element ?? layout.fields[$0], instance) }
    }

    /// All elements are zero or null.
    func makeArray(ofType type: Int, length: Value, _ instance: Value) -> Value {
        low32(call(.allocateArray, instance, [objectID(ofType: type, instance), length]))
    }

    func makeArray(ofType type: Int, filledWith value: Value, length: Value, _ instance: Value) -> Value {
        let array = makeArray(ofType: type, length: length, instance)
        let element = layout(ofType: type).element
        let (low, high) = words(element.map { numbered($0, value, instance) } ?? value)
        call(.arrayFill, instance, [array, types.i32.zero, low, high, length])
        return array
    }

    func makeArray(ofType type: Int, _ values: [Value], _ instance: Value) -> Value {
        let array = makeArray(ofType: type, length: types.i32.constant(values.count), instance)
        fill(array, ofType: type, with: held(values, ofType: type, instance), instance)
        return array
    }

    /// A value of any type in two words, as `wasmc_value` has it.
    func words(_ value: Value) -> (Value, Value) {
        if value.type == types.i32 { return (builder.cast(.zext, value, to: types.i64), types.i64.zero) }
        if value.type == types.f32 {
            return words(builder.cast(.bitcast, value, to: types.i32))
        }
        if value.type == types.f64 { return (builder.cast(.bitcast, value, to: types.i64), types.i64.zero) }
        if value.type == types.i64 { return (value, types.i64.zero) }
        let lanes = builder.cast(.bitcast, value, to: types.vector(.i64x2))
        return (builder.extractLane(lanes, types.i32.zero), builder.extractLane(lanes, types.i32.constant(1)))
    }

    // MARK: Fields and elements

    /// How the field is held.
    func fieldType(_ field: ObjectLayout.Field) -> Type {
        switch field.storage {
        case .i8: types.i8
        case .i16: types.i16
        case .object: types.i32
        case .external, .function, .exception: types.i64
        case .value: type(field.type.value)
        }
    }

    /// What a field holds.
    func loadHeld(_ field: ObjectLayout.Field, at address: Value) -> Value {
        let value = builder.load(fieldType(field), address, alignment: alignment(of: field))
        aliasing.mark(value, .object)
        return value
    }

    /// - Parameter isSigned: of a packed field.
    func loadField(_ field: ObjectLayout.Field, at address: Value, isSigned: Bool, _ instance: Value) -> Value {
        let value = loadHeld(field, at: address)
        switch field.storage {
        case .i8, .i16: return builder.cast(isSigned ? .sext : .zext, value, to: types.i32)
        case .object: return builder.cast(.zext, value, to: types.i64)
        case .function: return call(.numberedFunction, instance, [value, expectedType(of: field, instance)])
        case .exception: return call(.knownException, instance, [value])
        case .external, .value: return value
        }
    }

    /// The canonical number of a function's type, as `numbered_function` takes it.
    func expectedType(of field: ObjectLayout.Field, _ instance: Value) -> Value {
        switch field.type.value.heapType ?? .noFunction {
        case .defined(let type):
            let ids = loadConstant(types.pointer, instance, InstanceField.typeIDs)
            return loadConstant(types.i32, ids, type * MemoryLayout<UInt32>.stride)
        case .function: return types.i32.zero
        case .any, .eq, .i31, .structure, .array, .none, .noFunction, .external, .noExternal, .exception, .noException:
            return types.i32.constant(UInt64(UInt32.max))
        }
    }

    /// A function's number in place of its reference.
    func numbered(_ field: ObjectLayout.Field, _ value: Value, _ instance: Value) -> Value {
        guard case .function = field.storage, value.integerConstant != 0 else { return value }
        return call(.functionNumber, instance, [value])
    }

    /// As a field holds a value.
    func held(_ value: Value, in field: ObjectLayout.Field, _ instance: Value) -> Value {
        switch field.storage {
        case .i8, .i16, .object: builder.cast(.trunc, value, to: fieldType(field))
        case .function: numbered(field, value, instance)
        case .external, .exception, .value: value
        }
    }

    func store(_ held: Value, in field: ObjectLayout.Field, at address: Value) {
        let store = builder.store(held, address, alignment: alignment(of: field))
        aliasing.mark(store, .object)
        if options.reliesOnFaults { store.setVolatile() }
    }

    func byteCount(of field: ObjectLayout.Field) -> Int { ObjectLayout.byteCount(field.type, field.storage) }

    private func alignment(of field: ObjectLayout.Field) -> Int {
        switch field.storage {
        case .i8: 1
        case .i16: 2
        case .object: 4
        case .external, .function, .exception: 8
        case .value: field.type.value.representation == .i32 || field.type.value.representation == .f32 ? 4 : 8
        }
    }
}

extension FunctionLowering {
    /// Pops a reference and gives the address of the object; traps without one. Where the reference's type knows no null
    /// there is no comparison: of null, an address is one in front of all objects, which faults.
    ///
    /// - Parameter depth: how many of the instruction's operands are above it.
    mutating func popObject(_ outcome: wasmc_outcome, depth: Int) -> Value {
        let reference = pop()
        if nonNullOperands >> depth & 1 == 0 { trap(outcome, if: builder.compare(.eq, reference, types.i64.zero)) }
        return unit.objectAddress(reference, instance)
    }

    /// Stores a value in an object that the collector may have looked at already: what is referred to from an old
    /// object has to be known.
    mutating func storeField(
        _ field: ObjectLayout.Field, _ value: Value, at address: Value, in object: Value
    ) {
        unit.store(held(value, in: field), in: field, at: address)
        switch field.storage {
        case .i8, .i16, .function, .exception, .value: return
        case .object, .external: if value.integerConstant != nil { return }
        }
        // It changes when the collector has run, of which LLVM does not know where the code looks for interruptions.
        let header = builder.load(types.i32, object)
        header.setVolatile()
        unit.aliasing.mark(header, .header)
        let (old, next) = (newBlock(), newBlock())
        let isOld = builder.binary(.and, header, types.i32.constant(UInt64(WASMC_OBJECT_IS_OLD)))
        builder.branch(if: builder.compare(.ne, isOld, types.i32.zero), to: old, else: next)
        start(old)
        unit.callCold(.remember, instance, [builder.cast(.ptrtoint, object, to: types.i64)])
        builder.branch(to: next)
        start(next)
    }
}
