import Foundation
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

@Suite struct LargeDirectoryTests {
    /// Lists descriptor 3 through a buffer of 4 KiB, as wasi-libc does, and counts the entries.
    private static let lister = """
        (module
          (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "list") (result i32)
            (local $cookie i64) (local $count i32) (local $at i32) (local $end i32) (local $next i32)
            (loop $page
              (if (call $readdir (i32.const 3) (i32.const 1024) (i32.const 4096) (local.get $cookie) (i32.const 0))
                (then unreachable))
              (local.set $at (i32.const 1024))
              (local.set $end (i32.add (i32.const 1024) (i32.load (i32.const 0))))
              (block $cut
                (loop $entry
                  (br_if $cut (i32.gt_u (i32.add (local.get $at) (i32.const 24)) (local.get $end)))
                  (local.set $next (i32.add (i32.add (local.get $at) (i32.const 24)) (i32.load offset=16
                    (local.get $at))))
                  (br_if $cut (i32.gt_u (local.get $next) (local.get $end)))
                  (local.set $cookie (i64.load (local.get $at)))
                  (local.set $count (i32.add (local.get $count) (i32.const 1)))
                  (local.set $at (local.get $next))
                  (br $entry)))
              (br_if $page (i32.eq (i32.load (i32.const 0)) (i32.const 4096))))
            (local.get $count)))
        """

    /// What this thread has spent, in nanoseconds: other work on the machine does not count.
    private var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// The least processor time of three listings of a folder with so many files.
    private func listing(_ fileCount: Int) throws -> Double {
        let folder = try WASI.MemoryFolder()
        for index in 0..<fileCount { close(open("\(folder.path)/file-number-\(index)", O_CREAT | O_WRONLY, 0o600)) }
        var imports = Imports()
        imports.define(try WASI(preopens: [.init(folder, guest: "/")]))
        let instance = try Engine().compile(Module(text: Self.lister)).instantiate(imports: imports)
        let list = try instance.function("list", as: (() -> Int32).self)
        var shortest = Double.infinity
        for _ in 0..<3 {
            let start = processorTime
            #expect(try list() == Int32(fileCount + 2))
            shortest = min(shortest, processorTime - start)
        }
        return shortest
    }

    @Test("100,000 entries list completely, in time that grows as their number does")
    func linear() throws {
        let ratio = try listing(100_000) / listing(10_000)
        // Ten times as many; a hundred times as long if each page started over.
        #expect(ratio < 40, "\(ratio)")
    }
}
