import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

@Suite struct StreamTests {
    struct Refused: Error, Equatable { var byteCount: Int }

    @Test("Bytes, closures and buffers are streams")
    func streams() throws {
        let output = WASI.OutputBuffer(limit: 8)
        var heard: [[UInt8]] = []
        let guest = try Guest(
            WASI(stdin: .text("hello world"), stdout: .buffer(output), stderr: .closure { heard.append($0) }))
        #expect(
            try guest.read(0, 5) == (.success, "hello") && guest.read(0) == (.success, " world")
                && guest.read(0) == (.success, ""))
        #expect(
            try guest.write("12345", to: 1) == .success && guest.write("6789", to: 1) == .success && guest.result == 3)
        #expect(try guest.write("x", to: 1) == .nospc)
        #expect(output.text == "12345678" && output.take().count == 8 && output.bytes.isEmpty)
        #expect(try guest.write("more", to: 1) == .success && guest.write("err", to: 2) == .success)
        #expect(output.text == "more" && heard == [bytes("err")])
        for number in 0..<3 {
            #expect(
                try guest.call("fd_fdstat_get", number, At.result) == .success && guest.integer(at: At.result, 1) == 0)
            #expect(try guest.call("fd_filestat_get", number, At.result) == .success)
            for name in ["fd_sync", "fd_datasync"] { #expect(try guest.call(name, number) == .badf) }
            #expect(
                try guest.call("fd_allocate", number, 0, 1) == .badf
                    && guest.call("fd_filestat_set_size", number, 0) == .badf)
            #expect(try guest.call("sock_shutdown", number, 1) == .notsock)
        }
    }

    @Test("A descriptor that is not open is refused, whichever it is for")
    func closedDescriptors() throws {
        let makers: [() throws -> WASI] = [
            { try WASI(stdin: .descriptor(Int32.max)) }, { try WASI(stdout: .descriptor(Int32.max)) },
            { try WASI(stderr: .descriptor(-1)) },
            { try WASI(sockets: [Int32.max]) },
        ]
        for (make, name) in zip(makers, ["stdin", "stdout", "stderr", "sockets"]) {
            do {
                _ = try make()
                Issue.record("\(name) was accepted")
            } catch let error as WASI.SetupError {
                #expect(error.description.hasPrefix("\(name): this process has no open descriptor "))
            }
        }
    }

    @Test("A large write reaches a closure in parts, in order")
    func parts() throws {
        var heard: [UInt8] = []
        var largest = 0
        let guest = try Guest(
            WASI(
                stdout: .closure {
                    heard += $0; largest = max(largest, $0.count)
                }))
        let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7 / 3) }
        try guest.put(content, at: At.buffer)
        try guest.put(words: [At.buffer, 40_000, At.buffer + 40_000, 0, At.buffer + 40_000, 60_000], at: At.list)
        #expect(try guest.call("fd_write", 1, At.list, 3, At.result) == .success && guest.result == 100_000)
        #expect(heard == content && largest == 16_384)
    }

    @Test("What a stream throws stops the guest and arrives at the caller, and the guest can be called again")
    func throwing() throws {
        var refuses = true
        let guest = try Guest(
            WASI(
                stdin: .closure { throw Refused(byteCount: $0) },
                stdout: .closure { if refuses { throw Refused(byteCount: $0.count) } }))
        #expect(throws: Refused(byteCount: 100)) { try guest.read(0, 100) }
        #expect(throws: Refused(byteCount: 3)) { try guest.write("abc", to: 1) }
        refuses = false
        #expect(try guest.write("abc", to: 1) == .success)
    }

    @Test("Pipes and files; a closed reader is an error, not the host's end")
    func pipes() throws {
        let (input, output) = (Pipe(), Pipe())
        let guest = try Guest(
            WASI(
                stdin: .descriptor(input.fileHandleForReading.fileDescriptor),
                stdout: .descriptor(output.fileHandleForWriting.fileDescriptor)))
        try input.fileHandleForWriting.write(contentsOf: Data("through a pipe".utf8))
        #expect(try guest.read(0) == (.success, "through a pipe"))
        #expect(try guest.write("and back", to: 1) == .success)
        #expect(try output.fileHandleForReading.read(upToCount: 8) == Data("and back".utf8))
        #expect(
            try guest.call("fd_seek", 0, 0, 0, At.result) == .spipe && guest.call("fd_tell", 1, At.result) == .spipe)
        // Not blocking is the guest's own business: the host's descriptor keeps its flags.
        #expect(try guest.call("fd_fdstat_set_flags", 0, 4) == .success)
        #expect(try guest.read(0).0 == .again)
        #expect(try guest.call("fd_fdstat_get", 0, At.result) == .success && guest.integer(at: At.result + 2, 2) == 4)
        #expect(fcntl(input.fileHandleForReading.fileDescriptor, F_GETFL) & O_NONBLOCK == 0)
        #expect(try guest.call("fd_fdstat_set_flags", 1, 1) == .notsup)
        try input.fileHandleForWriting.close()
        #expect(try guest.read(0) == (.success, ""))
        try output.fileHandleForReading.close()
        #expect(try guest.write("nobody listens", to: 1) == .pipe)
        #expect(try guest.call("fd_filestat_set_size", 1, 0) == .inval)
    }

    @Test("Two contexts in one process share nothing")
    func twoContexts() throws {
        let buffers = [WASI.OutputBuffer(), WASI.OutputBuffer()]
        let guests = try (0..<2).map { index in
            try Guest(
                WASI(
                    arguments: ["world \(index)"],
                    preopens: [.init(try .init(["f": bytes("file \(index)")]), guest: "/")],
                    stdin: .text("input \(index)"), stdout: .buffer(buffers[index])))
        }
        for (index, guest) in guests.enumerated() {
            #expect(try guest.read(0) == (.success, "input \(index)"))
            #expect(try guest.read(guest.descriptor("f")) == (.success, "file \(index)"))
            #expect(try guest.call("args_get", At.list, At.buffer) == .success)
            #expect(try guest.bytes(at: At.buffer, 7) == bytes("world \(index)"))
            #expect(try guest.write("output \(index)", to: 1) == .success)
        }
        #expect(buffers.map(\.text) == ["output 0", "output 1"])
        #expect(try guests[0].call("fd_close", 3) == .success && guests[1].open("f") == .success)
    }

    @Test("With a virtual clock and seeded random numbers two runs are equal, and sleeping takes no time")
    func deterministic() throws {
        func run() throws -> [UInt64] {
            let guest = try Guest(WASI(clock: .virtual(startingAt: 1_000_000), random: WASI.SeededRandom(seed: 42)))
            var seen: [UInt64] = []
            #expect(try guest.call("random_get", At.buffer, 5000) == .success)
            seen += try guest.bytes(at: At.buffer, 5000).map(UInt64.init)
            // A day on the monotonic clock.
            try guest.put([UInt8](repeating: 0, count: 48), at: At.buffer)
            try guest.put(
                words: [1, 0, 0, 0, 1, 0, UInt32(truncatingIfNeeded: 86_400_000_000_000), 20116], at: At.buffer)
            for _ in 0..<3 {
                #expect(try guest.call("clock_time_get", 0, 0, At.result) == .success)
                seen.append(try guest.integer(at: At.result, 8))
                #expect(
                    try guest.call("poll_oneoff", At.buffer, At.buffer + 100, 1, At.result) == .success
                        && guest.result == 1)
            }
            return seen
        }
        let first = try run()
        #expect(try run() == first)
        #expect(first[5000] == 1_001_000 && first[5001] > 86_400_000_000_000 && first[5002] > 2 * 86_400_000_000_000)
        #expect(Set(first[..<5000]).count == 256)
    }

    @Test("A memory folder keeps what a guest writes, and leaves nothing behind")
    func memoryFolder() throws {
        // Tests beside this one make folders, too: those of a moment ago must go, not all.
        func leftovers() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: "/dev/shm").filter { $0.hasPrefix("wasmc-") })
        }
        let before = try leftovers()
        for _ in 0..<100 { _ = try WASI.MemoryFolder(["f": []]) }
        #expect(try leftovers().subtracting(before).count < 100)
        var path = ""
        do {
            let folder = try WASI.MemoryFolder(["a/b/c": bytes("deep")])
            path = folder.path
            let guest = try Guest(folder)
            #expect(try guest.write("new", to: guest.descriptor("a/new", OpenFlags.create)) == .success)
            #expect(folder.contents(of: "a/new") == bytes("new") && folder.contents(of: "a/b/c") == bytes("deep"))
            #expect(folder.contents(of: "none") == nil)
            #expect(throws: WASI.SetupError.self) { try folder.write([], to: "../x") }
            // Deeper than any path can say, with a link out that removal must not follow.
            var directory: UInt32 = 3
            for _ in 0..<30 {
                let name = String(repeating: "d", count: 200)
                #expect(try guest.onPath("path_create_directory", name, in: directory) == .success)
                directory = try guest.descriptor(name, in: directory, rights: 0)
            }
            #expect(try guest.onPaths("path_symlink", "../../../../../../../tmp", "out", directory) == .success)
        }
        #expect(!FileManager.default.fileExists(atPath: path) && FileManager.default.fileExists(atPath: "/tmp"))
    }

    @Test("What cannot be set up is refused with a sentence")
    func setup() {
        for make in [
            { try WASI(preopens: [.init(host: "/no/such/folder", guest: "/")]) }, { try WASI(arguments: ["a\0b"]) },
            { try WASI(environment: [("A", "\0")]) }, { try WASI(descriptorLimit: 2) },
        ] as [() throws -> WASI] {
            let error = #expect(throws: WASI.SetupError.self) { _ = try make() }
            #expect(error?.description.isEmpty == false)
        }
    }
}
