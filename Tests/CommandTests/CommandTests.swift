import Foundation
import Testing

@Suite struct CommandTests {
    @Test("The seed examples print exactly this")
    func examples() throws {
        let early = "Compiling module...\nInstantiating module...\nCalling `run` function...\n"
        #expect(try run("early-exit").text == early + "Exited early with exit code: 1\n")
        #expect(try run("early-exit-untyped").text == early + "Exited early with: exit code: 1\n")
        #expect(
            try run("exit-early").text
                == "interrupt_execution called!\nError from exit_early: the host interrupted the guest\nSuccess!\n")
    }

    @Test("The metering example counts as documented")
    func meteringExample() throws {
        #expect(
            try run("metering").text == """
                Calling `add_one` function once...
                Remaining points after the first call: 6 remaining
                Calling `add_one` function twice...
                Remaining points after the second call: 2 remaining
                Calling `add_one` function a third time...
                Calling `add_one` failed: the guest ran out of points
                Remaining points after the third call: exhausted
                Remaining points after they were set: 10 remaining

                """)
    }

    @Test("--points ends an endless program with status 125")
    func points() throws {
        let endless = try module(#"(module (func (export "_start") (loop (br 0))))"#)
        let outcome = try run("wasmc", ["run", "--points", "1000000", endless])
        #expect(outcome.status == 125 && outcome.errors == "the guest ran out of points\n  0: _start (function 0)\n")
        #expect(
            try run("wasmc", ["run", "--points", "10", try module(#"(module (func (export "_start")))"#)]).status == 0)
        #expect(try run("wasmc", ["run", "--points", "many", endless]).status == 64)
    }

    @Test("With --tier auto programs end as they do without, also while their functions are compiled")
    func tiers() throws {
        let counting = """
            (module
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
              (func (export "_start") (local $i i32) (local $sum i32)
                (loop (local.set $sum (call $add (local.get $sum) (local.get $i)))
                  (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000000))))
                (if (i32.eq (local.get $sum) (i32.const 542894464)) (then (call $exit (i32.const 7))))
                unreachable)
              (func (export "trap") (unreachable)))
            """
        let file = try module(counting)
        #expect(try run("wasmc", ["run", "--tier", "auto", file]).status == 7)
        let trap = try run("wasmc", ["run", "--tier", "auto", "--invoke", "trap", file])
        #expect(trap.status == 134 && trap.errors.contains("trap (function 3)"))
        #expect(try run("wasmc", ["run", "--tier", "auto", "--precompiled", file]).status == 64)
        #expect(try run("wasmc", ["run", "--tier", "never", file]).status == 64)
    }

    @Test("--timeout ends an endless or sleeping program with status 124; Ctrl-C with 130")
    func timeout() throws {
        let endless = try announced("(loop (br 0))")
        let sleeping = try announced(
            """
            (i32.store (i32.const 16) (i32.const 1))
            (i64.store (i32.const 24) (i64.const 3600000000000))
            (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
            """)
        for file in [endless, sleeping] {
            // Compiling would count: the program is to be running when the time is over.
            let compiled = file + ".cwasm"
            try #require(run("wasmc", ["compile", "--interruptible", "-o", compiled, file]).status == 0)
            let outcome = try run("wasmc", ["run", "--timeout", "3s", "--precompiled", compiled])
            #expect(outcome.status == 124)
            #expect(outcome.errors.hasPrefix("the guest was stopped: its deadline passed\n  0: _start (function "))
            // A shell's background processes ignore SIGINT; env lets this one hear it.
            let command = """
                env --default-signal=INT '\(products.path)/wasmc' run --interruptible '\(file)' >'\(file).out' &
                until [ -s '\(file).out' ]; do kill -0 $! || exit 1; sleep 0.1; done
                kill -INT $!; wait $!
                """
            let stopped = try run("/bin/bash", ["-c", command])
            #expect(stopped.status == 130)
            #expect(stopped.errors.hasPrefix("the guest was stopped by request\n  0: _start (function "))
        }
        #expect(
            try run("wasmc", ["run", "--timeout", "1h", try module(#"(module (func (export "_start")))"#)]).status == 0)
        for bad in ["2", "s", "-1s", "nans", "1e300h"] {
            #expect(try run("wasmc", ["run", "--timeout=\(bad)", endless]).status == 64)
        }
    }

    /// A program that says when it has begun, in a file of its own.
    private func announced(_ body: String) throws -> String {
        try module(
            """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 256) "\\08\\01\\00\\00\\06\\00\\00\\00begun\\n")
              (func (export "_start")
                (drop (call $write (i32.const 1) (i32.const 256) (i32.const 1) (i32.const 512)))
                \(body)))
            """)
    }

    /// Writes a text module to a file of its own.
    private func module(_ text: String) throws -> String {
        let file = try temporaryFolder().appending(path: "module.wat")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    @Test("--invoke parses arguments by type and prints results")
    func invoke() throws {
        let file = try module(
            #"""
            (module (func (export "add") (param i32 f64) (result f64) (f64.add (f64.convert_i32_s (local.get 0)) \#
            (local.get 1))))
            """#
        )
        let outcome = try run("wasmc", ["run", "--invoke", "add", file, "40", "2.5"])
        #expect(outcome.status == 0 && outcome.text == "42.5\n")
        #expect(try run("wasmc", ["run", "--invoke", "add", file, "x", "2"]).status == 64)
        #expect(try run("wasmc", ["run", "--invoke", "add", file]).status == 64)
        #expect(try run("wasmc", ["run", "--invoke", "none", file]).status == 1)
    }

    @Test("Exit status: the guest's, 134 for a trap, 1 for a bad module, 64 for bad arguments")
    func statuses() throws {
        let exits = try module(
            #"""
            (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (func (export "_start") \#
            (call $exit (i32.const 42))))
            """#
        )
        #expect(try run("wasmc", ["run", exits]).status == 42)
        let traps = try run("wasmc", ["run", try module(#"(module (func (export "_start") unreachable))"#)])
        #expect(traps.status == 134 && traps.errors.contains("unreachable"))
        #expect(try run("wasmc", ["run", "/no/such/file"]).status == 1)
        let malformed = try run("wasmc", ["validate", try module("(module (func (i32.add)))")])
        #expect(malformed.status == 1 && malformed.errors.contains("type mismatch"))
        #expect(try run("wasmc", ["run"]).status == 64)
        #expect(try run("wasmc", ["compile", "--emit", "nonsense", exits]).status == 64)
    }

    @Test("Compiled code can be looked at in every form", arguments: ["wat", "ir", "optimized-ir", "assembly"])
    func emit(_ form: String) throws {
        let file = try module(#"(module (func (export "f") (result i32) (i32.const 4711)))"#)
        let outcome = try run("wasmc", ["compile", "--emit", form, file])
        #expect(outcome.status == 0 && outcome.text.contains("4711"))
    }

    @Test("A program runs where little address space is left")
    func limitedAddressSpace() throws {
        let file = try module(#"(module (memory 1) (func (export "_start") (i32.store (i32.const 0) (i32.const 1))))"#)
        for level in ["0", "2"] {
            let command = "ulimit -v 4000000; exec '\(products.path)/wasmc' run -O \(level) '\(file)'"
            #expect(try run("/bin/sh", ["-c", command]).status == 0)
        }
    }

    @Test("A C program works on a file beneath its directory and exits with 3, as its native build does")
    func mainJob() throws {
        let outcome = try run(package.appending(path: ".ci/main-job").path, [products.appending(path: "wasmc").path])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("A guest's fault is a trap; a fault in the host's own code reaches the host's own handler")
    func hostFault() throws {
        let outcome = try run("fault-probe")
        #expect(outcome.status == 7)
        #expect(outcome.text == "wasm trap: out of bounds memory access\nthe host's own handler\n")
    }

    @Test("Real programs give the same output as their native builds")
    func realPrograms() throws {
        let folder = package.appending(path: ".build/programs")
        let fetched = try run(package.appending(path: ".ci/fetch-programs").path, [folder.path])
        try #require(fetched.status == 0, "\(fetched.errors)")
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: work) }
        let input = (0..<60_000).map { "\($0) \($0 &* $0 % 9973) wasmc\n" }.joined()
        try input.write(to: work.appending(path: "input.txt"), atomically: true, encoding: .utf8)
        for (program, arguments) in [
            ("bzip2", ["-9", "-k", "-c", "input.txt"]), ("minigzip", ["-c", "input.txt"]),
            ("xxhsum", ["-H1", "input.txt"]),
        ] {
            let native = try run(folder.appending(path: program).path, arguments, in: work)
            for tier in ["optimized", "auto"] {
                let module = folder.appending(path: program + ".wasm").path
                let guest = try run("wasmc", ["run", "--tier", tier, "--dir", "\(work.path)::.", module] + arguments)
                #expect(native.status == 0 && guest.status == 0, "\(program), \(tier): \(guest.errors)")
                #expect(!native.output.isEmpty && native.output == guest.output, "\(program), \(tier)")
            }
        }
    }
}
