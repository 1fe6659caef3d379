import Dispatch
import Foundation
import Synchronization
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// A guest's deadline holds whatever the guest asks of WASI.
@Suite struct WASIInterruptionTests {
    private func guest(_ text: String, _ wasi: WASI) throws -> Instance {
        var imports = Imports()
        imports.define(wasi)
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
        let wasi = try WASI(
            stdout: .closure {
                writtenByteCount += $0.count
                if writtenByteCount >= 1 << 20 { handle.interrupt() }
                if writtenByteCount > 2 << 20 { throw ExitCode(1) }
            })
        let write = try guest(Self.writer, wasi).function("write")
        InterruptionTests.expectInterrupted(.requested) { _ = try write.call([.i32(500_000)], handle: handle) }
        #expect(writtenByteCount == 1 << 20)
    }

    @Test("A write is as long as guests can count, and no longer")
    func longWrite() throws {
        var writtenByteCount = 0
        let wasi = try WASI(
            stdout: .closure {
                writtenByteCount += $0.count
                if writtenByteCount > 2 << 30 { throw ExitCode(1) }
            })
        let instance = try guest(Self.writer, wasi)
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
        defer { close(theirs) }
        let instance = try guest(text, WASI(sockets: [theirs]))
        let receive = try instance.function("receive")
        write(own, "lost", 4)
        InterruptionTests.expectInterrupted(.deadline) { _ = try receive.call(timeout: .milliseconds(20)) }
        // On a busy machine the deadline passes before anything is received.
        var left = [UInt8](repeating: 0, count: 4)
        _ = recv(theirs, &left, left.count, Int32(MSG_DONTWAIT))
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

    @Test("Messages are sent whole, and sending stops when nobody receives them", arguments: ["sock_send", "fd_write"])
    func messages(_ function: String) throws {
        let (parameters, arguments) = function == "sock_send" ? ("i32", "(i32.const 0)") : ("", "")
        let text = """
            (module
              (import "wasi_snapshot_preview1" "\(function)" (func $send (param i32 i32 i32 \(parameters) i32)
                (result i32)))
              (memory (export "memory") 1)
              (func (export "send") (result i32)
                (i64.store (i32.const 0) (i64.const \(10_000 << 32 | 100)))
                (call $send (i32.const 3) (i32.const 0) (i32.const 1) \(arguments) (i32.const 16))))
            """
        var files: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &files) == 0)
        defer { for file in files { close(file) } }
        let instance = try guest(text, WASI(sockets: [files[0]]))
        let send = try instance.function("send")
        #expect(try send.call(timeout: .seconds(3600)).first?.i32 == 0)
        #expect(try instance.memory?.load(at: 16, as: Int32.self) == 10_000)
        var buffer = [UInt8](repeating: 0, count: 20_000)
        #expect(read(files[1], &buffer, buffer.count) == 10_000)
        InterruptionTests.expectInterrupted(.deadline) {
            for _ in 0..<10_000 { _ = try send.call(timeout: .milliseconds(50)) }
        }
    }

    /// Allocates all of a new file; lists the directory into all of memory but its first page.
    private static let grower = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32)
            (result i32)))
          (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
          (memory (export "memory") 1024)
          (data (i32.const 0) "file")
          (func (export "open") (result i32)
            (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 1) (i64.const 64)
              (i64.const 0) (i32.const 0) (i32.const 16)))
          (func (export "allocate") (param i64 i64) (result i32) (call $allocate (i32.const 4) (local.get 0)
            (local.get 1)))
          (func (export "list") (result i32)
            (call $list (i32.const 3) (i32.const 65536) (i32.const 67043328) (i64.const 0) (i32.const 32))))
        """

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status
    }

    @Test("Allocating gigabytes stops; what there is no room for is refused before any of it is taken")
    func allocation() throws {
        let folder = try WASI.MemoryFolder(byteLimit: .max)
        let file = folder.path + "/file"
        let instance = try guest(Self.grower, WASI(preopens: [.init(folder, guest: "/")]))
        #expect(try instance.function("open").call().first?.i32 == 0)
        let allocate = try instance.function("allocate")
        func answer(_ offset: Int64, _ byteCount: Int64) throws -> Int32? {
            try allocate.call([.i64(offset), .i64(byteCount)], timeout: .seconds(3600)).first?.i32
        }
        // In parts, which have no gaps between them.
        #expect(try answer(1_000_000, 150_000_001) == 0)
        let whole = try status(file)
        #expect(whole.st_size == 151_000_001 && (150_000_001..<152_000_000).contains(whole.st_blocks * 512))
        let (nospc, fbig) = (Int32(51), Int32(22))
        #expect(try answer(0, 1 << 62) == nospc && answer(1 << 62, 1 << 62) == fbig)
        #expect(try status(file).st_size == whole.st_size && status(file).st_blocks == whole.st_blocks)

        // Longer than a millisecond, with room for it.
        let large: Int64 = 1 << 30
        InterruptionTests.expectInterrupted(.deadline) {
            _ = try allocate.call([.i64(0), .i64(large)], timeout: .milliseconds(1))
        }
        #expect(try status(file).st_blocks * 512 < large)
    }

    @Test("Listing a large directory stops")
    func listing() throws {
        let folder = try WASI.MemoryFolder()
        // Entries of 230 bytes: the whole list is 23 MB.
        let name = String(repeating: "n", count: 200)
        for index in 100_000..<200_000 { close(open("\(folder.path)/\(name)\(index)", O_CREAT | O_WRONLY, 0o600)) }
        let instance = try guest(Self.grower, WASI(preopens: [.init(folder, guest: "/")]))
        let list = try instance.function("list")
        let end = UInt64(65536 + 22_000_000)
        InterruptionTests.expectInterrupted(.deadline) { _ = try list.call(timeout: .milliseconds(1)) }
        let memory = try #require(instance.memory)
        #expect(try memory.load(at: end, as: Int64.self) == 0 && memory.load(at: end + 8, as: Int64.self) == 0)
        // And is whole when nothing stops it.
        #expect(try list.call(timeout: .seconds(3600)).first?.i32 == 0)
        #expect(try memory.load(at: 32, as: Int32.self) == 100_000 * 230 + 24 * 2 + 3)
        #expect(try memory.load(at: end, as: Int64.self) != 0 || memory.load(at: end + 8, as: Int64.self) != 0)
    }

    private static let acceptor = """
        (module
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "accept") (result i32) (local $answer i32)
            (local.set $answer (call $accept (i32.const 3) (i32.const 0) (i32.const 0)))
            (if (i32.eqz (local.get $answer)) (then (drop (call $close (i32.load (i32.const 0))))))
            (local.get $answer)))
        """

    /// A socket that listens on an address of the kernel's choice.
    private func listener() throws -> (file: Int32, address: sockaddr_un, size: socklen_t) {
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var size = socklen_t(MemoryLayout<sa_family_t>.size)
        let failed = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let failed = bind(file, $0, size) | listen(file, 8)
                size = socklen_t(MemoryLayout<sockaddr_un>.size)
                return failed | getsockname(file, $0, &size)
            }
        }
        try #require(failed == 0)
        return (file, address, size)
    }

    @Test("Accepting waits on when another takes the connection, and stops at the deadline")
    func contestedAccept() throws {
        let (listener, address, size) = try listener()
        defer { close(listener) }
        let instance = try guest(Self.acceptor, WASI(sockets: [listener]))
        // The guest waits itself; the kernel's own waiting has no deadline.
        try #require(fcntl(listener, F_SETFL, O_NONBLOCK) == 0)
        let accept = try instance.function("accept")
        InterruptionTests.expectInterrupted(.deadline) { _ = try accept.call(timeout: .milliseconds(20)) }
        let goesOn = Atomic(true)
        let group = DispatchGroup()
        func run(_ body: @escaping @Sendable () -> Void) {
            DispatchQueue.global().async(group: group) { while goesOn.load(ordering: .relaxed) { body() } }
        }
        // Half of the connections that the guest is told of are gone when it accepts.
        let stolenCount = Atomic(0)
        run {
            let file = Glibc.accept(listener, nil, nil)
            guard file >= 0 else { return }
            stolenCount.add(1, ordering: .relaxed)
            close(file)
        }
        run {
            let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            let connected = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, size) }
            }
            // Until the connection was taken, and closed.
            var asked = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            if connected == 0 { poll(&asked, 1, 100) }
        }
        // On a busy machine the thief may be late: the guest goes on until it has met one.
        var answerCount = 0
        while answerCount < 500 || (stolenCount.load(ordering: .relaxed) == 0 && answerCount < 1_000_000) {
            #expect(try accept.call(timeout: .seconds(3600)).first?.i32 == 0)
            answerCount += 1
        }
        goesOn.store(false, ordering: .relaxed)
        group.wait()
        #expect(stolenCount.load(ordering: .relaxed) > 0)
    }
}
