import Testing
import Wasm

@Suite struct UnreachableCodeTests {
    /// A module with one function of type [] -> [] and this body.
    private func module(body: [UInt8]) throws(ModuleError) -> Module {
        let code = [0] + body + [0x0B]
        let header: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10]
        return try Module(bytes: header + [UInt8(code.count + 2), 1, UInt8(code.count)] + code)
    }

    @Test func operandsMissingAfterABranchHaveAnyType() throws {
        // unreachable; i32.add; drop
        _ = try module(body: [0x00, 0x6A, 0x1A])
    }

    @Test func aBlockInsideUnreachableCodeHasNoOperandsOfItsOwn() {
        // unreachable; block; i32.eqz; drop; end
        #expect {
            try module(body: [0x00, 0x02, 0x40, 0x45, 0x1A, 0x0B])
        } throws: { ($0 as? ModuleError)?.kind == .invalid }
    }

    @Test func tooManyLocalsForTheFormatAreMalformed() {
        // Two groups of locals, 2^32 - 1 and 1.
        let header: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10]
        let body: [UInt8] = [2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 1, 0x7F, 0x0B]
        #expect {
            try Module(bytes: header + [UInt8(body.count + 2), 1, UInt8(body.count)] + body)
        } throws: { ($0 as? ModuleError)?.kind == .malformed }
    }
}
