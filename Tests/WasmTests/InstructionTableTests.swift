import Testing
@testable import Wasm

@Suite("The instruction table") struct InstructionTableTests {
    @Test("Codes after a prefix may be above 0xFF, and any byte may be a prefix")
    func largeCodes() {
        let table = InstructionTable([
            InstructionRow("a", 0xFD, 0x105, .none, [.v128, .v128, .v128], .v128, .simd, .floatBinary(.add)),
            InstructionRow("b", 0xFE, 0x10, .none, [.i32], .i32, .core, .floatBinary(.add)),
        ])
        let opcodes = Opcode.allCases
        #expect(table[prefix: 0xFD, 0x105] == opcodes[0])
        #expect(table[prefix: 0xFE, 0x10] == opcodes[1])
        for code: UInt32 in [0, 0x5, 0x104, 0x106, .max] { #expect(table[prefix: 0xFD, code] == nil) }
        #expect(table[prefix: 0xFC, 0x105] == nil)
        #expect(table.isPrefix(0xFD) && table.isPrefix(0xFE) && !table.isPrefix(0xFC) && !table.isPrefix(0))
    }

    @Test("Every row is found by its opcode")
    func rows() {
        for opcode in Opcode.allCases {
            let row = opcode.row
            let found =
                row.prefix == 0
                ? InstructionTable.shared[UInt8(row.code)] : InstructionTable.shared[prefix: row.prefix, row.code]
            #expect(found == opcode, "\(row.name)")
        }
    }
}
