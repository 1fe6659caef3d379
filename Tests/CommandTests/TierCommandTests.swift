import Foundation
import Testing

/// `wasmc run` without options: a program starts with code made soon, and ends up with code made well.
@Suite struct TierCommandTests {
    /// A folder with a program large enough for tiers, which ends with status 7, and a cache.
    private func makeFolder() throws -> URL {
        let folder = try temporaryFolder()
        let one = "(local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 3)) (i32.load (local.get 0))))"
        try """
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
          (func $f (param i32) (result i32) (local i32) \(String(repeating: one, count: 500)) (local.get 1))
          (func (export "_start") (local i32)
            (loop $l (drop (call $f (i32.const 8)))
              (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 20))))
            (call $exit (i32.add (call $f (i32.const 8)) (i32.const 7)))))
        """.write(to: folder.appending(path: "p.wat"), atomically: true, encoding: .utf8)
        return folder
    }

    private func wasmc(_ arguments: [String], _ variables: [String: String] = [:], in folder: URL) throws -> Outcome {
        var environment = ProcessInfo.processInfo.environment
        environment["WASMC_CACHE"] = "cache"
        environment["WASMC_BACKGROUND"] = nil
        return try run(
            "wasmc", arguments, in: folder, environment: environment.merging(variables) { $1 })
    }

    private func cached(in folder: URL) throws -> [String] {
        try wasmc(["cache", "list"], in: folder).text.split(separator: "\n").dropLast().map(String.init)
    }

    @Test(
        "The first run keeps the code it started with; the second has all of it optimised, for the third",
        arguments: [[], ["--points", "100000000", "--timeout", "10m", "--memory", "checked"]])
    func threeRuns(_ options: [String]) throws {
        let folder = try makeFolder()
        let command = ["run", "--explain-cache"] + options + ["p.wat"]
        let first = try wasmc(command, in: folder)
        #expect(first.status == 7 && first.errors.contains("cached as"), "\(first.errors)")
        #expect(try cached(in: folder).count == 1)
        let second = try wasmc(command, in: folder)
        #expect(second.status == 7 && second.errors.hasSuffix(", made at O0\n"), "\(second.errors)")
        let end = ContinuousClock.now + .seconds(300)
        while try cached(in: folder).count < 2, ContinuousClock.now < end { usleep(100_000) }
        let third = try wasmc(command, in: folder)
        #expect(third.status == 7 && third.errors.hasPrefix("cache hit: ") && !third.errors.contains("O0"))
        #expect(try cached(in: folder).contains { $0.contains("O2") })
    }

    @Test(
        "No other process starts unasked, nor where it failed three times; cache add is the one that can be asked for")
    func noBackground() throws {
        let folder = try makeFolder()
        let lock = folder.path + "/cache/background.lock"
        for _ in 0..<3 {
            #expect(try wasmc(["run", "p.wat"], ["WASMC_BACKGROUND": "off"], in: folder).status == 7)
            #expect(try wasmc(["run", "--no-cache", "p.wat"], in: folder).status == 7)
            #expect(try wasmc(["run", "p.wat"], ["WASMC_CACHE": "off"], in: folder).status == 7)
        }
        let missing = try wasmc(["run", "--explain-cache", "p.wat"], ["WASMC_BACKGROUND": "off"], in: folder)
        let entry = try #require(missing.errors.split(separator: " ").first { $0.hasSuffix(".cwasm") })
        let tries = folder.path + "/cache/\(entry).tries.tmp"
        try "xxx".write(toFile: tries, atomically: true, encoding: .utf8)
        #expect(try wasmc(["run", "p.wat"], in: folder).status == 7)
        #expect(try !FileManager.default.fileExists(atPath: lock) && cached(in: folder).count == 1)
        #expect(try wasmc(["cache", "add", "p.wat"], in: folder).text == entry + "\n")
        #expect(try wasmc(["run", "--explain-cache", "p.wat"], in: folder).errors == "cache hit: \(entry)\n")
        #expect(try wasmc(["run", "--tier", "optimized", "p.wat"], in: folder).status == 7)
        #expect(try !FileManager.default.fileExists(atPath: lock) && cached(in: folder).count == 2)
    }

