internal import CLLVM

/// Why LLVM refused something.
public struct LLVMError: Error, CustomStringConvertible {
    public var description: String
}

/// A module of LLVM IR together with the context it lives in. Values, types and blocks made from it are valid as long
/// as it lives; it is used by one thread.
public struct IRModule: ~Copyable {
    let context: LLVMContextRef
    let module: LLVMModuleRef

    public init(name: String, discardsValueNames: Bool) {
        context = LLVMContextCreate()
        LLVMContextSetDiscardValueNames(context, discardsValueNames ? 1 : 0)
        module = LLVMModuleCreateWithNameInContext(name, context)
    }

    deinit {
        LLVMDisposeModule(module)
        LLVMContextDispose(context)
    }

    // MARK: Types

    public func integer(bitCount: Int) -> IRType { IRType(ref: LLVMIntTypeInContext(context, UInt32(bitCount))) }
    public var float: IRType { IRType(ref: LLVMFloatTypeInContext(context)) }
    public var double: IRType { IRType(ref: LLVMDoubleTypeInContext(context)) }
    public var void: IRType { IRType(ref: LLVMVoidTypeInContext(context)) }
    public var pointer: IRType { IRType(ref: LLVMPointerTypeInContext(context, 0)) }
    public func vector(of element: IRType, count: Int) -> IRType {
        IRType(ref: LLVMVectorType(element.ref, UInt32(count)))
    }
    public func array(of element: IRType, count: Int) -> IRType {
        IRType(ref: LLVMArrayType2(element.ref, UInt64(count)))
    }
    public func structure(_ elements: [IRType]) -> IRType {
        var refs: [LLVMTypeRef?] = elements.map(\.ref)
        return IRType(ref: LLVMStructTypeInContext(context, &refs, UInt32(refs.count), 0))
    }
    public func function(_ parameters: [IRType], returning result: IRType) -> IRType {
        var refs: [LLVMTypeRef?] = parameters.map(\.ref)
        return IRType(ref: LLVMFunctionType(result.ref, &refs, UInt32(refs.count), 0))
    }

    // MARK: Functions and globals

    public func function(named name: String) -> IRValue? {
        LLVMGetNamedFunction(module, name).map(IRValue.init(ref:))
    }

    /// A new function; hidden symbols are reached without a global offset table.
    public func addFunction(_ name: String, _ type: IRType) -> IRValue {
        let function = IRValue(ref: LLVMAddFunction(module, name, type.ref))
        LLVMSetVisibility(function.ref, LLVMHiddenVisibility)
        return function
    }

    public func addConstant(_ name: String, _ type: IRType, initializer: IRValue?) -> IRValue {
        let global = IRValue(ref: LLVMAddGlobal(module, type.ref, name))
        LLVMSetGlobalConstant(global.ref, 1)
        LLVMSetVisibility(global.ref, LLVMHiddenVisibility)
        if let initializer { LLVMSetInitializer(global.ref, initializer.ref) }
        return global
    }

    public func constant(named name: String) -> IRValue? { LLVMGetNamedGlobal(module, name).map(IRValue.init(ref:)) }

    public func appendBlock(_ name: String, to function: IRValue) -> IRBlock {
        IRBlock(ref: LLVMAppendBasicBlockInContext(context, function.ref, name))
    }

    /// An attribute of the function (`index` nil) or of a parameter.
    public func addAttribute(_ name: String, value: UInt64 = 0, to function: IRValue, parameter: Int? = nil) {
        let kind = LLVMGetEnumAttributeKindForName(name, name.utf8.count)
        let attribute = LLVMCreateEnumAttribute(context, kind, value)
        let index = parameter.map { UInt32($0 + 1) } ?? UInt32(bitPattern: -1)
        LLVMAddAttributeAtIndex(function.ref, index, attribute)
    }

    public func addStringAttribute(_ name: String, _ value: String, to function: IRValue) {
        let attribute = LLVMCreateStringAttribute(
            context, name, UInt32(name.utf8.count), value, UInt32(value.utf8.count))
        LLVMAddAttributeAtIndex(function.ref, UInt32(bitPattern: -1), attribute)
    }

    // MARK: Metadata

    public func metadata(_ text: String) -> IRValue {
        IRValue(ref: LLVMMetadataAsValue(context, LLVMMDStringInContext2(context, text, text.utf8.count)))
    }

    public func metadata(_ operands: [IRValue]) -> IRValue {
        var refs: [LLVMMetadataRef?] = operands.map { LLVMValueAsMetadata($0.ref) }
        return IRValue(ref: LLVMMetadataAsValue(context, LLVMMDNodeInContext2(context, &refs, refs.count)))
    }

