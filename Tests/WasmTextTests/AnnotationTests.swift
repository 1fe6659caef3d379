import Testing
import Wasm
import WasmText

@Suite struct AnnotationTests {
    @Test(
        "A name annotation may be wherever an identifier may",
        arguments: [
            "(type (@name \"T\") (func))", "(type $t (@name \"T\") (func))", "(memory (@name \"M\") 1)",
            "(memory $m (@name \"M\") (data \"x\"))",
            "(memory (@name \"M\") (export \"m\") 1)", "(table (@name \"T\") 1 funcref)",
            "(table (@name \"T\") funcref (elem))",
            "(global (@name \"G\") i32 (i32.const 0))", "(global $g (@name \"G\") (mut i32) (i32.const 0))",
            "(elem (@name \"E\") func)",
            "(data (@name \"D\") \"x\")", "(func (param (@name \"p\") i32))", "(func (local $x (@name \"l\") i32))",
            "(func (block $b (@name \"b\")))", "(func (loop (@name \"b\")))",
            "(func i32.const 0 if $b (@name \"b\") end $b)",
            "(func (if $b (@name \"b\") (i32.const 0) (then)))", "(import \"a\" \"b\" (memory $m (@name \"M\") 1))",
            "(import \"a\" \"b\" (func (@name \"F\") (param $p (@name \"q\") i32)))",
            "(import \"a\" \"b\" (table (@name \"T\") 1 funcref))",
            "(import \"a\" \"b\" (global (@name \"G\") i32))", "(memory (@name \"M\") (import \"a\" \"b\") 1)",
            "(type (func (param (@name \"p\") i32) (result i32)))",
        ])
    func places(field: String) throws {
        let module = try Module(text: "(module \(field))")
        let plain = field.replacing(#/ \(@name "\w+"\)/#, with: "")
        #expect(try Module(text: "(module \(plain))").exports.count == module.exports.count)
    }

    @Test("Annotations of the module, functions, parameters and locals are the names in the name section")
    func names() throws {
        let module = try Module(
            text: """
                (module $m (@name "the module")
                  (import "a" "b" (func $f (@name "a function") (param $p (@name "a parameter") i32)))
                  (func $g (param (@name "x y") i32) (param i64 i64) (local $l (@name "a local") i32) (local
                    (@name "another") i64)))
                """)
        #expect(module.names.module == "the module")
        #expect(module.names.functions == [0: "a function", 1: "g"])
        #expect(module.names.locals == [0: [0: "a parameter"], 1: [0: "x y", 3: "a local", 4: "another"]])
    }

    @Test(
        "An annotation names one parameter or local, and nothing where no identifier may be",
        arguments: [
            "(func (param (@name \"p\") i32 i32))", "(func (local (@name \"p\") i32 i32))",
            "(func (@name \"a\") (@name \"b\"))", "(func nop (@name \"a\"))",
            "(func (param (@name p) i32))", "(func (result (@name \"r\") i32) unreachable)",
        ])
    func misplaced(field: String) {
        #expect(throws: TextError.self) { try WasmText.parse("(module \(field))") }
    }

    @Test(
        "The type of addresses may be written out before a segment, too",
        arguments: [
            ("(memory i32 (data \"a\"))", "(memory (data \"a\"))"), ("(memory i32 1 2)", "(memory 1 2)"),
            ("(table i32 funcref (elem 0 0))", "(table funcref (elem 0 0))"),
            ("(table i32 externref (elem))", "(table externref (elem))"),
            ("(table i32 funcref (elem (ref.func 0)))", "(table funcref (elem (ref.func 0)))"),
            ("(table i32 1 funcref)", "(table 1 funcref)"),
            (
                "(memory $m (export \"m\") i32 (data \"a\")) (data (memory $m) (i32.const 0) \"b\")",
                "(memory $m (export \"m\") (data \"a\")) (data (memory $m) (i32.const 0) \"b\")"
            ),
        ])
    func addressTypes(field: String, short: String) throws {
        #expect(try WasmText.parse("(module (func) \(field))") == WasmText.parse("(module (func) \(short))"))
    }

    @Test(
        "A type use may name a type that is only written out further on",
        arguments: [
            (
                "(func (type 0) (param i32)) (func (param i32))",
                "(type (func (param i32))) (func (type 0)) (func (type 0))"
            ),
            (
                "(func (type 1) (param i32)) (func (param i64)) (func (param i32))",
                "(type (func (param i64))) (type (func (param i32))) (func (type 1)) (func (type 0)) (func (type 1))"
            ),
            (
                "(func (type 0) (local $x i64) (local.set $x (i64.const 1))) (func (param i32))",
                "(type (func (param i32))) (func (type 0) (local i64) (local.set 1 (i64.const 1))) (func (type 0))"
            ),
            (
                "(import \"a\" \"b\" (func (type 0))) (func (result i32) (i32.const 1))",
                "(type (func (result i32))) (import \"a\" \"b\" (func (type 0))) (func (type 0) (i32.const 1))"
            ),
            (
                """
                (func (block (type 1) (br 0)) (block (result i32 i32) (i32.const 1) (i32.const 2)) drop drop) (func \
                (param i64))
                """,
                """
                (type (func)) (type (func (result i32 i32))) (type (func (param i64))) (func (type 0) (block (type \
                1) (br 0)) (block (type 1) (i32.const 1) (i32.const 2)) drop drop) (func (type 2))
                """
            ),
        ])
    func laterTypes(fields: String, explicit: String) throws {
        func code(_ text: String) throws -> [UInt8] {
            let bytes = try WasmText.parse("(module \(text))")
            // Without the names of locals.
            guard let name = bytes.firstRange(of: [4] + Array("name".utf8)) else { return bytes }
            return Array(bytes[..<(name.lowerBound - 2)])
        }
        #expect(try code(fields) == code(explicit))
    }

    @Test(
        "A type that nothing adds is unknown, and one that a later type differs from does not fit",
        arguments: [
            ("(func (type 1) (param i32)) (func (param i32))", "unknown type 1"),
            ("(func (type 0) (param i32)) (func (param i64))", "inline function type [i32] -> [] differs"),
        ])
    func unknownTypes(fields: String, message: String) {
        let error = #expect(throws: TextError.self) { try Module(text: "(module \(fields))") }
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }
}
