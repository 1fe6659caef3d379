internal import CRuntime
internal import Wasm

/// What a module imports, found and checked, in the order of the module.
struct ResolvedImports {
    let store: Store
    var functions: [UnsafePointer<wasmc_function>?] = []
    var memories: [UnsafeMutablePointer<wasmc_memory>?] = []
    var tables: [UnsafeMutablePointer<wasmc_table>?] = []
    var globals: [UnsafeMutablePointer<wasmc_value>?] = []
    var tags: [UnsafeMutablePointer<wasmc_tag>?] = []

    init(_ store: Store) { self.store = store }

    init(_ program: CompiledModule, _ imports: Imports, _ named: Store?) throws(LinkError) {
        var chosen = named
        for entry in program.imports {
            guard case .external(let external) = imports.definitions[.init(module: entry.module, name: entry.name)]
            else { continue }
            if let chosen, chosen !== external.store { throw .differentStores(module: entry.module, name: entry.name) }
            chosen = external.store
        }
        store = chosen ?? Store()
        try store.requireStoppable(program, imports)
        store.equipFunctions(for: program)
        for entry in program.imports {
            let expected = entry.type
            guard let definition = imports.definitions[.init(module: entry.module, name: entry.name)] else {
                throw .unknownImport(module: entry.module, name: entry.name, expected: expected)
            }
            let found: ExternalType
            switch definition {
            case .host(let host): found = .function(host.type)
            case .external(let external): found = external.type
            }
            var fits = found.fits(expected)
            // By its very type: functions' types may be told apart that take and return the same.
            if case .external(.function(let function)) = definition, case .function = expected {
                fits = wasmc_type_is_subtype(
                    function.pointer.pointee.type_id, program.pointer.pointee.type_ids[entry.typeIndex])
            }
            if case .external(.tag(let tag)) = definition, case .tag = expected {
                fits = tag.pointer.pointee.type_id == program.pointer.pointee.type_ids[entry.typeIndex]
            }
            guard fits else {
                throw .incompatibleImportType(module: entry.module, name: entry.name, expected: expected, found: found)
            }
            switch definition {
            case .host(let host):
                functions.append(try host.implementation.make(in: store, program, typeIndex: entry.typeIndex))
            case .external(.function(let function)): functions.append(function.pointer)
            case .external(.memory(let memory)): memories.append(memory.pointer)
            case .external(.table(let table)): tables.append(table.pointer)
            case .external(.global(let global)): globals.append(global.pointer)
            case .external(.tag(let tag)): tags.append(tag.pointer)
            }
        }
    }

    /// An import that stands for the same thing as an earlier one: no function, which has a type of its own.
    mutating func repeatImport(of kind: ExternalKind, at place: Int) {
        switch kind {
        case .memory: memories.append(memories[place])
        case .table: tables.append(tables[place])
        case .global: globals.append(globals[place])
        case .tag: tags.append(tags[place])
        case .function: functions.append(functions[place])
        }
    }

    func withImports<R>(_ body: (UnsafePointer<wasmc_imports>) -> R) -> R {
        memories.withUnsafeBufferPointer { memories in
            tables.withUnsafeBufferPointer { tables in
                globals.withUnsafeBufferPointer { globals in
                    functions.withUnsafeBufferPointer { functions in
                        tags.withUnsafeBufferPointer { tags in
                            var imports = wasmc_imports(
                                memories: memories.baseAddress, tables: tables.baseAddress,
                                globals: globals.baseAddress, functions: functions.baseAddress,
                                tags: tags.baseAddress)
                            return body(&imports)
                        }
                    }
                }
            }
        }
    }
}

extension ExternalType {
    /// Specification: "Matching" of external types.
    func fits(_ expected: ExternalType) -> Bool {
        switch (self, expected) {
        case (.function(let found), .function(let expected)): found.matches(expected, in: CanonicalTypes())
        case (.global(let found), .global(let expected)):
            found.isMutable == expected.isMutable && found.value.matches(expected.value, in: CanonicalTypes())
                && (!found.isMutable || expected.value.matches(found.value, in: CanonicalTypes()))
        case (.tag(let found), .tag(let expected)): found == expected
        case (.memory(let found), .memory(let expected)):
            found.is64Bit == expected.is64Bit && found.isShared == expected.isShared
                && found.hasBytePages == expected.hasBytePages
                && found.pages.fit(expected.pages)
        case (.table(let found), .table(let expected)):
            found.element.matches(expected.element, in: CanonicalTypes())
                && expected.element.matches(found.element, in: CanonicalTypes()) && found.is64Bit == expected.is64Bit
                && found.elements.fit(expected.elements)
        default: false
        }
    }
}

extension Limits {
    fileprivate func fit(_ expected: Limits) -> Bool {
        guard minimum >= expected.minimum else { return false }
        guard let most = expected.maximum else { return true }
        return maximum.map { $0 <= most } ?? false
    }
}
