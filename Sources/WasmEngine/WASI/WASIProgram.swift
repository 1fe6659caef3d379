internal import CRuntime
public import Wasm

extension WASI {
    /// Why a module can never run as a program, in words for a person; nil if it can.
    ///
    /// A program imports WASI's functions, with WASI's types, and nothing else. It exports a function `_start` without
    /// parameters and results. All of that is known without compiling the module.
    public static func obstacle(toRunning module: Module) -> String? {
        for needed in module.imports where !isOfThreads(needed) {
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

    /// What the proposal wasi-threads has programs import.
    private static func isOfThreads(_ needed: Module.Import) -> Bool {
        if case .memory(let type) = needed.descriptor { return type.isShared }
        return WASIThreads.isSpawn(needed.module, needed.name)
    }

    /// Why a function of this type cannot be a program's `_start`; nil if it can.
    public static func obstacle(toStarting type: FunctionType) -> String? {
        if type.parameters.isEmpty, type.results.isEmpty { return nil }
        return "_start has the type \(type), and a program's takes no parameters and returns no results"
    }

    /// The type of WASI's function of this name.
    private static func type(of name: String, in module: String) -> FunctionType? {
        guard module == "wasi_snapshot_preview1" || module == "wasi_unstable" else { return nil }
        var family = 0
        while let functions = wasmc_wasi_functions(family) {
            var function = functions
            while let known = function.pointee.name {
                if String(cString: known) == name { return Imports.type(of: function.pointee) }
                function += 1
            }
            family += 1
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
