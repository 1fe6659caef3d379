import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

@Suite struct PollTests {
    private enum Subscription {
        case clock(UInt32, UInt64, isAbsolute: Bool = false)
        case reading(UInt32)
        case writing(UInt32)
        case unknown(UInt8)

        var words: [UInt32] {
            switch self {
            case .clock(let id, let time, let isAbsolute):
                [0, 0, id, 0, UInt32(truncatingIfNeeded: time), UInt32(time >> 32), 0, 0, isAbsolute ? 1 : 0, 0]
            case .reading(let descriptor): [1, 0, descriptor, 0, 0, 0, 0, 0, 0, 0]
            case .writing(let descriptor): [2, 0, descriptor, 0, 0, 0, 0, 0, 0, 0]
            case .unknown(let kind): [UInt32(kind), 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
        }
    }

    private struct Event: Equatable {
        var index: UInt64
        var error: Errno = .success
        var kind: UInt64
        var byteCount: UInt64 = 0
        var hungUp = false
    }

    private let events = At.buffer + 64_000

    /// Each subscription's userdata is its index.
    private func poll(_ guest: Guest, _ list: [Subscription]) throws -> (Errno, [Event]) {
        try guest.put(words: list.enumerated().flatMap { [UInt32($0), 0] + $1.words }, at: At.buffer)
        let answer = try guest.call("poll_oneoff", At.buffer, events, list.count, At.result)
        guard answer == .success else { return (answer, []) }
        return (
            answer,
            try (0..<guest.result).map { index in
                let at = events + index * 32
                return Event(
                    index: try guest.integer(at: at, 8),
                    error: Errno(rawValue: UInt32(try guest.integer(at: at + 8, 2))) ?? .io,
                    kind: try guest.integer(at: at + 10, 1),
                    byteCount: try guest.integer(at: at + 16, 8), hungUp: try guest.integer(at: at + 24, 2) == 1)
            }
        )
    }

    private func poll(_ guest: Guest, events list: Subscription...) throws -> [Event] {
        let (answer, events) = try poll(guest, list)
        #expect(answer == .success)
        return events
    }

    @Test("Clocks fire in their order, relative and absolute")
    func clocks() throws {
        let guest = try Guest(WASI(clock: .virtual(startingAt: 1_000_000_000, step: 0)))
        #expect(
            try poll(guest, events: .clock(1, 500), .clock(1, 100), .clock(0, 100)) == [
                Event(index: 1, kind: 0), Event(index: 2, kind: 0),
            ])
        #expect(try poll(guest, events: .clock(1, 0), .clock(1, 1)) == [Event(index: 0, kind: 0)])
        #expect(try poll(guest, events: .clock(0, 5, isAbsolute: true)) == [Event(index: 0, kind: 0)])
        #expect(
            try poll(guest, events: .clock(0, 2_000_000_000, isAbsolute: true), .clock(0, .max)) == [
                Event(index: 0, kind: 0)
            ])
        #expect(
            try guest.call("clock_time_get", 0, 0, At.result) == .success
                && guest.integer(at: At.result, 8) == 2_000_000_000)
        // The machine's clock, too.
        let real = try Guest(WASI())
        let start = ContinuousClock.now
        #expect(
            try poll(real, events: .clock(1, 20_000_000), .clock(0, 3_600_000_000_000)) == [Event(index: 0, kind: 0)])
        #expect(ContinuousClock.now - start >= .milliseconds(20))
    }

    @Test("Files, pipes, streams and what is no descriptor")
    func descriptors() throws {
        let (full, empty, closed) = (Pipe(), Pipe(), Pipe())
        try full.fileHandleForWriting.write(contentsOf: Data("12345".utf8))
        try closed.fileHandleForWriting.close()
        let guest = try Guest(
            WASI(
                preopens: [.init(try .init(["f": bytes("0123456789")]), guest: "/")],
                stdin: .descriptor(full.fileHandleForReading.fileDescriptor),
                stdout: .descriptor(empty.fileHandleForWriting.fileDescriptor),
                stderr: .discarded,
                sockets: [empty.fileHandleForReading.fileDescriptor, closed.fileHandleForReading.fileDescriptor]))
        let file = try guest.descriptor("f")
        #expect(try guest.read(file, 3).0 == .success)
        let (emptyReader, closedReader): (UInt32, UInt32) = (4, 5)
        #expect(
            try poll(
                guest, events: .reading(0), .writing(1), .writing(2), .reading(emptyReader), .reading(closedReader),
                .reading(file),
                .writing(file), .reading(99), .clock(1, 3_600_000_000_000), .reading(3))
                == [
                    Event(index: 0, kind: 1, byteCount: 5), Event(index: 1, kind: 2), Event(index: 2, kind: 2),
                    Event(index: 4, kind: 1, hungUp: true), Event(index: 5, kind: 1, byteCount: 7),
                    Event(index: 6, kind: 2),
                    Event(index: 7, error: .badf, kind: 1), Event(index: 9, kind: 1),
                ])
        // Only the clock is left.
        #expect(try poll(guest, events: .reading(emptyReader), .clock(1, 1_000_000)) == [Event(index: 1, kind: 0)])
        // And what another thread writes during the wait.
        Thread.detachNewThread { try? empty.fileHandleForWriting.write(contentsOf: Data("late".utf8)) }
        #expect(
            try poll(guest, events: .reading(emptyReader), .clock(1, 60_000_000_000)) == [
                Event(index: 0, kind: 1, byteCount: 4)
            ])
    }

    @Test("What is no subscription is refused")
    func refused() throws {
        let guest = try Guest(WASI())
        #expect(try poll(guest, []).0 == .inval)
        #expect(try poll(guest, [.unknown(3)]).0 == .inval && poll(guest, [.clock(0, 0), .unknown(255)]).0 == .inval)
        for clock in [2, 3, 4, .max] as [UInt32] { #expect(try poll(guest, [.clock(clock, 0)]).0 == .inval) }
        #expect(try guest.call("poll_oneoff", At.buffer, At.buffer, 0x4000_0000, At.result) == .fault)
        #expect(try guest.call("poll_oneoff", At.buffer, At.buffer, UInt32.max, At.result) == .fault)
        #expect(try guest.call("poll_oneoff", At.buffer, Guest.memoryByteCount - 31, 1, At.result) == .fault)
    }

    @Test("More subscriptions than the process may have descriptors")
    func many() throws {
        let guest = try Guest(WASI())
        let list = (0..<1000).map { Subscription.clock(1, $0 == 500 ? 0 : 3_600_000_000_000) }
        #expect(try poll(guest, list).1 == [Event(index: 500, kind: 0)])
    }

    @Test("More subscriptions to one descriptor than the process may have descriptors, each to what it asks for")
    func manyToOne() throws {
        var (before, files) = (rlimit(), [Int32](repeating: -1, count: 2))
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        try #require(
            getrlimit(resource, &before) == 0 && socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &files) == 0)
        defer { for file in files { close(file) } }
        let guest = try Guest(WASI(sockets: files))
        let list = (0..<1300).map { $0.isMultiple(of: 3) ? Subscription.writing(3) : .reading(3) } + [.reading(4)]
        var lowered = rlimit(rlim_cur: min(before.rlim_cur, 1024), rlim_max: before.rlim_max)
        setrlimit(resource, &lowered)
        defer { setrlimit(resource, &before) }
        #expect(
            try poll(guest, list).1
                == list.indices.filter { $0.isMultiple(of: 3) && $0 < 1300 }.map { Event(index: UInt64($0), kind: 2) })
        try #require(write(files[1], "four", 4) == 4)
        #expect(
            try poll(guest, list).1
                == list.indices.prefix(1300).map {
                    $0.isMultiple(of: 3)
                        ? Event(index: UInt64($0), kind: 2) : Event(index: UInt64($0), kind: 1, byteCount: 4)
                })
    }
}

