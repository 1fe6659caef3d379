import Foundation
import Testing

/// Programs in C, C++, Rust and Swift, each beside its native build.
@Suite struct WASIProgramTests {
    private static let programs = Result {
        let folder = package.appending(path: ".build/programs")
        let built = try run(package.appending(path: ".ci/build-wasi-programs").path, [folder.path])
        try #require(built.status == 0, "\(built.errors)")
        return folder
    }

    /// Two folders with the same content: one for the native program, one for the guest.
    private func twins(_ fill: (URL) throws -> Void) throws -> (native: URL, guest: URL) {
        let folders = try (temporaryFolder(), temporaryFolder())
        try fill(folders.0)
        try fill(folders.1)
        return folders
    }

    private func expectSame(
        _ name: String, _ arguments: [String] = [], options: [String] = ["-O", "0"], input: String = "",
        environment: [String: String] = [:],
        status: Int32 = 0, fill: (URL) throws -> Void = { _ in }
    ) throws {
        let programs = try Self.programs.get()
        let (native, guest) = try twins(fill)
        let inputFile = try temporaryFolder().appending(path: "input")
        defer {
            for folder in [native, guest, inputFile.deletingLastPathComponent()] {
                try? FileManager.default.removeItem(at: folder)
            }
        }
        try input.write(to: inputFile, atomically: true, encoding: .utf8)
        let expected = try run(
            programs.appending(path: name).path, arguments, in: native, input: inputFile, environment: environment)
        let variables = environment.flatMap { ["--env", "\($0.key)=\($0.value)"] }
        let found = try run(
            "wasmc",
            ["run", "--dir", "\(guest.path)::."] + options + variables + [programs.appending(path: name + ".wasm").path]
                + arguments,
            input: inputFile)
        #expect(expected.status == status && found.status == status, "\(name): \(found.errors)")
        #expect(!expected.output.isEmpty && expected.output == found.output, "\(name): \(found.text.prefix(2000))")
        #expect(expected.errors == found.errors)
        let difference = try run("/usr/bin/diff", ["-r", "--no-dereference", native.path, guest.path])
        #expect(difference.status == 0, "\(name) left different files: \(difference.text)")
    }

