public import Wasm
public import WasmLowering

/// Forms in which compiled code can be looked at.
public enum CodeForm: String, Sendable, CaseIterable {
    /// LLVM IR as lowering makes it.
    case ir
    /// LLVM IR after the passes.
    case optimizedIR = "optimized-ir"
    /// The machine code's assembly, in the form of the target's assembler.
    case assembly
}

extension Engine {
    /// A module's code in a form for people or for other tools.
    ///
    /// - Throws: ``CompileError``
    public func emit(_ module: Module, as form: CodeForm) throws(CompileError) -> [UInt8] {
        try checkOptions(for: module)
        if options.isolation == .process {
            return try IsolatedCompiler(module, options).emit(portableSettings, as: form)
        }
        let emission: ModuleCompiler.Emission =
            switch form {
            case .ir: .ir
            case .optimizedIR: .optimizedIR
            case .assembly: .assembly
            }
        return try ModuleCompiler.emit(module, options: portableSettings, as: emission)
    }

    /// A relocatable ELF object, and its C header, for programs that link the module together with the library
    /// WasmcRuntime, and neither compile nor load code when they run. The same module and options give the same bytes
    /// everywhere.
    ///
    /// - Parameters:
    ///   - module: the module.
    ///   - name: starts every identifier of the header.
    /// - Throws: ``CompileError``, also when the module imports a memory, a table or a global.
    public func linkableObject(of module: Module, name: String) throws(CompileError) -> (
        object: [UInt8], header: String
    ) {
        var header = CHeader(module, name: name)
        let text = try header.text()
        let settings = portableSettings
        let objects = try objects(of: module, settings, nil)
        return (try ArtifactWriter.writeObject(module, objects, settings, symbol: header.symbol), text)
    }

    /// Swift source with a class for a module's exports and a protocol for its imports, for programs that link the
    /// module: see ``linkableObject(of:name:)``. It needs that object and header as the Clang module `cModule`, and
    /// nothing of wasmc's Swift.
    ///
    /// - Parameters:
    ///   - module: the module.
    ///   - name: the object's; the class has it with a capital.
    ///   - cModule: the Clang module.
    /// - Throws: ``CompileError`` when the module imports a memory, a table or a global.
    public func swiftWrapper(
        of module: Module, name: String, cModule: String
    ) throws(CompileError) -> (source: String, type: String) {
        var header = CHeader(module, name: name)
        _ = try header.text()
        let wrapper = SwiftWrapper(module, header, cModule: cModule)
        return (wrapper.text(), wrapper.type)
    }

    /// What optimising did to each function: checks of memory bounds, loops that run without them, vectorised loops,
    /// and why others are not.
    ///
    /// - Throws: ``CompileError``
    public func explain(_ module: Module) throws(CompileError) -> [FunctionReport] {
        try checkOptions(for: module)
        return switch options.isolation {
        case .none: try ModuleCompiler.explain(module, options: portableSettings, threadCount: threadCount)
        case .process: try IsolatedCompiler(module, options).explain(portableSettings, threadCount: threadCount)
        }
    }
}
