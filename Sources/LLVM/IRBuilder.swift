internal import CLLVM

/// Appends instructions to a block.
public struct IRBuilder: ~Copyable {
    let ref: LLVMBuilderRef
    let context: LLVMContextRef
    let module: LLVMModuleRef

    public init(_ module: borrowing IRModule) {
        context = module.context
        self.module = module.module
        ref = LLVMCreateBuilderInContext(module.context)
    }

    deinit { LLVMDisposeBuilder(ref) }

    public func move(to block: IRBlock) { LLVMPositionBuilderAtEnd(ref, block.ref) }
    public var block: IRBlock { IRBlock(ref: LLVMGetInsertBlock(ref)) }

    // MARK: Arithmetic

    public enum Binary {
        case add, sub, mul, udiv, sdiv, urem, srem, and, or, xor, shl, lshr, ashr, fadd, fsub, fmul, fdiv

        var opcode: LLVMOpcode {
            switch self {
            case .add: LLVMAdd
            case .sub: LLVMSub
            case .mul: LLVMMul
            case .udiv: LLVMUDiv
            case .sdiv: LLVMSDiv
            case .urem: LLVMURem
            case .srem: LLVMSRem
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

    public func binary(_ operation: Binary, _ left: IRValue, _ right: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildBinOp(ref, operation.opcode, left.ref, right.ref, ""))
    }

    public enum IntegerPredicate {
        case eq, ne, ugt, uge, ult, ule, sgt, sge, slt, sle

        var predicate: LLVMIntPredicate {
            switch self {
            case .eq: LLVMIntEQ
            case .ne: LLVMIntNE
            case .ugt: LLVMIntUGT
            case .uge: LLVMIntUGE
            case .ult: LLVMIntULT
            case .ule: LLVMIntULE
            case .sgt: LLVMIntSGT
            case .sge: LLVMIntSGE
            case .slt: LLVMIntSLT
            case .sle: LLVMIntSLE
            }
        }
    }

    public func compare(_ predicate: IntegerPredicate, _ left: IRValue, _ right: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildICmp(ref, predicate.predicate, left.ref, right.ref, ""))
    }

    public enum FloatPredicate {
        case oeq, une, olt, ogt, ole, oge, uno

        var predicate: LLVMRealPredicate {
            switch self {
            case .oeq: LLVMRealOEQ
            case .une: LLVMRealUNE
            case .olt: LLVMRealOLT
            case .ogt: LLVMRealOGT
            case .ole: LLVMRealOLE
            case .oge: LLVMRealOGE
            case .uno: LLVMRealUNO
            }
        }
    }

    public func compare(_ predicate: FloatPredicate, _ left: IRValue, _ right: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildFCmp(ref, predicate.predicate, left.ref, right.ref, ""))
    }

    public func negate(_ value: IRValue) -> IRValue { IRValue(ref: LLVMBuildFNeg(ref, value.ref, "")) }

    public enum Cast {
        case truncate, zeroExtend, signExtend, floatToSigned, floatToUnsigned, signedToFloat, unsignedToFloat
        case floatTruncate, floatExtend, bitcast, pointerToInteger, integerToPointer

        var opcode: LLVMOpcode {
            switch self {
            case .truncate: LLVMTrunc
            case .zeroExtend: LLVMZExt
            case .signExtend: LLVMSExt
            case .floatToSigned: LLVMFPToSI
            case .floatToUnsigned: LLVMFPToUI
            case .signedToFloat: LLVMSIToFP
            case .unsignedToFloat: LLVMUIToFP
            case .floatTruncate: LLVMFPTrunc
            case .floatExtend: LLVMFPExt
            case .bitcast: LLVMBitCast
            case .pointerToInteger: LLVMPtrToInt
            case .integerToPointer: LLVMIntToPtr
            }
        }
    }

