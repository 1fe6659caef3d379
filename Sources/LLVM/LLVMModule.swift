internal import CLLVM

/// A unit of code generation.
public struct Module: ~Copyable {
    let ref: LLVMModuleRef
    let context: Context

    public init(name: String, in context: Context) {
        ref = LLVMModuleCreateWithNameInContext(name, context.ref)
        self.context = context
    }

    init(ref: LLVMModuleRef, context: Context) {
        self.ref = ref
        self.context = context
    }

    deinit { LLVMDisposeModule(ref) }

    /// Takes the target's triple and data layout.
    public func setTarget(_ machine: borrowing TargetMachine) {
        LLVMSetTarget(ref, machine.triple)
        let layout = LLVMCreateTargetDataLayout(machine.ref)
        LLVMSetModuleDataLayout(ref, layout)
        LLVMDisposeTargetData(layout)
    }

    public func addFunction(_ name: String, _ type: Type) -> Function {
        Function(value: Value(ref: LLVMAddFunction(ref, name, type.ref)), type: type, context: context.ref)
    }

    /// The declaration of an intrinsic; `overloads` are the types in its name.
    public func intrinsic(_ name: StaticString, _ overloads: [Type]) -> Function {
        var refs: [LLVMTypeRef?] = overloads.map(\.ref)
        let id = name.withUTF8Buffer { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { LLVMLookupIntrinsicID($0.baseAddress, $0.count) }
        }
        let value = LLVMGetIntrinsicDeclaration(ref, id, &refs, refs.count)!
        return Function(
            value: Value(ref: value), type: Type(ref: LLVMIntrinsicGetType(context.ref, id, &refs, refs.count)),
            context: context.ref)
    }

    /// A constant of this module.
    ///
    /// - Parameter isOpaque: the optimiser must load it and may not know its value.
    public func addPrivateConstant(_ initialValue: Value, isOpaque: Bool = false) -> Value {
        let global = LLVMAddGlobal(ref, initialValue.type.ref, "")!
        LLVMSetGlobalConstant(global, 1)
        LLVMSetLinkage(global, LLVMPrivateLinkage)
        LLVMSetInitializer(global, initialValue.ref)
        LLVMSetExternallyInitialized(global, isOpaque ? 1 : 0)
        return Value(ref: global)
    }

    /// A constant of the program, which some module of it defines.
    public func hiddenConstant(_ name: String, _ type: Type) -> Value {
        if let known = LLVMGetNamedGlobal(ref, name) { return Value(ref: known) }
        let global = LLVMAddGlobal(ref, type.ref, name)!
        LLVMSetGlobalConstant(global, 1)
        LLVMSetVisibility(global, LLVMHiddenVisibility)
        return Value(ref: global)
    }

    public func define(_ constant: Value, _ initialValue: Value) { LLVMSetInitializer(constant.ref, initialValue.ref) }

    public func function(named name: String) -> Value? { LLVMGetNamedFunction(ref, name).map { Value(ref: $0) } }

    /// - Throws: ``LLVMError`` with LLVM's words when the module breaks a rule of the IR.
    public func verify() throws(LLVMError) {
        var message: UnsafeMutablePointer<CChar>?
        let failed = LLVMVerifyModule(ref, LLVMReturnStatusAction, &message)
        defer { LLVMDisposeMessage(message) }
        if failed != 0 { throw LLVMError(message.map { String(cString: $0) } ?? "the module does not verify") }
    }

    /// The module in LLVM's text form.
    public var text: String {
        let message = LLVMPrintModuleToString(ref)
        defer { LLVMDisposeMessage(message) }
        return message.map { String(cString: $0) } ?? ""
    }
}

/// What LLVM says went wrong.
public struct LLVMError: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
