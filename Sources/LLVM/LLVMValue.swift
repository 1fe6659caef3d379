internal import CLLVM

/// A value, valid as long as its module.
public struct Value: Hashable {
    let ref: LLVMValueRef

    public var type: Type { Type(ref: LLVMTypeOf(ref)) }
    /// The value is a sum, difference, product or quotient of floating-point numbers or vectors, seen as their type.
    public var isFloatArithmetic: Bool {
        let value = withoutCasts
        guard LLVMIsABinaryOperator(value.ref) != nil, value.type == type else { return false }
        return [LLVMFAdd, LLVMFSub, LLVMFMul, LLVMFDiv].contains(LLVMGetInstructionOpcode(value.ref))
    }
    /// The value is loaded, an argument or a phi, whatever type it is seen as.
    public var isUncalculated: Bool {
        let value = withoutCasts.ref
        return LLVMIsALoadInst(value) != nil || LLVMIsAArgument(value) != nil || LLVMIsAPHINode(value) != nil
    }
    /// The value before it was seen as another type, or frozen.
    private var withoutCasts: Value {
        var value = ref
        while LLVMIsABitCastInst(value) != nil || LLVMIsAFreezeInst(value) != nil { value = LLVMGetOperand(value, 0) }
        return Value(ref: value)
    }
    public var isConstant: Bool { LLVMIsConstant(ref) != 0 }
    /// The value of a floating-point constant.
    public var floatConstant: Double? {
        guard LLVMIsAConstantFP(ref) != nil else { return nil }
        var losesInformation: LLVMBool = 0
        return LLVMConstRealGetDouble(ref, &losesInformation)
    }
    /// The value of an integer constant of at most 64 bits, unsigned.
    public var integerConstant: UInt64? { LLVMIsAConstantInt(ref) == nil ? nil : LLVMConstIntGetZExtValue(ref) }
    /// The truth value that was widened to this integer.
    public var widenedBoolean: Value? {
        guard LLVMIsAZExtInst(ref) != nil, let operand = LLVMGetOperand(ref, 0) else { return nil }
        let boolean = Value(ref: operand)
        return boolean.type.integerBitCount == 1 ? boolean : nil
    }

    public func setName(_ name: String) { LLVMSetValueName2(ref, name, name.utf8.count) }
    /// An access that happens once and as a whole, whatever other threads do, and in no order with others.
    public func setMonotonic() { LLVMSetOrdering(ref, LLVMAtomicOrderingMonotonic) }
    public func setVolatile() { LLVMSetVolatile(ref, 1) }
    public func setAlignment(_ byteCount: Int) { LLVMSetAlignment(ref, UInt32(byteCount)) }
    public func setMetadata(_ kind: MetadataKind, _ node: Value) { LLVMSetMetadata(ref, kind.id, node.ref) }

    /// Replaces an operand of an instruction.
    public func setOperand(_ index: Int, _ value: Value) { LLVMSetOperand(ref, UInt32(index), value.ref) }

    /// Adds an attribute to a call.
    public func addCallAttribute(_ attribute: Attribute) {
        LLVMAddCallSiteAttribute(ref, UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)), attribute.ref)
    }

    /// The called function leaves all registers but its result's as they are: see ``Function/preservesRegisters()``.
    public func preservesRegisters() { LLVMSetInstructionCallConv(ref, LLVMPreserveAllCallConv.rawValue) }

    /// The called function keeps no register for its callers: see ``Function/setPreservesNothing()``.
    public func setPreservesNothing() { LLVMSetInstructionCallConv(ref, Function.preserveNone) }

    /// Makes a call take the place of its function's frame; the function's return follows at once.
    public func setMustTail() { LLVMSetTailCallKind(ref, LLVMTailCallKindMustTail) }

    /// Adds an edge to a phi.
    public func addIncoming(_ value: Value, from block: BasicBlock) {
        var value: LLVMValueRef? = value.ref
        var block: LLVMBasicBlockRef? = block.ref
        LLVMAddIncoming(ref, &value, &block, 1)
    }

    /// Adds a case to a switch.
    public func addCase(_ constant: Value, _ block: BasicBlock) { LLVMAddCase(ref, constant.ref, block.ref) }

    /// How many bytes the address lies after another one, as a constant.
    public func distance(from start: Value, as type: Type) -> Value {
        let i64 = LLVMInt64TypeInContext(LLVMGetTypeContext(type.ref))
        let bytes = LLVMConstSub(LLVMConstPtrToInt(ref, i64), LLVMConstPtrToInt(start.ref, i64))
        return Value(ref: LLVMConstTrunc(bytes, type.ref))
    }

    /// Removes an instruction that nothing uses.
    public func erase() { LLVMInstructionEraseFromParent(ref) }
}

