internal import CLLVM
internal import LLVMPasses

/// Generates machine code for one target. One thread at a time.
public struct TargetMachine: ~Copyable {
    let ref: LLVMTargetMachineRef
    public let triple: String

    public enum CodeGenerationLevel: Sendable { case none, less, standard, aggressive }

    /// Position-independent code, small code model.
    ///
    /// - Throws: ``LLVMError`` when this LLVM has no such target.
    public init(
        triple: String, cpu: String, features: String, level: CodeGenerationLevel
    ) throws(LLVMError) {
        initializeTargets
        var target: LLVMTargetRef?
        var message: UnsafeMutablePointer<CChar>?
        if LLVMGetTargetFromTriple(triple, &target, &message) != 0 {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(message.map { String(cString: $0) } ?? "unknown target \(triple)")
        }
        let options = LLVMCreateTargetMachineOptions()
        defer { LLVMDisposeTargetMachineOptions(options) }
        LLVMTargetMachineOptionsSetCPU(options, cpu)
        LLVMTargetMachineOptionsSetFeatures(options, features)
        LLVMTargetMachineOptionsSetRelocMode(options, LLVMRelocPIC)
        LLVMTargetMachineOptionsSetCodeModel(options, LLVMCodeModelSmall)
        let codeGenLevel =
            switch level {
            case .none: LLVMCodeGenLevelNone
            case .less: LLVMCodeGenLevelLess
            case .standard: LLVMCodeGenLevelDefault
            case .aggressive: LLVMCodeGenLevelAggressive
            }
        LLVMTargetMachineOptionsSetCodeGenOptLevel(options, codeGenLevel)
        guard let ref = LLVMCreateTargetMachineWithOptions(target, triple, options) else {
            throw LLVMError("LLVM cannot generate code for \(triple)")
        }
        self.ref = ref
        self.triple = triple
    }

    deinit { LLVMDisposeTargetMachine(ref) }

    /// The machine code of a module as text. The module is consumed by it: its IR is not the same afterwards.
    public func emitAssembly(_ module: borrowing Module) throws(LLVMError) -> [UInt8] {
        var message: UnsafeMutablePointer<CChar>?
        var buffer: LLVMMemoryBufferRef?
        if LLVMTargetMachineEmitToMemoryBuffer(ref, module.ref, LLVMAssemblyFile, &message, &buffer) != 0 {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(message.map { String(cString: $0) } ?? "no code could be generated")
        }
        return take(buffer)
    }

    /// An object. The module is consumed by it.
    ///
    /// - Parameters:
    ///   - recordsSites: the object also says which lines its calls and volatile accesses come from.
    ///   - frame: is told of every function's frame.
    public func emitObject(
        _ module: borrowing Module, recordsSites: Bool, _ frame: (FoundFrame) -> Void
    ) throws(LLVMError) -> [UInt8] {
        let buffer = withoutActuallyEscaping(frame) { frame in
            withUnsafePointer(to: frame) { handler in
                wasmc_emit_object(
                    module.ref, ref, recordsSites,
                    { context, symbol, byteCount in
                        guard let context, let symbol else { return }
                        let handler = context.assumingMemoryBound(to: ((FoundFrame) -> Void).self)
                        handler.pointee(FoundFrame(symbol: String(cString: symbol), byteCount: byteCount))
                    }, UnsafeMutableRawPointer(mutating: handler))
            }
        }
        guard let buffer else { throw LLVMError("no code could be generated") }
        return take(buffer)
    }

    private func take(_ buffer: LLVMMemoryBufferRef?) -> [UInt8] {
        defer { LLVMDisposeMemoryBuffer(buffer) }
        return [UInt8](UnsafeRawBufferPointer(start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer)))
    }
}

/// How much stack a function's code takes, with what it passes to others there.
public struct FoundFrame: Sendable {
    public let symbol: String
    public let byteCount: UInt64
}

/// The version of LLVM, such as `22.1.0`.
public var version: String {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var patch: UInt32 = 0
    LLVMGetVersion(&major, &minor, &patch)
    return "\(major).\(minor).\(patch)"
}

/// The machine this process runs on.
public enum Host {
    public static var triple: String { take(LLVMGetDefaultTargetTriple()) }
    public static var cpu: String { take(LLVMGetHostCPUName()) }
    public static var features: String { take(LLVMGetHostCPUFeatures()) }

    private static func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
        defer { LLVMDisposeMessage(message) }
        return message.map { String(cString: $0) } ?? ""
    }
}

private let initializeTargets: Void = {
    LLVMInitializeX86TargetInfo()
    LLVMInitializeX86Target()
    LLVMInitializeX86TargetMC()
    LLVMInitializeX86AsmPrinter()
    LLVMInitializeAArch64TargetInfo()
    LLVMInitializeAArch64Target()
    LLVMInitializeAArch64TargetMC()
    LLVMInitializeAArch64AsmPrinter()
}()
