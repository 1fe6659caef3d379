internal import CRuntime
public import Wasm

extension WASI {
    /// What the function is called with which a program starts: `wasm-ld` and others export it as `_start`, some as
    /// the module's default function, whose name is empty. That one goes first, as in Wasmtime.
    public static func entryPointName(among exports: some Sequence<(name: String, type: ExternalType)>) -> String {
        let isDefault = exports.contains { export in
            guard case .function = export.type else { return false }
            return export.name.isEmpty
        }
        return isDefault ? "" : "_start"
    }

    /// Why a module can never run as a program, in words for a person; nil if it can.
    ///
    /// A program imports WASI's functions, with WASI's types, and nothing else. It exports a function without
    /// parameters and results under the name that ``entryPointName(among:)`` finds. All of that is known without
    /// compiling the module.
    public static func obstacle(toRunning module: Module) -> String? {
        if let obstacle = obstacle(toLinking: module) { return obstacle }
        let name = entryPointName(among: module.exports.map { ($0.name, module.type(of: $0)) })
        guard let start = module.exports.first(where: { $0.name == name }) else {
            return "the module exports no _start and no default function, so it is a library and no program"
        }
        guard start.kind == .function else { return "the module's _start is a \(start.kind), not a function" }
        return obstacle(toStarting: module.types[module.functions[start.index].typeIndex], name: name)
    }

    /// What the proposal wasi-threads has programs import.
    private static func isOfThreads(_ needed: Module.Import) -> Bool {
        if case .memory(let type) = needed.descriptor { return type.isShared }
        return WASIThreads.isSpawn(needed.module, needed.name)
    }

    /// Why a program cannot start with a function of this type and name; nil if it can.
    public static func obstacle(toStarting type: FunctionType, name: String = "_start") -> String? {
        if type.parameters.isEmpty, type.results.isEmpty { return nil }
        let subject = name.isEmpty ? "the default function, exported as \(name.quoted)," : name
        return "\(subject) has the type \(type), and a program's takes no parameters and returns no results"
    }

    /// Which imports of a module WASI does not have, in words for a person; nil if it has all of them.
    public static func obstacle(toLinking module: Module) -> String? {
        var missing: [Module.Import] = []
        var others: [String] = []
        for needed in module.imports where !isOfThreads(needed) {
            guard case .function(let index) = needed.descriptor, let type = type(of: needed.name, in: needed.module)
            else {
                missing.append(needed)
                continue
            }
            guard module.types[index] == type else {
                others.append(
                    "\(needed.phrase) with the type \(module.types[index]); WASI's has \(type)")
                continue
            }
        }
        if missing.isEmpty { return others.first.map { "the program needs \($0)" } }
        let names = missing.prefix(mostNames).map(\.phrase).joined(separator: ", ")
        let more = missing.count > mostNames ? " and \(missing.count - mostNames) more" : ""
        let what =
            missing.count == 1 ? "\(names), which" : "\(missing.count.counted("import")), \(names)\(more), which"
        let host = missing.lazy.compactMap(\.knownHost).first.map { ". \($0)" } ?? ""
        return "the program needs \(what) WASI does not have\(host)"
    }

    private static let mostNames = 20

    /// The type of WASI's function of this name.
    private static func type(of name: String, in module: String) -> FunctionType? {
        functions[Imports.Name(module: module, name: name)]?.type
    }

    /// WASI's functions by the names they are imported under.
    static let functions: [Imports.Name: (type: FunctionType, callback: wasmc_host_callback)] = {
        var all: [Imports.Name: (FunctionType, wasmc_host_callback)] = [:]
        func add(_ first: UnsafePointer<wasmc_wasi_function>, _ modules: [String]) {
            var function = first
            while let name = function.pointee.name, let callback = function.pointee.callback {
                for module in modules {
                    all[Imports.Name(module: module, name: String(cString: name))] = (
                        Imports.type(of: function.pointee), callback
                    )
                }
                function += 1
            }
        }
        var family = 0
        while let functions = wasmc_wasi_functions(family) {
            add(functions, ["wasi_snapshot_preview1", "wasi_unstable"])
            family += 1
        }
        if let changed = wasmc_wasi_unstable_functions() { add(changed, ["wasi_unstable"]) }
        return all
    }()
}

extension Instance {
    /// The function with which a program starts: see ``WASI/entryPointName(among:)``.
    ///
    /// - Throws: ``UsageError/noSuchExport(_:)`` for a library.
    public func entryPoint() throws(UsageError) -> Function {
        try function(WASI.entryPointName(among: program.exports.lazy.map { ($0.name, $0.type) }))
    }
}

extension Module.Import {
    fileprivate var phrase: String { "\(module.quoted) \(name.quoted)" }

    /// What offers imports of such names, and what to do about it.
    fileprivate var knownHost: String? {
        if module == "wbg" || module.hasPrefix("__wbindgen_") || module.hasSuffix("_bg.js") {
            return "They are wasm-bindgen's: the module is the inside of a JavaScript package"
        }
        if module == "env", name.hasPrefix("proxy_") {
            return "They are proxy-wasm's: the module is an extension of a network proxy"
        }
        if module == "gojs" || module == "go" {
            return "They are those of Go for JavaScript: build the program with GOOS=wasip1"
        }
        return nil
    }
}

extension Imports {
    static func type(of function: wasmc_wasi_function) -> FunctionType {
        FunctionType(parameters: types(function.parameters), results: types(function.results))
    }

    private static func types(_ letters: UnsafePointer<CChar>?) -> [ValueType] {
        (letters.map { String(cString: $0) } ?? "").map { $0 == "I" ? .i64 : .i32 }
    }
}