/// A basic block, valid as long as its function.
public struct BasicBlock: Hashable {
    let ref: LLVMBasicBlockRef

    public func move(after block: BasicBlock) { LLVMMoveBasicBlockAfter(ref, block.ref) }
    public func setName(_ name: String) { LLVMSetValueName2(LLVMBasicBlockAsValue(ref), name, name.utf8.count) }
}

/// A function of a module, valid as long as the module.
public struct Function {
    public let value: Value
    public let type: Type
    let context: LLVMContextRef

    public func parameter(_ index: Int) -> Value { Value(ref: LLVMGetParam(value.ref, UInt32(index))) }
    public var parameters: [Value] { (0..<Int(LLVMCountParams(value.ref))).map(parameter) }

    public var name: String {
        var length = 0
        guard let start = LLVMGetValueName2(value.ref, &length) else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }

    public func appendBlock() -> BasicBlock { BasicBlock(ref: LLVMAppendBasicBlockInContext(context, value.ref, "")) }

    public func addAttribute(_ attribute: Attribute) {
        LLVMAddAttributeAtIndex(value.ref, UInt32(bitPattern: Int32(LLVMAttributeFunctionIndex)), attribute.ref)
    }

    public func addAttribute(_ attribute: Attribute, parameter index: Int) {
        LLVMAddAttributeAtIndex(value.ref, UInt32(index + 1), attribute.ref)
    }

    /// How often it was entered.
    public func setEntryCount(_ count: UInt64) {
        let name = "function_entry_count"
        let number = LLVMConstInt(LLVMInt64TypeInContext(context), count, 0)
        var operands = [
            LLVMMDStringInContext2(context, name, name.utf8.count), LLVMValueAsMetadata(number),
        ]
        let node = LLVMMDNodeInContext2(context, &operands, operands.count)
        LLVMGlobalSetMetadata(value.ref, LLVMGetMDKindIDInContext(context, "prof", 4), node)
    }

    /// Visible to the other objects that are loaded together, and to nobody else.
    public func setHidden() { LLVMSetVisibility(value.ref, LLVMHiddenVisibility) }
    /// The function saves all registers but its result's; its calls have to know it, too.
    public func preservesRegisters() { LLVMSetFunctionCallConv(value.ref, LLVMPreserveAllCallConv.rawValue) }
    /// The function saves no register but the frame pointer, and takes more arguments in registers.
    public func setPreservesNothing() { LLVMSetFunctionCallConv(value.ref, Self.preserveNone) }
    public var preservesNothing: Bool { LLVMGetFunctionCallConv(value.ref) == Self.preserveNone }
    /// LLVM's C interface has no name for this calling convention.
    static let preserveNone: UInt32 = 21
    /// The function has landing pads, of which only our own table tells.
    public func hasLandingPads() {
        LLVMSetPersonalityFn(value.ref, LLVMConstPointerNull(LLVMPointerTypeInContext(context, 0)))
    }
    public func setInternal() { LLVMSetLinkage(value.ref, LLVMInternalLinkage) }
}
