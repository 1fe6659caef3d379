import Foundation
import Testing

/// Ways in which a command is started badly, and commands, each with each: none ends by a signal that nobody sent, and
/// none says that it succeeded when its output is lost.
@Suite("However it is started, the command ends by itself, and with the truth") struct StreamTableTests {
    struct Command: CustomStringConvertible {
        var line: String
        /// Its status with nothing in its way.
        var status: Int32
        var prints = true
        var description: String { line }
    }

    static let commands: [Command] = [
        .init(line: "--version", status: 0),
        .init(line: "run --help", status: 0),
        .init(line: "run hello.wat", status: 0),
        .init(line: "run --invoke add add.wat 1 2", status: 0),
        .init(line: "run trap.wat", status: 134, prints: false),
        .init(line: "run --timeout 1h hello.wat", status: 0),
        .init(line: "inspect hello.wat", status: 0),
        .init(line: "inspect --json add.wat", status: 0),
        .init(line: "validate add.wat nowhere.wat", status: 1, prints: false),
        .init(line: "compile -o - --emit ir add.wat", status: 0),
        .init(line: "compile -o out.cwasm add.wat", status: 0, prints: false),
        .init(line: "cache list", status: 0),
        .init(line: "wast test.wast", status: 0),
        .init(line: "run", status: 64, prints: false),
    ]

    struct Way: CustomStringConvertible {
        /// `$C` is the command.
        var line: String
        /// What the command prints is lost.
        var losesOutput = false
        var description: String { line }
    }

    static let ways: [Way] = [
        .init(line: "$C"),
        .init(line: "$C <&-"),
        .init(line: "$C >&-", losesOutput: true),
        .init(line: "$C 2>&-"),
        .init(line: "$C >&- 2>&-", losesOutput: true),
        .init(line: "$C <&- >&- 2>&-", losesOutput: true),
        .init(line: "$C >/dev/full", losesOutput: true),
        .init(line: "$C 2>/dev/full"),
        .init(line: "$C >/dev/full 2>/dev/full", losesOutput: true),
        .init(line: "trap '' PIPE; $C > >(exec true; ) 2>&1; exit $?"),
        .init(line: "env -u HOME -u WASMC_CACHE -u XDG_CACHE_HOME $C"),
        .init(line: "env -u WASMC_CACHE -u XDG_CACHE_HOME HOME=/proc $C"),
        .init(line: "WASMC_CACHE=/proc/nowhere $C 2>&-"),
        .init(line: "ulimit -f 0; $C"),
        .init(line: "ulimit -n 12; $C"),
        .init(line: "ulimit -v 4000000; $C"),
        .init(line: "ulimit -u 1; $C"),
        .init(line: "ulimit -s 512; $C"),
        .init(line: "ulimit -c 0; trap '' INT CHLD; $C"),
        .init(line: "mkdir gone && cd gone && cp ../*.wa* . && rmdir ../none 2>/dev/null; $C"),
    ]

    static let files = [
        "hello.wat": """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 16) "hello\\n")
          (func (export "_start")
            (i32.store (i32.const 0) (i32.const 16))
            (i32.store (i32.const 4) (i32.const 6))
            (call $exit (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
        """,
        "add.wat":
            #"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#,
        "trap.wat": #"(module (func (export "_start") unreachable))"#,
        "test.wast":
            #"(module (func (export "f") (result i32) (i32.const 1))) (assert_return (invoke "f") (i32.const 1))"#,
    ]

    @Test("280 ways", arguments: ways) func table(way: Way) throws {
        let folder = try temporaryFolder()
        for (name, text) in Self.files {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        for command in Self.commands {
            // Not the last command: the shell would put it in its own place, and its signal would not be a status.
            let line =
                "rm -rf gone; " + way.line.replacingOccurrences(of: "$C", with: "$W " + command.line) + "; exit $?"
            let outcome = try shell(line, in: folder, environment: ["WASMC_CACHE": folder.path + "/cache"])
            let signals: ClosedRange<Int32> = 129...165
            #expect(outcome.status == command.status || !signals.contains(outcome.status), "\(line): \(outcome)")
            if way.losesOutput, command.prints { #expect(outcome.status != 0, "\(line): \(outcome)") }
            if !way.losesOutput, !way.line.contains("ulimit"), !way.line.contains("trap"),
                way.line != "$C <&- >&- 2>&-",
                // There is no cache to list.
                !(command.line == "cache list" && way.line.contains("-u WASMC_CACHE"))
            {
                #expect(outcome.status == command.status, "\(line): \(outcome)")
            }
        }
    }
}
