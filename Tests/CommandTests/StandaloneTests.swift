import Foundation
import Testing

/// Executables made by `wasmc build`, and the launcher's own way to run what is compiled.
@Suite struct StandaloneTests {
    private static let arguments = """
        #include <stdio.h>
        #include <stdlib.h>
        int main(int count, char **arguments) {
          for (int i = 1; i < count; i++) puts(arguments[i]);
          char *variable = getenv("STANDALONE");
          if (variable) puts(variable);
          FILE *file = fopen("/data/input.txt", "r");
          char line[80];
          if (file && fgets(line, sizeof line, file)) fputs(line, stdout);
          return count;
        }
        """

    /// A folder with `program.wasm`.
    private func makeFolder() throws -> URL {
        let folder = try temporaryFolder()
        try Self.arguments.write(to: folder.appending(path: "program.c"), atomically: true, encoding: .utf8)
        let build = try run(
            "/usr/bin/env",
            ["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-w", "-O1", "-o", "program.wasm", "program.c"],
            in: folder)
        try #require(build.status == 0, "\(build.errors)")
        return folder
    }

    @Test("An executable has its arguments, environment, directories and exit status")
    func executable() throws {
        let folder = try makeFolder()
        try "from a file\n".write(to: folder.appending(path: "input.txt"), atomically: true, encoding: .utf8)
        let built = try run("wasmc", ["build", "--dir", "\(folder.path)::/data", "program.wasm"], in: folder)
        try #require(built.status == 0, "\(built.errors)")
        let outcome = try run("/usr/bin/env", ["STANDALONE=variable", folder.path + "/program", "--help", "two"])
        #expect(outcome.text == "--help\ntwo\nvariable\nfrom a file\n" && outcome.status == 3)
        let description = try run("/usr/bin/env", ["readelf", "-lW", folder.path + "/program"])
        #expect(!description.text.contains("INTERP") && description.errors.isEmpty)
    }

    @Test("It runs in an empty root directory, traps included", .enabled(if: geteuid() == 0))
    func emptyRoot() throws {
        let folder = try makeFolder()
        let root = folder.appending(path: "root")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        try #require(try run("wasmc", ["build", "program.wasm", "-o", "root/program"], in: folder).status == 0)
        let outcome = try run("/usr/sbin/chroot", [root.path, "/program", "alone"])
        #expect(outcome.text == "alone\n" && outcome.status == 2, "\(outcome.errors)")
        let deep = #"(module (func $f (call $f) (call $f)) (func (export "_start") (call $f)))"#
        try deep.write(to: folder.appending(path: "deep.wat"), atomically: true, encoding: .utf8)
        try #require(try run("wasmc", ["build", "deep.wat", "-o", "root/deep"], in: folder).status == 0)
        let trap = try run("/usr/sbin/chroot", [root.path, "/deep"])
        #expect(trap.status == 134 && trap.errors.hasPrefix("wasm trap: call stack exhausted\n  0: "))
    }

    @Test("Where address space is limited it says what cannot be had, and code with checks of its own runs")
    func limitedAddressSpace() throws {
        let folder = try temporaryFolder()
        let text = #"(module (memory 1) (func (export "_start") (i32.store (i32.const 8) (i32.const 1))))"#
        try text.write(to: folder.appending(path: "program.wat"), atomically: true, encoding: .utf8)
        for (options, status) in [("", 1), ("--memory checked", 0)] as [(String, Int32)] {
            let commands = [
                "'\(products.path)/wasmc' build \(options) program.wat && (ulimit -v 4000000; exec ./program)",
                """
                '\(products.path)/wasmc' compile \(options) program.wat && (ulimit -v 8000000; exec \
                '\(products.path)/wasmc' run --precompiled program.cwasm)
                """,
            ]
            for command in commands {
                let outcome = try run("/bin/sh", ["-c", command], in: folder)
                #expect(outcome.status == status, "\(command): \(outcome.errors)")
                guard status != 0 else { continue }
                for part in [
                    "memory 0 needs 10737483776 bytes of address space",
                    "raise ulimit -v, or compile the module with --memory checked",
                ] {
                    #expect(outcome.errors.contains(part), "\(command): \(outcome.errors)")
                }
            }
        }
    }

