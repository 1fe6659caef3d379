import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

/// Opening a FIFO waits for its other end, as it does natively.
@Suite struct FifoTests {
    /// A folder with a FIFO, and guests that share it.
    private func makeFolder() throws -> WASI.MemoryFolder {
        let folder = try WASI.MemoryFolder()
        try #require(mkfifo(folder.path + "/pipe", 0o600) == 0)
        return folder
    }

    private func elsewhere(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.05)
            body()
        }
    }

    @Test("A reader that opens first waits for the writer, and reads what it writes", arguments: resolvers)
    func readerFirst(_ walks: Bool) throws {
        let folder = try makeFolder()
        let guest = try Guest(folder, walks: walks)
        let path = folder.path + "/pipe"
        elsewhere {
            let file = open(path, O_WRONLY)
            write(file, "hello", 5)
            close(file)
        }
        let reader = try guest.descriptor("pipe", rights: Rights.read)
        #expect(try guest.read(reader) == (.success, "hello"))
        #expect(try guest.read(reader) == (.success, ""))
    }

    @Test("A writer that has written nothing, and one that came and went, are writers", arguments: [true, false])
    func silentWriter(_ stays: Bool) throws {
        let folder = try makeFolder()
        let guest = try Guest(folder)
        let path = folder.path + "/pipe"
        elsewhere {
            let file = open(path, O_WRONLY)
            if !stays { close(file) }
        }
        let reader = try guest.descriptor("pipe", rights: Rights.read)
        if !stays { #expect(try guest.read(reader) == (.success, "")) }
    }

    @Test("A writer that opens first waits for the reader", arguments: resolvers)
    func writerFirst(_ walks: Bool) throws {
        let folder = try makeFolder()
        let guest = try Guest(folder, walks: walks)
        let path = folder.path + "/pipe"
        let read = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var content = [UInt8](repeating: 0, count: 10)
        elsewhere {
            let file = open(path, O_RDONLY)
            _ = Glibc.read(file, &content, 10)
            close(file)
            read.signal()
        }
        let writer = try guest.descriptor("pipe", OpenFlags.create, rights: Rights.write)
        #expect(try guest.write("hello", to: writer) == .success)
        read.wait()
        #expect(content.prefix(5) == bytes("hello")[...])
    }

    @Test("Who does not want to wait, or has both ends, does not")
    func withoutWaiting() throws {
        let guest = try Guest(makeFolder())
        #expect(try guest.open("pipe", rights: Rights.write, flags: 4) == .nxio)
        #expect(try guest.open("pipe", rights: Rights.readWrite) == .success)
        #expect(try guest.call("fd_close", guest.result) == .success)
        #expect(try guest.open("pipe", rights: Rights.read, flags: 4) == .success)
        #expect(try guest.read(guest.result) == (.success, ""))
    }

    @Test("A time limit ends either wait, and no descriptor stays open", arguments: [Rights.read, Rights.write])
    func interrupted(_ rights: UInt64) throws {
        let folder = try makeFolder()
        let text = """
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32)
                (result i32)))
              (memory (export "memory") 1) (data (i32.const 1024) "pipe")
              (func (export "open") (param i64) (result i32)
                (call $open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 0) (local.get 0)
                  (i64.const 0) (i32.const 0) (i32.const 0))))
            """
        let engine = Engine(options: .init(optimization: .none, isInterruptible: true))
        let compiled = try engine.compile(Module(text: text))
        var imports = Imports()
        imports.define(try WASI(preopens: [.init(folder, guest: "/")], stdin: .empty))
        let store = Store()
        let instance = try compiled.instantiate(imports: imports, in: store)
        func wait() throws {
            let error = #expect(throws: Interrupted.self) {
                try store.interruptible(timeout: .milliseconds(30)) {
                    _ = try instance.function("open").call([.i64(Int64(rights))])
                }
            }
            #expect(error?.reason == .deadline)
        }
        func pipeCount() throws -> Int {
            let files = "/proc/self/fd"
            return try FileManager.default.contentsOfDirectory(atPath: files).filter {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\($0)")) == folder.path + "/pipe"
            }.count
        }
        for _ in 0..<5 { try wait() }
        #expect(try pipeCount() == 0)
    }
}
