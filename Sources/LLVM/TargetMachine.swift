internal import CLLVM
internal import LLVMPasses
internal import Synchronization

/// Generates machine code for one target. One thread at a time.
///
/// LLVM takes milliseconds to make one, as long as it takes to compile some kilobytes without optimisation. So those
/// that are not used any more are kept for others with the same parameters.
public struct TargetMachine: ~Copyable {
    let ref: LLVMTargetMachineRef
    public let triple: String
    private let parameters: Parameters

    private struct Parameters: Hashable {
        var triple, cpu, features: String
        var level: CodeGenerationLevel
    }

    /// One that nobody uses.
    private struct Idle: @unchecked Sendable {
        // Unchecked: who takes it out of the list is the only one that has it.
        var ref: LLVMTargetMachineRef
        var parameters: Parameters
    }

    private static let idle = Mutex<[Idle]>([])
    private static let mostIdle = 16

    public enum CodeGenerationLevel: Sendable { case none, less, standard, aggressive }

    /// Position-independent code, small code model.
    ///
    /// - Throws: ``LLVMError`` when this LLVM has no such target.
    public init(
        triple: String, cpu: String, features: String, level: CodeGenerationLevel
    ) throws(LLVMError) {
        self.triple = triple
        parameters = Parameters(triple: triple, cpu: cpu, features: features, level: level)
        ref = if let known = Self.takeIdle(parameters) { known } else { try Self.create(parameters) }
    }

    deinit {
        let idle = Idle(ref: ref, parameters: parameters)
        let isKept = Self.idle.withLock { list in
            guard list.count < Self.mostIdle else { return false }
            list.append(idle)
            return true
        }
        if !isKept { LLVMDisposeTargetMachine(ref) }
    }

    private static func takeIdle(_ parameters: Parameters) -> LLVMTargetMachineRef? {
        idle.withLock { list in
            list.lastIndex { $0.parameters == parameters }.map { list.remove(at: $0) }
        }?.ref
    }

    private static func create(_ parameters: Parameters) throws(LLVMError) -> LLVMTargetMachineRef {
        initializeTargets
        let triple = parameters.triple
        var target: LLVMTargetRef?
        var message: UnsafeMutablePointer<CChar>?
        if LLVMGetTargetFromTriple(triple, &target, &message) != 0 {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(message.map { String(cString: $0) } ?? "unknown target \(triple)")
        }
        let options = LLVMCreateTargetMachineOptions()
        defer { LLVMDisposeTargetMachineOptions(options) }
        LLVMTargetMachineOptionsSetCPU(options, parameters.cpu)
        LLVMTargetMachineOptionsSetFeatures(options, parameters.features)
        LLVMTargetMachineOptionsSetRelocMode(options, LLVMRelocPIC)
        LLVMTargetMachineOptionsSetCodeModel(options, LLVMCodeModelSmall)
        let codeGenLevel =
            switch parameters.level {
            case .none: LLVMCodeGenLevelNone
            case .less: LLVMCodeGenLevelLess
            case .standard: LLVMCodeGenLevelDefault
            case .aggressive: LLVMCodeGenLevelAggressive
            }
        LLVMTargetMachineOptionsSetCodeGenOptLevel(options, codeGenLevel)
        guard let ref = LLVMCreateTargetMachineWithOptions(target, triple, options) else {
            throw LLVMError("LLVM cannot generate code for \(triple)")
        }
        return ref
    }

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

/// The memory of a process that does nothing but compile.
public enum CompilerMemory {
    /// What a compilation frees stays with the process, since the next one takes as much: what goes back to the system
    /// has to be mapped, cleared and faulted in again, 5 % of the time at O0.
    public static func keep() { wasmc_keep_memory() }
}
