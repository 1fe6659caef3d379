import Foundation
import Testing

/// The function with which a program starts, as other engines choose it.
@Suite struct EntryPointTests {
    private static let exit = #"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#

    private static let programs: [(String, String)] = [
        ("alone", #"(memory (export "memory") 1) (func (export "") (call $exit (i32.const 7)))"#),
        (
            "beside _start",
            #"(func (export "_start") (call $exit (i32.const 9))) (func (export "") (call $exit (i32.const 7)))"#
        ),
        (
            "of another kind than a function",
            #"(memory (export "") 1) (func (export "_start") (call $exit (i32.const 7)))"#
        ),
    ]

    @Test("The default function, which has no name, goes before _start", arguments: programs)
    func defaultFunction(_ kind: String, _ fields: String) throws {
        let folder = try temporaryFolder()
        try "(module \(Self.exit) \(fields))".write(
            to: folder.appending(path: "p.wat"), atomically: true, encoding: .utf8)
        #expect(try run("wasmc", ["run", "p.wat"], in: folder).status == 7)
        let commands = [["compile", "p.wat", "-o", "p.cwasm"], ["build", "p.wat", "-o", "p"]]
        for command in commands {
            let outcome = try run("wasmc", command, in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        // By the launcher alone, by the compiler, and without either.
        #expect(try run("wasmc", ["run", "--precompiled", "p.cwasm"], in: folder).status == 7)
        #expect(try run("wasmc", ["run", "--precompiled", "--time", "p.cwasm"], in: folder).status == 7)
        #expect(try run(folder.path + "/p").status == 7)
    }

    @Test("All imports that WASI does not have are named before anything else is said")
    func missingImports() throws {
        let folder = try temporaryFolder()
        let imports = (0..<30).map { #"(import "./shop_bg.js" "f\#($0)" (func))"# }.joined()
        try "(module \(imports) (func (export \"main\")))".write(
            to: folder.appending(path: "l.wat"), atomically: true, encoding: .utf8)
        for command in ["run", "build"] {
            let outcome = try run("wasmc", [command, "l.wat"], in: folder)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains(#"needs 30 imports, "./shop_bg.js" "f0", "./shop_bg.js" "f1","#)
                    && outcome.errors.contains(
                        #""./shop_bg.js" "f19" and 10 more, which WASI does not have. They are wasm-bindgen's"#),
                "\(outcome.errors)")
        }
    }
}
