import Testing
import Wasm
import WasmText

/// A module that was given as text is judged in its text: what is wrong has a line, a column and a caret.
@Suite struct ErrorPlaceTests {
    private func failure(of text: String) -> TextError? { #expect(throws: TextError.self) { try Module(text: text) } }

    @Test(
        "An invalid instruction is pointed at, flat and folded, after any nesting",
        arguments: [
            // The caret is below the ^ of the second line.
            (
                "(func (result i32) f32.const 1)",
                "                              ^"
            ),
            (
                "(func i32.const 1 f32.const 2 i32.add drop)",
                "                              ^"
            ),
            (
                "(func (drop (i32.add (i32.const 1) (f32.const 2))))",
                "             ^"
            ),
            (
                "(func (block (loop (br_if 0 (i64.const 1)))))",
                "                    ^"
            ),
            (
                "(func (if (i32.const 1) (then (local.get 5) drop) (else)))",
                "                               ^"
            ),
            (
                "(func (if (result i32) (i32.const 1) (then (i32.const 1)) (else (f32.const 1))) drop)",
                "                                                                              ^"
            ),
            (
                "(func (if (f32.const 1) (then)))",
                "       ^"
            ),
            (
                "(func block i32.const 1 end)",
                "                        ^"
            ),
            (
                "(func (call 7))",
                "       ^"
            ),
            (
                "(memory 1) (func (i32.store (i32.const 0)))",
                "                  ^"
            ),
        ])
    func instructions(field: String, caret: String) throws {
        let error = try #require(failure(of: "(module\n\(field))"))
        #expect(error.kind == .invalid && error.line == 2 && error.column == caret.count, "\(error)")
    }

    @Test(
        "An invalid field is pointed at",
        arguments: [
            ("(export \"a\" (func 0))", "unknown function"), ("(export \"a\" (memory 0))", "unknown memory"),
            ("(start 3)", "unknown function"),
            ("(elem func 4)", "unknown function"),
            ("(table 1 funcref) (elem (i32.const 0) externref)", "type mismatch"),
            ("(global i32 (f32.const 1))", "type mismatch"), ("(data (i32.const 0) \"a\")", "unknown memory"),
            ("(memory 2 1)", "size minimum"),
            ("(memory 65537)", "memory size"), ("(import \"a\" \"b\" (memory 3 2))", "size minimum"),
            ("(func (type 4))", "unknown type"),
            ("(table 3 2 funcref)", "size minimum"),
        ])
    func fields(field: String, message: String) throws {
        let error = try #require(failure(of: "(module (type (func))\n\n  \(field)\n (type (func)))"))
        #expect(error.message.hasPrefix(message) && error.line == 3 && error.kind == .invalid, "\(error)")
    }

    @Test("The second of two things that may be there once is pointed at")
    func duplicates() throws {
        let export = try #require(failure(of: "(module (func)\n(export \"a\" (func 0))\n(export \"a\" (func 0)))"))
        #expect(export.line == 3 && export.message.contains("duplicate export"))
        let start = try #require(failure(of: "(module (func (param i32))\n(start 0))"))
        #expect(start.line == 2 && start.message.hasPrefix("start function"))
    }

    @Test("What is wrong with bytes that a text gives has an offset in them")
    func binary() throws {
        let error = try #require(
            failure(
                of: #"(module binary "\00asm\01\00\00\00\01\04\01\60\00\00\03\02\01\00\0a\07\01\05\00\d0\05\1a\0b")"#))
        #expect(error.message.contains("byte offset 0x18"), "\(error)")
    }

    @Test(
        "A feature that is not there is named; what is no feature is malformed",
        arguments: [
            (#"(module binary "\00asm\01\00\00\00\05\03\01\00\01\01\04\01\60\00\00")"#, ""),
            (
                #"(module binary "\00asm\01\00\00\00\01\04\01\60\00\00\03\02\01\00\0a\06\01\04\00\e0\00\0b")"#,
                "stack switching"
            ),
        ])
    func laterFeatures(text: String, feature: String) throws {
        let error = try #require(failure(of: text))
        guard !feature.isEmpty else {
            #expect(error.kind == .malformed)
            return
        }
        #expect(error.message.contains("\(feature): this feature is not supported"), "\(error)")
        if case .unsupported = error.kind {} else { Issue.record("\(error.kind)") }
    }
}
