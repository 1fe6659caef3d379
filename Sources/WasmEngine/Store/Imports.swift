internal import CRuntime
public import Wasm

/// What an instance exports or imports.
public enum External {
    case function(Function)
    case memory(Memory)
    case table(Table)
    case global(Global)
    case tag(Tag)

    var store: Store {
        switch self {
        case .function(let function): function.store
        case .memory(let memory): memory.store
        case .table(let table): table.store
        case .global(let global): global.store
        case .tag(let tag): tag.store
        }
    }

    /// What it is, in WebAssembly's terms.
    public var type: ExternalType {
        switch self {
        case .function(let function): .function(function.type)
        case .memory(let memory): .memory(memory.type)
        case .table(let table): .table(table.type)
        case .global(let global): .global(global.type)
        case .tag(let tag): .tag(FunctionType(parameters: tag.parameters, results: []))
        }
    }
}

/// What modules find under the names they import. A later definition of a name replaces an earlier one.
public struct Imports {
    enum Definition {
        case host(HostFunction)
        case external(External)
    }

    /// Names are bytes: Unicode calls some equal that differ.
    struct Name: Hashable {
        private let module: [UInt8]
        private let name: [UInt8]

        init(module: String, name: String) {
            self.module = Array(module.utf8)
            self.name = Array(name.utf8)
        }
    }

    var definitions: [Name: Definition] = [:]

    /// No definitions.
    public init() {}

    /// Defines something that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ external: External) {
        definitions[Name(module: module, name: name)] = .external(external)
    }

    /// Defines a function that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ function: Function) {
        define(module, name, .function(function))
    }

    /// Defines a memory that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ memory: Memory) {
        define(module, name, .memory(memory))
    }

    /// Defines a table that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ table: Table) {
        define(module, name, .table(table))
    }

    /// Defines a global that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ global: Global) {
        define(module, name, .global(global))
    }

    /// Defines a tag that lives in a store.
    public mutating func define(_ module: String, _ name: String, _ tag: Tag) { define(module, name, .tag(tag)) }

    /// Defines everything that an instance exports, under its names.
    public mutating func define(_ module: String, _ instance: Instance) {
        for export in instance.program.exports {
            if let external = instance.export(export.name) { define(module, export.name, external) }
        }
    }

    /// An untyped host function: values in, values out. What it throws stops the guest and arrives at the caller.
    public mutating func define(
        _ module: String, _ name: String, type: FunctionType,
        _ body: @escaping (Caller, [Value]) throws -> [Value]
    ) {
        host(module, name, type) { caller, slots in
            let values = slots.assumingMemoryBound(to: wasmc_value.self)
            let arguments = type.parameters.enumerated().map { Value(values[$0], $1, in: caller.store) }
            let results = try body(caller, arguments)
            guard results.map(\.type) == type.results else {
                throw UsageError.typeMismatch(
                    expected: "results of \(type)", found: "[\(results.map(\.type.description).joined(separator: " "))]"
                )
            }
            for result in results { try result.requireStore(caller.store) }
            for (index, result) in results.enumerated() { result.write(to: &values[index]) }
        }
    }

    /// A typed host function without a result. What it throws stops the guest and arrives at the caller.
    @inlinable public mutating func define<each P: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (repeat each P) throws -> Void
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [])
        host(module, name, type) { slots in
            var offset = 0
            try body(repeat next(slots, &offset, (each P).self))
        }
    }

    /// A typed host function with one result.
    @inlinable public mutating func define<each P: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (repeat each P) throws -> R
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [R.wasmType])
        host(module, name, type) { slots in
            var offset = 0
            let result = try body(repeat next(slots, &offset, (each P).self))
            result.store(to: slots)
        }
    }

    /// A typed host function with two results.
    @inlinable public mutating func define<each P: WasmConvertible, R0: WasmConvertible, R1: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (repeat each P) throws -> (R0, R1)
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [R0.wasmType, R1.wasmType])
        host(module, name, type) { slots in
            var offset = 0
            let (first, second) = try body(repeat next(slots, &offset, (each P).self))
            first.store(to: slots)
            second.store(to: slots + 16)
        }
    }

    /// A typed host function that sees its caller.
    @inlinable public mutating func define<each P: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) throws -> Void
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [])
        host(module, name, type) { caller, slots in
            var offset = 0
            try body(caller, repeat next(slots, &offset, (each P).self))
        }
    }

    /// A typed host function that sees its caller, with one result.
    @inlinable public mutating func define<each P: WasmConvertible, R: WasmConvertible>(
        _ module: String, _ name: String, _ body: @escaping (Caller, repeat each P) throws -> R
    ) {
        let type = FunctionType(parameters: wasmTypes((repeat (each P).self)), results: [R.wasmType])
        host(module, name, type) { caller, slots in
            var offset = 0
            let result = try body(caller, repeat next(slots, &offset, (each P).self))
            result.store(to: slots)
        }
    }

    @usableFromInline mutating func host(
        _ module: String, _ name: String, _ type: FunctionType,
        _ body: @escaping (UnsafeMutableRawPointer) throws -> Void
    ) {
        definitions[Name(module: module, name: name)] = .host(HostFunction(type: type, implementation: .swift(body)))
    }

    @usableFromInline mutating func host(
        _ module: String, _ name: String, _ type: FunctionType,
        _ body: @escaping (Caller, UnsafeMutableRawPointer) throws -> Void
    ) {
        definitions[Name(module: module, name: name)] = .host(
            HostFunction(type: type, implementation: .swiftWithCaller(body)))
    }

    /// A host function written in C.
    mutating func define(
        _ module: String, _ name: String, type: FunctionType, callback: @escaping wasmc_host_callback,
        userData: UnsafeMutableRawPointer?, owner: AnyObject?
    ) {
        definitions[Name(module: module, name: name)] = .host(
            HostFunction(type: type, implementation: .c(callback, userData: userData, owner: owner)))
    }
}

@inlinable internal func wasmTypes<each P: WasmConvertible>(_ types: (repeat (each P).Type)) -> [ValueType] {
    var list: [ValueType] = []
    repeat list.append((each types).wasmType)
    return list
}

@inline(__always) @inlinable internal func next<T: WasmConvertible>(
    _ slots: UnsafeMutableRawPointer, _ offset: inout Int, _ type: T.Type
) throws -> T {
    defer { offset += 16 }
    return try T.load(from: slots + offset)
}
