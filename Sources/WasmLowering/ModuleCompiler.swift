internal import LLVM
public import Wasm

/// Turns modules into native code.
public enum ModuleCompiler {
    /// What ``emit(_:options:as:)`` can write.
    public enum Emission: String, Sendable, CaseIterable {
        case ir
        case optimizedIR = "optimized-ir"
        case assembly
        case object
    }

    /// Compiles a module to relocatable ELF objects. The same input and options give the same bytes whatever the number
    /// of threads.
    ///
    /// - Throws: ``CompileError``
    public static func compile(
        _ module: Wasm.Module, options: CompilationOptions, threadCount: Int
    ) throws(CompileError) -> [[UInt8]] {
        let layout = InstanceLayout(module)
        let parts = partition(module)
        let results = LargeStackThreads.map(parts, threadCount: threadCount) { part in
            Result { () throws(CompileError) in
                try lower(module, layout, options, part, keepsNames: false) { (ir, machine) throws(LLVMError) in
                    try machine.emit(ir, as: .object)
                }
            }
        }
        var objects: [[UInt8]] = []
        for result in results { objects.append(try result.get()) }
        return objects
    }

    /// Lowers the whole module as one part and writes it in a form for people or for a linker.
    ///
    /// - Throws: ``CompileError``
    public static func emit(
        _ module: Wasm.Module, options: CompilationOptions, as emission: Emission
    ) throws(CompileError) -> [UInt8] {
        let layout = InstanceLayout(module)
        let part = Part(
            number: 0, functions: module.importedFunctionCount..<module.functions.count, holdsTrampolines: true)
        var settings = options
        if emission == .ir { settings.optimization = .none }
        let final = settings
        let results = LargeStackThreads.map([part], threadCount: 1) { part in
            Result { () throws(CompileError) in
                try lower(module, layout, final, part, keepsNames: true) { (ir, machine) throws(LLVMError) in
                    switch emission {
                    case .ir, .optimizedIR: Array(ir.text.utf8)
                    case .assembly: try machine.emit(ir, as: .assembly)
                    case .object: try machine.emit(ir, as: .object)
                    }
                }
            }
        }
        return try results[0].get()
    }

    /// Functions that are lowered into one LLVM module.
    struct Part: Sendable {
        var number: Int
        var functions: Range<Int>
        /// The part also holds the trampolines and the initialization.
        var holdsTrampolines: Bool
    }

    /// Large enough that most calls stay inside a part and can be inlined, small enough that cores share the work.
    private static let partByteCount = 128 * 1024

    private static func partition(_ module: Wasm.Module) -> [Part] {
        var parts: [Part] = []
        var start = module.importedFunctionCount
        var byteCount = 0
        for index in start..<module.functions.count {
            byteCount += module.functions[index].body?.count ?? 0
            guard byteCount >= partByteCount else { continue }
            parts.append(Part(number: parts.count, functions: start..<(index + 1), holdsTrampolines: false))
            start = index + 1
            byteCount = 0
        }
        parts.append(Part(number: parts.count, functions: start..<module.functions.count, holdsTrampolines: true))
        return parts
    }

    private static func lower(
        _ module: Wasm.Module, _ layout: InstanceLayout, _ options: CompilationOptions, _ part: Part, keepsNames: Bool,
        emit: (borrowing IRModule, borrowing TargetMachine) throws(LLVMError) -> [UInt8]
    ) throws(CompileError) -> [UInt8] {
        do {
            let lowering = ModuleLowering(
                module, layout: layout, options: options, name: "wasm.\(part.number)", keepsNames: keepsNames)
            let machine = try TargetMachine(
                triple: options.target.triple, cpu: options.target.cpu, features: options.target.features,
                codeGeneration: options.optimization.codeGeneration)
            lowering.ir.setTarget(machine)
            try lowering.lower(part)
            if options.verifiesIR { try lowering.ir.verify() }
            if let passes = options.optimization.passes {
                try lowering.ir.run(passes: passes, on: machine)
                if options.verifiesIR { try lowering.ir.verify() }
            }
            return try emit(lowering.ir, machine)
        } catch let error as ModuleError {
            throw CompileError(message: error.description)
        } catch {
            throw CompileError(message: "\(error)")
        }
    }
}

extension ModuleLowering {
    func lower(_ part: ModuleCompiler.Part) throws(ModuleError) {
        for index in part.functions {
            let lowering = FunctionLowering(
                self, function: function(index), resultTypes: wasm.type(ofFunction: index).results)
            try lowering.lower(functionIndex: index)
        }
        guard part.holdsTrampolines else { return }
        for index in wasm.types.indices {
            lowerEntryTrampoline(typeIndex: index)
            lowerHostTrampoline(typeIndex: index)
        }
        let initialize = declare("wasm_initialize", ir.function([pointer], returning: void))
        try FunctionLowering(self, function: initialize, resultTypes: []).lowerInitialization()
        defineHiddenConstants()
    }
}
