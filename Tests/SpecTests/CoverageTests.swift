import Foundation
import Testing
import Wasm
import WasmText

@Suite struct CoverageTests {
    /// Every row of the instruction table stands in a function that some script of the suite calls by name, or in a
    /// function that such a function calls.
    @Test func theSuiteCallsFunctionsWithEveryInstruction() throws {
        let folder = SpecTests.folder
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        guard !files.isEmpty else {
            print("NOT RUN: the official test suite is not at \(folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        var seen: Set<Opcode> = []
        for file in files where file.hasSuffix(".wast") {
            let text = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            collect(from: try Script(text: Array(text)), into: &seen)
        }
        let missing = Opcode.allCases.filter { !seen.contains($0) }
        #expect(missing.isEmpty, "\(missing.map { $0.row.name.description })")
    }

    private func collect(from script: Script, into seen: inout Set<Opcode>) {
        var current: Module?
        var named: [String: Module] = [:]
        var visited: Set<Int> = []
        for command in script.commands {
            switch command.kind {
            case .module(let text):
                current = (try? text.bytes.get()).flatMap { try? Module(bytes: $0) }
                visited = []
                if let identifier = text.identifier { named[identifier] = current }
            case .assertReturn(.invoke(let identifier, let name, _), _),
                .assertTrap(.invoke(let identifier, let name, _), _):
                guard let module = identifier.map({ named[$0] }) ?? current,
                    let export = module.exports.first(where: { $0.kind == .function && $0.name == name })
                else { continue }
                var unused: Set<Int> = []
                if identifier == nil {
                    collect(from: module, export.index, &visited, into: &seen)
                } else {
                    collect(from: module, export.index, &unused, into: &seen)
                }
            default:
                continue
            }
        }
    }

    private func collect(from module: Module, _ index: Int, _ visited: inout Set<Int>, into seen: inout Set<Opcode>) {
        var pending = [index]
        while let index = pending.popLast() {
            guard visited.insert(index).inserted, let body = module.functions[index].body,
                var instructions = try? InstructionSequence(module: module, body: body)
            else { continue }
            while let instruction = (try? instructions.next()) ?? nil {
                seen.insert(instruction.opcode)
                if instruction.opcode == .call { pending.append(Int(instruction.immediates.index)) }
            }
        }
    }
}
