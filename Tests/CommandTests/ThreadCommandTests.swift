import Foundation
import Testing

@Suite("wasi-threads: programs start threads, which share memory and WASI") struct ThreadCommandTests {
    private static func program(thread: String, start: String) -> String {
        """
        (module
          (import "env" "memory" (memory 1 1 shared))
          (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (export "memory" (memory 0))
          (data (i32.const 128) "\\90\\00\\00\\00\\05\\00\\00\\00")
          (data (i32.const 144) "line\\n")
          (func $print (drop (call $write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 256))))
          (func $wait (loop (drop (memory.atomic.wait32 (i32.const 512) (i32.const 0) (i64.const -1))) (br 0)))
          (func (export "wasi_thread_start") (param $number i32) (param $argument i32) \(thread))
          (func (export "_start") (local $i i32) (local $done i32) \(start)))
        """
    }

    /// Starts four threads, with 1 to 4.
    private static let startFour = """
        (loop $next
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (if (i32.lt_s (call $spawn (local.get $i)) (i32.const 1)) (then (call $exit (i32.const 99))))
          (br_if $next (i32.lt_u (local.get $i) (i32.const 4))))
        """

    private func run(_ text: String, _ options: String = "") throws -> Outcome {
        let folder = try temporaryFolder()
        try text.write(to: folder.appending(path: "m.wat"), atomically: true, encoding: .utf8)
        return try shell("$W run \(options) m.wat", in: folder)
    }

    @Test("Threads add up what they are given, print, and are waited for")
    func sum() throws {
        let outcome = try run(
            Self.program(
                thread: """
                    (drop (i32.atomic.rmw.add (i32.const 64) (local.get $argument)))
                    (call $print)
                    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
                    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
                    """,
                start: """
                    \(Self.startFour)
                    (loop $wait
                      (local.set $done (i32.atomic.load (i32.const 0)))
                      (if (i32.ne (local.get $done) (i32.const 4)) (then
                        (drop (memory.atomic.wait32 (i32.const 0) (local.get $done) (i64.const -1)))
                        (br $wait))))
                    (call $exit (i32.atomic.load (i32.const 64)))
                    """))
        #expect(outcome.status == 10 && outcome.text == "line\nline\nline\nline\n", "\(outcome.errors)")
    }

    @Test("A trap or an exit of one thread ends the program, whatever the others wait for")
    func ends() throws {
        let trapped = try run(Self.program(thread: "unreachable", start: "\(Self.startFour) (call $wait)"))
        #expect(trapped.status == 134 && trapped.errors.contains("unreachable"))
        let left = try run(
            Self.program(thread: "(call $exit (i32.const 7))", start: "\(Self.startFour) (call $wait)"))
        #expect(left.status == 7, "\(left.errors)")
    }

    @Test("The end of _start is the end of threads that wait, and so is a time limit")
    func abandoned() throws {
        let ended = try run(Self.program(thread: "(call $wait)", start: "\(Self.startFour) (call $print)"))
        #expect(ended.status == 0 && ended.text == "line\n", "\(ended.errors)")
        let late = try run(
            Self.program(thread: "(call $wait)", start: "\(Self.startFour) (call $wait)"), "--timeout 1s")
        #expect(late.status == 124, "\(late.errors)")
    }
}