    public func metadataKind(_ name: String) -> UInt32 {
        LLVMGetMDKindIDInContext(context, name, UInt32(name.utf8.count))
    }

    // MARK: Whole modules

    public func setTarget(_ machine: borrowing TargetMachine) {
        LLVMSetTarget(module, machine.triple)
        let layout = LLVMCreateTargetDataLayout(machine.ref)
        LLVMSetModuleDataLayout(module, layout)
        LLVMDisposeTargetData(layout)
    }

    public func verify() throws(LLVMError) {
        var message: UnsafeMutablePointer<CChar>?
        let isBroken = LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0
        defer { LLVMDisposeMessage(message) }
        if isBroken { throw LLVMError(description: message.map { String(cString: $0) } ?? "the IR is not valid") }
    }

    /// Runs a textual pass pipeline such as `default<O2>`.
    public func run(passes: String, on machine: borrowing TargetMachine) throws(LLVMError) {
        let options = LLVMCreatePassBuilderOptions()
        defer { LLVMDisposePassBuilderOptions(options) }
        LLVMPassBuilderOptionsSetLoopVectorization(options, 1)
        LLVMPassBuilderOptionsSetSLPVectorization(options, 1)
        LLVMPassBuilderOptionsSetLoopInterleaving(options, 1)
        LLVMPassBuilderOptionsSetLoopUnrolling(options, 1)
        if let error = LLVMRunPasses(module, passes, machine.ref, options) {
            let message = LLVMGetErrorMessage(error)
            defer { LLVMDisposeErrorMessage(message) }
            throw LLVMError(description: message.map { String(cString: $0) } ?? "the passes failed")
        }
    }

    public var text: String {
        let text = LLVMPrintModuleToString(module)
        defer { LLVMDisposeMessage(text) }
        return text.map { String(cString: $0) } ?? ""
    }
}

/// A type of LLVM IR.
public struct IRType: Hashable {
    let ref: LLVMTypeRef
    init(ref: LLVMTypeRef!) { self.ref = ref }

    /// An integer constant of this type.
    public func constant(_ bits: UInt64) -> IRValue { IRValue(ref: LLVMConstInt(ref, bits, 0)) }
    /// A float constant of this type.
    public func floatConstant(_ value: Double) -> IRValue { IRValue(ref: LLVMConstReal(ref, value)) }
    public var undefined: IRValue { IRValue(ref: LLVMGetPoison(ref)) }
    public var zero: IRValue { IRValue(ref: LLVMConstNull(ref)) }
}

/// A value of LLVM IR.
public struct IRValue: Hashable {
    let ref: LLVMValueRef
    init(ref: LLVMValueRef!) { self.ref = ref }

    public var type: IRType { IRType(ref: LLVMTypeOf(ref)) }
    public var isConstant: Bool { LLVMIsConstant(ref) != 0 }
    public func parameter(_ index: Int) -> IRValue { IRValue(ref: LLVMGetParam(ref, UInt32(index))) }
    public var isFloatExtension: Bool { LLVMIsAFPExtInst(ref) != nil }

    public func bitcast(to type: IRType) -> IRValue { IRValue(ref: LLVMConstBitCast(ref, type.ref)) }

    public func setMetadata(kind: UInt32, _ node: IRValue) { LLVMSetMetadata(ref, kind, node.ref) }
    public func setAlignment(_ byteCount: Int) { LLVMSetAlignment(ref, UInt32(byteCount)) }
    public func setVolatile() { LLVMSetVolatile(ref, 1) }

    public func addIncoming(_ value: IRValue, from block: IRBlock) {
        var values: [LLVMValueRef?] = [value.ref]
        var blocks: [LLVMBasicBlockRef?] = [block.ref]
        LLVMAddIncoming(ref, &values, &blocks, 1)
    }

    public func addCase(_ value: IRValue, _ block: IRBlock) { LLVMAddCase(ref, value.ref, block.ref) }
}

/// A basic block of LLVM IR.
public struct IRBlock: Hashable {
    let ref: LLVMBasicBlockRef
    init(ref: LLVMBasicBlockRef!) { self.ref = ref }

    /// Moves this block to the end of its function, so that blocks read in the order of the source.
    public func moveToEnd(of function: IRValue) {
        if let last = LLVMGetLastBasicBlock(function.ref), last != ref { LLVMMoveBasicBlockAfter(ref, last) }
    }
}
