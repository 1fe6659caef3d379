import Foundation
import Testing
import WasmText

@testable import WasmEngine

/// A guest's deadline holds whatever the guest asks of WASI.
@Suite struct WASIInterruptionTests {
    private func guest(_ text: String, _ world: WASI) throws -> Instance {
        var imports = Imports()
        imports.define(world)
        var options = InterruptionTests.interruptible()
        options.optimization = .none
        return try Engine(options: options).compile(Module(text: text)).instantiate(imports: imports)
    }

    /// Writes a list of so many buffers of 32 MiB.
    private static let writer = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 640)
          (func (export "write") (param $count i32) (result i32) (local $at i32)
            (loop
              (i32.store (local.get $at) (i32.const 8388608))
              (i32.store offset=4 (local.get $at) (i32.const 33554432))
              (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 4194304))))
            (call $write (i32.const 1) (i32.const 0) (local.get $count) (i32.const 4194304))))
        """

    @Test("Writing without end to a stream that takes everything stops")
    func endlessWrite() throws {
        var writtenByteCount = 0
        let handle = InterruptHandle()
        let world = try WASI(
            stdout: .closure {
                writtenByteCount += $0.count
                if writtenByteCount >= 1 << 20 { handle.interrupt() }
                if writtenByteCount > 2 << 20 { throw ExitCode(1) }
            })
        let write = try guest(Self.writer, world).function("write")
        InterruptionTests.expectInterrupted(.requested) { _ = try write.call([.i32(500_000)], handle: handle) }
        #expect(writtenByteCount == 1 << 20)
    }

    @Test("A write is as long as guests can count, and no longer")
    func longWrite() throws {
        var writtenByteCount = 0
        let world = try WASI(
            stdout: .closure {
                writtenByteCount += $0.count
                if writtenByteCount > 2 << 30 { throw ExitCode(1) }
            })
        let instance = try guest(Self.writer, world)
        #expect(try instance.function("write").call([.i32(500_000)]).first?.i32 == 0)
        let count = try #require(try instance.memory?.load(at: 4_194_304, as: Int32.self))
        #expect(Int(count) == writtenByteCount && count > Int32.max - 32_768)
    }

    @Test("Receiving all of what never comes stops; what comes in parts is received whole")
    func receiveAll() throws {
        let text = """
            (module
              (import "wasi_snapshot_preview1" "sock_recv" (func $receive (param i32 i32 i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "receive") (result i32)
                (i64.store (i32.const 0) (i64.const 0x3_0000_0064))
                (i64.store (i32.const 8) (i64.const 0x5_0000_0067))
                (call $receive (i32.const 3) (i32.const 0) (i32.const 2) (i32.const 2) (i32.const 16) (i32.const 20))))
            """
        var files: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &files) == 0)
        let (own, theirs) = (files[0], files[1])
        defer { close(own) }
        let instance = try guest(text, WASI(sockets: [theirs]))
        close(theirs)
        let receive = try instance.function("receive")
        write(own, "lost", 4)
        InterruptionTests.expectInterrupted(.deadline) { _ = try receive.call(timeout: .milliseconds(20)) }
        Thread.detachNewThread {
            for part in ["he", "ll", "o ", "ther"] {
                write(own, part, part.utf8.count)
                usleep(2000)
            }
        }
        #expect(try receive.call(timeout: .seconds(3600)).first?.i32 == 0)
        let memory = try #require(instance.memory)
        #expect(try memory.load(at: 16, as: Int32.self) == 8)
        #expect(try memory.read(at: 100, byteCount: 8) == Array("hello th".utf8))
        // The end comes before all is there.
        shutdown(own, Int32(SHUT_WR))
        #expect(try receive.call(timeout: .seconds(3600)).first?.i32 == 0)
        #expect(try memory.load(at: 16, as: Int32.self) == 2)
    }
}
