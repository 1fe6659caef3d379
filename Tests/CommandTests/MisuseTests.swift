import Foundation
import Testing

/// Runs a line of shell in a folder of its own, with `$W` the command, and no cache unless the line has one.
func shell(_ line: String, in folder: URL, environment: [String: String] = [:]) throws -> Outcome {
    var all = ProcessInfo.processInfo.environment.merging(["WASMC_CACHE": "off", "W": products.path + "/wasmc"]) { $1 }
    all.merge(environment) { $1 }
    return try run("/bin/bash", ["-c", line], in: folder, environment: all)
}

private let start = #"(module (func (export "_start")))"#
private let library =
    #"""
    (module (global (export "g") i32 (i32.const 1)) (func (export "add") (param i32 i32) (result i32) (i32.add \#
    (local.get 0) (local.get 1))))
    """#

private func folder(_ files: [String: String]) throws -> URL {
    let folder = try temporaryFolder()
    for (name, text) in files { try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8) }
    return folder
}

@Suite("The command loses nothing, and says what is wrong as a person would") struct MisuseTests {
    @Test(
        "No command replaces its own input",
        arguments: [
            "$W build prog", "$W compile c.cwasm", "$W build m.wat -o m.wat", "$W compile m.wat -o m.wat",
            "$W compile m.wat -o ./link.wat",
            "$W compile --emit ir m.wat -o hard.wat",
        ])
    func inputStays(line: String) throws {
        let folder = try folder(["prog": start, "c.cwasm": start, "m.wat": start])
        let outcome = try shell("ln -s m.wat link.wat; ln m.wat hard.wat; \(line)", in: folder)
        #expect(outcome.status == 1 && outcome.errors.contains("this would replace the input"))
        for name in ["prog", "c.cwasm", "m.wat"] {
            #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == start)
        }
    }

    @Test("A header that wasmc did not make stays, one that it made is replaced")
    func headerStays() throws {
        let folder = try folder(["m.wat": start, "m.h": "int precious;\n"])
        let refused = try shell("$W compile --emit object m.wat", in: folder)
        #expect(refused.status == 1 && refused.errors.contains("m.h: the file is there and was not made by wasmc"))
        #expect(try String(contentsOf: folder.appending(path: "m.h"), encoding: .utf8) == "int precious;\n")
        #expect(
            try shell("rm m.h; $W compile --emit object m.wat && $W compile --emit object m.wat", in: folder).status
                == 0)
    }

    @Test("A file that is replaced keeps its permissions, and an executable becomes one")
    func permissionsStay() throws {
        let folder = try folder(["m.wat": start, "m.cwasm": "old"])
        let line =
            """
            chmod 600 m.cwasm; $W compile m.wat; stat -c %a m.cwasm; touch e; chmod 640 e; $W build m.wat -o e; \
            stat -c %a e
            """
        #expect(try shell(line, in: folder).text == "600\n750\n")
    }

    @Test("Arguments, variables and paths are bytes, on the first run and on those from the cache")
    func bytes() throws {
        let program = """
            (module
              (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "_start")
                (drop (call $args (i32.const 1024) (i32.const 4096)))
                (drop (call $environ (i32.const 2048) (i32.const 4160)))
                (i32.store (i32.const 0) (i32.const 4096))
                (i32.store (i32.const 4) (i32.const 128))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """
        let folder = try folder(["m.wat": program])
        let line = #"""
            cp m.wat $'x\xff.wat'; for i in 1 2; do $W run --env $'V=b\xfe' $'x\xff.wat' $'a\xfd' | od -An -c | tr -d \#
            ' \n'; echo; done
            """#
        let outcome = try shell(line, in: folder, environment: ["WASMC_CACHE": folder.path + "/cache"])
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.count == 2 && lines.first == lines.last)
        #expect(
            lines.first?.contains(#"x377.wat\0a375\0"#) == true && lines.first?.contains(#"V=b376\0"#) == true,
            "\(outcome)")
    }

    @Test("Directories, outputs and modules whose names are not UTF-8 are those that were named, in every command")
    func pathBytes() throws {
        let shows = """
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32)
                (result i32)))
              (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "@\\00\\00\\00\\02\\00\\00\\00")
              (data (i32.const 32) "f")
              (func $show (param $folder i32)
                (drop (call $open (local.get $folder) (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 0)
                  (i64.const 2) (i64.const 0)
                  (i32.const 0) (i32.const 16)))
                (drop (call $read (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 20)))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 20))))
              (func (export "_start") (call $show (i32.const 3)) (call $show (i32.const 4))))
            """
        // Both directories look the same when their names are repaired.
        let line = #"""
            mkdir $'d\xff' $'d\xfe'; printf 1, > $'d\xff/f'; printf 2, > $'d\xfe/f'; cp m.wat $'x\xff.wat'
            dirs=(--dir $'d\xfe::/a' --dir $'d\xff::/b')
            for i in 1 2; do $W run "${dirs[@]}" $'x\xff.wat'; done; echo
            $W compile $'x\xff.wat' && $W compile $'x\xff.wat' -o $'o\xfe' && $W run "${dirs[@]}" --precompiled \#
            $'o\xfe'; echo
            $W build "${dirs[@]}" -o $'b\xff' m.wat && ./$'b\xff'; echo
            $W compile --emit object -o $'p\xff.o' m.wat; $W compile -o $'x\xff.wat' $'x\xff.wat'; echo $?
            $W validate $'x\xff.wat' $'x\xfe.wat'; echo $?; $W inspect $'o\xfe' > /dev/null; echo $?
            ls | LC_ALL=C od -An -c | tr -d ' \n'
            """#
        let outcome = try shell(line, in: folder(["m.wat": shows]), environment: ["WASMC_CACHE": "off"])
        let replacement = "x\u{FFFD}.wat: this would replace the input x\u{FFFD}.wat; name another file with --output"
        #expect(outcome.text.hasPrefix("2,1,2,1,\n2,1,\n2,1,\n1\n1\n0\n"), "\(outcome)")
        #expect(outcome.errors == "Error: \(replacement)\nError: x\u{FFFD}.wat: no such file\n", "\(outcome)")
        for name in [#"b377\n"#, #"o376\n"#, #"p377.h\n"#, #"p377.o\n"#, #"x377.cwasm\n"#] {
            #expect(outcome.text.contains(name), "\(outcome)")
        }
    }

    @Test(
        "Modules come from pipes, too",
        arguments: ["$W run - < m.wat", "cat m.wat | $W run /dev/stdin", "$W run <(cat m.wat)"])
    func pipes(line: String) throws {
        #expect(try shell(line, in: folder(["m.wat": start])).status == 0)
    }

    @Test(
        "What cannot be read is named with the system's reason",
        arguments: [
            ("nowhere.wasm", "no such file"), (".", "this is a directory"),
            ("loop", "Too many levels of symbolic links"),
            (String(repeating: "n", count: 300), "File name too long"), ("m.wat/x", "Not a directory"),
        ])
    func unreadable(path: String, reason: String) throws {
        let folder = try folder(["m.wat": start])
        for command in ["run", "compile", "validate", "inspect", "build -o x"] {
            let outcome = try shell("ln -sf loop loop; $W \(command) \(path)", in: folder)
            #expect(outcome.status == 1 && outcome.errors.contains(reason), "\(command): \(outcome)")
        }
    }

    @Test(
        "What is cheap to find out is said before anything is compiled",
        arguments: [
            ("--dir typo::/ m.wat", "typo"),
            ("--invoke nope l.wat", "exports no function \"nope\"; its functions are add"),
            ("--invoke g l.wat", "the export \"g\" is an immutable global i32"), ("l.wat", "exports no _start"),
            ("p.wat 1", "_start has the type"), ("i.wat", "which WASI does not have"),
            ("--invoke add l.wat 1 x", "'x' is not a value of type i32"),
            ("--invoke add l.wat 1", "takes 2 arguments"),
        ])
    func cheapFirst(arguments: String, message: String) throws {
        let folder = try folder([
            "m.wat": start, "l.wat": library, "p.wat": #"(module (func (export "_start") (param i32)))"#,
            "i.wat": #"(module (import "env" "f" (func)) (func (export "_start")))"#,
        ])
        // Compiling would hang.
        let outcome = try shell(
            "$W run \(arguments)", in: folder,
            environment: ["WASMC_FAULTS": "hang:0:*,hang:1:*,hang:_start:*,hang:add:*"])
        #expect(outcome.errors.contains(message), "\(outcome)")
        #expect(outcome.status == (message.contains("takes 2") || message.contains("not a value") ? 64 : 1))
    }

    @Test("Text of a module reaches no terminal raw, and not at any length")
    func escaped() throws {
        let name = "\\1b[31mred\\07\\0a\\e2\\80\\ae" + String(repeating: "y", count: 10_000)
        let folder = try folder([
            "t.wat": "(module (func (export \"\(name)\") unreachable) (func (export \"_start\") (call 0)))",
            "i.wat": "(module (import \"\(name)\" \"\(name)\" (func)) (func (export \"_start\")))",
        ])
        for line in [
            "run t.wat", "inspect t.wat", "inspect i.wat", "run i.wat", "build i.wat -o x", "run --invoke nope t.wat",
            "compile --explain t.wat",
        ] {
            let outcome = try shell("$W \(line)", in: folder)
            let text = outcome.text + outcome.errors
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" }, "\(line)")
            #expect(text.utf8.count < 2_000, "\(line)")
            #expect(
                line.contains("explain") || text.contains("\\u{1b}[31mred\\u{7}\\u{a}\\u{202e}"), "\(line): \(text)")
        }
        let cached = try shell(
            "$W run t.wat; $W run t.wat", in: folder, environment: ["WASMC_CACHE": folder.path + "/cache"])
        #expect(cached.errors.components(separatedBy: "\\u{1b}[31mred\\u{7}\\u{a}\\u{202e}").count == 3)
    }

    @Test(
        "What is no module is said to be what it is",
        arguments: [
            ("gzip -c < m.wat", "compressed with gzip"), ("head -c 4000 /dev/zero", "this is no module"),
            ("printf ''", "the file is empty"),
            ("printf '\\0asm\\r\\0\\1\\0'", "this is a component"), ("printf 'hello'", "nor with a parenthesis"),
            ("printf '#!/bin/sh\\n'", "it is a script"), ("cat /bin/true", "native code"),
            ("printf 'BC\\300\\336'", "bitcode"),
        ])
    func otherFiles(maker: String, message: String) throws {
        let folder = try folder(["m.wat": start])
        for command in ["run", "validate", "inspect", "compile"]
        where !(command == "inspect" && message == "native code") {
            let outcome = try shell("\(maker) > x; $W \(command) x", in: folder)
            #expect(
                outcome.status == 1 && outcome.errors.contains(message) && outcome.errors.utf8.count < 500,
                "\(command): \(outcome)")
        }
    }

    @Test("validate looks at every file, and names each that is invalid")
    func validateAll() throws {
        let folder = try folder(["a.wat": "(module (func (result i32)))", "b.wat": start, "c.wat": "(module"])
        let outcome = try shell("$W validate a.wat b.wat c.wat nowhere.wat", in: folder)
        #expect(
            outcome.status == 1 && outcome.errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }.count == 3)
        #expect(
            outcome.errors.contains("a.wat") && outcome.errors.contains("c.wat")
                && outcome.errors.contains("nowhere.wat"))
    }

    @Test("--version and -V print the version")
    func version() throws {
        for option in ["--version", "-V"] {
            let outcome = try shell("$W \(option)", in: folder([:]))
            #expect(outcome.status == 0 && outcome.text.hasPrefix("wasmc ") && outcome.text.contains("LLVM 22"))
        }
    }

    @Test("An unknown option brings no suggestion that has nothing to do with it")
    func suggestions() throws {
        let folder = try folder(["m.wat": start])
        let far = try shell("$W run --foo m.wat", in: folder)
        #expect(
            far.status == 64 && far.errors.contains("Unknown option '--foo'") && !far.errors.contains("Did you mean"))
        let near = try shell("$W run --timeot 1s m.wat", in: folder)
        #expect(near.status == 64 && near.errors.contains("Did you mean '--timeout'?"))
    }

    @Test("The cache is off in every spelling, and a home that cannot be written to is no news")
    func cacheOff() throws {
        let folder = try folder(["m.wat": start])
        for word in ["off", "OFF", "Off", "0", "no", "none", "false", "''"] {
            let outcome = try shell("WASMC_CACHE=\(word) $W run --explain-cache m.wat; ls", in: folder)
            #expect(outcome.errors.contains("the cache is off") && outcome.text == "m.wat\n", "\(word)")
        }
        let home = try shell("unset WASMC_CACHE XDG_CACHE_HOME; HOME=/proc $W run m.wat", in: folder)
        #expect(home.status == 0 && home.errors.isEmpty)
        let asked = try shell("WASMC_CACHE=/proc/x $W run m.wat", in: folder)
        #expect(asked.status == 0 && asked.errors.hasPrefix("warning: "))
    }

    @Test("Of two values for one variable the last counts, on the first run and from the cache")
    func twoVariables() throws {
        let program = """
            (module
              (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (func (export "_start")
                (drop (call $sizes (i32.const 0) (i32.const 4)))
                (drop (call $environ (i32.const 1024) (i32.const 4096)))
                (call $exit (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 100))
                  (i32.sub (i32.load8_u (i32.const 4098)) (i32.const 48))))))
            """
        let folder = try folder(["m.wat": program])
        let outcome = try shell(
            "for i in 1 2; do $W run --env A=1 --env A=2 m.wat; echo $?; done", in: folder,
            environment: ["WASMC_CACHE": folder.path + "/c"])
        #expect(outcome.text == "102\n102\n")
    }

    @Test("Everything after the module is the program's, two hyphens too")
    func passedOn() throws {
        let program = """
            (module
              (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (func (export "_start") (drop (call $sizes (i32.const 0) (i32.const 4))) (call $exit (i32.load
                (i32.const 0)))))
            """
        let folder = try folder(["m.wat": program])
        let line = "for i in 1 2; do $W run m.wat -- --dir x --timeout 1; echo $?; done"
        let outcome = try shell(line, in: folder, environment: ["WASMC_CACHE": folder.path + "/c"])
        #expect(outcome.text == "6\n6\n" && outcome.errors.isEmpty)
        // On a terminal a person is told.
        let terminal = "script -qec \"$W run m.wat --timeout 1s\" /dev/null"
        guard try shell("command -v script", in: folder).status == 0 else { return }
        #expect(try shell(terminal, in: folder).text.contains("note: --timeout is after the module"))
    }

    @Test("A stand-alone executable that lost its program says so")
    func damagedExecutables() throws {
        let folder = try folder(["m.wat": start])
        let outcome = try shell("$W build m.wat -o e && ./e && head -c -100 e > f && chmod +x f && ./f", in: folder)
        #expect(outcome.status == 1 && outcome.errors.contains("no program is attached to this executable"))
    }

    /// Root may read everything, so another user runs it then.
    @Test("A stand-alone executable that may be run but not read says so")
    func unreadableExecutable() throws {
        let another = geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : ""
        let line = "$W build m.wat -o e && chmod 711 . && chmod 111 e && \(another) ./e"
        let outcome = try shell(line, in: folder(["m.wat": start]))
        let reason = "the executable may be run but not read, and its program lies in it: make it readable"
        #expect(outcome.status == 1 && outcome.errors == "Error: ./e: \(reason)\n", "\(outcome)")
    }

    @Test(
        "SIGINT that was ignored at the start stays ignored, else it stops the guest, and the second time the process")
    func interrupts() throws {
        let folder = try folder(["m.wat": #"(module (func (export "_start") (loop (br 0))))"#])
        let ignored = "trap '' INT; $W run --timeout 3s m.wat & sleep 1; kill -INT $!; wait $!; echo $?"
        #expect(try shell(ignored, in: folder).text == "124\n")
        let twice =
            "env --default-signal=INT $W run m.wat & sleep 1; kill -INT $!; sleep 1; kill -INT $!; wait $!; echo $?"
        #expect(try shell(twice, in: folder).text == "130\n")
    }
}

@Suite("--features decides what modules may use, in every command that reads one") struct FeatureOptionTests {
    @Test(
        "A module that needs what is off is refused with the feature's name and what turns it on",
        arguments: ["run", "compile --emit ir", "build -o x", "validate", "inspect"])
    func off(command: String) throws {
        let folder = try folder(["m.wat": #"(module (func (export "_start") (drop (i32.extend8_s (i32.const 1)))))"#])
        let refused = try shell("$W \(command) --features -sign-extension m.wat", in: folder)
        #expect(refused.status == 1 && refused.errors.contains("--features sign-extension turns it on"))
        let unknown = try shell("$W \(command) --features simd,sing-extension m.wat", in: folder)
        #expect(unknown.status == 64 && unknown.errors.contains("there is no feature 'sing-extension'"))
    }
}
