internal import CRuntime
internal import Wasm
private import WasmLowering

/// The C header of a linkable object: a typed function for each one that the module exports, and declarations of those
/// that it imports, for the program to define.
struct CHeader {
    /// A function that the program defines.
    struct ImportedFunction {
        var name: String
        var type: FunctionType
        var cName: String
        /// Its names and its type, for people.
        var comment: String
    }

    /// What the program uses.
    struct ExportedItem {
        var name: String
        var type: ExternalType
        var cName: String
        var comment: String
    }

    private let module: Module
    let prefix: String
    private var taken: Set<String>
    /// Known when the text is.
    private(set) var functionsToDefine: [ImportedFunction] = []
    /// Known when the text is.
    private(set) var exportedItems: [ExportedItem] = []

    /// - Parameter name: starts every identifier; characters that C does not know become underscores.
    init(_ module: Module, name: String) {
        self.module = module
        let letters = Self.letters(name)
        prefix = letters.first?.isLetter == true ? letters : "module_" + letters
        taken = [prefix + "_module", prefix + "_load", prefix + "_instantiate"]
    }

    /// The artifact's symbol in the object.
    var symbol: String { prefix + "_module" }

    /// - Throws: ``CompileError`` when the module imports anything but functions.
    mutating func text() throws(CompileError) -> String {
        let digest = module.sourceDigest
        let imports = try importedFunctions()
        let layout = InstanceLayout(module)
        var exports: [String] = []
        for export in module.exports {
            guard let offset = layout.offset(of: export) else {
                throw .linking("the exported function \(export.index) has no record")
            }
            let item = ExportedItem(
                name: export.name, type: module.type(of: export), cName: unique(export.name),
                comment: "\"\(Self.comment(export.name))\": \(module.type(of: export))")
            exportedItems.append(item)
            exports.append(exported(export, item.type, item.cName, offset))
        }
        let macro = prefix.uppercased() + "_H"
        return """
            // The module \(prefix) for programs in C that link the object made with this header, and the library
            // WasmcRuntime.

            #ifndef \(macro)
            #define \(macro)

            #include "wasmc_program.h"

            #if WASMC_ARTIFACT_VERSION != \(WASMC_ARTIFACT_VERSION)
            #error "this header was made by another version of wasmc than wasmc_program.h"
            #endif

            #ifdef __cplusplus
            extern "C" {
            #endif

            extern const uint8_t \(symbol)[];

            // The module. Null with the reason in `message` when this machine cannot run it.
            static inline wasmc_module *\(prefix)_load(char *message, size_t message_size) {
                return wasmc_module_link(\(symbol), UINT64_C(\(digest.load(at: 0) as UInt64)), message, message_size);
            }

            \(imports.definitions)// An instance whose start function has run. `host` is handed to the imported
            // functions; `context` may be null when the module does not import WASI. Null with the reason in `message`
            // when that was not possible.
            static inline wasmc_instance *\(prefix)_instantiate(
                wasmc_store *store, wasmc_module *module, void *host, wasmc_wasi *context, char *message,
                size_t message_size) {
                static const wasmc_host_callback functions[] = {\(imports.list)};
                return wasmc_module_instantiate(store, module, functions, host, context, message, message_size);
            }

            \(exports.joined(separator: "\n"))
            #ifdef __cplusplus
            }
            #endif

            #endif

            """
    }

    // MARK: Functions

    static func isWASI(_ module: String) -> Bool { ["wasi_snapshot_preview1", "wasi_unstable"].contains(module) }

    /// The imported functions' declarations with what converts their arguments, and the array's elements; null for
    /// WASI's.
    private mutating func importedFunctions() throws(CompileError) -> (definitions: String, list: String) {
        struct Key: Hashable {
            var module: String
            var name: String
            var type: FunctionType
        }
        var functions: [Key: String] = [:]
        var definitions = ""
        var elements: [String] = []
        for entry in module.imports {
            guard case .function(let type) = module.type(of: entry.descriptor) else {
                throw CompileError(
                    message:
                        """
                        a module to be linked may import functions only, not the \
                        \(module.type(of: entry.descriptor)) \"\(entry.module)\" \"\(entry.name)\"
                        """
                )
            }
            if Self.isWASI(entry.module) {
                elements.append("NULL")
                continue
            }
            let key = Key(module: entry.module, name: entry.name, type: type)
            if let known = functions[key] {
                elements.append(known)
                continue
            }
            let function = unique("import_\(entry.module)_\(entry.name)")
            let thunk = unique("call_\(entry.module)_\(entry.name)")
            functions[key] = thunk
            functionsToDefine.append(
                ImportedFunction(
                    name: entry.name, type: type, cName: function,
                    comment: "\"\(Self.comment(entry.module))\" \"\(Self.comment(entry.name))\": \(type)"))
            definitions += imported(entry, type, function, thunk: thunk)
            elements.append(thunk)
        }
        return (definitions, elements.isEmpty ? "NULL" : elements.joined(separator: ", "))
    }

