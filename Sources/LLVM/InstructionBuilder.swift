internal import CLLVM

/// Appends instructions to a basic block.
///
/// No method sets a flag that makes overflow undefined: WebAssembly's arithmetic wraps.
public struct Builder: ~Copyable {
    let ref: LLVMBuilderRef
    let context: Context

    public init(in context: Context) {
        ref = LLVMCreateBuilderInContext(context.ref)
        self.context = context
    }

    deinit { LLVMDisposeBuilder(ref) }

    public func position(atEndOf block: BasicBlock) { LLVMPositionBuilderAtEnd(ref, block.ref) }
    public var block: BasicBlock { BasicBlock(ref: LLVMGetInsertBlock(ref)) }

    // MARK: Arithmetic

    public enum BinaryOperator: Sendable {
        case add, sub, mul, sdiv, udiv, srem, urem, and, or, xor, shl, lshr, ashr, fadd, fsub, fmul, fdiv

        var opcode: LLVMOpcode {
            switch self {
            case .add: LLVMAdd
            case .sub: LLVMSub
            case .mul: LLVMMul
            case .sdiv: LLVMSDiv
            case .udiv: LLVMUDiv
            case .srem: LLVMSRem
            case .urem: LLVMURem
            case .and: LLVMAnd
            case .or: LLVMOr
            case .xor: LLVMXor
            case .shl: LLVMShl
            case .lshr: LLVMLShr
            case .ashr: LLVMAShr
            case .fadd: LLVMFAdd
            case .fsub: LLVMFSub
            case .fmul: LLVMFMul
            case .fdiv: LLVMFDiv
            }
        }
    }

    public func binary(_ operation: BinaryOperator, _ a: Value, _ b: Value) -> Value {
        Value(ref: LLVMBuildBinOp(ref, operation.opcode, a.ref, b.ref, ""))
    }

    public func freeze(_ value: Value) -> Value { Value(ref: LLVMBuildFreeze(ref, value.ref, "")) }

    public func fneg(_ value: Value) -> Value { Value(ref: LLVMBuildFNeg(ref, value.ref, "")) }

    public enum IntegerPredicate: Sendable {
        case eq, ne, slt, sle, sgt, sge, ult, ule, ugt, uge

        var predicate: LLVMIntPredicate {
            switch self {
            case .eq: LLVMIntEQ
            case .ne: LLVMIntNE
            case .slt: LLVMIntSLT
            case .sle: LLVMIntSLE
            case .sgt: LLVMIntSGT
            case .sge: LLVMIntSGE
            case .ult: LLVMIntULT
            case .ule: LLVMIntULE
            case .ugt: LLVMIntUGT
            case .uge: LLVMIntUGE
            }
        }
    }

    public func compare(_ predicate: IntegerPredicate, _ a: Value, _ b: Value) -> Value {
        Value(ref: LLVMBuildICmp(ref, predicate.predicate, a.ref, b.ref, ""))
    }

    public enum FloatPredicate: Sendable {
        case oeq, une, olt, ole, ogt, oge, uno, ord

        var predicate: LLVMRealPredicate {
            switch self {
            case .oeq: LLVMRealOEQ
            case .une: LLVMRealUNE
            case .olt: LLVMRealOLT
            case .ole: LLVMRealOLE
            case .ogt: LLVMRealOGT
            case .oge: LLVMRealOGE
            case .uno: LLVMRealUNO
            case .ord: LLVMRealORD
            }
        }
    }

    public func compare(_ predicate: FloatPredicate, _ a: Value, _ b: Value) -> Value {
        Value(ref: LLVMBuildFCmp(ref, predicate.predicate, a.ref, b.ref, ""))
    }

    public func select(_ condition: Value, _ a: Value, _ b: Value) -> Value {
        Value(ref: LLVMBuildSelect(ref, condition.ref, a.ref, b.ref, ""))
    }

    public enum Cast: Sendable {
        case trunc, zext, sext, fptoui, fptosi, uitofp, sitofp, fptrunc, fpext, ptrtoint, inttoptr, bitcast

        var opcode: LLVMOpcode {
            switch self {
            case .trunc: LLVMTrunc
            case .zext: LLVMZExt
            case .sext: LLVMSExt
            case .fptoui: LLVMFPToUI
            case .fptosi: LLVMFPToSI
            case .uitofp: LLVMUIToFP
            case .sitofp: LLVMSIToFP
            case .fptrunc: LLVMFPTrunc
            case .fpext: LLVMFPExt
            case .ptrtoint: LLVMPtrToInt
            case .inttoptr: LLVMIntToPtr
            case .bitcast: LLVMBitCast
            }
        }
    }

