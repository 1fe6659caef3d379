internal import CLLVM

/// The version of the LLVM that is linked.
public enum Version {
    public static var current: String {
        var major: UInt32 = 0
        var minor: UInt32 = 0
        var patch: UInt32 = 0
        LLVMGetVersion(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}

/// What code is generated for.
public struct TargetMachine: ~Copyable {
    let ref: LLVMTargetMachineRef
    let triple: String

    public enum CodeGeneration: Sendable { case fast, less, standard, aggressive }

    /// - Throws: ``LLVMError`` when this LLVM knows no such target.
    public init(triple: String, cpu: String, features: String, codeGeneration: CodeGeneration) throws(LLVMError) {
        Self.initializeTargets
        var target: LLVMTargetRef?
        var message: UnsafeMutablePointer<CChar>?
        guard LLVMGetTargetFromTriple(triple, &target, &message) == 0 else {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(description: message.map { String(cString: $0) } ?? "unknown target \(triple)")
        }
        let level =
            switch codeGeneration {
            case .fast: LLVMCodeGenLevelNone
            case .less: LLVMCodeGenLevelLess
            case .standard: LLVMCodeGenLevelDefault
            case .aggressive: LLVMCodeGenLevelAggressive
            }
        guard let machine = LLVMCreateTargetMachine(target, triple, cpu, features, level, LLVMRelocPIC, LLVMCodeModelSmall)
        else { throw LLVMError(description: "no machine for target \(triple)") }
        self.triple = triple
        ref = machine
    }

    deinit { LLVMDisposeTargetMachine(ref) }

    private static let initializeTargets: Void = {
        LLVMInitializeX86TargetInfo()
        LLVMInitializeX86Target()
        LLVMInitializeX86TargetMC()
        LLVMInitializeX86AsmPrinter()
        LLVMInitializeAArch64TargetInfo()
        LLVMInitializeAArch64Target()
        LLVMInitializeAArch64TargetMC()
        LLVMInitializeAArch64AsmPrinter()
    }()

    public static var hostTriple: String { take(LLVMGetDefaultTargetTriple()) }
    public static var hostCPU: String { take(LLVMGetHostCPUName()) }
    public static var hostFeatures: String { take(LLVMGetHostCPUFeatures()) }

    private static func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
        defer { LLVMDisposeMessage(message) }
        return message.map { String(cString: $0) } ?? ""
    }

    public enum Output: Sendable { case object, assembly }

    /// Generates code for a whole module.
    public func emit(_ module: borrowing IRModule, as output: Output) throws(LLVMError) -> [UInt8] {
        var message: UnsafeMutablePointer<CChar>?
        var buffer: LLVMMemoryBufferRef?
        let kind = output == .object ? LLVMObjectFile : LLVMAssemblyFile
        guard LLVMTargetMachineEmitToMemoryBuffer(ref, module.module, kind, &message, &buffer) == 0, let buffer else {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(description: message.map { String(cString: $0) } ?? "code generation failed")
        }
        defer { LLVMDisposeMemoryBuffer(buffer) }
        let bytes = UnsafeRawBufferPointer(start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer))
        return Array(bytes)
    }
}
