import Foundation
import Testing

@Suite struct ArtifactCommandTests {
    private static let text = """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (func $factorial (export "factorial") (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.mul (local.get 0) (call $factorial (i32.sub (local.get 0) (i32.const 1)))))
              (else (i32.const 1))))
          (func (export "_start") (call $exit (call $factorial (i32.const 5)))))
        """

    /// A folder with `module.wat`, and `module.cwasm` made of it.
    private func compiled(_ options: [String] = []) throws -> URL {
        let folder = try temporaryFolder()
        try Self.text.write(to: folder.appending(path: "module.wat"), atomically: true, encoding: .utf8)
        let outcome = try run("wasmc", ["compile", "module.wat"] + options, in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return folder
    }

    @Test("compile writes an artifact that run --precompiled runs, and nothing else does")
    func precompiled() throws {
        let folder = try compiled()
        #expect(try run("wasmc", ["run", "--precompiled", "module.cwasm"], in: folder).status == 120)
        let invoked = try run(
            "wasmc", ["run", "--precompiled", "--invoke", "factorial", "module.cwasm", "6"], in: folder)
        #expect(invoked.text == "720\n")
        let unsaid = try run("wasmc", ["run", "module.cwasm"], in: folder)
        #expect(unsaid.status == 1 && unsaid.errors.contains("--precompiled"))
        #expect(try run("wasmc", ["run", "--precompiled", "module.wat"], in: folder).status == 1)
    }

    @Test("Processes with other threads, folders, environments and address space write the same bytes")
    func reproducible() throws {
        let functions = (0..<300).map { number in
            "(func (export \"f\(number)\") (param i32) (result i32) local.get 0 i32.const \(number) i32.mul)"
        }
        let folder = try temporaryFolder()
        try "(module (memory 1) (data (i32.const 9) \"data\") \(functions.joined()))".write(
            to: folder.appending(path: "module.wat"), atomically: true, encoding: .utf8)
        let script = """
            mkdir elsewhere; wasmc="$1/wasmc"
            "$wasmc" compile --threads 1 module.wat -o 1
            (cd elsewhere && env -i HOME=/nowhere TZ=UTC+5 LANG=C "$wasmc" compile --threads 5 ../module.wat -o ../2)
            (ulimit -v 6000000; "$wasmc" compile module.wat -o 3)
            cp module.wat other.wat; "$wasmc" compile --threads 2 other.wat -o 4
            for number in 2 3 4; do cmp 1 $number && echo same; done
            """
        #expect(try run("/bin/sh", ["-c", script, "sh", products.path], in: folder).text == "same\nsame\nsame\n")
    }

    @Test("inspect says what an artifact was made from and for, for other machines too")
    func inspect() throws {
        let folder = try compiled(["--target", "aarch64-linux-gnu", "-o", "other.cwasm"])
        let text = try run("wasmc", ["inspect", "other.cwasm"], in: folder)
        #expect(
            text.text.contains("compiled for aarch64-linux-gnu")
                && text.text.contains("\"factorial\": func [i32] -> [i32]"))
        let json = try run("wasmc", ["inspect", "--json", "other.cwasm"], in: folder)
        let object = try #require(try JSONSerialization.jsonObject(with: json.output) as? [String: Any])
        #expect((object["sourceDigest"] as? String)?.count == 64)
        let foreign = try run("wasmc", ["run", "--precompiled", "other.cwasm"], in: folder)
        #expect(foreign.status == 1 && foreign.errors.contains("aarch64"))
        try Data([0x7F, 0x45, 0x4C, 0x46]).write(to: folder.appending(path: "short.cwasm"))
        #expect(try run("wasmc", ["inspect", "short.cwasm"], in: folder).status == 1)
        #expect(try run("wasmc", ["compile", "--target", "pdp11", "module.wat"], in: folder).status == 64)
    }

    @Test("objdump, readelf, nm and gdb read an artifact: functions have their names")
    func binaryTools() throws {
        let folder = try compiled()
        let tools: [(String, [String])] = [
            ("objdump", ["-d"]), ("nm", []), ("readelf", ["-sW"]),
            ("gdb", ["-nx", "-batch", "-ex", "disassemble factorial"]),
        ]
        var used = 0
        for (tool, arguments) in tools where try run("/bin/sh", ["-c", "command -v \(tool)"]).status == 0 {
            let outcome = try run("/usr/bin/env", [tool] + arguments + ["module.cwasm"], in: folder)
            #expect(
                outcome.status == 0 && outcome.text.contains("factorial"), "\(tool): \(outcome.text) \(outcome.errors)")
            #expect(!outcome.errors.contains("arning"), "\(tool): \(outcome.errors)")
            used += 1
        }
        // binutils comes with every C compiler.
        #expect(used >= 3)
    }
}
