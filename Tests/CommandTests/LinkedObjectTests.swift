import Foundation
import Testing

/// Programs in C and Swift that link a module instead of loading it.
@Suite struct LinkedObjectTests {
    private let folder: URL
    private let examples = package.appending(path: "Sources/Examples/Linked")
    private let include = "-I" + package.appending(path: "Runtime/include").path

    init() throws { folder = try temporaryFolder() }

    private func makeObject(_ module: String, _ options: [String] = []) throws {
        let outcome = try run("wasmc", ["compile", "--emit", "object"] + options + [module], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    /// Compiles, links with the runtime and runs; the program's output.
    private func runProgram(_ compiler: [String], _ files: [String], options: [String] = []) throws -> String {
        let build = try run(
            "/usr/bin/env",
            compiler + [include, "-I."] + options + files + [
                "-L" + products.path, "-lWasmcRuntime", "-lm", "-o", "program",
            ], in: folder)
        try #require(build.status == 0, "\(build.errors)")
        let outcome = try run(folder.path + "/program", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.text
    }

    private static let c = ["clang-22", "-std=c11", "-Wall", "-Wextra", "-Werror"]

    @Test("The example in C calls a module, is called by it, stops it, sees its traps and its memory")
    func exampleInC() throws {
        try makeObject(examples.appending(path: "greeter.wat").path)
        let output = try runProgram(Self.c, [examples.appending(path: "main.c").path, "greeter.o"])
        #expect(
            output == """
                hello from linked code
                the host: 21, 2.5
                run: 42
                the host said no
                exited with 7
                trap: integer divide by zero
                  0: divide rounded down (function 3) at 0xa8
                calls: 3

                """)
        // Debuggers know the functions by their names; nothing is writable and executable.
        #expect(try run("/usr/bin/env", ["nm", folder.path + "/program"]).text.contains(" t average\n"))
        let segments = try run("/usr/bin/env", ["readelf", "-lW", folder.path + "/program"]).text
        #expect(segments.contains("R E") && !segments.contains("RWE"))
    }

    @Test("The example in Swift does the same")
    func exampleInSwift() throws {
        try makeObject(examples.appending(path: "greeter.wat").path)
        let output = try runProgram(
            ["swiftc"], [examples.appending(path: "main.swift").path, "greeter.o"],
            options: ["-import-objc-header", "greeter.h"])
        #expect(
            output == """
                hello from linked code
                the host: 21, 2.5
                run: 42
                the host said no
                exited with 7
                trap: integer divide by zero
                calls: 3

                """)
    }

    /// All types, a function of the C library for a processor without rounding, data that is mapped, names that clash.
    private static let everything = """
        (module
          (import "env" "mix" (func $mix (param i32 i64 f32 f64 v128 externref) (result i64 f32)))
          (import "env" "mix" (func $again (param i32 i64 f32 f64 v128 externref) (result i64 f32)))
          (memory (export "memory") 4 8)
          (data (i32.const 65536) "\(String(repeating: "wasmc ", count: 12_000))")
          (global (export "limit") i64 (i64.const -5))
          (table (export "table") 3 funcref)
          (func (export "mix") (param externref) (result i64 f32)
            (call $mix (i32.const -1) (i64.const -2) (f32.const 1.5) (f64.const 2.5) (v128.const i32x4 1 2 3 4)
              (local.get 0)))
          (func (export "m-i x") (result i64 f32)
            (call $again (i32.const 1) (i64.const 2) (f32.const 0) (f64.const 0) (v128.const i32x4 0 0 0 9)
              (ref.null extern)))
          (func (export "m_i_x") (param f64) (result f64) (f64.ceil (local.get 0)))
          (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
          (func $deep (export "deep") (call $deep) (call $deep)))
        """

    private static let program = """
        #include <stdio.h>
        int main(int count, char **arguments) {
          for (int i = 0; i < count; i++) puts(arguments[i]);
          return 40 + count;
        }
        """

    private static let host = #"""
        #include "everything.h"
        #include "program.h"

        #include <stdio.h>
        #include <sys/prctl.h>

        static char message[512];

        wasmc_outcome everything_import_env_mix(
            void *host, wasmc_instance *caller, int32_t a, int64_t b, float c, double d, wasmc_value e, wasmc_ref f, \#
        int64_t *sum,
            float *other) {
            (void)caller;
            *sum = a + b + (int64_t)d + e.v128[12] + (int64_t)f;
            *other = c * *(float *)host;
            return WASMC_RETURNED;
        }

        static void everything(void) {
            wasmc_module *module = everything_load(message, sizeof message), *twin = everything_load(message, sizeof \#
        message);
            wasmc_module_set_pool(module, 2);
            wasmc_store *store = wasmc_store_create(), *other_store = wasmc_store_create();
            float factor = 3;
            wasmc_instance *one = everything_instantiate(store, module, &factor, NULL, message, sizeof message);
            wasmc_instance *two = everything_instantiate(other_store, module, &factor, NULL, message, sizeof message);
            int64_t sum;
            float other;
            double up;
            int32_t byte;
            everything_mix(one, 100, &sum, &other);
            printf("%d %g\n", (int)sum, other);
            everything_m_i_x(one, &sum, &other);
            printf("%d\n", (int)sum);
            everything_m_i_x_(one, 1.25, &up);
            printf("%g %d %d\n", up, (int)everything_limit(one)->i64, (int)everything_table(one)->count);
            everything_put(one, 65536, 'W');
            everything_at(one, 65536, &byte);
            printf("%c", byte);
            everything_at(two, 65536, &byte);
            printf(" %c %.5s\n", byte, (char *)wasmc_memory_bytes(everything_memory(two), 65536, 5));
            printf("%d\n", wasmc_memory_bytes(everything_memory(two), 4 * 65536, 1) == NULL);
            wasmc_module_release(twin);
            printf("%s\n", wasmc_trap_text(everything_deep(one).outcome));
            printf("%s\n", wasmc_trap_text(everything_at(one, -1, &byte).outcome));
            wasmc_store_destroy(store);
            store = wasmc_store_create();
            one = everything_instantiate(store, module, &factor, NULL, message, sizeof message);
            everything_at(one, 65536, &byte);
            printf("%c again\n", byte);
            wasmc_store_destroy(store);
            wasmc_store_destroy(other_store);
            wasmc_module_release(module);
        }

        static void program(void) {
            wasmc_module *module = program_load(message, sizeof message);
            wasmc_store *store = wasmc_store_create();
            if (!program_instantiate(store, module, NULL, NULL, message, sizeof message)) printf("%s\n", message);
            wasmc_wasi *context = wasmc_wasi_create();
            wasmc_wasi_add_argument(context, "linked");
            wasmc_wasi_add_argument(context, "program");
            for (int i = 0; i < 3; i++) wasmc_wasi_add_file(context, i, i == 0, i > 0);
            fflush(stdout);
            wasmc_instance *instance = program_instantiate(store, module, NULL, context, message, sizeof message);
            wasmc_result result = program__start(instance);
            printf("%d %u\n", result.outcome == WASMC_EXIT, result.exit_code);
            wasmc_store_destroy(store);
            wasmc_wasi_destroy(context);
            wasmc_module_release(module);
        }

        int main(void) {
            // From here on the kernel refuses to make anything executable, where it knows how to.
            prctl(65 /* PR_SET_MDWE */, 1, 0, 0, 0);
            everything();
            program();
            printf("%d %s\n", wasmc_module_link(everything_module, 1, message, sizeof message) == NULL, message);
            return 0;
        }
        """#

    private func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    @Test("Two modules, instances of their own, all types, WASI, and a kernel that makes nothing executable")
    func everything() throws {
        try write(Self.everything, to: "everything.wat")
        try write(Self.program, to: "program.c")
        try write(Self.host, to: "host.c")
        let compiled = try run(
            "/usr/bin/env",
            ["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-w", "-O1", "-o", "program.wasm", "program.c"],
            in: folder)
        try #require(compiled.status == 0, "\(compiled.errors)")
        #if arch(x86_64)
            try makeObject("everything.wat", ["--target", "x86-64-v1"])
        #else
            try makeObject("everything.wat")
        #endif
        try makeObject("program.wasm")
        let output = try runProgram(Self.c, ["host.c", "everything.o", "program.o"])
        #expect(
            output == """
                103 4.5
                12
                2 -5 3
                W w wasmc
                1
                call stack exhausted
                out of bounds memory access
                w again
                the program needs a WASI context for "wasi_snapshot_preview1" "args_get"
                linked
                program
                1 42
                1 its header and its object were made from different modules

                """)
    }

    @Test("Memory and globals are exact after every trap of a linked module")
    func traps() throws {
        let traps = package.appending(path: "Fixtures/traps")
        for options in [["-O", "0", "--memory", "guarded"], ["-O", "2"]] {
            try makeObject(traps.appending(path: "traps.wat").path, options)
            #expect(
                try runProgram(Self.c, [traps.appending(path: "main.c").path, "traps.o"])
                    == "1339 comparisons, 0 wrong\n")
        }
    }

    @Test("The header is C++, too, and the object is the same every time")
    func header() throws {
        try write(Self.everything, to: "everything.wat")
        try write("#include \"everything.h\"\nint main() { return everything_module[0]; }\n", to: "main.cpp")
        try makeObject("everything.wat")
        let first = try Data(contentsOf: folder.appending(path: "everything.o"))
        let checked = try run(
            "/usr/bin/env", ["clang++-22", "-Wall", "-Wextra", "-Werror", include, "-fsyntax-only", "main.cpp"],
            in: folder)
        #expect(checked.status == 0, "\(checked.errors)")
        try makeObject("everything.wat", ["--threads", "3"])
        #expect(try Data(contentsOf: folder.appending(path: "everything.o")) == first)
    }

    @Test("What cannot be linked is said, and no file is left")
    func unsupported() throws {
        try write(#"(module (import "env" "memory" (memory 1)))"#, to: "memory.wat")
        let outcome = try run("wasmc", ["compile", "--emit", "object", "memory.wat"], in: folder)
        #expect(
            outcome.status == 1
                && outcome.errors.contains(#"may import functions only, not the memory 1 "env" "memory""#))
        #expect(try run("wasmc", ["compile", "--emit", "object", "-o", "-", "memory.wat"], in: folder).status == 64)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["memory.wat"])
    }
}
