import WasmEngine
import WasmText

/// Runs one script with one engine. Specification repository: "Scripts".
final class ScriptRunner {
    private let engine: Engine
    private let store = Store()
    private var imports: Imports
    /// The latest instance; `nil` when the latest module did not become one.
    private var current: Instance?
    private var instances: [String: Instance] = [:]
    private var latestDefinition: CompiledModule?
    private var definitions: [String: CompiledModule] = [:]

    init(engine: Engine) throws {
        self.engine = engine
        imports = try Spectest.imports(in: store)
    }

    /// What is wrong with a command; `nil` when it does what the script says.
    func run(_ command: Script.Command) -> String? {
        do {
            try perform(command.kind)
            return nil
        } catch let mismatch as Mismatch {
            return mismatch.message
        } catch {
            return "\(error)"
        }
    }

    private struct Mismatch: Error {
        var message: String
        init(_ message: String) { self.message = message }
    }

    private func perform(_ kind: Script.Kind) throws {
        switch kind {
        case .module(let text):
            current = nil
            if let identifier = text.identifier { instances[identifier] = nil }
            let program = try compile(text)
            latestDefinition = program
            let instance = try program.instantiate(imports: imports, in: store)
            keep(instance, text.identifier)
        case .definition(let text):
            let program = try compile(text)
            latestDefinition = program
            if let identifier = text.identifier { definitions[identifier] = program }
        case .instance(let identifier, let definition):
            let program = definition.map { definitions[$0] } ?? latestDefinition
            guard let program else { throw Mismatch("no such module definition") }
            keep(try program.instantiate(imports: imports, in: store), identifier)
        case .register(let name, let identifier):
            imports.define(name, try instance(identifier))
        case .action(let action):
            _ = try perform(action)
        case .assertReturn(let action, let patterns):
            let results = try perform(action)
            let matches = results.count == patterns.count && zip(patterns, results).allSatisfy { $0.matches($1) }
            if !matches {
                let found = results.enumerated().map {
                    $0 < patterns.count ? $1.description(like: patterns[$0]) : $1.description
                }
                throw Mismatch("expected \(list(patterns.map(\.description))), found \(list(found))")
            }
        case .assertTrap(let action, let message):
            try expectTrap(message) { _ = try perform(action) }
        case .assertExhaustion(let action, let message):
            try expectTrap(message) { _ = try perform(action) }
        case .assertInstantiationTrap(let text, let message):
            let program = try compile(text)
            try expectTrap(message) { _ = try program.instantiate(imports: imports, in: store) }
        case .assertException(let action):
            do { _ = try perform(action) } catch is GuestException { return }
            throw Mismatch("no exception was thrown")
        case .assertInvalid(let text, let message):
            try expectRefusal(text, .invalid, message)
        case .assertMalformed(let text, let message):
            try expectRefusal(text, .malformed, message)
        case .assertUnlinkable(let text, _):
            let program = try compile(text)
            do {
                _ = try program.instantiate(imports: imports, in: store)
            } catch is LinkError {
                return
            }
            throw Mismatch("the module was linked")
        case .unsupported(let feature):
            throw Mismatch("\(feature): this feature is not supported")
        case .unreadable(let error):
            throw error
        }
    }

    private func list(_ values: [String]) -> String { values.isEmpty ? "no value" : values.joined(separator: " ") }

    private func keep(_ instance: Instance, _ identifier: String?) {
        current = instance
        if let identifier { instances[identifier] = instance }
    }

    private func compile(_ text: Script.ModuleText) throws -> CompiledModule {
        try engine.compile(text.module(features: engine.options.features))
    }

    private func instance(_ identifier: String?) throws -> Instance {
        guard let instance = identifier.map({ instances[$0] }) ?? current else {
            throw Mismatch("the module that this needs was not instantiated")
        }
        return instance
    }

    // MARK: Actions

    private func perform(_ action: Script.Action) throws -> [ScriptValue] {
        switch action {
        case .invoke(let identifier, let name, let arguments):
            return try instance(identifier).function(name).call(arguments.map(Value.init)).map(ScriptValue.init)
        case .get(let identifier, let name):
            guard let global = try instance(identifier).global(name) else { throw Mismatch("no global \(name)") }
            return [ScriptValue(global.value)]
        }
    }

    private func expectTrap(_ message: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let trap as Trap {
            let reason = trap.reason.rawValue
            guard message.hasPrefix(reason) || reason.hasPrefix(message) else {
                throw Mismatch("expected the trap \"\(message)\", found \"\(reason)\"")
            }
            return
        }
        throw Mismatch("expected the trap \"\(message)\", but nothing trapped")
    }

    private func expectRefusal(_ text: Script.ModuleText, _ kind: ModuleError.Kind, _ message: String) throws {
        let found: ModuleError.Kind
        switch text.bytes {
        case .failure(let error):
            guard error.kind == .malformed else { throw error }
            found = .malformed
        case .success(let bytes):
            do {
                _ = try Module(bytes: bytes, features: engine.options.features)
            } catch {
                guard error.kind == kind else { throw error }
                return
            }
            throw Mismatch("expected \"\(message)\", but the module was accepted")
        }
        if found != kind { throw Mismatch("expected the module to be \(kind), found it \(found)") }
    }
}

extension Value {
    init(_ value: ScriptValue) {
        switch value {
        case .i32(let bits): self = .i32(Int32(bitPattern: bits))
        case .i64(let bits): self = .i64(Int64(bitPattern: bits))
        case .f32(let bits): self = .f32(Float(bitPattern: bits))
        case .f64(let bits): self = .f64(Double(bitPattern: bits))
        case .v128(let low, let high): self = .v128(low: low, high: high)
        case .exceptionReference: self = .exnref(nil)
        case .null(let type): self = .null(of: type) ?? .funcref(nil)
        case .functionReference: self = .funcref(nil)
        case .hostReference(let number): self = .anyref(AnyReference(ExternalReference(UInt64(number))))
        case .object: self = .anyref(nil)
        case .externObject: self = .externref(nil)
        case .externReference(let number): self = .externref(ExternalReference(UInt64(number)))
        }
    }
}

extension ScriptValue {
    init(_ value: Value) {
        switch value {
        case .i32(let value): self = .i32(UInt32(bitPattern: value))
        case .i64(let value): self = .i64(UInt64(bitPattern: value))
        case .f32(let value): self = .f32(value.bitPattern)
        case .f64(let value): self = .f64(value.bitPattern)
        case .v128(let value): self = .v128(low: value.low, high: value.high)
        case .exnref(let exception): self = exception == nil ? .null(.exnref) : .exceptionReference
        case .funcref(let function): self = function == nil ? .null(.funcref) : .functionReference
        case .externref(let reference):
            self =
                reference.map {
                    $0.object == nil ? .externReference(UInt32(truncatingIfNeeded: $0.number)) : .externObject
                } ?? .null(.externref)
        case .anyref(let reference):
            switch reference?.kind {
            case .structure: self = .object(.structure)
            case .array: self = .object(.array)
            case .i31: self = .object(.i31)
            case .external(let external): self = .hostReference(UInt32(truncatingIfNeeded: external.number))
            case nil: self = .null(.reference(to: .any))
            }
        }
    }
}
