internal import CRuntime
public import Wasm

extension WASI {
    /// Why a module can never run as a program, in words for a person; nil if it can.
    ///
    /// A program imports WASI's functions, with WASI's types, and nothing else. It exports a function `_start` without
    /// parameters and results. All of that is known without compiling the module.
    public static func obstacle(toRunning module: Module) -> String? {
        for needed in module.imports {
            let name = "\(needed.module.quoted) \(needed.name.quoted)"
            guard case .function(let index) = needed.descriptor, let type = type(of: needed.name, in: needed.module)
            else {
                return "the program needs \(name), which WASI does not have"
            }
            guard module.types[index] == type else {
                return "the program needs \(name) with the type \(module.types[index]); WASI's has \(type)"
            }
        }
        guard let start = module.exports.first(where: { $0.name == "_start" }) else {
            return "the module exports no _start, so it is a library and no program"
        }
        guard start.kind == .function else { return "the module's _start is a \(start.kind), not a function" }
        return obstacle(toStarting: module.types[module.functions[start.index].typeIndex])
    }

    /// Why a function of this type cannot be a program's `_start`; nil if it can.
    public static func obstacle(toStarting type: FunctionType) -> String? {
        if type.parameters.isEmpty, type.results.isEmpty { return nil }
        return "_start has the type \(type), and a program's takes no parameters and returns no results"
    }

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

extension Imports {
    static func type(of function: wasmc_wasi_function) -> FunctionType {
        FunctionType(parameters: types(function.parameters), results: types(function.results))
    }

    private static func types(_ letters: UnsafePointer<CChar>?) -> [ValueType] {
        (letters.map { String(cString: $0) } ?? "").map { $0 == "I" ? .i64 : .i32 }
    }
}
