import WasmEngine

/// The host module that the suite's scripts import as `spectest`.
enum Spectest {
    static func imports(in store: Store) throws -> Imports {
        var imports = Imports()
        let name = "spectest"
        let parameters: [(String, [ValueType])] = [
            ("print", []), ("print_i32", [.i32]), ("print_i64", [.i64]), ("print_f32", [.f32]), ("print_f64", [.f64]),
            ("print_i32_f32", [.i32, .f32]), ("print_f64_f64", [.f64, .f64]),
        ]
        for (function, types) in parameters {
            imports.define(name, function, type: FunctionType(parameters: types, results: [])) { _, _ in [] }
        }
        imports.define(name, "global_i32", try Global(.i32(666), isMutable: false, in: store))
        imports.define(name, "global_i64", try Global(.i64(666), isMutable: false, in: store))
        imports.define(name, "global_f32", try Global(.f32(666.6), isMutable: false, in: store))
        imports.define(name, "global_f64", try Global(.f64(666.6), isMutable: false, in: store))
        let table = TableType(element: .funcref, elements: Limits(minimum: 10, maximum: 20))
        imports.define(name, "table", try Table(table, in: store))
        let wideTable = TableType(element: .funcref, elements: Limits(minimum: 10, maximum: 20), is64Bit: true)
        imports.define(name, "table64", try Table(wideTable, in: store))
        let memory = MemoryType(pages: Limits(minimum: 1, maximum: 2))
        imports.define(name, "memory", try Memory(memory, in: store))
        imports.define(name, "shared_memory", try Memory(MemoryType(pages: memory.pages, isShared: true), in: store))
        return imports
    }
}
