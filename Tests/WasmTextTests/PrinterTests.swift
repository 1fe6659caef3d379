import Foundation
import Testing
import Wasm
import WasmText

@Suite struct PrinterTests {
    @Test func printsReadableText() throws {
        let module = try Module(
            text: """
                (module $m (memory 1) (func $f (param $x i32) (result i32)
                  (if (result i32) (local.get $x) (then (f32.load offset=4 (i32.const 0)) drop (i32.const 1))
                    (else (i32.const 2)))))
                """)
        #expect(
            WasmText.print(module) == """
                (module $m
                  (type (;0;) (func (param i32) (result i32)))
                  (func $f (;0;) (type 0) (param $x i32) (result i32)
                    local.get 0
                    if (result i32)
                      i32.const 0
                      f32.load offset=4
                      drop
                      i32.const 1
                    else
                      i32.const 2
                    end
                  )
                  (memory (;0;) 1)
                )

                """)
    }

    @Test(arguments: [
        #"(module $" " (import "a\00" "\ff" (func)))"#.replacingOccurrences(of: "\\ff", with: "é"),
        "(global f32 (f32.const nan:0x200001)) (global f64 (f64.const -0)) (global f64 (f64.const 5e-324))",
        #"""
        (memory 1) (data (i32.const 0) "\00\"\\") (data $p "x") (func (memory.init $p i32.const 0 i32.const 0 \#
        i32.const 0))
        """#
        .replacingOccurrences(
            of: "$p i32.const 0 i32.const 0 i32.const 0", with: "$p (i32.const 0) (i32.const 0) (i32.const 0)"),
        """
        (table 2 funcref) (table 3 externref) (elem (table 1) (i32.const 0) externref (ref.null extern)) (elem declare \
        func 0) (func)
        """,
        "(func unreachable br_table 0 0 block (result i64) unreachable end drop) (func (local i32 i32 f64 i32))",
        #"(@custom "a" (before first) "1") (@custom "b" (after type) "2") (type (func)) (@custom "c" "3") (func $f)"#,
        #"(func $a) (func (@name "a")) (func (@name ""))"#,
        """
        (type (func (param i32) (result i32 i32))) (table 1 funcref) (func (param i32) (result i32 i32) local.get 0 \
        i32.const 0 call_indirect (type 0))
        """,
    ])
    func whatIsPrintedParsesToTheSameBytes(text: String) throws {
        let module = try Module(text: text)
        #expect(try WasmText.parse(WasmText.print(module)) == module.bytes)
    }

    /// Every valid text module of the official suite; of its binary modules those in the shortest encoding are the same
    /// after one trip, and all after two.
    @Test func theSuiteSurvivesTheTrip() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
            ?? package.appending(path: "../shared/spec-testsuite").path(percentEncoded: false)
        guard let files = FileManager.default.enumerator(atPath: folder) else {
            print("NOT RUN: the official test suite is not at \(folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        for case let file as String in files where file.hasSuffix(".wast") {
            let text = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            for command in try Script(text: Array(text)).commands {
                guard case .module(let source) = command.kind, let bytes = try? source.bytes.get(),
                    let module = try? Module(bytes: bytes)
                else { continue }
                let first = try WasmText.parse(WasmText.print(module))
                if source.isText { #expect(first == bytes, "\(file):\(command.line)") }
                let second = try WasmText.parse(WasmText.print(Module(bytes: first)))
                #expect(second == first, "\(file):\(command.line)")
            }
        }
    }
}
