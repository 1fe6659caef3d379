import Foundation
import Testing

/// Writes what it finds as its arguments and variables.
private let wasi = """
    (module
      (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "args_sizes_get" (func $arg_sizes (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func $put (param $from i32) (param $count i32)
        (i32.store (i32.const 0) (local.get $from))
        (i32.store (i32.const 4) (local.get $count))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
      (func (export "_start")
        (drop (call $arg_sizes (i32.const 16) (i32.const 20)))
        (drop (call $args (i32.const 1024) (i32.const 4096)))
        (call $put (i32.const 4096) (i32.load (i32.const 20)))
        (drop (call $sizes (i32.const 16) (i32.const 20)))
        (drop (call $environ (i32.const 1024) (i32.const 4096)))
        (call $put (i32.const 4096) (i32.load (i32.const 20)))))
    """

private let growing = """
    (module (memory 1)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0)))))
    """

private func folder(_ files: [String: String]) throws -> URL {
    let folder = try temporaryFolder()
    for (name, text) in files { try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8) }
    return folder
}

@Suite("The command is as short as it can be, and says what the guest may have") struct RunOptionTests {
    @Test("`wasmc FILE` is `wasmc run FILE`, from a file, a path and the standard input; a command stays a command")
    func shortForm() throws {
        let folder = try folder(["w.wat": wasi])
        let line = "$W w.wat a --dir | tr '\\0' ' '; $W ./w.wat | tr '\\0' ' '; $W - b <w.wat | tr '\\0' ' '"
        #expect(try shell(line, in: folder).text == "w.wat a --dir ./w.wat - b ")
        let unknown = try shell("$W runn w.wat", in: folder)
        #expect(unknown.status == 64 && unknown.errors.contains("runn"))
    }

    @Test("The program's own name and variables from a file; --env goes first, and a line that is none is named")
    func namesAndVariables() throws {
        let folder = try folder([
            "w.wat": wasi, "vars": "# a comment\n\nA=1\nB=two words \r\nHERE\nA=3\n", "wrong": "A=1\n=2\n",
        ])
        let line = "HERE=5 $W run --argv0 me --env B=4 --env-file vars w.wat x | tr '\\0' ,"
        #expect(try shell(line, in: folder).text == "me,x,HERE=5,A=3,B=4,")
        let wrong = try shell("$W run --env-file wrong w.wat", in: folder)
        #expect(wrong.status == 1 && wrong.errors.contains("wrong:2: a line is NAME=VALUE or NAME"))
    }

    @Test("--max-memory bounds memory when it is made and when it grows")
    func maxMemory() throws {
        let folder = try folder(["g.wat": growing])
        let line = "for n in 2 3; do $W run --max-memory 192KiB --invoke grow g.wat $n; done"
        #expect(try shell(line, in: folder).text == "1\n-1\n")
        let small = try shell("$W run --max-memory 65535 --invoke grow g.wat 0", in: folder)
        #expect(small.status == 1 && small.errors.contains("limit"), "\(small.errors)")
        for text in ["-1", "x", "1Q", "99999999T", "16i", ""] {
            #expect(try shell("$W run --max-memory '\(text)' --invoke grow g.wat 0", in: folder).status == 64)
        }
    }

    @Test("--max-memory bounds the memory that threads share")
    func maxSharedMemory() throws {
        let threaded = """
            (module
              (import "env" "memory" (memory 1 100 shared))
              (import "wasi" "thread-spawn" (func (param i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (func (export "wasi_thread_start") (param i32 i32))
              (func (export "_start")
                (call $exit (i32.eq (memory.grow (i32.const 20)) (i32.const -1)))))
            """
        let folder = try folder(["t.wat": threaded])
        #expect(try shell("$W run --max-memory 1MiB t.wat", in: folder).status == 1)
        #expect(try shell("$W run --max-memory 2MiB t.wat", in: folder).status == 0)
    }

    @Test("--max-stack bounds how deep the guest calls")
    func maxStack() throws {
        let folder = try folder(["g.wat": growing])
        #expect(try shell("$W run --max-stack 1MiB --invoke down g.wat 2000", in: folder).text == "2000\n")
        let deep = try shell("$W run --max-stack 16k --invoke down g.wat 2000", in: folder)
        #expect(deep.status == 134 && deep.errors.contains("16384 bytes of stack"), "\(deep.errors)")
    }

    @Test("--preload gives the exports of one module to the next; what is missing is said")
    func preload() throws {
        let folder = try folder([
            "one.wat": """
            (module (global $n (mut i32) (i32.const 0))
              (func (export "_initialize") (global.set $n (i32.const 40)))
              (func (export "get") (result i32) (global.get $n)))
            """,
            "two.wat": """
            (module (import "one" "get" (func $get (result i32)))
              (func (export "more") (result i32) (i32.add (call $get) (i32.const 1))))
            """,
            "main.wat": """
            (module (import "two" "more" (func $more (result i32)))
              (func (export "most") (result i32) (i32.add (call $more) (i32.const 1))))
            """,
        ])
        let both = "--preload one=one.wat --preload two=two.wat --invoke most"
        #expect(try shell("$W run \(both) main.wat", in: folder).text == "42\n")
        let compiled = "for m in one two main; do $W compile $m.wat; done; "
        let loaded = "$W run --precompiled \(both.replacing(".wat", with: ".cwasm")) main.cwasm"
        #expect(try shell(compiled + loaded, in: folder).text == "42\n")
        let missing = try shell("$W run --preload one=one.wat --invoke most main.wat", in: folder)
        #expect(missing.status == 1 && missing.errors.contains(#""two" "more""#), "\(missing.errors)")
        #expect(try shell("$W run --preload one --invoke most main.wat", in: folder).status == 64)
    }

    @Test("--tcplisten gives the program a socket on which it accepts a connection and answers")
    func tcpListen() throws {
        let server = """
            (module
              (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
              (func (export "_start")
                (drop (call $accept (i32.const 3) (i32.const 0) (i32.const 64)))
                (drop (call $write (i32.load (i32.const 64)) (i32.const 0) (i32.const 1) (i32.const 68)))))
            """
        let folder = try folder(["s.wat": server])
        let line = """
            $W run --timeout 60s --tcplisten 127.0.0.1:0 s.wat 2>errors &
            for i in {1..1000}; do port=$(grep -o '[0-9]*$' errors) && break; sleep 0.02; done
            cat </dev/tcp/127.0.0.1/$port; wait $!; echo $?
            """
        #expect(try shell(line, in: folder).text == "hello\n0\n")
        #expect(try shell("$W run --tcplisten nonsense s.wat", in: folder).status == 64)
    }

    @Test("`compile --emit wasm` makes the binary of a text, to a file or from standard input to standard output")
    func emitWasm() throws {
        let folder = try folder(["w.wat": wasi])
        let line = """
            $W compile --emit wasm w.wat && $W w.wasm x | tr '\\0' ' '
            $W compile --emit wasm - <w.wat | cmp - w.wasm && echo same
            $W compile --emit wasm w.wasm; echo $?
            """
        #expect(try shell(line, in: folder).text == "w.wasm x same\n1\n")
        #expect(try shell("$W compile --emit object - <w.wat", in: folder).status == 64)
    }

    @Test("The version is one of semantic versioning")
    func version() throws {
        let text = try run("wasmc", ["--version"]).text
        #expect(text.firstMatch(of: /^wasmc [0-9]+\.[0-9]+\.[0-9]+, LLVM 22\./) != nil, "\(text)")
    }
}
