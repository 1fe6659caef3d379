internal import Wasm

/// Swift source for programs that link a module: a class whose methods are the module's exports, and a protocol of what
/// it imports. It needs the module's C header as a Clang module, and nothing of wasmc's Swift.
struct SwiftWrapper {
    private let module: Module
    private let header: CHeader
    let type: String
    private let cModule: String
    private static let reserved = keywords.union([
        "guest", "init", "Trap", "Exit", "SetupError", "Memory", "WASI", "OutOfBounds", "Type", "Protocol",
    ])

    /// - Parameters:
    ///   - header: with its text made.
    ///   - cModule: the Clang module that has the header.
    init(_ module: Module, _ header: CHeader, cModule: String) {
        self.module = module
        self.header = header
        self.cModule = cModule
        type = Self.typeName(header.prefix)
    }

    /// A class's name for a module's: without underscores, each part with a capital.
    static func typeName(_ name: String) -> String {
        let parts = name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let joined = parts.joined()
        return joined.first?.isLetter == true ? joined : "Module" + joined
    }

    private var needsImports: Bool { !header.functionsToDefine.isEmpty }
    private var needsWASI: Bool { module.imports.contains { CHeader.isWASI($0.module) } }

    func text() -> String {
        var names = Names()
        let requirements = header.functionsToDefine.map { (function: $0, name: names.unique($0.name)) }
        names = Names()
        let members = header.exportedItems.map { exported($0, names.unique($0.name)) }.joined(separator: "\n")
        return """
            // The module \(header.prefix) for Swift programs, made by wasmc. It stands on the C module \(cModule),
            // and on nothing else.

            internal import \(cModule)

            \(needsImports ? protocolText(requirements) : "")\
            /// An instance of the module \(header.prefix), in a store of its own. One thread at a time uses it.
            public final class \(type) {
                private let guest: Guest

            \(initializer)
            \(members)}

            \(SwiftWrapperSupport.errors(type))
            \(SwiftWrapperSupport.guest(type, prefix: header.prefix, imports: needsImports, wasi: needsWASI))
            \(hasMemory ? SwiftWrapperSupport.memory(type) + "\n" : "")\
            \(needsWASI ? SwiftWrapperSupport.wasi(type) + "\n" : "")\
            \(hasVectors ? SwiftWrapperSupport.vectors + "\n" : "")\
            \(requirements.map { thunk($0.function, $0.name) }.joined(separator: "\n"))
            """
    }

    private var hasMemory: Bool { header.exportedItems.contains { if case .memory = $0.type { true } else { false } } }

    private var hasVectors: Bool {
        func has(_ type: FunctionType) -> Bool { (type.parameters + type.results).contains { $0.isVector } }
        return header.functionsToDefine.contains { has($0.type) }
            || header.exportedItems.contains {
                switch $0.type {
                case .function(let type): has(type)
                case .global(let global): global.value.isVector
                case .memory, .table, .tag: false
                }
            }
    }

    private var initializer: String {
        let parameters = [
            needsImports ? "imports: any \(type)Imports" : nil, needsWASI ? "wasi: WASI = WASI()" : nil,
        ]
        let arguments = [needsImports ? "imports" : nil, needsWASI ? "wasi" : nil]
        return """
                /// Makes an instance and runs its start function.
                ///
                /// - Throws: ``SetupError`` when this machine cannot run the module or has no memory for it; what the
                ///   start function ends with.
                public init(\(parameters.compactMap(\.self).joined(separator: ", "))) throws {
                    guest = try Guest(\(arguments.compactMap(\.self).joined(separator: ", ")))
                    try guest.start()
                }
            \(needsImports ? "\n    fileprivate init(_ guest: Guest) { self.guest = guest }\n" : "")
            """
    }

    // MARK: Imports

    private func protocolText(_ requirements: [(function: CHeader.ImportedFunction, name: String)]) -> String {
        let methods = requirements.map { function, name in
            """
                /// Import \(function.comment).
                func \(name)(_ guest: \(type)\(parameters(function.type))) throws\(result(function.type))

            """
        }
        return """
            /// What the module \(header.prefix) imports. What a function throws stops the guest and arrives at whoever
            /// called it; `guest` is the instance that calls.
            public protocol \(type)Imports: AnyObject {
            \(methods.joined(separator: "\n"))}


            """
    }

    private func thunk(_ function: CHeader.ImportedFunction, _ name: String) -> String {
        let parameters = function.type.parameters.enumerated().map { ", _ a\($0): \(Self.cType($1))" }.joined()
        let results = function.type.results.enumerated()
            .map { ", _ r\($0): UnsafeMutablePointer<\(Self.cType($1))>" }.joined()
        let arguments = function.type.parameters.enumerated().map { ", \(Self.fromC("a\($0)", $1))" }.joined()
        let count = function.type.results.count
        let stores = function.type.results.enumerated().map { index, type in
            "        r\(index).pointee = \(Self.toC(count == 1 ? "results" : "results.\(index)", type))\n"
        }
        return """
            @_cdecl("\(function.cName)")
            func answer_\(function.cName)(
                _ host: UnsafeMutableRawPointer, _ caller: UnsafeMutablePointer<wasmc_instance>\(parameters)\(results)
            ) -> wasmc_outcome {
                Guest.answer(host, caller) { guest in
                    \(count == 0 ? "" : "let results = ")try guest.imports.\(name)(\(type)(guest)\(arguments))
            \(stores.joined())    }
            }

            """
    }