@Suite struct SocketTests {
    /// Two connected sockets.
    private func pair(_ kind: __socket_type = SOCK_STREAM) -> [Int32] {
        var files: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(kind.rawValue), 0, &files)
        return files
    }

    /// Sends a text, or receives up to so many bytes with flags.
    private func send(_ guest: Guest, _ socket: UInt32, _ text: String) throws -> Errno {
        try guest.put(bytes(text), at: At.buffer)
        try guest.put(words: [At.buffer, UInt32(text.utf8.count)], at: At.list)
        return try guest.call("sock_send", socket, At.list, 1, 0, At.result)
    }
    private func receive(_ guest: Guest, _ socket: UInt32, _ count: UInt32 = 100, flags: UInt32 = 0) throws -> (
        Errno, String, UInt64
    ) {
        try guest.put(words: [At.buffer, count], at: At.list)
        let answer = try guest.call("sock_recv", socket, At.list, 1, flags, At.result, At.result + 4)
        guard answer == .success else { return (answer, "", 0) }
        return (
            answer, String(decoding: try guest.bytes(at: At.buffer, Int(try guest.result)), as: UTF8.self),
            try guest.integer(at: At.result + 4, 2)
        )
    }

    @Test("Sending, receiving, peeking and shutting down")
    func connected() throws {
        let (stream, datagram) = (pair(), pair(SOCK_DGRAM))
        defer { for file in stream + datagram { close(file) } }
        let guest = try Guest(WASI(stdin: .empty, sockets: stream + datagram))
        #expect(try send(guest, 3, "hello") == .success && guest.result == 5)
        #expect(try receive(guest, 4, 2, flags: 1) == (.success, "he", 0))
        #expect(try receive(guest, 4, 5, flags: 2) == (.success, "hello", 0))
        #expect(try send(guest, 5, "datagram") == .success)
        #expect(try receive(guest, 6, 4) == (.success, "data", 1))
        for (number, type) in [(3, 6), (5, 5)] as [(UInt32, UInt64)] {
            #expect(
                try guest.call("fd_fdstat_get", number, At.result) == .success
                    && guest.integer(at: At.result, 1) == type)
        }
        #expect(try guest.write("by write", to: 4) == .success && guest.read(3) == (.success, "by write"))
        #expect(
            try guest.call("fd_fdstat_set_flags", 3, 4) == .success && receive(guest, 3).0 == .again
                && guest.read(3).0 == .again)
        for way in [0, 4, 255] { #expect(try guest.call("sock_shutdown", 3, way) == .inval) }
        #expect(try guest.call("sock_shutdown", 3, 2) == .success && receive(guest, 4) == (.success, "", 0))
        #expect(try send(guest, 3, "x") == .pipe && guest.write("x", to: 3) == .pipe)
        #expect(
            try receive(guest, 4, flags: 4).0 == .inval
                && guest.call("sock_send", 4, At.list, 1, 1, At.result) == .inval)
        for name in [("sock_shutdown", [99, 1]), ("sock_accept", [99, 0, 0])] as [(String, [UInt64])] {
            #expect(try guest.raw(name.0, name.1) == Errno.badf.rawValue)
        }
        #expect(try send(guest, 99, "x") == .badf && receive(guest, 99).0 == .badf)
        #expect(
            try send(guest, 1, "x") == .notsock && receive(guest, 0).0 == .notsock
                && guest.call("sock_accept", 0, 0, At.result) == .notsock)
    }

    @Test("Accepting on a listening socket")
    func accept() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        let connects = {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(client, $0, size) }
            }
        }
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) | listen(listener, 1) | getsockname(listener, $0, &size)
            }
        }
        try #require(bound == 0)
        let guest = try Guest(WASI(sockets: [listener]))
        #expect(
            try guest.call("fd_fdstat_set_flags", 3, 4) == .success
                && guest.call("sock_accept", 3, 0, At.result) == .again)
        try #require(connects() == 0)
        #expect(try guest.call("sock_accept", 3, 1, At.result) == .inval)
        #expect(try guest.call("sock_accept", 3, 4, At.result) == .success)
        let accepted = try guest.result
        #expect(try accepted == 4 && receive(guest, accepted).0 == .again)
        #expect(write(client, "ping", 4) == 4)
        #expect(try receive(guest, accepted) == (.success, "ping", 0))
        #expect(try guest.call("sock_accept", accepted, 0, At.result) == .badf)
    }
}
