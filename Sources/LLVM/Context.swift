internal import CLLVM

/// Owns the types and constants made in it; modules and builders keep it alive. One thread at a time.
public final class Context {
    let ref: LLVMContextRef

    /// - Parameter keepsNames: values keep the names given to them (for people who read the IR).
    public init(keepsNames: Bool) {
        ref = LLVMContextCreate()
        LLVMContextSetDiscardValueNames(ref, keepsNames ? 0 : 1)
    }

    deinit { LLVMContextDispose(ref) }

    public var void: Type { Type(ref: LLVMVoidTypeInContext(ref)) }
    public var pointer: Type { pointer(addressSpace: 0) }
    public func pointer(addressSpace: Int) -> Type { Type(ref: LLVMPointerTypeInContext(ref, UInt32(addressSpace))) }
    public var float: Type { Type(ref: LLVMFloatTypeInContext(ref)) }
    public var double: Type { Type(ref: LLVMDoubleTypeInContext(ref)) }
    public func integer(bitCount: Int) -> Type { Type(ref: LLVMIntTypeInContext(ref, UInt32(bitCount))) }

    public func structure(_ fields: [Type]) -> Type {
        var refs: [LLVMTypeRef?] = fields.map(\.ref)
        return Type(ref: LLVMStructTypeInContext(ref, &refs, UInt32(refs.count), 0))
    }

    public func attribute(_ name: String, _ value: UInt64 = 0) -> Attribute {
        Attribute(ref: LLVMCreateEnumAttribute(ref, LLVMGetEnumAttributeKindForName(name, name.utf8.count), value))
    }

    public func attribute(_ name: String, _ value: String) -> Attribute {
        Attribute(
            ref: LLVMCreateStringAttribute(
                ref, name, UInt32(name.utf8.count), value, UInt32(value.utf8.count)))
    }

    // MARK: Metadata

    public func metadataKind(_ name: String) -> MetadataKind {
        MetadataKind(id: LLVMGetMDKindIDInContext(ref, name, UInt32(name.utf8.count)))
    }

    public func metadata(_ text: String) -> Metadata {
        Metadata(ref: LLVMMDStringInContext2(ref, text, text.utf8.count))
    }

    public func metadata(_ constant: Value) -> Metadata { Metadata(ref: LLVMValueAsMetadata(constant.ref)) }

    public func metadata(_ operands: [Metadata]) -> Metadata {
        var refs: [LLVMMetadataRef?] = operands.map(\.ref)
        return Metadata(ref: LLVMMDNodeInContext2(ref, &refs, refs.count))
    }

    /// Metadata as the operand of a call.
    public func value(_ metadata: Metadata) -> Value { Value(ref: LLVMMetadataAsValue(ref, metadata.ref)) }
}

/// An attribute of functions, parameters or calls.
public struct Attribute {
    let ref: LLVMAttributeRef
}

/// A node or string of metadata.
public struct Metadata {
    let ref: LLVMMetadataRef
}

/// A kind of metadata attached to instructions, such as `tbaa`.
public struct MetadataKind {
    let id: UInt32
}