    @Test("A program that opens files without end leaves some of the process's descriptors to the host")
    func descriptorsOfTheHost() throws {
        let folder = try temporaryFolder()
        // Opens "." of the first directory until that fails; the status is how often it went well, or 200 for another
        // error than "too many open files" (33).
        let text = """
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32)
                (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1) (data (i32.const 0) ".")
              (func (export "_start") (local $count i32) (local $error i32)
                (loop $again
                  (local.set $error
                    (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2) (i64.const 0)
                      (i64.const 0)
                      (i32.const 0) (i32.const 100)))
                  (if (i32.eqz (local.get $error))
                    (then (local.set $count (i32.add (local.get $count) (i32.const 1))) (br $again))))
                (call $exit (select (local.get $count) (i32.const 200) (i32.eq (local.get $error) (i32.const 33))))))
            """
        try text.write(to: folder.appending(path: "program.wat"), atomically: true, encoding: .utf8)
        try #require(try run("wasmc", ["build", "--dir", ".::/", "program.wat"], in: folder).status == 0)
        let outcome = try run("/bin/sh", ["-c", "ulimit -n 64; exec ./program"], in: folder)
        #expect(outcome.status > 30 && outcome.status < 48, "\(outcome.status) \(outcome.errors)")
    }

    @Test("It changes nothing in a read-only directory")
    func readOnlyDirectory() throws {
        let folder = try temporaryFolder()
        let source = """
            #include <stdio.h>
            int main(void) {
              FILE *read = fopen("/data/input.txt", "r"), *write = fopen("/data/output.txt", "w");
              return (read != NULL) + 2 * (write != NULL);
            }
            """
        for (name, text) in [("program.c", source), ("input.txt", "text")] {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let compiled = try run(
            "/usr/bin/env",
            ["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-w", "-O1", "-o", "program.wasm", "program.c"],
            in: folder)
        try #require(compiled.status == 0, "\(compiled.errors)")
        for (suffix, status) in [(":ro", 1), ("", 3)] as [(String, Int32)] {
            try #require(
                try run("wasmc", ["build", "--dir", "\(folder.path)::/data\(suffix)", "program.wasm"], in: folder)
                    .status == 0)
            #expect(try run(folder.path + "/program").status == status)
            #expect(FileManager.default.fileExists(atPath: folder.path + "/output.txt") == suffix.isEmpty)
        }
    }

