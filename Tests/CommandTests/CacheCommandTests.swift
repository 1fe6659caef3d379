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
        #expect(first.status == 42 && first.errors.contains("cache miss: there is no entry") && first.errors.contains("cached as"))
        let second = try shell("$wasmc run --explain-cache module.wat", in: folder)
        #expect(second.status == 42 && second.errors.hasPrefix("cache hit: "))
        #expect(try shell("$wasmc run module.wat", in: folder).errors == "")
        let without = try shell("$wasmc run --no-cache --explain-cache module.wat", in: folder)
        #expect(without.status == 42 && without.errors == "the cache is off\n")
        #expect(try shell("WASMC_CACHE=off $wasmc run --explain-cache module.wat", in: folder).errors == "the cache is off\n")
    }

    @Test("cache lists, cleans and says where it is")
    func commands() throws {
        let folder = try makeFolder()
        _ = try shell("$wasmc run module.wat; $wasmc run -O 0 module.wat", in: folder)
        #expect(try shell("$wasmc cache path", in: folder).text == folder.path + "/cache\n")
        #expect(try shell("XDG_CACHE_HOME=/x; unset WASMC_CACHE; export XDG_CACHE_HOME; $wasmc cache path", in: folder).text == "/x/wasmc\n")
        let list = try shell("$wasmc cache list", in: folder)
        #expect(list.text.contains("O0") && list.text.contains("O2") && list.text.contains("2 compiled modules"))
        let rows = try JSONSerialization.jsonObject(with: shell("$wasmc cache list --json", in: folder).output) as? [[String: Any]]
        #expect(rows?.count == 2)
        #expect(try shell("$wasmc cache clean", in: folder).text == "2 files deleted\n")
        #expect(try shell("WASMC_CACHE=off $wasmc cache path", in: folder).status == 1)
    }

    @Test("16 processes use one entry at the same time, and one file remains")
    func concurrency() throws {
        let folder = try makeFolder()
        let rounds = """
            export wasmc; seq 48 | xargs -P 16 -I{} sh -c \
              'case {} in *7) rm -f cache/*.cwasm;; esac; $wasmc run module.wat 2>>errors; [ $? = 42 ] || echo wrong'
            $wasmc run module.wat; ls cache | wc -l; cat errors
            """
        #expect(try shell(rounds, in: folder).text == "1\n")
    }

    @Test("Killed at any point, it leaves a cache that works")
    func kills() throws {
        let folder = try makeFolder()
        let rounds = """
            for number in $(seq 20); do
              rm -f cache/*.cwasm
              timeout -s KILL 0.$(printf %02d $((number * 2))) $wasmc run module.wat
              $wasmc run module.wat 2>>errors; [ $? = 42 ] || echo wrong
              $wasmc run --explain-cache module.wat 2>&1 | grep -q hit || echo no hit
            done
            ls cache/*.cwasm | wc -l; cat errors
            """
        #expect(try shell(rounds, in: folder).text == "1\n")
    }

    private static let isRoot = geteuid() == 0

    @Test("A full disk and a read-only or foreign directory cost one warning", .enabled(if: isRoot))
    func disks() throws {
        let folder = try makeFolder()
        // A mount namespace of its own needs no cleaning up.
        let full = """
            mkdir cache; unshare -m sh -c 'mount -t tmpfs -o size=1m,mode=700 x cache && \
            (dd if=/dev/zero of=cache/filler bs=64k 2>/dev/null; '$wasmc' run module.wat; echo $?; ls cache)'
            """
        let outcome = try shell(full, in: folder)
        #expect(outcome.text == "42\nfiller\n" && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("No space left"))
        let readOnly = """
            unshare -m sh -c 'mount -t tmpfs -o ro,mode=700 x cache && '$wasmc' run module.wat; echo $?'
            """
        let refused = try shell(readOnly, in: folder)
        #expect(refused.text == "42\n" && refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
        let foreign = try shell("chown 65534 cache; $wasmc run module.wat; echo $?; ls cache", in: folder)
        #expect(foreign.text == "42\n" && foreign.errors.split(separator: "\n").count == 1, "\(foreign.errors)")
    }
}