    public func cast(_ operation: Cast, _ value: Value, to type: Type) -> Value {
        Value(ref: LLVMBuildCast(ref, operation.opcode, value.ref, type.ref, ""))
    }

    // MARK: Vectors

    public func extractLane(_ vector: Value, _ lane: Value) -> Value {
        Value(ref: LLVMBuildExtractElement(ref, vector.ref, lane.ref, ""))
    }

    public func insertLane(_ vector: Value, _ lane: Value, _ element: Value) -> Value {
        Value(ref: LLVMBuildInsertElement(ref, vector.ref, element.ref, lane.ref, ""))
    }

    /// Lanes of `a` and `b`, counted through both.
    public func shuffle(_ a: Value, _ b: Value, _ lanes: some Sequence<Int>) -> Value {
        let index = context.integer(bitCount: 32)
        let mask = Type.constantVector(lanes.map { index.constant($0) })
        return Value(ref: LLVMBuildShuffleVector(ref, a.ref, b.ref, mask.ref, ""))
    }

    // MARK: Memory

    public func alloca(_ type: Type, alignment: Int = 0) -> Value {
        let value = Value(ref: LLVMBuildAlloca(ref, type.ref, ""))
        if alignment > 0 { value.setAlignment(alignment) }
        return value
    }

    /// As many bytes; the count is the instruction's operand 0.
    public func alloca(bytes count: Value, alignment: Int) -> Value {
        let byte = context.integer(bitCount: 8)
        let value = Value(ref: LLVMBuildArrayAlloca(ref, byte.ref, count.ref, ""))
        value.setAlignment(alignment)
        return value
    }

    public func load(_ type: Type, _ pointer: Value, alignment: Int = 0) -> Value {
        let value = Value(ref: LLVMBuildLoad2(ref, type.ref, pointer.ref, ""))
        if alignment > 0 { value.setAlignment(alignment) }
        return value
    }

    @discardableResult public func store(_ value: Value, _ pointer: Value, alignment: Int = 0) -> Value {
        let store = Value(ref: LLVMBuildStore(ref, value.ref, pointer.ref))
        if alignment > 0 { store.setAlignment(alignment) }
        return store
    }

    /// `pointer` plus `index` elements of `type`, with no promise about where it points.
    // MARK: Atomic operations, each sequentially consistent and aligned as its type

    public enum AtomicUpdate {
        case add, subtract, and, or, xor, exchange

        fileprivate var llvm: LLVMAtomicRMWBinOp {
            switch self {
            case .add: LLVMAtomicRMWBinOpAdd
            case .subtract: LLVMAtomicRMWBinOpSub
            case .and: LLVMAtomicRMWBinOpAnd
            case .or: LLVMAtomicRMWBinOpOr
            case .xor: LLVMAtomicRMWBinOpXor
            case .exchange: LLVMAtomicRMWBinOpXchg
            }
        }
    }

    public func atomicLoad(_ type: Type, _ pointer: Value, byteCount: Int) -> Value {
        let value = load(type, pointer, alignment: byteCount)
        LLVMSetOrdering(value.ref, LLVMAtomicOrderingSequentiallyConsistent)
        return value
    }

    public func atomicStore(_ value: Value, _ pointer: Value, byteCount: Int) -> Value {
        let store = store(value, pointer, alignment: byteCount)
        LLVMSetOrdering(store.ref, LLVMAtomicOrderingSequentiallyConsistent)
        return store
    }

    /// What was there before.
    public func atomicUpdate(_ update: AtomicUpdate, _ pointer: Value, _ value: Value) -> Value {
        Value(
            ref: LLVMBuildAtomicRMW(
                ref, update.llvm, pointer.ref, value.ref, LLVMAtomicOrderingSequentiallyConsistent, 0))
    }

    /// A pair: what was there before, and whether it was the expected value.
    public func atomicCompareExchange(_ pointer: Value, expected: Value, replacement: Value) -> Value {
        Value(
            ref: LLVMBuildAtomicCmpXchg(
                ref, pointer.ref, expected.ref, replacement.ref, LLVMAtomicOrderingSequentiallyConsistent,
                LLVMAtomicOrderingSequentiallyConsistent, 0))
    }

    public func fence() { LLVMBuildFence(ref, LLVMAtomicOrderingSequentiallyConsistent, 0, "") }

    // MARK: Addresses