    // MARK: Exports

    private func exported(_ export: CHeader.ExportedItem, _ name: String) -> String {
        let heading = "    /// Export \(export.comment)."
        switch export.type {
        case .function(let type):
            let variables = type.results.enumerated().map { "        var r\($0) = \(Self.cType($1))()\n" }.joined()
            let arguments = type.parameters.enumerated().map { ", \(Self.toC("a\($0)", $1))" }.joined()
            let addresses = type.results.indices.map { ", &r\($0)" }.joined()
            let values = type.results.enumerated().map { Self.fromC("r\($0)", $1) }.joined(separator: ", ")
            let parameters = String(parameters(type).dropFirst(2))
            return """
                \(heading)
                    ///
                    /// - Throws: ``Trap``, ``Exit``, or what a function of the host's threw.
                    public func \(name)(\(parameters)) throws\(result(type)) {
                \(variables)        try guest.finish(\(export.cName)(guest.instance\(arguments)\(addresses)))
                \(values.isEmpty ? "" : "        return \(type.results.count == 1 ? values : "(\(values))")\n")    }

                """
        case .memory:
            return """
                \(heading)
                    \(Self.variable) \(name): Memory { Memory(\(export.cName)(guest.instance), of: guest) }

                """
        case .global(let global):
            let slot = "\(export.cName)(guest.instance).pointee\(Self.field(global.value))"
            let get = Self.fromC(slot, global.value, isField: true)
            let set = Self.toC("newValue", global.value, isField: true)
            let swift = Self.swiftType(global.value)
            guard global.isMutable else { return "\(heading)\n    public var \(name): \(swift) { \(get) }\n" }
            return """
                \(heading)
                    \(Self.variable) \(name): \(swift) {
                        get { \(get) }
                        set { \(slot) = \(set) }
                    }

                """
        case .table, .tag: return "    // Export \(export.comment) has no counterpart in Swift.\n"
        }
    }

    private func parameters(_ type: FunctionType) -> String {
        type.parameters.enumerated().map { ", _ a\($0): \(Self.swiftType($1))" }.joined()
    }

    private func result(_ type: FunctionType) -> String {
        switch type.results.count {
        case 0: ""
        case 1: " -> \(Self.swiftType(type.results[0]))"
        default: " -> (\(type.results.map(Self.swiftType).joined(separator: ", ")))"
        }
    }

    // MARK: Types

    private static func swiftType(_ type: ValueType) -> String { type.isVector ? "SIMD16<UInt8>" : cType(type) }

    private static func cType(_ type: ValueType) -> String {
        switch type.representation {
        case .i32: "Int32"
        case .i64: "Int64"
        case .f32: "Float"
        case .f64: "Double"
        case .v128: "wasmc_value"
        // Null is 0.
        case .reference: "UInt"
        }
    }

    /// The slot's part for a type; its integers are unsigned.
    private static func field(_ type: ValueType) -> String {
        switch type.representation {
        case .i32: ".i32"
        case .i64: ".i64"
        case .f32: ".f32"
        case .f64: ".f64"
        case .v128: ""
        case .reference: ".ref"
        }
    }

    private static func fromC(_ value: String, _ type: ValueType, isField: Bool = false) -> String {
        switch type.representation {
        case .v128: "\(value).vector"
        case .i32 where isField: "Int32(bitPattern: \(value))"
        case .i64 where isField: "Int64(bitPattern: \(value))"
        case .i32, .i64, .f32, .f64, .reference: value
        }
    }

    private static func toC(_ value: String, _ type: ValueType, isField: Bool = false) -> String {
        switch type.representation {
        case .v128: "wasmc_value(\(value))"
        case .i32 where isField: "UInt32(bitPattern: \(value))"
        case .i64 where isField: "UInt64(bitPattern: \(value))"
        case .i32, .i64, .f32, .f64, .reference: value
        }
    }

    /// Is after the heading, which documents it.
    private static let variable = "public var"

    // MARK: Names

    private static let keywords: Set<String> = [
        "Any", "Self", "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
        "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func",
        "guard", "if", "import", "in", "inout", "internal", "is", "let", "nil", "operator", "precedencegroup",
        "private", "protocol", "public",
        "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws",
        "true", "try", "typealias", "var", "where", "while",
    ]

    /// Those of a type's members.
    private struct Names {
        private var taken = reserved

        /// One that no other member has.
        mutating func unique(_ text: String) -> String {
            var name = CHeader.letters(text)
            if name.first?.isNumber ?? true || name.allSatisfy({ $0 == "_" }) { name = "member_" + name }
            while !taken.insert(name).inserted { name += "_" }
            return name
        }
    }
}

extension ValueType {
    fileprivate var isVector: Bool { representation == .v128 }
}
