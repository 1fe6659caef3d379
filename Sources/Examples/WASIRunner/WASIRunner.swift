// Runs a WASI program on files that are in memory only, with a clock and random numbers of its own: the same every
// time. `wasi-runner program.wasm ARGUMENTS` runs any program so; without arguments, one that copies a file.

import WasmEngine
import WasmText

let copier = """
    (module
      (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\\00\\01\\00\\00\\00\\04\\00\\00")         ;; where to read to: 1 KiB at 256
      (data (i32.const 32) "input.txtoutput.txt")
      (func $must (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
      (func (export "_start")
        (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 9)
          (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 16)))
        (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 41) (i32.const 10)
          (i32.const 1) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 20)))
        ;; How many bytes were read is how many are written.
        (call $must (call $read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 4)))
        (call $must (call $write (i32.load (i32.const 20)) (i32.const 0) (i32.const 1) (i32.const 24)))
        (call $must (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24)))
        (call $exit (i32.const 3))))
    """

@main struct WASIRunner {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let module = try arguments.first.map { try Module(contentsOf: $0) } ?? Module(text: copier)
        let files = try WASI.MemoryFolder(["input.txt": Array("files in memory\n".utf8)])
        let output = WASI.OutputBuffer()
        let wasi = try WASI(
            arguments: arguments.isEmpty ? ["copier"] : arguments, preopens: [.init(files, guest: "/")], stdin: .empty,
            stdout: .buffer(output), clock: .virtual(), random: WASI.SeededRandom(seed: 1))
        var imports = Imports()
        imports.define(wasi)
        let exit = try Engine().compile(module).instantiate(imports: imports).runCommand()
        print("printed: \(output.text)status: \(exit.status)")
        print("output.txt:", files.contents(of: "output.txt").map { String(decoding: $0, as: UTF8.self) } ?? "none")
    }
}
