import Testing
import Wasm
import WasmText

@Suite struct ParserTests {
    @Test func flatAndFoldedFormsGiveTheSameBytes() throws {
        let folded = try WasmText.parse(
            """
            (module (func (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.const 1)) (else \
            (i32.const 2)))))
            """
        )
        let flat = try WasmText.parse(
            "(module (func (param i32) (result i32) local.get 0 if (result i32) i32.const 1 else i32.const 2 end))")
        #expect(folded == flat)
        #expect(try Module(bytes: folded).functions.count == 1)
    }

    @Test func writesTheBinaryFormat() throws {
        let bytes = try WasmText.parse("(module (func (export \"f\") (result i32) (i32.const -1)))")
        #expect(
            bytes == [
                0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7F, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10,
                6,
                1, 4, 0, 0x41, 0x7F, 0x0B,
            ])
    }

    @Test func identifiersBecomeNames() throws {
        let module = try Module(text: "(module $m (func $f (param $x i32) (local i64 i64) (local $y f32)))")
        #expect(module.names.module == "m")
        #expect(module.names.functions == [0: "f"])
        #expect(module.names.locals == [0: [0: "x", 3: "y"]])
    }

    @Test func quotedIdentifiersEqualPlainOnes() throws {
        _ = try Module(text: #"(func $"\66") (func call $f call $"\u{66}")"#)
    }

    @Test(arguments: [
        ("(func) (memory 1) (import \"\" \"\" (func))", "import after function"),
        ("(func (local $x i32) (local $x i32))", "duplicate local"),
        ("(func (i32.const 0x100000000) drop)", "i32 constant out of range"),
        ("(func (f32.const 1e39) drop)", "constant out of range"),
        ("(func block $a end $b)", "mismatching label"),
        ("(func (i32.load align=3 (i32.const 0)) drop)", "alignment must be a power of two"),
        ("(func (foo))", "unknown operator"),
        ("(func (i32.const))", "unexpected token"),
        ("(type $t (func)) (func (type $t) (param i32))", "inline function type"),
        ("(func br $l)", "unknown label"),
        ("(func (drop (i32.const 0)", "unexpected token"),
        ("(@a", "unclosed annotation"),
        ("(func $)", "empty identifier"),
        ("(module (func))  (;", "unclosed comment"),
        ("(import \"\\80\" \"\" (func))", "malformed UTF-8 encoding"),
    ])
    func malformedTextIsNamed(text: String, message: String) {
        #expect {
            try WasmText.parse(text)
        } throws: { error in
            guard let error = error as? TextError else { return false }
            return error.kind == .malformed && error.message.hasPrefix(message)
        }
    }

    @Test func errorsShowTheLineAndACaret() {
        do {
            _ = try WasmText.parse("(module\n\t(func nop\n\t  foo))")
            Issue.record("accepted")
        } catch {
            #expect(error.line == 3)
            #expect(error.column == 4)
            #expect(error.description == "3:4: unknown operator foo\n\t  foo))\n\t  ^")
        }
    }

    @Test func deepNestingDoesNotRecurse() throws {
        let depth = 100_000
        let open = String(repeating: "(block ", count: depth)
        _ = try WasmText.parse("(func " + open + String(repeating: ")", count: depth) + ")")
        #expect(throws: TextError.self) { try WasmText.parse("(func " + open) }
        #expect(throws: TextError.self) { try WasmText.parse(String(repeating: "(", count: depth)) }
        #expect(throws: TextError.self) { try WasmText.parse(String(repeating: "(@a ", count: depth)) }
        #expect(throws: TextError.self) { try WasmText.parse(String(repeating: "(;", count: depth)) }
    }
}
