internal import CLLVM

/// A type, valid as long as its context.
public struct Type: Equatable {
    let ref: LLVMTypeRef

    public static func function(_ parameters: [Type], returning result: Type) -> Type {
        var refs: [LLVMTypeRef?] = parameters.map(\.ref)
        return Type(ref: LLVMFunctionType(result.ref, &refs, UInt32(refs.count), 0))
    }

    public static func vector(_ element: Type, count: Int) -> Type {
        Type(ref: LLVMVectorType(element.ref, UInt32(count)))
    }

    public static func array(_ element: Type, count: Int) -> Type {
        Type(ref: LLVMArrayType2(element.ref, UInt64(count)))
    }

    /// The width of an integer type.
    public var integerBitCount: Int { Int(LLVMGetIntTypeWidth(ref)) }
    /// The number of a vector type's lanes.
    public var laneCount: Int { Int(LLVMGetVectorSize(ref)) }
    public var isVector: Bool { LLVMGetTypeKind(ref) == LLVMVectorTypeKind }

    // MARK: Constants

    public var zero: Value { Value(ref: LLVMConstNull(ref)) }
    public var allOnes: Value { Value(ref: LLVMConstAllOnes(ref)) }
    public var poison: Value { Value(ref: LLVMGetPoison(ref)) }

    public func constant(_ value: UInt64) -> Value { Value(ref: LLVMConstInt(ref, value, 0)) }
    public func constant(_ value: Int) -> Value { Value(ref: LLVMConstInt(ref, UInt64(bitPattern: Int64(value)), 1)) }
    public func constant(_ value: Double) -> Value { Value(ref: LLVMConstReal(ref, value)) }

    /// A floating-point constant of exactly these bits.
    public func constant(bits: UInt64) -> Value {
        var bits = bits
        return Value(ref: LLVMConstFPFromBits(ref, &bits))
    }

    /// A constant vector of these lanes.
    public static func constantVector(_ lanes: [Value]) -> Value {
        var refs: [LLVMValueRef?] = lanes.map(\.ref)
        return Value(ref: LLVMConstVector(&refs, UInt32(refs.count)))
    }

    /// A constant array of this element type.
    public func constantArray(_ elements: [Value]) -> Value {
        var refs: [LLVMValueRef?] = elements.map(\.ref)
        return Value(ref: LLVMConstArray2(ref, &refs, UInt64(refs.count)))
    }
}
