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
}