    @Test("A directory walker in C")
    func walker() throws {
        try expectSame("walker", ["tree", "none"], options: []) { folder in
            for path in ["tree/sub/deep/deeper", "tree/empty"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: path), withIntermediateDirectories: true)
            }
            for index in 0..<300 {
                let folderName = index % 3 == 0 ? "sub/" : "", umlauts = String(repeating: "ü", count: index % 60)
                let path = "tree/\(folderName)\(index * 7919 % 1000) \(umlauts)"
                try String(repeating: "content \(index)", count: index).write(
                    to: folder.appending(path: path), atomically: false, encoding: .utf8)
            }
            for (name, target) in [("link", "sub/deep"), ("dangling", "none"), ("sub/up", "../sub"), ("loop", "loop")] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder.path + "/tree/" + name, withDestinationPath: target)
            }
            try FileManager.default.linkItem(atPath: folder.path + "/tree/sub/0 ", toPath: folder.path + "/tree/hard")
        }
    }

    @Test("A sort of the input in C++")
    func sort() throws {
        let input = (0..<5000).map { "line \($0 &* 7919 % 997) word\($0 % 13) x\n" }.joined()
        try expectSame("sort", input: input)
        try expectSame("sort", input: "last line without end", status: 0)
    }

    @Test("Factors of numbers in Embedded Swift")
    func primes() throws {
        let input = (0..<300).map { "\($0 &* $0 &* 48_611 % 4_294_967_296)" }.joined(separator: " ")
        try expectSame("primes", input: "12 97 65536 4294967295 1 0 x7 " + input)
    }

    @Test("A text game with a clock in Rust")
    func game() throws {
        let input = String(repeating: "eseswwnz\nsneesq\n", count: 40)
        try expectSame("game", ["5"], input: input, environment: ["PLAYER": "Ann Ä"], status: 17)
    }

    @Test("A database on files in Rust")
    func database() throws {
        var commands = (0..<6000).map { index -> String in
            let key = "k\(index &* 31 % 97)"
            switch index % 7 {
            case 0: return "delete \(key)"
            case 1, 2, 3: return "get \(key)"
            default: return "set \(key) value \(index) \(String(repeating: "x", count: index % 50))"
            }
        }
        commands += ["list", "nonsense"]
        try expectSame("database", ["."], input: commands.joined(separator: "\n"))
        try expectSame("database", ["."], input: (commands + ["truncate", "list", "get k1"]).joined(separator: "\n"))
    }

    @Test("A file server in a loop on poll, with requests in pieces")
    func server() throws {
        let programs = try Self.programs.get()
        let (native, guest) = try twins { folder in
            try Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }).write(
                to: folder.appending(path: "binary"))
        }
        defer { for folder in [native, guest] { try? FileManager.default.removeItem(at: folder) } }
        let requests = [
            "GET bin", "ary\nGET none\nPU", "T new one\nPUT new two\nGET new\n", "WAIT 30\n", "what\nGET binary",
            "\nQUIT\n",
        ]
        let answers = try [
            (programs.appending(path: "server"), [], native),
            (
                products.appending(path: "wasmc"),
                ["run", "--dir", "\(guest.path)::.", programs.appending(path: "server.wasm").path], guest
            ),
        ].map { program, arguments, folder in
            let process = Process()
            process.executableURL = program
            process.arguments = arguments
            process.currentDirectoryURL = folder
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            Thread.detachNewThread {
                for request in requests {
                    try? input.fileHandleForWriting.write(contentsOf: Data(request.utf8))
                    Thread.sleep(forTimeInterval: 0.02)
                }
            }
            let answer = try output.fileHandleForReading.readToEnd()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return answer ?? Data()
        }
        #expect(answers[0].count > 200_000 && answers[0] == answers[1])
    }

    @Test("--dir, :ro, --env, --inherit-env and --stdin decide what the program sees")
    func world() throws {
        let program = try Self.programs.get().appending(path: "world.wasm").path
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["open", "closed"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            try name.write(to: folder.appending(path: "\(name)/file"), atomically: true, encoding: .utf8)
        }
        try "the input\n".write(to: folder.appending(path: "input"), atomically: true, encoding: .utf8)
        // The first run compiles; those after it take another way, from the cache.
        let own = [
            "HOME": "/home", "SECRET": "s", "PATH": "/usr/bin:/bin",
            "WASMC_CACHE": folder.appending(path: "cache").path,
        ]
        func output(_ options: [String], _ arguments: [String] = []) throws -> [String] {
            let outcome = try run("wasmc", ["run"] + options + [program] + arguments, in: folder, environment: own)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.text.split(separator: "\n").map(String.init)
        }
        #expect(try output([]) == [])
        #expect(
            try output(["--stdin", "input", "--env", "A=1=2", "--env", "SECRET", "--env", "UNSET"]) == [
                "variable A=1=2", "variable SECRET=s", "the input",
            ])
        let inherited = try output(["--inherit-env", "--env", "HOME=/other"])
        #expect(
            inherited.filter { $0.contains("HOME") } == ["variable HOME=/other"]
                && inherited.contains("variable SECRET=s"))
        for other in [[], ["--no-cache"]] {
            #expect(
                try output(
                    other + ["--dir", "open::/a", "--dir", "\(folder.path)/closed::/b/c:ro"], ["/a", "/b/c", "/d"]) == [
                        "argument /a", "argument /b/c", "argument /d", "/a/new: made", "/a/file: open",
                        "/b/c/new: Read-only file system",
                        "/b/c/file: closed", "/d/new: Capabilities insufficient", "/d/file: Capabilities insufficient",
                    ])
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/closed/new"))
        for wrong in [["--dir", "::x"], ["--dir", "/no/such/folder"], ["--env", "=1"], ["--stdin", "none"]] {
            let outcome = try run("wasmc", ["run"] + wrong + [program], in: folder)
            #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(wrong)")
        }
    }
    @Test("A reactor is set up before its function is called; arguments are read by type")
    func reactor() throws {
        let file = try temporaryFolder().appending(path: "reactor.wat")
        defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
        try """
        (module (global $g (mut i32) (i32.const 0))
          (func (export "_initialize") (global.set $g (i32.const 40)))
          (func (export "add") (param i32) (result i32) (i32.add (global.get $g) (local.get 0)))
          (func (export "all") (param i32 i64 f32 f64 v128 funcref externref)
            (result i32 i64 f32 f64 v128 funcref externref)
            (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)))
        """.write(to: file, atomically: true, encoding: .utf8)
        func invoke(_ name: String, _ arguments: String...) throws -> Outcome {
            try run("wasmc", ["run", "--invoke", name, file.path] + arguments)
        }
        #expect(try invoke("add", "2").text == "42\n")
        #expect(
            try invoke("add", "-0x29").text == "-1\n" && invoke("add", "0xFFFFFFFF").text == "39\n"
                && invoke("add", "4294967295").text == "39\n")
        let all = try invoke(
            "all", "-1", "0xFFFFFFFFFFFFFFFF", "0x1p3", "-inf", "0x0123456789abcdef00000000000000ff", "null", "null")
        #expect(
            all.status == 0 && all.text == "-1\n-1\n8.0\n-inf\nv128 0x123456789abcdef 0xff\nnull\nnull\n",
            "\(all.text) \(all.errors)")
        for wrong in ["x", "", "4294967296", "-2147483649", "0x", "0x-1", "0x1FFFFFFFF", "1.5", "- 1"] {
            #expect(try invoke("add", wrong).status == 64, "\(wrong)")
        }
    }
}
