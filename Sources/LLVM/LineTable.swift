internal import CLLVM
internal import LLVMPasses

/// Says where a module's instructions come from: each one built has the line that is set then, and the object's line
/// table says which code has which line. What a line is a line of is the caller's affair.
public struct LineTable: ~Copyable {
    private let ref: LLVMDIBuilderRef
    private let file: LLVMMetadataRef
    private let type: LLVMMetadataRef
    private let context: Context

    public init(of module: borrowing Module) {
        context = module.context
        ref = LLVMCreateDIBuilder(module.ref)
        file = LLVMDIBuilderCreateFile(ref, "wasm", 4, "", 0)
        LLVMDIBuilderCreateCompileUnit(
            ref, LLVMDWARFSourceLanguageC, file, "", 0, 0, "", 0, 0, "", 0, LLVMDWARFEmissionLineTablesOnly, 0, 0, 0,
            "", 0, "", 0)
        type = LLVMDIBuilderCreateSubroutineType(ref, file, nil, 0, LLVMDIFlagZero)
        let number = context.integer(bitCount: 32)
        for (flag, value) in [("Debug Info Version", Int(LLVMDebugMetadataVersion())), ("Dwarf Version", 4)] {
            LLVMAddModuleFlag(
                module.ref, LLVMModuleFlagBehaviorWarning, flag, flag.utf8.count,
                LLVMValueAsMetadata(number.constant(value).ref))
        }
    }

    deinit { LLVMDisposeDIBuilder(ref) }

    /// What the lines of a function belong to.
    public struct Scope {
        let ref: LLVMMetadataRef
    }

    /// Gives a function lines.
    public func addScope(to function: Function) -> Scope {
        let scope: LLVMMetadataRef = LLVMDIBuilderCreateFunction(
            ref, file, "", 0, "", 0, file, 0, type, 0, 1, 0, LLVMDIFlagZero, 1)
        LLVMSetSubprogram(function.value.ref, scope)
        return Scope(ref: scope)
    }

    /// Before passes run.
    public func finish() { LLVMDIBuilderFinalize(ref) }
}

extension Builder {
    /// Of the instructions to come; line 0 says that it is not known.
    public func setLine(_ line: UInt32, in scope: LineTable.Scope) {
        LLVMSetCurrentDebugLocation2(ref, LLVMDIBuilderCreateDebugLocation(context.ref, line, 0, scope.ref, nil))
    }

    /// The instructions to come have no line.
    public func clearLine() { LLVMSetCurrentDebugLocation2(ref, nil) }

    /// Builds in another function, which has no lines.
    public func elsewhere(_ block: BasicBlock, _ build: () -> Void) {
        let (current, line) = (self.block, LLVMGetCurrentDebugLocation2(ref))
        position(atEndOf: block)
        clearLine()
        build()
        position(atEndOf: current)
        LLVMSetCurrentDebugLocation2(ref, line)
    }
}

extension Value {
    /// Of this instruction.
    public func setLine(_ line: UInt32, in scope: LineTable.Scope) {
        LLVMInstructionSetDebugLoc(
            ref, LLVMDIBuilderCreateDebugLocation(LLVMGetValueContext(ref), line, 0, scope.ref, nil))
    }
}

extension Module {
    /// Gives every jump to a trap of line 0 a trap of its own that has the jump's line; to be done last of all.
    public func separateTraps() { wasmc_separate_traps(ref) }

    /// Code generation makes no tables of lines, which cost time; ``TargetMachine/emitObject(_:recordsSites:_:)`` notes
    /// those that matter.
    public func hideLines() { wasmc_hide_lines(ref) }
}
