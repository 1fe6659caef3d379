internal import Synchronization
public import Wasm
internal import WasmEngine
internal import WasmText

/// Decodes and validates a module in the binary format.
///
/// - Parameter features: is not looked at: a module may use all that wasmc implements.
/// - Throws: ``WasmKitError``, also for what WasmKit finds only when the module is instantiated or a function called.
public func parseWasm(bytes: [UInt8], features: WasmFeatureSet = .default) throws(WasmKitError) -> Module {
    do { return Module(try Wasm.Module(bytes: bytes)) } catch { throw WasmKitError(error) }
}

/// Reads, decodes and validates a module in the binary format.
///
/// - Parameter features: is not looked at: a module may use all that wasmc implements.
/// - Throws: ``WasmKitError``, or `FileError` of `WasmEngine`.
public func parseWasm(filePath: String, features: WasmFeatureSet = .default) throws -> Module {
    do { return Module(try Wasm.Module(contentsOf: filePath)) } catch let error as ModuleError {
        throw WasmKitError(error)
    }
}

/// Reads, decodes and validates a module in the binary format.
///
/// - Parameters:
///   - filePath: swift-system's `FilePath`, or what else describes itself as a path.
///   - features: is not looked at: a module may use all that wasmc implements.
/// - Throws: ``WasmKitError``, or `FileError` of `WasmEngine`.
public func parseWasm(filePath: some CustomStringConvertible, features: WasmFeatureSet = .default) throws -> Module {
    try parseWasm(filePath: filePath.description, features: features)
}

/// As ``parseWasm(bytes:features:)``, for a part of an array.
///
/// - Throws: ``WasmKitError``
public func parseWasm(bytes: ArraySlice<UInt8>, features: WasmFeatureSet = .default) throws -> Module {
    try parseWasm(bytes: Array(bytes), features: features)
}

/// Turns a module in the text format into the binary format.
///
/// - Parameters:
///   - features: is not looked at.
///   - options: is not looked at: names in the text are names in the module.
/// - Throws: ``WatParserError``
public func wat2wasm(
    _ input: String, features: WasmFeatureSet = .default, options: EncodeOptions = .default
) throws -> [UInt8] {
    do { return try WasmText.parse(input) } catch { throw WatParserError(error) }
}

/// What becomes of a text's names.
public struct EncodeOptions: Sendable {
    /// Has no effect: the module has a section of names where the text has any.
    public var nameSection: Bool

    /// Options for ``wat2wasm(_:features:options:)``.
    public init(nameSection: Bool = false) { self.nameSection = nameSection }

    /// No options.
    public static let `default` = EncodeOptions()
}

/// A module, which is compiled when it is instantiated for the first time with an engine.
public struct Module {
    let module: Wasm.Module
    private let code = Code()

    init(_ module: Wasm.Module) { self.module = module }

    /// What the module imports.
    public var imports: [Wasm.Module.Import] { module.imports }
    /// What the module exports.
    public var exports: [Wasm.Module.Export] { module.exports }

    /// The module's custom sections.
    public var customSections: [Wasm.Module.CustomSection] { module.customSections }
    /// The module's function types.
    public var types: [FunctionType] { module.types }

    /// Makes an instance and runs its start function.
    ///
    /// - Throws: ``Trap``, ``WasmKitException``, ``WASIExitCode`` or a host function's error from the start function;
    ///   `LinkError` of `WasmEngine` for imports that are missing or do not fit, ``WasmKitError`` when the module
    ///   cannot be compiled.
    public func instantiate(store: Store, imports: Imports = [:]) throws -> Instance {
        let program = try code.compiled(module, store.engine)
        return Instance(
            try translatingErrors { try program.instantiate(imports: imports.definitions, in: store.store) }, store)
    }

    /// The module's code, by engine. Copies of the module share it.
    private final class Code: Sendable {
        private let programs = Mutex<[ObjectIdentifier: (engine: Engine, program: CompiledModule)]>([:])

        func compiled(_ module: Wasm.Module, _ engine: Engine) throws(WasmKitError) -> CompiledModule {
            let number = ObjectIdentifier(engine)
            if let known = programs.withLock({ $0[number]?.program }) { return known }
            let program: CompiledModule
            do { program = try engine.engine.compile(module) } catch { throw WasmKitError(error) }
            // The engine stays, so that no other one gets its number.
            programs.withLock { $0[number] = (engine, program) }
            return program
        }
    }
}
