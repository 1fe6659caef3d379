import Foundation
import Testing

/// Executables for AArch64, run by an emulator.
@Suite struct AArch64Tests {
    private let folder: URL

    init() throws {
        folder = try temporaryFolder()
        let built = try run(package.appending(path: ".ci/aarch64-runner").path, [folder.path + "/wasmc"])
        try #require(built.status == 0, "\(built.errors)")
    }

    private func build(_ module: String, as name: String, _ options: [String] = []) throws -> String {
        let output = folder.appending(path: name).path
        let outcome = try run(
            "wasmc",
            ["build", "--target", "aarch64-linux-gnu", "--runner", folder.path + "/wasmc", "-o", output] + options + [
                module
            ])
        try #require(outcome.status == 0, "\(name): \(outcome.errors)")
        return output
    }

    @Test("Traps and exits are those of this machine")
    func traps() throws {
        let bodies: [(name: String, body: String, status: Int32)] = [
            ("early exit", "(call $exit (i32.const 1))", 1),
            ("dropped load", "(drop (i32.load (i32.const 65536)))", 134),
            ("dropped vector load", "(drop (v128.load (i32.const 65521)))", 134),
            ("load at the end", "(drop (v128.load (i32.const 65520)))", 0),
            ("address and offset wrap", "(drop (i32.load offset=0xffffffff (i32.const 1)))", 134),
            (
                "second store", "(i64.store (i32.const 0) (i64.const 1)) (i64.store (i32.const 65529) (i64.const 1))",
                134
            ),
            (
                "load in a loop that runs no times",
                "(loop $l (br_if 1 (i32.const 1)) (drop (i32.load (i32.const -1))) (br $l))", 0
            ),
            (
                "trap in a loop",
                """
                (loop $l (i32.store (local.get 0) (i32.const 1)) (local.set 0 (i32.add (local.get 0) (i32.const \
                4))) (br $l))
                """,
                134
            ),
            ("division by zero", "(drop (i32.div_u (i32.const 1) (local.get 0)))", 134),
            (
                "division overflow",
                """
                (drop (i64.div_s (i64.const 0x8000000000000000) (i64.sub (i64.extend_i32_s (local.get 0)) \
                (i64.const 1))))
                """,
                134
            ),
            ("remainder without overflow", "(drop (i64.rem_s (i64.const 0x8000000000000000) (i64.const -1)))", 0),
            ("conversion", "(drop (i32.trunc_f64_u (f64.const -1)))", 134),
            ("conversion of not a number", "(drop (i64.trunc_f32_s (f32.const nan)))", 134),
            ("call of null", "(call_indirect (i32.const 0))", 134),
            ("call beyond the table", "(call_indirect (i32.const 2))", 134),
            ("call of another type", "(drop (call_indirect (result i32) (i32.const 1)))", 134),
            ("endless recursion", "(call $deep)", 134),
            ("grow, then store", "(drop (memory.grow (i32.const 1))) (i32.store (i32.const 131068) (i32.const 1))", 0),
            ("bulk", "(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", 134),
            ("tail calls", "(if (i64.ne (call $even (i32.const 300000)) (i64.const 1)) (then unreachable))", 0),
            ("trap behind tail calls", "(drop (call $even (i32.const 300001)))", 134),
            ("exceptions", "(if (i32.ne (call $caught (i32.const 100)) (i32.const 42)) (then unreachable))", 0),
            ("uncaught exception", "(call $throwing (i32.const 3))", 134),
            ("rounding", "(if (f64.ne (f64.nearest (f64.const 2.5)) (f64.const 2)) (then unreachable))", 0),
        ]
        for (name, body, status) in bodies {
            let text = """
                (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory 1) (table 2 funcref) (elem (i32.const 1) func $deep)
                  (func $deep (call $deep) (call $deep))
                  (func $even (param i32) (result i64) \(Self.evenAndOdd)
                  (tag $t (param i32))
                  (func $throwing (param i32)
                    (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 42))))
                    (call $throwing (i32.sub (local.get 0) (i32.const 1)))
                    (call $deep))
                  (func $caught (param i32) (result i32) (local f64 i64)
                    (local.set 1 (f64.convert_i32_s (local.get 0)))
                    (local.set 2 (i64.extend_i32_s (local.get 0)))
                    (block $h (result i32) (try_table (catch $t $h) (call $throwing (local.get 0))) (unreachable))
                    (if (f64.ne (local.get 1) (f64.convert_i64_s (local.get 2))) (then (unreachable))))
                  (func $work (local i32) \(body))
                  (func (export "_start") (call $work)))
                """
            let module = folder.appending(path: "module.wat").path
            try text.write(toFile: module, atomically: true, encoding: .utf8)
            let here = try run("wasmc", ["run", module])
            let there = try run("/usr/bin/env", ["qemu-aarch64", try build(module, as: "executable")])
            #expect(
                there.status == status && here.status == status,
                "\(name): \(here.status), \(there.status) \(there.errors)")
            // Both ends of the stack; how deep a recursion gets depends on the processor.
            let lines = [here, there].map { $0.errors.split(separator: "\n").prefix(9) }
            #expect(lines[0] == lines[1] && (lines[0].count > 1) == (status == 134), "\(name): \(there.errors)")
        }
    }

    /// Tail calls with more arguments than there are registers for.
    private static let evenAndOdd: String = {
        let many = Array(repeating: "i64 f64 v128", count: 8).joined(separator: " ")
        let passed = (1...24).map { "(local.get \($0))" }.joined(separator: " ")
        let first = Array(repeating: "(i64.const 1) (f64.const 2) (v128.const i64x2 3 4)", count: 8)
            .joined(separator: " ")
        return """
            (return_call $odd (local.get 0) \(first)))
              (func $odd (param i32 \(many)) (result i64)
                (if (i32.eq (local.get 0) (i32.const 1)) (then unreachable))
                (if (i32.eqz (local.get 0)) (then (return (local.get 22))))
                (return_call $odd (i32.sub (local.get 0) (i32.const 2)) \(passed)))
            """
    }()

    private static let vectors = """
        #include <stdio.h>
        static float a[1000], b[1000];
        static int counts[1000];
        int main(void) {
          for (int i = 0; i < 1000; i++) { a[i] = i * 0.5f; b[i] = 1000 - i; counts[i] = i * 7919; }
          float sum = 0; unsigned mixed = 0;
          for (int round = 0; round < 50; round++)
            for (int i = 0; i < 1000; i++) { a[i] = a[i] * 0.75f + b[i]; counts[i] = (counts[i] ^ round) * 31 + \
        (counts[i] >> 3); }
          for (int i = 0; i < 1000; i++) { sum += a[i]; mixed = mixed * 33 ^ (unsigned)counts[i]; }
          printf("%.9g %u\\n", sum, mixed);
          return 0;
        }
        """

    @Test("Five programs give the same output as on this machine")
    func programs() throws {
        let programs = package.appending(path: ".build/programs")
        let fetched = try run(package.appending(path: ".ci/fetch-programs").path, [programs.path])
        try #require(fetched.status == 0, "\(fetched.errors)")
        let input = (0..<20_000).map { "\($0) \($0 &* $0 % 9973) wasmc\n" }.joined()
        try input.write(to: folder.appending(path: "input.txt"), atomically: true, encoding: .utf8)
        for (program, arguments) in [
            ("bzip2", ["-9", "-k", "-c", "input.txt"]), ("minigzip", ["-c", "input.txt"]),
            ("xxhsum", ["-H3", "input.txt"]),
        ] {
            let executable = try build(
                programs.appending(path: program + ".wasm").path, as: program, ["--dir", "\(folder.path)::."])
            let native = try run(programs.appending(path: program).path, arguments, in: folder)
            let emulated = try run("/usr/bin/env", ["qemu-aarch64", executable] + arguments, in: folder)
            #expect(native.status == 0 && emulated.status == 0, "\(program): \(emulated.errors)")
            #expect(!native.output.isEmpty && native.output == emulated.output, "\(program)")
        }
        try Self.vectors.write(to: folder.appending(path: "vectors.c"), atomically: true, encoding: .utf8)
        for (source, flags) in [
            (package.appending(path: "Fixtures/programs/hello.c").path, ["-O2"]),
            (folder.appending(path: "vectors.c").path, ["-O3", "-msimd128", "-ffp-contract=off"]),
        ] {
            let compiled = try run(
                "/usr/bin/env",
                [
                    "clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-w", "-o", folder.path + "/program.wasm",
                    source,
                ] + flags)
            try #require(compiled.status == 0, "\(compiled.errors)")
            let here = try run("wasmc", ["run", folder.path + "/program.wasm"])
            let there = try run(
                "/usr/bin/env", ["qemu-aarch64", try build(folder.path + "/program.wasm", as: "program")])
            #expect(
                here.status == 0 && there.status == 0 && !here.output.isEmpty && here.output == there.output,
                "\(there.errors)")
        }
    }

    /// Links a C program with the module beside it and the runtime, which is compiled once, and runs it.
    private func runLinked(_ program: URL, _ module: String, _ options: [String]) throws -> Outcome {
        let object = try run(
            "wasmc",
            ["compile", "--emit", "object", "--target", "aarch64-linux-gnu"] + options + [
                program.appending(path: module + ".wat").path
            ],
            in: folder)
        try #require(object.status == 0, "\(object.errors)")
        let script = """
            sysroot=/usr/aarch64-linux-gnu; cc="clang-22 --target=aarch64-linux-gnu -O1 -w -D_GNU_SOURCE -isystem \
            $sysroot/include -I$1/Runtime/include"
            [ -d runtime ] || { mkdir runtime && (cd runtime && $cc -c $(find "$1/Runtime" -name "*.[cS]")); } &&
            $cc -static -fuse-ld=lld-22 -L$sysroot/lib -B$sysroot/lib -I. -o program runtime/*.o "$2/main.c" $3.o -lm
            """
        let built = try run("/bin/sh", ["-c", script, "sh", package.path, program.path, module], in: folder)
        try #require(built.status == 0, "\(built.errors)")
        return try run("/usr/bin/env", ["qemu-aarch64", folder.path + "/program"])
    }

    @Test("A C program for AArch64 links a module, calls it, is called by it and stops it")
    func linkedObject() throws {
        let outcome = try runLinked(package.appending(path: "Sources/Examples/Linked"), "greeter", [])
        #expect(outcome.text.contains("run: 42\n"))
        #expect(
            outcome.text.contains(
                "exited with 7\ntrap: integer divide by zero\n  0: divide rounded down (function 3) at 0x"))
        #expect(outcome.text.hasSuffix("calls: 3\n") && outcome.status == 0, "\(outcome.errors)")
    }

    @Test("Memory and globals are exact after every trap, in loops, too")
    func exactTraps() throws {
        for level in ["O0", "O2"] {
            for memory in ["checked", "guarded"] {
                let outcome = try runLinked(
                    package.appending(path: "Fixtures/traps"), "traps", ["-O", level, "--memory", memory])
                #expect(
                    outcome.text == "1339 comparisons, 0 wrong\n" && outcome.status == 0,
                    "\(level) \(memory): \(outcome.text) \(outcome.errors)")
            }
        }
    }

    @Test("Scripts of the official suite give what they say", arguments: ["O0-guarded", "O2-guarded"])
    func suite(_ mode: String) throws {
        let suite =
            ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
            ?? package.appending(path: "../shared/spec-testsuite").path
        guard FileManager.default.fileExists(atPath: suite) else {
            print("NOT RUN: the official test suite is not at \(suite)")
            return
        }
        let player = folder.appending(path: "player").path
        let built = try run(package.appending(path: ".ci/aarch64-runner").path, [player, "Fixtures/player"])
        try #require(built.status == 0, "\(built.errors)")
        // All 83 files of these parts are a matter of minutes: see OtherMachines.md.
        let scripts = ["exceptions/try_table.wast", "threads/atomic.wast"]
        let outcome = try run("dev", ["spec", "--mode", mode, "--player", player] + scripts, in: package)
        #expect(outcome.status == 0, "\(outcome.text.suffix(2000))")
    }

    @Test("Objects stay what they are, also with a collection at every seventh allocation", arguments: ["O0", "O2"])
    func objects(_ level: String) throws {
        let program = package.appending(path: "Fixtures/programs/objects.wat").path
        let executable = try build(program, as: "objects", ["-O", level])
        for stress in ["0", "7"] {
            let outcome = try run("/usr/bin/env", ["WASMC_GC_STRESS=\(stress)", "qemu-aarch64", executable])
            #expect(outcome.status == 0, "\(stress): \(outcome.errors)")
        }
    }

    @Test("A loop without an end has none")
    func endlessLoop() throws {
        let module = folder.appending(path: "module.wat")
        try #"(module (func (export "_start") (loop $l (br $l))))"#.write(to: module, atomically: true, encoding: .utf8)
        let executable = try build(module.path, as: "executable")
        #expect(try run("/usr/bin/env", ["timeout", "-s", "KILL", "2", "qemu-aarch64", executable]).status == 9)
    }
}
