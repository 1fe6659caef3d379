import Foundation
import Testing

@Suite("wasmc run --profile-generate, compile --profile-use") struct ProfileCommandTests {
    /// Ends with its status or a trap after some work.
    static let program = """
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (local $i i32)
            (loop $next (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50))))
            (call $exit (i32.const 3)))
          (func (export "fail") (param i32) (if (local.get 0) (then unreachable))))
        """

    @Test("Every run adds what it did, however it ends, and code is made by that")
    func addsUp() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a.wat").path, profile = folder.appending(path: "a.profile")
        try Self.program.write(toFile: file, atomically: true, encoding: .utf8)
        let counting = ["run", "--profile-generate", profile.path]
        #expect(try run("wasmc", counting + [file]).status == 3)
        let first = try String(contentsOf: profile, encoding: .utf8)
        #expect(first.hasPrefix("wasmc profile 1\nmodule ") && first.contains(" 50\n") && first.contains(" 49\n"))
        #expect(try run("wasmc", counting + [file]).status == 3)
        #expect(try run("wasmc", counting + ["--invoke", "fail", file, "1"]).status == 134)
        let third = try String(contentsOf: profile, encoding: .utf8)
        #expect(third.contains(" 100\n") && third.contains(" 98\n") && third.split(separator: "\n").count == 8)
        let artifact = folder.appending(path: "a.cwasm").path
        #expect(try run("wasmc", ["compile", "--profile-use", profile.path, file, "-o", artifact]).status == 0)
        #expect(try run("wasmc", ["run", "--precompiled", artifact]).status == 3)
        let executable = folder.appending(path: "a").path
        #expect(try run("wasmc", ["build", "--profile-use", profile.path, file, "-o", executable]).status == 0)
        #expect(try run(executable).status == 3)
    }

    @Test("What is not for this is refused before anything runs, and stays as it is")
    func refusals() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a.wat").path, other = folder.appending(path: "b.wat").path
        try Self.program.write(toFile: file, atomically: true, encoding: .utf8)
        try "(module (func (export \"_start\")))".write(toFile: other, atomically: true, encoding: .utf8)
        let profile = folder.appending(path: "b.profile"), letter = folder.appending(path: "letter")
        #expect(try run("wasmc", ["run", "--profile-generate", profile.path, other]).status == 0)
        try "Dear all,\n".write(to: letter, atomically: true, encoding: .utf8)
        let missing = folder.appending(path: "missing").path
        for (arguments, reason) in [
            (["run", "--profile-generate", profile.path, file], "another module"),
            (["run", "--profile-generate", letter.path, file], "line 1: this is no profile"),
            (["run", "--profile-generate", file, file], "replace the input"),
            (["run", "--profile-generate", missing, "--precompiled", file], "--precompiled"),
            (["compile", "--profile-use", profile.path, file, "-o", missing], "another module"),
            (["run", "--profile-generate", "/dev/full", file], "No space left"),
            (["compile", "--profile-use", "/dev/zero", file, "-o", missing], "more than 1 GiB"),
            (["validate", "/dev/zero"], "more than 1 GiB"),
            (["compile", "--profile-use", letter.path, file, "-o", missing], "line 1"),
            (["build", "--profile-use", missing, file, "-o", missing + "2"], "no such file"),
        ] {
            let outcome = try run("wasmc", arguments)
            #expect(outcome.status != 0 && outcome.status != 3 && outcome.errors.contains(reason), "\(arguments)")
        }
        #expect(try String(contentsOf: letter, encoding: .utf8) == "Dear all,\n")
        #expect(!FileManager.default.fileExists(atPath: missing))
    }
}