    private func imported(_ entry: Module.Import, _ type: FunctionType, _ function: String, thunk: String) -> String {
        let arguments = type.parameters.enumerated().map { ", \(Self.load($1, "values[\($0)]"))" }.joined()
        let variables = type.results.enumerated().map { "    \(Self.cType($1)) r\($0) = {0};\n" }.joined()
        let addresses = type.results.indices.map { ", &r\($0)" }.joined()
        let stores = type.results.enumerated().map { "    \(Self.store($1, "r\($0)", "values[\($0)]"))\n" }.joined()
        return """
            // Import "\(Self.comment(entry.module))" "\(Self.comment(entry.name))": \(type). The program defines it.
            // The result is WASMC_RETURNED, or why the guest has to stop: WASMC_HOST_ERROR, or WASMC_EXIT after
            // wasmc_set_exit_code(caller->store, status).
            wasmc_outcome \(function)(void *host, wasmc_instance *caller\(parameters(type)));

            static inline int32_t \(thunk)(void *host, wasmc_instance *caller, wasmc_value *values) {
                (void)values;
            \(variables)    wasmc_outcome outcome = \(function)(host, caller\(arguments)\(addresses));
            \(stores)    return (int32_t)outcome;
            }


            """
    }

    private func exported(_ export: Module.Export, _ type: ExternalType, _ function: String, _ offset: Int) -> String {
        let heading = "// Export \"\(Self.comment(export.name))\": \(type)."
        func slot(_ type: String) -> String {
            """
            \(heading)
            static inline \(type) *\(function)(wasmc_instance *instance) {
                return *(\(type) **)((uint8_t *)instance + \(offset));
            }

            """
        }
        switch type {
        case .memory: return slot("wasmc_memory")
        case .table: return slot("wasmc_table")
        case .tag: return slot("const wasmc_tag")
        case .global(let global): return slot(global.isMutable ? "wasmc_value" : "const wasmc_value")
        case .function(let type):
            let count = max(type.parameters.count, type.results.count, 1)
            let stores = type.parameters.enumerated().map { "    \(Self.store($1, "a\($0)", "values[\($0)]"))\n" }
                .joined()
            let loads = type.results.enumerated().map { "        *r\($0) = \(Self.load($1, "values[\($0)]"));\n" }
                .joined()
            let results = type.results.isEmpty ? "" : "    if (result.outcome == WASMC_RETURNED) {\n\(loads)    }\n"
            return """
                \(heading)\(type.results.isEmpty ? "" : " Results are set when the outcome is WASMC_RETURNED.")
                static inline wasmc_result \(function)(wasmc_instance *instance\(parameters(type))) {
                    wasmc_value values[\(count)] = {{0}};
                    wasmc_result result;
                \(stores)    wasmc_call(instance->store, (const wasmc_function *)((uint8_t *)instance + \(offset)), \
                values, &result);
                \(results)    return result;
                }

                """
        }
    }

    private func parameters(_ type: FunctionType) -> String {
        type.parameters.enumerated().map { ", \(Self.cType($1)) a\($0)" }.joined()
            + type.results.enumerated().map { ", \(Self.cType($1)) *r\($0)" }.joined()
    }

    // MARK: Types

    private static func cType(_ type: ValueType) -> String {
        switch type.representation {
        case .i32: "int32_t"
        case .i64: "int64_t"
        case .f32: "float"
        case .f64: "double"
        case .v128: "wasmc_value"
        case .reference: "wasmc_ref"
        }
    }

    private static func load(_ type: ValueType, _ slot: String) -> String {
        switch type.representation {
        case .i32: "(int32_t)\(slot).i32"
        case .i64: "(int64_t)\(slot).i64"
        case .f32: "\(slot).f32"
        case .f64: "\(slot).f64"
        case .v128: slot
        case .reference: "\(slot).ref"
        }
    }

    private static func store(_ type: ValueType, _ value: String, _ slot: String) -> String {
        switch type.representation {
        case .i32: "\(slot).i32 = (uint32_t)\(value);"
        case .i64: "\(slot).i64 = (uint64_t)\(value);"
        case .f32: "\(slot).f32 = \(value);"
        case .f64: "\(slot).f64 = \(value);"
        case .v128: "\(slot) = \(value);"
        case .reference: "\(slot).ref = \(value);"
        }
    }

    // MARK: Names

    /// What C knows of a text.
    static func letters(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
                default: "_"
                }
            })
    }

    /// An identifier that no other one has.
    private mutating func unique(_ text: String) -> String {
        var candidate = prefix + "_" + Self.letters(text)
        while !taken.insert(candidate).inserted { candidate += "_" }
        return candidate
    }

    /// A name that can do no harm in a comment: printable ASCII on one line.
    private static func comment(_ text: String) -> String {
        String(text.unicodeScalars.map { ("!"..."~").contains($0) && $0 != "\\" || $0 == " " ? Character($0) : "?" })
    }
}
