/// Imports as a literal, by module and name:
///
/// ```swift
/// let imports: Imports = [
///     "env": [
///         "add": .function { (a: Int32, b: Int32) -> Int32 in a &+ b },
///         "memory": .memory(memory),
///     ]
/// ]
/// ```
extension Imports: ExpressibleByDictionaryLiteral {
    /// What one import finds: a host function or something that lives in a store.
    public struct Entry {
        let definition: Definition

        /// A host function.
        public static func function(_ function: HostFunction) -> Entry { Entry(definition: .host(function)) }

        /// A function of a store.
        public static func function(_ function: Function) -> Entry { .external(.function(function)) }

        /// A typed host function: see ``HostFunction``.
        @inlinable public static func function<each P: WasmType, each R: WasmType>(
            _ body: @escaping (repeat each P) throws -> (repeat each R)
        ) -> Entry { .function(HostFunction(body)) }

        /// A typed host function that sees its caller.
        @inlinable public static func function<each P: WasmType, each R: WasmType>(
            _ body: @escaping (Caller, repeat each P) throws -> (repeat each R)
        ) -> Entry { .function(HostFunction(body)) }

        /// An asynchronous typed host function: see ``HostFunction``.
        @inlinable public static func function<each P: WasmType, each R: WasmType>(
            _ body: @escaping (repeat each P) async throws -> (repeat each R)
        ) -> Entry { .function(HostFunction(body)) }

        /// An asynchronous typed host function that sees its caller.
        @inlinable public static func function<each P: WasmType, each R: WasmType>(
            _ body: @escaping (Caller, repeat each P) async throws -> (repeat each R)
        ) -> Entry { .function(HostFunction(body)) }

        /// A memory of a store.
        public static func memory(_ memory: Memory) -> Entry { .external(.memory(memory)) }
        /// A table of a store.
        public static func table(_ table: Table) -> Entry { .external(.table(table)) }
        /// A global of a store.
        public static func global(_ global: Global) -> Entry { .external(.global(global)) }
        /// A tag of a store.
        public static func tag(_ tag: Tag) -> Entry { .external(.tag(tag)) }
        /// What an instance exports.
        public static func external(_ external: External) -> Entry { Entry(definition: .external(external)) }
    }

    /// Of two definitions of a name the later one counts.
    public init(dictionaryLiteral modules: (String, KeyValuePairs<String, Entry>)...) {
        self.init()
        for (module, entries) in modules {
            for (name, entry) in entries { definitions[Name(module: module, name: name)] = entry.definition }
        }
    }
}
