import Foundation
import Testing

@Suite struct CacheCommandTests {
    private static let text = """
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory 1) (data (i32.const 0) "\\2a")
          (func (export "_start") (call $exit (i32.load8_u (i32.const 0)))))
        """

    /// A folder with a module, and a shell command that runs it with the folder's cache.
    private func makeFolder() throws -> URL {
        let folder = try temporaryFolder()
        try Self.text.write(to: folder.appending(path: "module.wat"), atomically: true, encoding: .utf8)
        return folder
    }

    private func shell(_ script: String, in folder: URL) throws -> Outcome {
        let setup = "export WASMC_CACHE='\(folder.path)/cache'; wasmc='\(products.path)/wasmc'; "
        return try run("/bin/sh", ["-c", setup + script], in: folder)
    }

    @Test("run uses the cache, says so when asked, and can do without")
    func explain() throws {
        let folder = try makeFolder()
        let first = try shell("$wasmc run --explain-cache module.wat", in: folder)
        #expect(
            first.status == 42 && first.errors.contains("cache miss: there is no entry")
                && first.errors.contains("cached as"))
        let second = try shell("$wasmc run --explain-cache module.wat", in: folder)
        #expect(second.status == 42 && second.errors.hasPrefix("cache hit: "))
        #expect(try shell("$wasmc run module.wat", in: folder).errors == "")
        let without = try shell("$wasmc run --no-cache --explain-cache module.wat", in: folder)
        #expect(without.status == 42 && without.errors == "the cache is off\n")
        #expect(
            try shell("WASMC_CACHE=off $wasmc run --explain-cache module.wat", in: folder).errors
                == "the cache is off\n")
    }

    @Test("cache lists, cleans and says where it is")
    func commands() throws {
        let folder = try makeFolder()
        _ = try shell("$wasmc run module.wat; $wasmc run -O 0 module.wat", in: folder)
        #expect(try shell("$wasmc cache path", in: folder).text == folder.path + "/cache\n")
        #expect(
            try shell("XDG_CACHE_HOME=/x; unset WASMC_CACHE; export XDG_CACHE_HOME; $wasmc cache path", in: folder).text
                == "/x/wasmc\n")
        let list = try shell("$wasmc cache list", in: folder)
        #expect(list.text.contains("O0") && list.text.contains("O2") && list.text.contains("2 compiled modules"))
        let rows =
            try JSONSerialization.jsonObject(with: shell("$wasmc cache list --json", in: folder).output)
            as? [[String: Any]]
        #expect(rows?.count == 2)
        #expect(try shell("$wasmc cache clean", in: folder).text == "2 files deleted\n")
        #expect(try shell("WASMC_CACHE=off $wasmc cache path", in: folder).status == 1)
    }

    @Test("Killed, damaged, raced for, on a full disk: programs run rightly with one warning, and one file remains")
    func trials() throws {
        let outcome = try run("dev", ["cache", "--kills", "10", "--flips", "100", "--step", "499", "--rounds", "4"])
        #expect(outcome.status == 0, "\(outcome.text) \(outcome.errors)")
        let lines = outcome.text.split(separator: "\n")
        #expect(
            lines.count == (geteuid() == 0 ? 14 : 11) && lines.allSatisfy { $0.contains(" 0 crashed, at most ") },
            "\(outcome.text)")
        #expect(outcome.text.contains("4 times: 64 runs, 64 right"))
    }
}
