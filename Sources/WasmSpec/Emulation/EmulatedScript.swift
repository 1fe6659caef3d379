import Foundation
import WasmEngine
import WasmText

/// A script for another machine: its modules are compiled here, and a player that an emulator runs does what the
/// script says and tells what came of it. `Fixtures/player` describes the commands.
///
/// What is only about decoding, validation and the matching of types is left out: it is the same on every machine.
struct EmulatedScript {
    /// A line for the player, and what its answer must be.
    struct Step {
        var command: Script.Command
        var line: String
        var expected: Expectation
    }

    enum Expectation {
        case success
        case values([ResultPattern])
        case trap(String)
        case exception
        /// What comes of an action that asserts nothing.
        case anything
    }

    private let engine: Engine
    private let folder: URL
    private var steps: [Step] = []
    private var count = 0
    private var current: Int?
    private var instances: [String: Int] = [:]
    private var latestDefinition: String?
    private var definitions: [String: String] = [:]

    /// The commands that could not be made, with reasons.
    private(set) var failures: [(command: Script.Command, message: String)] = []

    /// - Parameter folder: where artifacts are put.
    init(_ script: Script, engine: Engine, folder: URL) throws {
        self.engine = engine
        self.folder = folder
        let spectest = try Script(text: Array(Self.spectest.utf8))
        for command in spectest.commands + script.commands {
            do { try append(command) } catch { failures.append((command, "\(error)")) }
        }
    }

    private static let spectest = """
        (module $spectest
          (func (export "print")) (func (export "print_i32") (param i32)) (func (export "print_i64") (param i64))
          (func (export "print_f32") (param f32)) (func (export "print_f64") (param f64))
          (func (export "print_i32_f32") (param i32 f32)) (func (export "print_f64_f64") (param f64 f64))
          (global (export "global_i32") i32 (i32.const 666)) (global (export "global_i64") i64 (i64.const 666))
          (global (export "global_f32") f32 (f32.const 666.6)) (global (export "global_f64") f64 (f64.const 666.6))
          (table (export "table") 10 20 funcref) (table (export "table64") i64 10 20 funcref)
          (memory (export "memory") 1 2) (memory (export "shared_memory") 1 2 shared))
        (register "spectest" $spectest)
        """

    private struct Missing: Error, CustomStringConvertible { var description: String }

    private mutating func append(_ command: Script.Command) throws {
        switch command.kind {
        case .module(let text):
            current = nil
            let file = try compile(text)
            latestDefinition = file
            steps.append(Step(command: command, line: load(file, text.identifier), expected: .success))
        case .definition(let text):
            let file = try compile(text)
            latestDefinition = file
            if let identifier = text.identifier { definitions[identifier] = file }
        case .instance(let identifier, let definition):
            guard let file = definition.map({ definitions[$0] }) ?? latestDefinition else {
                throw Missing(description: "no such module definition")
            }
            steps.append(Step(command: command, line: load(file, identifier), expected: .success))
        case .register(let name, let identifier):
            steps.append(
                Step(
                    command: command, line: "register \(try number(identifier)) \(Self.hexadecimal(name))",
                    expected: .success))
        case .action(let action): steps.append(Step(command: command, line: try line(action), expected: .anything))
        case .assertReturn(let action, let patterns):
            steps.append(Step(command: command, line: try line(action), expected: .values(patterns)))
        case .assertTrap(let action, let message), .assertExhaustion(let action, let message):
            steps.append(Step(command: command, line: try line(action), expected: .trap(message)))
        case .assertInstantiationTrap(let text, let message):
            steps.append(Step(command: command, line: load(try compile(text), nil), expected: .trap(message)))
        case .assertException(let action):
            steps.append(Step(command: command, line: try line(action), expected: .exception))
        case .assertInvalid, .assertMalformed, .assertUnlinkable: break
        case .unsupported(let feature): throw Missing(description: "\(feature): this feature is not supported")
        case .unreadable(let error): throw error
        }
    }

    private mutating func load(_ file: String, _ identifier: String?) -> String {
        current = count
        if let identifier { instances[identifier] = count }
        count += 1
        return "load \(count - 1) \(file)"
    }

