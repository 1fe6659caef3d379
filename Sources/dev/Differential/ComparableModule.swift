import Wasm
import WasmText

/// Makes a random module comparable with an engine whose interface has numbers only: each exported function gets one
/// beside it that calls it with constants and gives numbers for vectors and references; memories and globals of numbers
/// are exported, and an imported function that logs a vector becomes one that does nothing.
enum ComparableModule {
    static func make(from bytes: [UInt8]) throws -> [UInt8] {
        let module = try Module(bytes: bytes, features: .implemented)
        // The logger is the last import, so that the functions keep their numbers when it turns into the first defined
        // one. A line is a field, or a part of one.
        let lines = WasmText.print(module).split(separator: "\n").compactMap { line -> String? in
            if line.hasPrefix("  (export ") { return nil }
            guard line.hasPrefix("  (import "), line.contains("\"log-v128\"") else { return String(line) }
            return "  (func (param v128))"
        }
        let text = lines.dropLast() + exports(of: module) + [")"]
        return try WasmText.parse(text.joined(separator: "\n"))
    }

    private static func exports(of module: Module) -> [String] {
        var functions: [Int] = []
        for export in module.exports where export.kind == .function && !functions.contains(export.index) {
            functions.append(export.index)
        }
        let memories = module.memories.indices.map { "(export \"memory \($0)\" (memory \($0)))" }
        let globals = module.globals.indices.filter { isNumber(module.globals[$0].type.value) }
            .map { "(export \"global \($0)\" (global \($0)))" }
        return functions.compactMap { call($0, module) } + [state(module)] + memories + globals
    }

    private static func isNumber(_ type: ValueType) -> Bool { type.isNumberOrVector && type != .v128 }

    /// A function that calls another; none where a parameter has no constant.
    private static func call(_ index: Int, _ module: Module) -> String? {
        let type = module.type(ofFunction: index)
        let arguments = type.parameters.compactMap(constant)
        guard arguments.count == type.parameters.count else { return nil }
        let locals = type.results.map { "(local \($0))" }.joined(separator: " ")
        let stores = type.results.indices.reversed().map { "local.set \($0)" }.joined(separator: " ")
        let results = type.results.enumerated().map { numbers("(local.get \($0))", $1) }
        return """
            (func (export "f\(index)")\(results.map { " (result \($0.types))" }.joined()) \(locals)
              (call \(index) \(arguments.joined(separator: " "))) \(stores)
              \(results.map(\.text).joined(separator: " ")))
            """
    }

    /// Globals that are no numbers, and the sizes of tables.
    private static func state(_ module: Module) -> String {
        let globals = module.globals.enumerated().filter { !isNumber($1.type.value) }
            .map { numbers("(global.get \($0))", $1.type.value) }
        let tables = module.tables.enumerated().map {
            ("(table.size \($0))", $1.type.is64Bit ? "i64" : "i32")
        }
        let results = globals.map { ($0.text, $0.types) } + tables
        return """
            (func (export "state")\(results.map { " (result \($0.1))" }.joined())
              \(results.map(\.0).joined(separator: " ")))
            """
    }

    private static func constant(_ type: ValueType) -> String? {
        switch type {
        case .i32: return "(i32.const 5)"
        case .i64: return "(i64.const 7)"
        case .f32: return "(f32.const 1.5)"
        case .f64: return "(f64.const -2.25)"
        case .v128: return "(v128.const i64x2 1 2)"
        default: break
        }
        switch type.heapType {
        case .any?, .eq?, .i31?: return "(ref.i31 (i32.const 3))"
        case let heap?: return type.isNullable ? "(ref.null \(heap))" : nil
        case nil: return nil
        }
    }

    /// What stands for a value, and its types.
    private static func numbers(_ value: String, _ type: ValueType) -> (text: String, types: String) {
        if type == .v128 {
            return ("(i64x2.extract_lane 0 \(value)) (i64x2.extract_lane 1 \(value))", "i64 i64")
        }
        return type.isReference ? ("(ref.is_null \(value))", "i32") : (value, "\(type)")
    }
}