    public func offset(_ pointer: Value, by index: Value, of type: Type) -> Value {
        var index: LLVMValueRef? = index.ref
        return Value(ref: LLVMBuildGEP2(ref, type.ref, pointer.ref, &index, 1, ""))
    }

    /// `memmove` of bytes.
    public func moveMemory(to destination: Value, from source: Value, byteCount: Value) -> Value {
        Value(ref: LLVMBuildMemMove(ref, destination.ref, 1, source.ref, 1, byteCount.ref))
    }

    /// `memset` of bytes.
    public func setMemory(_ destination: Value, byte: Value, byteCount: Value) -> Value {
        Value(ref: LLVMBuildMemSet(ref, destination.ref, byte.ref, byteCount.ref, 1))
    }

    // MARK: Structures

    public func extractValue(_ structure: Value, _ index: Int) -> Value {
        Value(ref: LLVMBuildExtractValue(ref, structure.ref, UInt32(index), ""))
    }

    public func insertValue(_ structure: Value, _ field: Value, _ index: Int) -> Value {
        Value(ref: LLVMBuildInsertValue(ref, structure.ref, field.ref, UInt32(index), ""))
    }

    // MARK: Control

    public func call(_ type: Type, _ function: Value, _ arguments: [Value]) -> Value {
        var refs: [LLVMValueRef?] = arguments.map(\.ref)
        return Value(ref: LLVMBuildCall2(ref, type.ref, function.ref, &refs, UInt32(refs.count), ""))
    }

    /// Calls a function by its calling convention.
    @discardableResult public func call(_ function: Function, _ arguments: [Value]) -> Value {
        let call = call(function.type, function.value, arguments)
        LLVMSetInstructionCallConv(call.ref, LLVMGetFunctionCallConv(function.value.ref))
        return call
    }

    /// A call whose exceptions go to a landing pad; the code after it follows in a block of its own.
    public func invoke(_ type: Type, _ function: Value, _ arguments: [Value], landingPad: BasicBlock) -> Value {
        let after = BasicBlock(
            ref: LLVMAppendBasicBlockInContext(context.ref, LLVMGetBasicBlockParent(block.ref), ""))
        var refs: [LLVMValueRef?] = arguments.map(\.ref)
        let call = Value(
            ref: LLVMBuildInvoke2(
                ref, type.ref, function.ref, &refs, UInt32(refs.count), after.ref, landingPad.ref, ""))
        after.move(after: block)
        position(atEndOf: after)
        return call
    }

    /// Begins a landing pad: exceptions of calls get here, whatever they are.
    public func landingPad() {
        var fields: [LLVMTypeRef?] = [context.pointer.ref, context.integer(bitCount: 32).ref]
        let type = LLVMStructTypeInContext(context.ref, &fields, 2, 0)
        let pad = LLVMBuildLandingPad(ref, type, nil, 0, "")
        LLVMSetCleanup(pad, 1)
    }

    /// The same value, of which LLVM knows nothing. It is made before the call that follows here, if any does.
    public func concealed(_ value: Value) -> Value {
        var parameter: LLVMTypeRef? = value.type.ref
        let type = LLVMFunctionType(value.type.ref, &parameter, 1, 0)
        let constraints = "=r,0"
        let code = LLVMGetInlineAsm(
            type, "", 0, constraints, constraints.utf8.count, /*HasSideEffects:*/ 1, 0, LLVMInlineAsmDialectATT, 0)
        var argument: LLVMValueRef? = value.ref
        return Value(ref: LLVMBuildCall2(ref, type, code, &argument, 1, ""))
    }

    public func phi(_ type: Type) -> Value { Value(ref: LLVMBuildPhi(ref, type.ref, "")) }

    public func branch(to block: BasicBlock) { LLVMBuildBr(ref, block.ref) }

    public func branch(if condition: Value, to block: BasicBlock, else other: BasicBlock) {
        _ = conditionalBranch(condition, to: block, else: other)
    }

    /// The same, for what is to be said of the branch.
    public func conditionalBranch(_ condition: Value, to block: BasicBlock, else other: BasicBlock) -> Value {
        Value(ref: LLVMBuildCondBr(ref, condition.ref, block.ref, other.ref))
    }

    public func switchOn(_ value: Value, default block: BasicBlock, caseCount: Int) -> Value {
        Value(ref: LLVMBuildSwitch(ref, value.ref, block.ref, UInt32(caseCount)))
    }

    public func `return`(_ value: Value?) {
        if let value { LLVMBuildRet(ref, value.ref) } else { LLVMBuildRetVoid(ref) }
    }

    public func unreachable() { LLVMBuildUnreachable(ref) }
}