    private mutating func compile(_ text: Script.ModuleText) throws -> String {
        let file = folder.appending(path: "\(steps.count)-\(definitions.count).cwasm")
        try Data(engine.artifact(of: text.module(features: engine.options.features))).write(to: file)
        return file.path(percentEncoded: false)
    }

    private func number(_ identifier: String?) throws -> Int {
        guard let number = identifier.map({ instances[$0] }) ?? current else {
            throw Missing(description: "the module that this needs was not instantiated")
        }
        return number
    }

    private static func hexadecimal(_ name: String) -> String {
        "x" + name.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func line(_ action: Script.Action) throws -> String {
        switch action {
        case .get(let identifier, let name): return "get \(try number(identifier)) \(Self.hexadecimal(name))"
        case .invoke(let identifier, let name, let arguments):
            let words = arguments.flatMap(\.words).map { String($0, radix: 16) }
            return (["call", "\(try number(identifier))", Self.hexadecimal(name)] + words).joined(separator: " ")
        }
    }

    /// What the player is told.
    var input: String { steps.map { $0.line + "\n" }.joined() }

    /// How many of the script's commands the player was told; spectest has two.
    var commandCount: Int { steps.count - 2 }

    /// How many of them assert something.
    var assertionCount: Int { steps.count { $0.command.isAssertion } }

    /// The commands whose answers differ from what the script says.
    func differences(in output: String) -> [(command: Script.Command, message: String)] {
        let answers = output.split(separator: "\n", omittingEmptySubsequences: false)
        return steps.enumerated().compactMap { index, step in
            let answer = index < answers.count ? String(answers[index]) : "nothing: the player has ended"
            return step.expected.isMet(by: answer) ? nil : (step.command, "\(step.expected), found \(answer)")
        }
    }
}

extension EmulatedScript.Expectation {
    func isMet(by answer: String) -> Bool {
        let words = answer.split(separator: " ").map(String.init)
        switch self {
        case .anything: return !answer.hasPrefix("refused") && !answer.hasPrefix("nothing")
        case .success: return answer == "returned"
        case .exception: return answer == "exception"
        case .trap(let message):
            guard answer.hasPrefix("trap ") else { return false }
            let reason = answer.dropFirst("trap ".count)
            return message.hasPrefix(reason) || reason.hasPrefix(message)
        case .values(let patterns):
            guard words.first == "returned", words.count == 1 + 2 * patterns.count else { return false }
            return patterns.enumerated().allSatisfy { index, pattern in
                guard let low = UInt64(words[1 + 2 * index], radix: 16),
                    let high = UInt64(words[2 + 2 * index], radix: 16)
                else { return false }
                return pattern.matches(low: low, high: high)
            }
        }
    }
}

extension ScriptValue {
    /// As it lies in a `wasmc_value`.
    fileprivate var words: [UInt64] {
        switch self {
        case .i32(let bits), .f32(let bits): [UInt64(bits), 0]
        case .i64(let bits), .f64(let bits): [bits, 0]
        case .v128(let low, let high): [low, high]
        case .externReference(let number), .hostReference(let number): [UInt64(number) << 2 | 2, 0]
        case .null, .functionReference, .exceptionReference, .object, .externObject: [0, 0]
        }
    }
}

extension ResultPattern {
    /// Is a value of the pattern's type, which lies in these words, what the pattern asks for?
    fileprivate func matches(low: UInt64, high: UInt64) -> Bool {
        switch self {
        case .either(let patterns): return patterns.contains { $0.matches(low: low, high: high) }
        case .f32: return matches(.f32(UInt32(truncatingIfNeeded: low)))
        case .f64: return matches(.f64(low))
        case .lanes: return matches(.v128(low: low, high: high))
        case .null, .value(.null): return low == 0
        case .anyExternReference, .anyObject, .anyComparable: return low != 0
        case .value(let value):
            switch value {
            case .i32, .f32: return UInt64(UInt32(truncatingIfNeeded: low)) == value.words[0]
            case .i64, .f64: return low == value.words[0]
            case .v128: return [low, high] == value.words
            case .externReference, .hostReference: return low == value.words[0]
            case .null: return low == 0
            case .functionReference, .exceptionReference, .object, .externObject: return low != 0
            }
        }
    }
}