    public func cast(_ cast: Cast, _ value: IRValue, to type: IRType) -> IRValue {
        IRValue(ref: LLVMBuildCast(ref, cast.opcode, value.ref, type.ref, ""))
    }

    public func select(_ condition: IRValue, _ first: IRValue, _ second: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildSelect(ref, condition.ref, first.ref, second.ref, ""))
    }

    /// Calls an intrinsic that is overloaded on `types`.
    public func intrinsic(_ name: String, _ types: [IRType], _ arguments: [IRValue]) -> IRValue {
        let id = LLVMLookupIntrinsicID(name, name.utf8.count)
        var typeRefs: [LLVMTypeRef?] = types.map(\.ref)
        let function = LLVMGetIntrinsicDeclaration(module, id, &typeRefs, typeRefs.count)
        let type = LLVMIntrinsicGetType(context, id, &typeRefs, typeRefs.count)
        var refs: [LLVMValueRef?] = arguments.map(\.ref)
        return IRValue(ref: LLVMBuildCall2(ref, type, function, &refs, UInt32(refs.count), ""))
    }

    // MARK: Memory

    public func alloca(_ type: IRType, _ name: String = "") -> IRValue {
        IRValue(ref: LLVMBuildAlloca(ref, type.ref, name))
    }

    public func load(_ type: IRType, _ pointer: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildLoad2(ref, type.ref, pointer.ref, ""))
    }

    @discardableResult public func store(_ value: IRValue, _ pointer: IRValue) -> IRValue {
        IRValue(ref: LLVMBuildStore(ref, value.ref, pointer.ref))
    }

    /// `pointer` plus a number of bytes, with no promise about where the result points.
    public func offset(_ pointer: IRValue, byteCount: IRValue) -> IRValue {
        var indices: [LLVMValueRef?] = [byteCount.ref]
        return IRValue(ref: LLVMBuildGEP2(ref, LLVMInt8TypeInContext(context), pointer.ref, &indices, 1, ""))
    }

    public func offset(_ pointer: IRValue, byteCount: Int) -> IRValue {
        byteCount == 0
            ? pointer
            : offset(pointer, byteCount: IRValue(ref: LLVMConstInt(LLVMInt64TypeInContext(context), UInt64(byteCount), 0)))
    }

    // MARK: Calls and control

    public func call(_ type: IRType, _ function: IRValue, _ arguments: [IRValue]) -> IRValue {
        var refs: [LLVMValueRef?] = arguments.map(\.ref)
        return IRValue(ref: LLVMBuildCall2(ref, type.ref, function.ref, &refs, UInt32(refs.count), ""))
    }

    public func extract(_ aggregate: IRValue, _ index: Int) -> IRValue {
        IRValue(ref: LLVMBuildExtractValue(ref, aggregate.ref, UInt32(index), ""))
    }

    public func insert(_ aggregate: IRValue, _ value: IRValue, _ index: Int) -> IRValue {
        IRValue(ref: LLVMBuildInsertValue(ref, aggregate.ref, value.ref, UInt32(index), ""))
    }

    public func phi(_ type: IRType) -> IRValue { IRValue(ref: LLVMBuildPhi(ref, type.ref, "")) }
    public func branch(_ block: IRBlock) { LLVMBuildBr(ref, block.ref) }
    public func branch(_ condition: IRValue, _ then: IRBlock, else other: IRBlock) {
        LLVMBuildCondBr(ref, condition.ref, then.ref, other.ref)
    }
    public func `switch`(_ value: IRValue, default block: IRBlock, caseCount: Int) -> IRValue {
        IRValue(ref: LLVMBuildSwitch(ref, value.ref, block.ref, UInt32(caseCount)))
    }
    public func returnVoid() { LLVMBuildRetVoid(ref) }
    public func `return`(_ value: IRValue) { LLVMBuildRet(ref, value.ref) }
    public func unreachable() { LLVMBuildUnreachable(ref) }
}