    /// A command of its own, whose compiler can be taken away, with a program that calls one function for each of its
    /// arguments, and then ends with what they return. The first is called by a table, so that nobody compiles it
    /// before.
    private struct OwnCommand {
        let folder: URL
        private let compiler: String

        init() throws {
            folder = try temporaryFolder()
            compiler = folder.path + "/wasmc-compiler"
            for name in ["wasmc", "wasmc-compiler"] {
                try FileManager.default.copyItem(
                    at: products.appending(path: name), to: folder.appending(path: name))
            }
            let one = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))"
            let text = """
                (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (table funcref (elem $twice))
                  (func $once (result i32) (i32.const 20))
                  (func $twice (result i32) (i32.const 3))
                  (func $often (param i32) (result i32)
                    (local $i i32)
                    (loop $l (local.set 0 (i32.xor (local.get 0) (i32.mul (local.get 0) (i32.const 7))))
                      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
                    (local.get 0))
                  (func $busy (result i32)
                    (local $i i32)
                    (loop $l (drop (call $often (local.get $i)))
                      (if (i32.lt_u (local.get $i) (i32.const 500)) (then (drop (call $warm (local.get $i)))))
                      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6000))))
                    (i32.const 4))
                  (func (export "unused") (param i32) (result i32) \(String(repeating: one, count: 500)) (local.get 0))
                  (func (export "_start") (local $sum i32) (local $count i32)
                    (drop (call $sizes (i32.const 0) (i32.const 4)))
                    (local.set $count (i32.load (i32.const 0)))
                    (local.set $sum (call $once))
                    (if (i32.gt_u (local.get $count) (i32.const 1))
                      (then (local.set $sum (i32.add (local.get $sum) (call_indirect (result i32) (i32.const 0))))))
                    (if (i32.gt_u (local.get $count) (i32.const 2))
                      (then (local.set $sum (i32.add (local.get $sum) (call $busy)))))
                    (call $exit (local.get $sum)))
                  (func $warm (param i32) (result i32) (i32.rotl (local.get 0) (i32.const 7))))
                """
            try text.write(to: folder.appending(path: "p.wat"), atomically: true, encoding: .utf8)
            let binary = try run("wasmc", ["compile", "--emit", "wasm", "p.wat", "-o", "p.wasm"], in: folder)
            try #require(binary.status == 0, "\(binary.errors)")
        }

        /// The file stays the one that the cache's entries name.
        func setCompiler(isThere: Bool) { chmod(compiler, isThere ? 0o755 : 0o644) }

        func callAsFunction(_ arguments: [String] = [], _ variables: [String: String] = [:]) throws -> Outcome {
            var environment = ProcessInfo.processInfo.environment
            environment["WASMC_CACHE"] = folder.path + "/cache"
            environment["WASMC_BACKGROUND"] = "off"
            return try run(
                folder.path + "/wasmc", ["run", "p.wasm"] + arguments, in: folder,
                environment: environment.merging(variables) { $1 })
        }

        /// Of which functions optimized code is kept: see `kept_code.c`.
        func optimizedFunctions() throws -> Set<UInt64> {
            let cache = folder.appending(path: "cache")
            let names = try FileManager.default.contentsOfDirectory(atPath: cache.path)
            guard let name = names.first(where: { $0.hasSuffix(".hot") }) else { return [] }
            let bytes = try Data(contentsOf: cache.appending(path: name))
            func word(_ offset: Int) -> Int {
                Int(bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
            var functions: Set<UInt64> = []
            var start = 4_096
            while start + 40 <= bytes.count {
                let (functionCount, loopCount) = (word(start + 16), word(start + 24))
                let end = start + 40 + 8 * (functionCount + 2 * loopCount)
                guard end <= bytes.count else { break }
                for index in 0..<functionCount { functions.insert(UInt64(word(start + 40 + 8 * index))) }
                start = ((end + 4_095) / 4_096 * 4_096 + word(start + 32) + 7) / 8 * 8
            }
            return functions
        }

        func hasFile(endingWith suffix: String) throws -> Bool {
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache").contains {
                $0.hasSuffix(suffix)
            }
        }
    }

    @Test("A run whose code is there starts no compiler; one that calls something new does, and the next has it, too")
    func launched() throws {
        let program = try OwnCommand()
        #expect(try program().status == 20)
        program.setCompiler(isThere: false)
        #expect(try program().status == 20)
        #expect(try program([], ["WASMC_BACKGROUND": "on"]).status == 20)
        let without = try program(["1"])
        #expect(without.status == 1 && without.errors.contains("cannot be started: Permission denied"))
        #expect(without.errors.split(separator: "\n").count > 1, "who called it: \(without.errors)")
        program.setCompiler(isThere: true)
        let with = try program(["1"])
        #expect(with.status == 23, "\(with.errors)")
        program.setCompiler(isThere: false)
        #expect(try program(["1"]).status == 23)
    }

    @Test("What is hot is optimized for a program that the compiler did not start, if need be when it has ended")
    func launchedHot() throws {
        let program = try OwnCommand()
        #expect(try program(["1"]).status == 23)
        #expect(try program(["1", "2"], ["WASMC_BACKGROUND": "on"]).status == 27)
        let end = ContinuousClock.now + .seconds(300)
        while try !program.hasFile(endingWith: ".hot"), ContinuousClock.now < end { usleep(100_000) }
        #expect(try program.hasFile(endingWith: ".hot"))
        #expect(try program(["1", "2"]).status == 27)
    }

    @Test("What was called often, though it is not hot, is optimized for later runs when the program has ended")
    func launchedWarm() throws {
        let program = try OwnCommand()
        #expect(try program(["1"]).status == 23)
        #expect(try program(["1", "2"], ["WASMC_BACKGROUND": "on"]).status == 27)
        // `$often` was called 6,000 times, `$warm` 500 times, and the rest once.
        let end = ContinuousClock.now + .seconds(300)
        while try !program.optimizedFunctions().isSuperset(of: [4, 8]), ContinuousClock.now < end { usleep(100_000) }
        #expect(try program.optimizedFunctions().isSuperset(of: [4, 8]))
        #expect(try program.optimizedFunctions().isDisjoint(with: [2, 3, 6, 7]))
        #expect(try program(["1", "2"]).status == 27)
    }

    @Test("The program runs as the module was when it started, and what cannot be compiled ends it with the reason")
    func launchedFailures() throws {
        let program = try OwnCommand()
        #expect(try program().status == 20)
        #if DEBUG
            let failed = try program(["1"], ["WASMC_FAULTS": "trap:twice:O0,trap:3:O0"])
            #expect(
                failed.status == 1 && failed.errors.contains("the compiler failed at function 3"), "\(failed.errors)")
        #endif
        // The module that the cache keeps for the compiler.
        let names = try FileManager.default.contentsOfDirectory(atPath: program.folder.path + "/cache")
        let kept = program.folder.appending(path: "cache/" + (try #require(names.first { $0.hasSuffix(".wasm") })))
        var bytes = try Data(contentsOf: kept)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: kept)
        let damaged = try program(["1"])
        #expect(damaged.status == 1 && damaged.errors.contains("damaged"), "\(damaged.errors)")
        try FileManager.default.removeItem(at: kept)
        #expect(try program(["1"]).status == 23)
        #expect(try program.hasFile(endingWith: ".wasm"))
    }
}
