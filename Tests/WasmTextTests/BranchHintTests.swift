import Testing
import Wasm
import WasmText

@Suite("Annotations say which way conditional branches go, and modules keep it") struct BranchHintTests {
    @Test("A hint belongs to the if or br_if after it, flat and folded, and survives printing")
    func hints() throws {
        let text = """
            (module (func (param i32) (result i32)
                (block (@metadata.code.branch_hint "\\00") (br_if 0 (local.get 0)))
                local.get 0 (@metadata.code.branch_hint "\\01") if nop end
                (drop (i32.add (local.get 0)
                  (@metadata.code.branch_hint "\\01")
                  (if (result i32) (local.get 0)
                    (then (block (result i32)
                      (@metadata.code.branch_hint "\\00") (br_if 0 (i32.const 1) (local.get 0))))
                    (else (i32.const 2)))))
                (i32.const 1)))
            """
        let module = try Module(text: text)
        func hinted(_ module: Module) throws -> [String] {
            let hints = try #require(module.branchHints[0])
            return try hints.sorted { $0.key < $1.key }.map { offset, isTaken in
                let byte = module.bytes[offset]
                let opcode = try #require(Opcode.allCases.first { $0.row.prefix == 0 && $0.row.code == byte })
                return "\(opcode.row.name) \(isTaken)"
            }
        }
        #expect(try hinted(module) == ["br_if false", "if true", "if true", "br_if false"])
        let again = try Module(text: WasmText.print(module))
        #expect(again.bytes == module.bytes)
    }

    @Test(
        "A hint that is repeated, has another value or is before something else is refused",
        arguments: [
            #"(@metadata.code.branch_hint "\00") (@metadata.code.branch_hint "\01") (if (i32.const 1) (then))"#,
            #"(@metadata.code.branch_hint "\02") (if (i32.const 1) (then))"#,
            #"(@metadata.code.branch_hint "\00\00") (if (i32.const 1) (then))"#,
            #"(@metadata.code.branch_hint) (if (i32.const 1) (then))"#,
            #"(@metadata.code.branch_hint "\00") (nop)"#, #"(@metadata.code.branch_hint "\00") nop"#,
            #"(@metadata.code.branch_hint "\00")"#,
            #"(if (i32.const 1) (@metadata.code.branch_hint "\00") (then (br_if 0 (i32.const 1))))"#,
        ])
    func misplaced(body: String) {
        #expect(throws: TextError.self) { try WasmText.parse("(func \(body))") }
    }

    @Test(
        "A section with other content says nothing and makes no module invalid",
        arguments: [
            #""\01""#, #""\01\00\01\02\01""#, #""\01\09\01\02\01\00""#, #""\ff\ff\ff\ff\0f""#,
            #""\01\00\01\02\02\00""#,
        ])
    func malformed(content: String) throws {
        let module = try Module(
            text: #"""
                (module (@custom "metadata.code.branch_hint" (before code) \#(content))
                  (func (if (i32.const 1) (then))))
                """#)
        #expect(module.branchHints[0] == nil)
    }
}