    @Test("bzip2, minigzip and xxhsum do what their native builds do")
    func realPrograms() throws {
        let programs = package.appending(path: ".build/programs")
        let fetched = try run(package.appending(path: ".ci/fetch-programs").path, [programs.path])
        try #require(fetched.status == 0, "\(fetched.errors)")
        let folder = try temporaryFolder()
        let text = (0..<40_000).map { "\($0) \($0 &* $0 % 9973) wasmc\n" }.joined()
        try text.write(to: folder.appending(path: "input.txt"), atomically: true, encoding: .utf8)
        for program in ["bzip2", "minigzip", "xxhsum"] {
            let built = try run(
                "wasmc", ["build", "--dir", folder.path + "::.", programs.appending(path: program + ".wasm").path],
                in: folder)
            try #require(built.status == 0, "\(built.errors)")
        }
        // The first ones' outputs are the next ones' inputs.
        for (number, (program, arguments, input)) in [
            ("bzip2", ["-9"], "input.txt"), ("bzip2", ["-d"], "output-0"), ("minigzip", [], "input.txt"),
            ("minigzip", ["-d"], "output-2"),
            ("xxhsum", ["-H3", "input.txt"], "input.txt"), ("xxhsum", ["-H0", "output-0", "missing"], "input.txt"),
        ].enumerated() {
            let file = folder.appending(path: input)
            let native = try run(programs.appending(path: program).path, arguments, in: folder, input: file)
            let standalone = try run(folder.path + "/" + program, arguments, in: folder, input: file)
            #expect(
                !native.output.isEmpty && native.output == standalone.output && native.status == standalone.status,
                "\(program) \(arguments)")
            try standalone.output.write(to: folder.appending(path: "output-\(number)"))
        }
        #expect(try Data(contentsOf: folder.appending(path: "output-1")) == Data(text.utf8))
        #expect(try Data(contentsOf: folder.appending(path: "output-3")) == Data(text.utf8))
    }

    @Test("An executable that cannot do its work says why")
    func failures() throws {
        let folder = try makeFolder()
        let missing = try run("wasmc", ["build", "--dir", "\(folder.path)/gone::/data", "program.wasm"], in: folder)
        #expect(missing.status == 0)
        let outcome = try run(folder.path + "/program")
        #expect(outcome.status == 1 && outcome.errors.contains("/gone cannot be opened for the program: No such file"))
        let text = #"(module (import "env" "f" (func)) (func (export "_start")))"#
        try text.write(to: folder.appending(path: "imports.wat"), atomically: true, encoding: .utf8)
        #expect(try run("wasmc", ["build", "imports.wat"], in: folder).status == 1)
        #expect(try run("wasmc", ["build", "--runner", "program.c", "program.wasm"], in: folder).status == 1)
        let foreign = try run("wasmc", ["build", "--target", "aarch64-linux-gnu", "program.wasm"], in: folder)
        #expect(foreign.status == 1 && foreign.errors.contains("--runner"))
    }

    @Test("A cached module runs without the compiler, and does all that it does with it")
    func cachedRun() throws {
        let folder = try makeFolder()
        // The launcher, and a compiler that can be taken away.
        for name in ["wasmc", "wasmc-compiler"] {
            try FileManager.default.copyItem(at: products.appending(path: name), to: folder.appending(path: name))
        }
        let script = """
            export WASMC_CACHE=$PWD/cache; mkdir data; echo 'from a file' >data/input.txt
            run() { ./wasmc run $tier --env STANDALONE=x --dir=data::/data program.wasm -n --time; echo $?; }
            tier='--tier optimized'; run >first; tier=; chmod -x wasmc-compiler
            run >second; cat second; cmp first second
            ./wasmc run --unknown program.wasm 2>/dev/null || echo needs the compiler
            rm -r cache; run 2>/dev/null
            """
        let outcome = try run("/bin/sh", ["-c", script], in: folder)
        #expect(
            outcome.text == "-n\n--time\nx\nfrom a file\n3\nneeds the compiler\n1\n",
            "\(outcome.text) \(outcome.errors)")
    }

    @Test("Traps are called the same with and without the compiler")
    func traps() throws {
        let folder = try temporaryFolder()
        let bodies = [
            "unreachable", "(drop (i32.load (i32.const -1)))", "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "(call_indirect (i32.const 9))",
            "(call_indirect (i32.const 0))",
            "(drop (call_indirect (result i32) (i32.const 1)))", "(drop (i32.trunc_f32_s (f32.const nan)))",
            "(drop (table.get (i32.const 9)))", "(call $deep)",
        ]
        for (index, body) in bodies.enumerated() {
            let text = """
                (module (memory 1) (table 2 funcref) (elem (i32.const 1) func $deep)
                  (func $deep (call $deep) (call $deep)) (func (export "_start") \(body)))
                """
            let file = folder.appending(path: "\(index).wat").path
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let compiled = try run("wasmc-compiler", ["run", file])
            try #require(try run("wasmc", ["compile", file, "-o", file + ".cwasm"]).status == 0)
            let precompiled = try run("wasmc", ["run", "--precompiled", file + ".cwasm"])
            #expect(compiled.status == 134 && precompiled.status == 134)
            // How deep a recursion gets depends on the processor that the code is for: further frames are numbered
            // otherwise.
            let lines = [compiled, precompiled].map { $0.errors.split(separator: "\n").prefix(9) }
            #expect(lines[0] == lines[1] && lines[0].count > 1 && lines[0][0].hasPrefix("wasm trap: "), "\(body)")
        }
    }

    #if arch(x86_64)
        @Test("A processor of 2008 runs what is made for it, and names what it lacks for the rest")
        func processorLevels() throws {
            let folder = try makeFolder()
            for (level, missing) in [
                ("x86-64-v1", nil), ("x86-64-v2", nil), ("x86-64-v3", "avx"), ("x86-64-v4", "avx"),
            ] as [(String, String?)] {
                try #require(try run("wasmc", ["build", "--target", level, "program.wasm"], in: folder).status == 0)
                let outcome = try run("/usr/bin/env", ["qemu-x86_64", "-cpu", "Nehalem", folder.path + "/program"])
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("Error:") == (missing != nil))
                if let missing {
                    #expect(outcome.errors.contains("for processors with \(missing), which this one lacks"))
                }
            }
        }
    #endif
}
