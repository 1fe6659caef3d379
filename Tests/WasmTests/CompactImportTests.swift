import Testing
import Wasm
import WasmText

@Suite("Imports of one module may share its name, and their type") struct CompactImportTests {
    private static let features = Features.standard.union([.compactImports])

    /// What is imported, as text.
    private func imports(_ module: Module) -> [String] {
        module.imports.map { "\($0.module).\($0.name): \(module.type(of: $0.descriptor))" }
    }

    @Test("Groups are what their imports are one by one, in the order of the index spaces")
    func groups() throws {
        let grouped = """
            (module
              (import "a" (item "f" (func $f (param i32))) (item "g" (global $g i64)) (item "" (memory 1)))
              (import "b" (item "h") (item "i") (func (result i32)))
              (import "c" "j" (func $j))
              (export "f" (func $f)) (export "j" (func $j)) (export "g" (global $g)))
            """
        let single = """
            (module
              (import "a" "f" (func $f (param i32))) (import "a" "g" (global $g i64)) (import "a" "" (memory 1))
              (import "b" "h" (func (result i32))) (import "b" "i" (func (result i32)))
              (import "c" "j" (func $j))
              (export "f" (func $f)) (export "j" (func $j)) (export "g" (global $g)))
            """
        let module = try Module(text: grouped, features: Self.features)
        #expect(try imports(module) == imports(Module(text: single)))
        #expect(module.exports.map(\.index) == [0, 3, 0] && module.features == [.compactImports])
        #expect(throws: TextError.self) { try Module(text: grouped) }
    }

    @Test("An import whose name is empty and whose kind is any of the known ones is a single one")
    func emptyNames() throws {
        #expect(try imports(Module(text: #"(import "" "" (global i32)) (import "a" "" (func))"#)).count == 2)
    }

    @Test(
        "Groups that end early, are too long or mix their forms are refused",
        arguments: [
            "01 01 61 00 7F", "01 01 61 00 7E", "01 01 61 00 7E 00 00", "01 01 61 00 7E 00 00 FF FF FF FF 0F",
            "01 01 61 00 7F 02 01 62 00 00", "01 01 61 00 7D 01 01 62 00 00", "01 01 61 00 7E 00 01 01 01 62",
        ])
    func malformed(section: String) throws {
        let content = section.split(separator: " ").map { UInt8($0, radix: 16) ?? 0 }
        let bytes: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, UInt8(content.count)] + content
        #expect(throws: ModuleError.self) { try Module(bytes: bytes, features: Self.features) }
    }

    @Test("Text that mixes the forms is refused")
    func mixed() {
        #expect(throws: TextError.self) {
            try WasmText.parse(#"(import "a" (item "b" (func)) (item "c") (func))"#)
        }
        #expect(throws: TextError.self) { try WasmText.parse(#"(import "a" (item "b") (item "c"))"#) }
    }
}
