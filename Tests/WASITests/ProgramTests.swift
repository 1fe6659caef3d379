import Foundation
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// What can run as a program, and what is said of what cannot.
@Suite struct ProgramTests {
    private static let refused: [(String, String)] = [
        (#"(module (func (export "_start") (result i32) (i32.const 1)))"#, "_start has the type [] -> [i32]"),
        (#"(module (func (export "_start") (param i32)))"#, "_start has the type [i32] -> []"),
        (#"(module (func (export "main")))"#, "exports no _start"),
        (#"(module (memory (export "_start") 1))"#, "_start is a memory"),
        (
            #"""
            (module (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32))) (func (export \#
            "_start")))
            """#,
            #""wasi_snapshot_preview1" "fd_close" with the type [i64] -> [i32]; WASI's has [i32] -> [i32]"#
        ),
        (
            #"(module (import "wasi_snapshot_preview1" "fd_nothing" (func)) (func (export "_start")))"#,
            #""wasi_snapshot_preview1" "fd_nothing", which WASI does not have"#
        ),
        (
            #"(module (import "wasi_snapshot_preview1" "fd_close" (memory 1)) (func (export "_start")))"#,
            #""wasi_snapshot_preview1" "fd_close", which WASI does not have"#
        ),
        (
            #"(module (import "env" "fd_close" (func)) (func (export "_start")))"#,
            #""env" "fd_close", which WASI does not have"#
        ),
        (
            #"(module (import "wasi_\1b[31m" "f" (func)) (func (export "_start")))"#,
            #""wasi_\u{1b}[31m" "f", which WASI does not have"#
        ),
        (
            #"(module (import "wbg" "a" (func)) (import "wbg" "b" (memory 1)) (func (export "run")))"#,
            #"2 imports, "wbg" "a", "wbg" "b", which WASI does not have. They are wasm-bindgen's"#
        ),
        (
            #"(module (import "env" "proxy_log" (func)) (func (export "_start")))"#,
            #""env" "proxy_log", which WASI does not have. They are proxy-wasm's"#
        ),
        (#"(module (func (export "") (param i32)) (func (export "_start")))"#, #"exported as "", has the type [i32]"#),
    ]

    @Test("What can never start is known without compiling", arguments: refused)
    func obstacles(_ text: String, _ reason: String) throws {
        let obstacle = try #require(WASI.obstacle(toRunning: Module(text: text)))
        #expect(obstacle.contains(reason), "\(obstacle)")
    }

    @Test("A program is none of these", arguments: ["wasi_snapshot_preview1", "wasi_unstable"])
    func program(_ module: String) throws {
        var text = "(module\n"
        for (name, letters) in functionTypes {
            let parameters = letters.map { $0 == "I" ? " i64" : " i32" }.joined()
            text +=
                """
                (import \"\(module)\" \"\(name)\" (func \
                (param\(parameters))\(name == "proc_exit" ? "" : " (result i32)")))\n
                """
        }
        #expect(WASI.obstacle(toRunning: try Module(text: text + #"(func (export "_start")))"#)) == nil)
    }

    @Test("A directory that cannot be opened is named, with the reason and what to do")
    func directories() throws {
        let folder = try WASI.MemoryFolder(["f": []])
        for (path, reason) in [
            ("/none/at/all", "No such file or directory; make it first"),
            (folder.path + "/f", "Not a directory; name the directory that holds it"),
        ] {
            let error = #expect(throws: WASI.SetupError.self) {
                _ = try WASI(preopens: [.init(host: path, guest: "/")])
            }
            #expect(error?.description.contains("'\(path)'") == true && error?.description.contains(reason) == true)
        }
        let error = #expect(throws: WASI.SetupError.self) {
            _ = try WASI(preopens: [.init(folder, guest: "/")], descriptorLimit: 3)
        }
        #expect(error?.description.contains("descriptorLimit") == true)
    }
}
