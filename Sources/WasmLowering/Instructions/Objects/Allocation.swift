internal import CRuntime
import LLVM
import Wasm

/// How objects are made. The store says where there is room for the next ones, all of it zero; there code makes an
/// object by adding its size and storing its header. The runtime makes the others, and large ones. It may collect, or
/// stop the guest.
///
/// Invariant: nothing that can stop the guest comes between the addition and the header, so that the collector finds
/// all objects of a hole by going from one to the next.
extension FunctionLowering {
    /// - Parameter values: of the fields; `nil` for their default values.
    mutating func makeStruct(ofType type: Int, _ values: [Value]?) -> Value {
        let byteCount = unit.layout(ofType: type).byteCount
        guard makesInPlace, byteCount <= WASMC_MOST_SMALL_BYTES else {
            return makeObject { $0.makeStruct(ofType: type, values, $1) }
        }
        var fields: [Value]?
        if let values { fields = held(values, ofType: type) }
        let reference = makeInPlace(ofType: type, byteCount: types.i64.constant(byteCount), isSmall: nil, length: nil) {
            $0.call(.allocateStruct, $1, [$2])
        }
        if let fields { unit.fill(reference, ofType: type, with: fields, instance) }
        return reference
    }

    /// All elements are zero or null.
    mutating func makeArray(ofType type: Int, length: Value) -> Value {
        guard makesInPlace, let element = unit.layout(ofType: type).element else {
            return makeObject { $0.makeArray(ofType: type, length: length, $1) }
        }
        let size = unit.byteCount(of: element), rest = Int(WASMC_OBJECT_ALIGNMENT) - 1
        let most = (Int(WASMC_MOST_SMALL_BYTES) - element.offset) / size
        let count = builder.cast(.zext, length, to: types.i64)
        let end = builder.binary(.mul, count, types.i64.constant(size))
        let rounded = builder.binary(.add, end, types.i64.constant(element.offset + rest))
        let byteCount = builder.binary(.and, rounded, types.i64.constant(~UInt64(rest)))
        let isSmall = builder.compare(.ule, length, types.i32.constant(most))
        return makeInPlace(ofType: type, byteCount: byteCount, isSmall: isSmall, length: length) {
            $0.call(.allocateArray, $1, [$2, length])
        }
    }

    mutating func makeArray(ofType type: Int, filledWith value: Value, length: Value) -> Value {
        let array = makeArray(ofType: type, length: length)
        if value.integerConstant == 0 { return array }
        let (low, high) = unit.words(numbered(value, ofArray: type))
        callRuntime(.arrayFill, [array, types.i32.zero, low, high, length])
        return array
    }

    mutating func makeArray(ofType type: Int, _ values: [Value]) -> Value {
        let elements = held(values, ofType: type)
        let array = makeArray(ofType: type, length: types.i32.constant(values.count))
        unit.fill(array, ofType: type, with: elements, instance)
        return array
    }

    private mutating func held(_ values: [Value], ofType type: Int) -> [Value] {
        let layout = unit.layout(ofType: type)
        var held: [Value] = []
        for (index, value) in values.enumerated() {
            held.append(self.held(value, in: layout.element ?? layout.fields[index]))
        }
        return held
    }

    /// An object that the runtime makes, or several.
    mutating func makeObject(_ make: (CompilationUnit, Value) -> Value) -> Value {
        flushFuel()
        callCount += 1
        return located { make(unit, instance) }
    }

    private var makesInPlace: Bool { unit.options.optimization != .none }

    /// - Parameters:
    ///   - isSmall: whether an object of the size may be made here; `nil` if it may.
    ///   - length: of an array.
    ///   - make: has the runtime make it, and gives its address.
    private mutating func makeInPlace(
        ofType type: Int, byteCount: Value, isSmall: Value?, length: Value?,
        otherwise make: (CompilationUnit, Value, Value) -> Value
    ) -> Value {
        let id = unit.objectID(ofType: type, instance)
        let (here, elsewhere, after) = (newBlock(), newBlock(), newBlock())
        let store = unit.loadConstant(types.pointer, instance, InstanceField.store)
        let start = unit.loadField(types.i64, store, StoreField.heapBump)
        let limit = unit.loadField(types.i64, store, StoreField.heapLimit)
        let end = builder.binary(.add, start, byteCount)
        var fits = builder.compare(.ule, end, limit)
        if let isSmall { fits = builder.binary(.and, fits, isSmall) }
        let branch = builder.conditionalBranch(fits, to: here, else: elsewhere)
        branch.setMetadata(unit.context.metadataKind("prof"), unit.likelyWeights)
        self.start(here)
        // Else the next object's reference would be a sum with this one's.
        let made = unit.low32(conceal(start))
        let object = unit.objectAddress(made, instance)
        mark(builder.store(id, object), .header)
        if let length {
            mark(builder.store(length, unit.address(object, Int(WASMC_ARRAY_LENGTH_OFFSET))), .arrayLength)
        }
        mark(builder.store(end, unit.address(store, StoreField.heapBump)), .runtime)
        builder.branch(to: after)
        self.start(elsewhere)
        let other = unit.low32(makeObject { make($0, $1, id) })
        let last = builder.block
        builder.branch(to: after)
        self.start(after)
        let result = builder.phi(types.i64)
        result.addIncoming(made, from: here)
        result.addIncoming(other, from: last)
        return result
    }

    private func conceal(_ value: Value) -> Value {
        let concealed = builder.concealed(value)
        for name in ["nounwind", "willreturn"] { concealed.addCallAttribute(unit.context.attribute(name)) }
        concealed.addCallAttribute(unit.context.attribute("memory", CompilationUnit.writesInaccessibleMemory))
        return concealed
    }

    /// An access to memory that faults must not come between these stores.
    private func mark(_ store: Value, _ region: Aliasing.Region) {
        unit.aliasing.mark(store, region)
        if unit.options.memory == .guarded, !unit.wasm.memories.isEmpty { store.setVolatile() }
    }
}
