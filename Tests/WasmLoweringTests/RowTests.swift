import Testing
@testable import Wasm
import WasmLowering
import WasmText

/// The first walk of `CONTRIBUTING.md`: an instruction with a type in its row is decoded, validated, read, printed and
/// lowered. Nothing here knows of any instruction, so that a new row is tested from its first day.
@Suite("A row of the instruction table is all that an instruction needs") struct RowTests {
    private static let opcodes = Opcode.allCases.filter {
        !$0.row.isRuleByHand && Features.implemented.contains($0.row.feature)
    }

    /// What is after the name in the text format.
    private static func immediates(_ kind: ImmediateKind) -> String {
        switch kind {
        case .label, .function, .local, .global, .element, .data, .dataMemory, .elementTable: " 0"
        case .memargLane, .lane, .i32, .i64, .f32, .f64: " 0"
        case .v128: " i64x2 0 0"
        case .shuffle: " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"
        case .referenceType: " func"
        default: ""
        }
    }

    private static func function(_ row: InstructionRow, parameters: [ValueType]) -> String {
        // The memory's addresses are `i32`.
        func text(_ type: ValueType) -> String { type == .addr ? "i32" : "\(type)" }
        let types = parameters.map { " (param \(text($0)))" }.joined()
        let result = row.result.map { " (result \(text($0)))" } ?? ""
        let operands = parameters.indices.map { "local.get \($0) " }.joined()
        return "(func\(types)\(result) \(operands)\(row.name)\(immediates(row.immediates)))"
    }

    private static func module(_ functions: [String]) throws -> Module {
        try Module(
            text: """
                (module (memory 1) (table 1 funcref) (data "") (elem funcref) (global i32 (i32.const 0))
                  \(functions.joined(separator: "\n")))
                """, features: .all)
    }

    @Test("Each is read, decoded, validated, printed and lowered")
    func all() throws {
        try #require(Self.opcodes.count > 300)
        let module = try Self.module(Self.opcodes.map { Self.function($0.row, parameters: $0.row.parameters) })
        for (index, opcode) in Self.opcodes.enumerated() {
            var reader = try FunctionBodyReader(module: module, functionIndex: index)
            var read: [Opcode] = []
            while let instruction = try reader.next() { read.append(instruction.opcode) }
            #expect(read == opcode.row.parameters.map { _ in .localGet } + [opcode, .end], "\(opcode.row.name)")
        }
        let printed = WasmText.print(module)
        for opcode in Self.opcodes { #expect(printed.contains("\(opcode.row.name)"), "\(opcode.row.name)") }
        let options = CompilationOptions(optimization: .none, target: Target.named["x86-64-v3"] ?? .native)
        #expect(throws: Never.self) { try ModuleCompiler.emit(module, options: options, as: .ir) }
    }

    @Test("Each is refused with an operand of another type")
    func wrongOperands() {
        for row in Self.opcodes.map(\.row) {
            guard let first = row.parameters.first else { continue }
            let wrong = [first == .externref ? .funcref : ValueType.externref] + row.parameters.dropFirst()
            #expect(throws: (any Error).self, "\(row.name)") {
                _ = try Self.module([Self.function(row, parameters: wrong)])
            }
        }
    }
}
