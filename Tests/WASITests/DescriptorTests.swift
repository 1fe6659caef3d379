import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

@Suite struct DescriptorTests {
    @Test("Arguments and variables arrive in order, each with its terminator")
    func strings() throws {
        let guest = try Guest(WASI(arguments: ["prog", "", "ä b"], environment: [("A", "1"), ("EMPTY", "")]))
        for (family, expected) in [("args", "prog\0\0ä b\0"), ("environ", "A=1\0EMPTY=\0")] {
            #expect(try guest.call("\(family)_sizes_get", At.result, At.result + 4) == .success)
            let count = try guest.result
            #expect(count == expected.utf8.filter { $0 == 0 }.count)
            #expect(try guest.integer(at: At.result + 4, 4) == UInt64(expected.utf8.count))
            #expect(try guest.call("\(family)_get", At.list, At.buffer) == .success)
            #expect(try guest.bytes(at: At.buffer, expected.utf8.count) == bytes(expected))
            let last = expected.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast().last ?? []
            let address = try guest.integer(at: At.list + (count - 1) * 4, 4)
            #expect(try guest.bytes(at: UInt32(address), last.count) == Array(last))
            // Not even partly written when the end does not fit.
            #expect(
                try guest.call("\(family)_get", At.list, Guest.memoryByteCount - UInt32(expected.utf8.count) + 1)
                    == .fault)
            #expect(try guest.call("\(family)_get", Guest.memoryByteCount - 4 * count + 1, At.buffer) == .fault)
            #expect(try guest.call("\(family)_sizes_get", Guest.memoryByteCount - 3, At.result) == .fault)
            #expect(try guest.call("\(family)_sizes_get", At.result, Guest.memoryByteCount - 3) == .fault)
        }
    }

    @Test("Reading, writing, seeking and telling move one position")
    func position() throws {
        let guest = try Guest(try WASI.MemoryFolder())
        let file = try guest.descriptor("f", OpenFlags.create)
        #expect(try guest.write("0123456789", to: file) == .success && guest.result == 10)
        #expect(try guest.call("fd_tell", file, At.result) == .success && guest.integer(at: At.result, 8) == 10)
        for (offset, whence, position) in [(2, 0, 2), (3, 1, 5), (-1, 2, 9), (5, 2, 15), (0, 0, 0)]
            as [(Int64, UInt32, UInt64)]
        {
            #expect(try guest.call("fd_seek", file, offset, whence, At.result) == .success)
            #expect(try guest.integer(at: At.result, 8) == position)
        }
        #expect(try guest.read(file, 4) == (.success, "0123"))
        #expect(try guest.call("fd_seek", file, -1, 0, At.result) == .inval)
        #expect(try guest.call("fd_seek", file, 0, 3, At.result) == .inval)
        #expect(try guest.call("fd_seek", 99, 0, 0, At.result) == .badf)
        #expect(try guest.call("fd_seek", 3, 0, 0, At.result) == .badf)
        #expect(try guest.call("fd_tell", 3, At.result) == .badf)
        #expect(try guest.call("fd_tell", 99, At.result) == .badf)
        #expect(try guest.call("fd_tell", 0, At.result) == .spipe)
        // The failed calls moved nothing.
        #expect(try guest.read(file) == (.success, "456789"))
        #expect(try guest.read(file) == (.success, ""))
    }

    @Test("Positioned transfers leave the position alone, and scatter and gather")
    func positioned() throws {
        let guest = try Guest(try WASI.MemoryFolder(["f": bytes("abcdef")]))
        let file = try guest.descriptor("f")
        try guest.put(words: [At.buffer, 2, At.buffer + 100, 0, At.buffer + 200, 3], at: At.list)
        #expect(try guest.call("fd_pread", file, At.list, 3, 1, At.result) == .success && guest.result == 5)
        #expect(try guest.bytes(at: At.buffer, 2) + guest.bytes(at: At.buffer + 200, 3) == bytes("bcdef"))
        #expect(try guest.call("fd_pwrite", file, At.list, 3, 4, At.result) == .success && guest.result == 5)
        #expect(try guest.read(file) == (.success, "abcdbcdef"))
        #expect(try guest.call("fd_pread", file, At.list, 3, Int64.min, At.result) == .inval)
        #expect(try guest.call("fd_pwrite", file, At.list, 3, -1, At.result) == .inval)
        #expect(try guest.call("fd_pread", 99, At.list, 3, 0, At.result) == .badf)
        #expect(try guest.call("fd_pwrite", 99, At.list, 3, 0, At.result) == .badf)
        #expect(try guest.call("fd_pread", 0, At.list, 3, 0, At.result) == .spipe)
        #expect(try guest.call("fd_pwrite", 1, At.list, 3, 0, At.result) == .spipe)
        // No buffers at all is a transfer of nothing.
        #expect(try guest.call("fd_read", file, At.list, 0, At.result) == .success && guest.result == 0)
        #expect(try guest.call("fd_write", file, At.list, 0, At.result) == .success && guest.result == 0)
    }

    @Test("A descriptor does what it was opened for, and a directory is no file")
    func accessModes() throws {
        let guest = try Guest(try WASI.MemoryFolder(["f": bytes("abc")]))
        let reader = try guest.descriptor("f", rights: Rights.read)
        #expect(try guest.write("x", to: reader) == .badf)
        #expect(try guest.call("fd_filestat_set_size", reader, 0) == .badf)
        #expect(try guest.call("fd_allocate", reader, 0, 1) == .badf)
        let writer = try guest.descriptor("f", rights: Rights.write)
        #expect(try guest.read(writer).0 == .badf)
        #expect(try guest.read(3).0 == .isdir)
        #expect(try guest.write("x", to: 3) == .badf)
        #expect(try guest.call("fd_filestat_set_size", 3, 0) == .badf)
        #expect(try guest.call("fd_allocate", 3, 0, 1) == .badf)
        #expect(try guest.call("fd_advise", 3, 0, 1, 0) == .badf)
        #expect(try guest.write("x", to: 0) == .badf)
        #expect(try guest.read(1).0 == .badf)
        #expect(try guest.read(99).0 == .badf && guest.write("x", to: 99) == .badf)
    }

    @Test("Only the right to write opens for writing: Go asks for the one to set sizes, always")
    func rightsThatDoNotWrite() throws {
        // Each right but the one to write, with the one to read and without.
        let rights = (0..<30).filter { 1 << $0 != Rights.write }.flatMap {
            [UInt64(1) << $0, UInt64(1) << $0 | Rights.read]
        }
        let everythingElse = UInt64(1 << 30 - 1) & ~Rights.write
        let folder = try WASI.MemoryFolder(["f": bytes("abc")])
        for isReadOnly in [true, false] {
            let guest = try Guest(folder, isReadOnly: isReadOnly)
            for asked in rights + [0, everythingElse] {
                let file = try guest.descriptor("f", rights: asked)
                // Rights that were not asked for are not given: without the one to read there is no reading.
                #expect(
                    try guest.read(file).0 == (asked & (Rights.read | Rights.readdir) == 0 ? .badf : .success),
                    "\(asked)")
                #expect(try guest.write("x", to: file) == .badf, "\(asked)")
                #expect(try guest.call("fd_filestat_set_size", file, 0) == .badf)
                #expect(try guest.call("fd_close", file) == .success)
            }
        }
        #expect(folder.contents(of: "f") == bytes("abc"))
    }

    @Test("Closing and renumbering")
    func numbers() throws {
        let guest = try Guest(try WASI.MemoryFolder(["a": bytes("A"), "b": bytes("B")]))
        let (a, b) = (try guest.descriptor("a"), try guest.descriptor("b"))
        #expect((a, b) == (4, 5))
        #expect(try guest.call("fd_renumber", a, b) == .success)
        #expect(try guest.read(b) == (.success, "A"))
        #expect(try guest.call("fd_close", a) == .badf)
        #expect(try guest.call("fd_renumber", b, a) == .badf)
        #expect(try guest.call("fd_renumber", 99, b) == .badf)
        #expect(try guest.call("fd_renumber", b, b) == .success)
        // A number that was given back is given next.
        #expect(try guest.descriptor("a") == a)
        #expect(try guest.call("fd_close", a) == .success && guest.call("fd_close", b) == .success)
        // A preopened directory moves with its name.
        let copy = try guest.descriptor(".", rights: 0)
        #expect(try guest.call("fd_prestat_get", copy, At.result) == .badf)
        #expect(try guest.call("fd_renumber", 3, copy) == .success)
        #expect(
            try guest.call("fd_prestat_get", copy, At.result) == .success && guest.integer(at: At.result + 4, 4) == 1)
        #expect(try guest.call("fd_prestat_get", 3, At.result) == .badf)
        #expect(try guest.call("fd_close", copy) == .success)
        #expect(try guest.open("a", in: copy) == .badf)
    }

    @Test("A program that lost its standard output does not write into its next file")
    func lostOutput() throws {
        let folder = try WASI.MemoryFolder(["a": bytes("A")])
        let guest = try Guest(folder)
        let before = try guest.descriptor("a")
        #expect(try guest.call("fd_close", 1) == .success)
        #expect(try guest.call("fd_close", before) == .success)
        let file = try guest.descriptor("b", 1)
        #expect(file == before)
        #expect(try guest.write("a message", to: 1) == .badf)
        #expect(folder.contents(of: "b") == [])
        // Where no other number was given back, it is this one's turn, as programs expect that close and open.
        #expect(try guest.descriptor("a") == 1)
    }

    @Test("Preopened directories tell their names")
    func prestat() throws {
        let guest = try Guest(
            WASI(preopens: [.init(try .init(), guest: "/"), .init(try .init(), guest: "ünder/data")]))
        #expect(try guest.call("fd_prestat_get", 4, At.result) == .success)
        let length = try guest.integer(at: At.result + 4, 4)
        #expect(try guest.result == 0 && length == 11)
        #expect(try guest.call("fd_prestat_dir_name", 4, At.buffer, length) == .success)
        #expect(try guest.bytes(at: At.buffer, Int(length)) == bytes("ünder/data"))
        #expect(try guest.call("fd_prestat_dir_name", 4, At.buffer, length + 1) == .success)
        #expect(try guest.call("fd_prestat_dir_name", 4, At.buffer, length - 1) == .nametoolong)
        for number in [0, 5, 99] {
            #expect(try guest.call("fd_prestat_get", number, At.result) == .badf)
            #expect(try guest.call("fd_prestat_dir_name", number, At.buffer, 100) == .badf)
        }
    }

    @Test("Flags are set and told; append means the end")
    func flags() throws {
        let guest = try Guest(try WASI.MemoryFolder())
        let file = try guest.descriptor("f", OpenFlags.create, flags: 1)
        func told() throws -> UInt64 {
            #expect(try guest.call("fd_fdstat_get", file, At.result) == .success)
            return try guest.integer(at: At.result + 2, 2)
        }
        #expect(try told() == 1 && guest.result & 0xFF == 4)
        _ = try guest.write("one", to: file)
        #expect(try guest.call("fd_seek", file, 0, 0, At.result) == .success)
        _ = try guest.write("two", to: file)
        #expect(try guest.call("fd_fdstat_set_flags", file, 0) == .success && told() == 0)
        #expect(try guest.call("fd_seek", file, 0, 0, At.result) == .success)
        _ = try guest.write("1", to: file)
        #expect(try guest.call("fd_seek", file, 0, 0, At.result) == .success)
        #expect(try guest.read(file) == (.success, "1netwo"))
        #expect(try guest.call("fd_fdstat_set_flags", file, 32) == .inval)
        for sync in [2, 8, 16] { #expect(try guest.call("fd_fdstat_set_flags", file, sync) == .inval) }
        #expect(try guest.call("fd_fdstat_set_flags", 99, 0) == .badf)
        #expect(try guest.call("fd_fdstat_get", 99, At.result) == .badf)
        // Synchronised writing is told as it was asked for.
        for (asked, expected) in [(2, 2), (16, 24), (8, 24)] as [(UInt32, UInt64)] {
            let synchronised = try guest.descriptor("f", flags: asked)
            #expect(try guest.call("fd_fdstat_get", synchronised, At.result) == .success)
            #expect(try guest.integer(at: At.result + 2, 2) == expected)
        }
    }

    @Test("Rights can be given up, and not taken back")
    func rights() throws {
        let guest = try Guest(try WASI.MemoryFolder(["f": bytes("abc")]))
        let file = try guest.descriptor("f")
        #expect(try guest.call("fd_fdstat_get", file, At.result) == .success)
        let base = try guest.integer(at: At.result + 8, 8)
        #expect(base & Rights.readWrite == Rights.readWrite)
        #expect(try guest.call("fd_fdstat_set_rights", file, base & ~Rights.readWrite, 0) == .success)
        #expect(try guest.read(file).0 == .notcapable && guest.write("x", to: file) == .notcapable)
        #expect(try guest.call("fd_seek", file, 1, 0, At.result) == .success)
        #expect(try guest.call("fd_fdstat_set_rights", file, base, 0) == .notcapable)
        #expect(try guest.call("fd_fdstat_set_rights", file, UInt64.max, 0) == .notcapable)
        #expect(try guest.call("fd_fdstat_set_rights", 99, 0, 0) == .badf)
        // A directory's inheriting rights bound what is opened beneath it; its own, what is done to it.
        #expect(try guest.call("fd_fdstat_get", 3, At.result) == .success)
        let (own, inheriting) = (try guest.integer(at: At.result + 8, 8), try guest.integer(at: At.result + 16, 8))
        #expect(own & Rights.readWrite == 0 && inheriting & Rights.readWrite == Rights.readWrite)
        let truncating: UInt64 = 1 << 19
        #expect(try guest.call("fd_fdstat_set_rights", 3, own & ~truncating, inheriting & ~Rights.write) == .success)
        #expect(try guest.open("f", OpenFlags.truncate) == .notcapable)
        #expect(try guest.open("f", rights: Rights.write) == .notcapable)
        #expect(try guest.open("f") == .success)
        #expect(try guest.call("fd_fdstat_get", guest.result, At.result) == .success)
        #expect(try guest.integer(at: At.result + 8, 8) & Rights.readWrite == Rights.read)
        #expect(try guest.call("fd_fdstat_set_rights", 3, 0, 0) == .success)
        for name in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
            #expect(try guest.onPath(name, "f") == .notcapable)
        }
        #expect(try guest.open("f") == .notcapable)
        #expect(try guest.call("fd_readdir", 3, At.buffer, 100, 0, At.result) == .notcapable)
    }

    @Test("Sizes, storage, times, advice and synchronisation")
    func files() throws {
        let guest = try Guest(try WASI.MemoryFolder())
        let file = try guest.descriptor("f", OpenFlags.create)
        func status() throws -> Guest.Status {
            #expect(try guest.call("fd_filestat_get", file, At.result) == .success)
            return try guest.status
        }
        #expect(try status().type == 4 && status().links == 1 && status().size == 0)
        #expect(try guest.call("fd_filestat_set_size", file, 100) == .success && status().size == 100)
        #expect(try guest.call("fd_filestat_set_size", file, -1) == .inval)
        for (offset, count, size) in [(0, 50, 100), (90, 20, 110)] as [(Int, Int, UInt64)] {
            #expect(try guest.call("fd_allocate", file, offset, count) == .success && status().size == size)
        }
        #expect(try guest.call("fd_allocate", file, 0, 0) == .inval)
        #expect(try guest.call("fd_allocate", file, -1, 1) == .inval)
        #expect(try guest.call("fd_allocate", file, 0, -1) == .inval)
        #expect(try guest.call("fd_allocate", file, Int64.max, Int64.max) == .fbig)
        #expect(try guest.call("fd_filestat_set_times", file, 1_000_000_007, 2_000_000_009, 0b0101) == .success)
        #expect(try status().times[..<2] == [1_000_000_007, 2_000_000_009])
        #expect(try guest.call("fd_filestat_set_times", file, 5, 5, 0b1000) == .success)
        #expect(try status().times[0] == 1_000_000_007 && status().times[1] > 1_600_000_000 * 1_000_000_000)
        for contradiction in [0b0011, 0b1100, 0b1111, 16] {
            #expect(try guest.call("fd_filestat_set_times", file, 5, 5, contradiction) == .inval)
        }
        for advice in 0..<6 { #expect(try guest.call("fd_advise", file, 0, 0, advice) == .success) }
        #expect(try guest.call("fd_advise", file, 0, 0, 6) == .inval)
        #expect(try guest.call("fd_advise", file, -1, 0, 0) == .inval)
        #expect(try guest.call("fd_advise", file, 0, -1, 0) == .inval)
        #expect(try guest.call("fd_sync", file) == .success && guest.call("fd_datasync", file) == .success)
        #expect(try guest.call("fd_sync", 3) == .success)
        for call in ["fd_sync", "fd_datasync", "fd_close"] { #expect(try guest.call(call, 99) == .badf) }
        #expect(try guest.call("fd_filestat_get", 99, At.result) == .badf)
        #expect(try guest.call("fd_filestat_set_size", 99, 0) == .badf)
        #expect(try guest.call("fd_filestat_set_times", 99, 0, 0, 0) == .badf)
        #expect(try guest.call("fd_advise", 99, 0, 0, 0) == .badf && guest.call("fd_allocate", 99, 0, 1) == .badf)
    }

    @Test(
        "Directories list completely through any buffer, and continue from any cookie",
        arguments: [32, 64, 100, 280, 4096] as [UInt32])
    func listing(_ byteCount: UInt32) throws {
        let names = (0..<60).map { "file-\(String(repeating: "x", count: $0 % 40))\($0)" }
        let folder = try WASI.MemoryFolder(Dictionary(uniqueKeysWithValues: names.map { ($0, []) }))
        let guest = try Guest(folder)
        #expect(try guest.onPath("path_create_directory", "folder") == .success)
        #expect(try guest.onPaths("path_symlink", "folder", "link") == .success)
        var found: [Guest.DirectoryEntry] = []
        var size = byteCount
        while true {
            let (entries, isFull) = try guest.entries(3, after: found.last?.next ?? 0, byteCount: size)
            found += entries
            if !isFull { break }
            // A name that does not fit asks for a larger buffer.
            if entries.isEmpty { size *= 2 }
        }
        #expect(found.map(\.name).sorted() == (names + [".", "..", "folder", "link"]).sorted())
        for (name, type) in [(".", 3), ("..", 3), ("folder", 3), ("link", 7), (names[0], 4)] as [(String, UInt64)] {
            #expect(found.first { $0.name == name }?.type == type)
        }
        // Cookies are small: wasi-libc's `long` holds them, whatever the file system counts with.
        #expect(found.map(\.next) == (1...UInt64(found.count)).map { $0 })
        for index in [0, 1, 30, found.count - 1] {
            let (rest, _) = try guest.entries(3, after: found[index].next, byteCount: 8192)
            #expect(rest == Array(found[(index + 1)...]))
        }
        #expect(try guest.call("fd_readdir", 3, At.buffer, 0, 0, At.result) == .success && guest.result == 0)
        let file = try guest.descriptor(names[0])
        #expect(try guest.call("fd_readdir", file, At.buffer, 100, 0, At.result) == .notdir)
        #expect(try guest.call("fd_readdir", 99, At.buffer, 100, 0, At.result) == .badf)
        for unknown in [-1, Int64(found.count) + 1, Int64.max] {
            #expect(try guest.call("fd_readdir", 3, At.buffer, 100, unknown, At.result) == .inval)
        }
    }

    @Test("Signals, exits and yielding")
    func process() throws {
        let guest = try Guest(WASI())
        #expect(try guest.call("sched_yield") == .success)
        for (signal, status) in [(6, 134), (9, 137), (15, 143), (24, 153), (30, 159)] as [(Int, Int32)] {
            let exit = #expect(throws: ExitCode.self) { try guest.call("proc_raise", signal) }
            #expect(exit?.code == status)
        }
        for ignored in [0, 16, 17, 22, 27] { #expect(try guest.call("proc_raise", ignored) == .success) }
        for stop in 18...21 { #expect(try guest.call("proc_raise", stop) == .notsup) }
        for unknown in [31, 255, -1] { #expect(try guest.call("proc_raise", unknown) == .inval) }
        for status in [0, 1, 255, -1] as [Int32] {
            let exit = #expect(throws: ExitCode.self) { try guest.call("proc_exit", status) }
            #expect(exit?.code == status)
        }
    }

    @Test("Clocks and random bytes")
    func clocks() throws {
        let guest = try Guest(WASI())
        for clock in 0..<4 {
            #expect(
                try guest.call("clock_res_get", clock, At.result) == .success && guest.integer(at: At.result, 8) > 0)
            #expect(try guest.call("clock_time_get", clock, 1, At.result) == .success)
            let first = try guest.integer(at: At.result, 8)
            #expect(try guest.call("clock_time_get", clock, 1, At.result) == .success)
            #expect(try guest.integer(at: At.result, 8) >= first && first > 0)
        }
        #expect(try guest.call("clock_res_get", 4, At.result) == .inval)
        #expect(try guest.call("clock_time_get", 4, 0, At.result) == .inval)
        #expect(try guest.call("random_get", At.buffer, 60_000) == .success)
        let random = try guest.bytes(at: At.buffer, 60_000)
        #expect(Set(random).count == 256)
        #expect(try guest.call("random_get", At.buffer, 0) == .success)
        #expect(try guest.bytes(at: At.buffer, 60_000) == random)
    }

    @Test("wasi_unstable has other origins and records")
    func unstable() throws {
        let guest = try Guest(
            WASI(preopens: [.init(try .init(["f": bytes("abcdef")]), guest: "/")], clock: .virtual()), isUnstable: true)
        let file = try guest.descriptor("f")
        #expect(try guest.call("fd_seek", file, 2, 2, At.result) == .success && guest.result == 2)
        #expect(try guest.call("fd_seek", file, 1, 0, At.result) == .success && guest.result == 3)
        #expect(try guest.call("fd_seek", file, -1, 1, At.result) == .success && guest.result == 5)
        for answer in [
            try guest.call("fd_filestat_get", file, At.result),
            try guest.onPath("path_filestat_get", "f", before: [0], At.result),
        ] {
            #expect(answer == .success)
            #expect(try guest.integer(at: At.result + 20, 4) == 1 && guest.integer(at: At.result + 24, 8) == 6)
        }
        // A clock's subscription: userdata, kind, identifier, clock, timeout, precision, flags.
        try guest.put(words: [77, 0, 0, 0, 5, 0, 1, 0, 1000, 0, 0, 0, 0, 0], at: At.buffer)
        #expect(try guest.call("poll_oneoff", At.buffer, At.buffer + 1000, 1, At.result) == .success)
        #expect(try guest.result == 1 && guest.integer(at: At.buffer + 1000, 8) == 77)
    }
}
