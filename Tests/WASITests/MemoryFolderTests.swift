import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

/// The host's side of a folder in memory, and what a guest can fill it with.
@Suite struct MemoryFolderTests {
    @Test("The host follows no link of the guest's, and goes up nowhere")
    func links() throws {
        let outside = NSTemporaryDirectory() + "wasmc-victim-\(UUID().uuidString)"
        try "host's".write(toFile: outside, atomically: false, encoding: .utf8)
        defer { unlink(outside) }
        let folder = try WASI.MemoryFolder(["inside": bytes("guest's"), "d/e/f": bytes("deep")])
        let guest = try Guest(folder)
        let up = String(repeating: "../", count: 20)
        for (target, name) in [
            (up + outside.dropFirst(), "victim"), (up + "etc", "etc"), ("inside", "inner"), ("d", "folder"),
            ("..", "up"),
            ("new", "dangling"),
        ] { try #require(try guest.onPaths("path_symlink", target, name) == .success) }
        for name in ["victim", "etc/passwd", "inner", "folder/e/f", "up/passwd", "dangling"] {
            #expect(folder.contents(of: name) == nil, "\(name)")
            #expect(throws: WASI.SetupError.self, "\(name)") { try folder.write(bytes("clobbered"), to: name) }
        }
        for name in [
            "..", "../x", "d/../inside", "d/../../x", up + "etc/hostname", "", "/", "d", "d/", "inside/x", "none",
            "a\0b",
            "d/..", String(repeating: "n", count: 256),
        ] {
            #expect(folder.contents(of: name) == nil, "\(name)")
            if name != "none" { #expect(throws: WASI.SetupError.self, "\(name)") { try folder.write([1], to: name) } }
        }
        #expect(try String(contentsOfFile: outside, encoding: .utf8) == "host's")
        #expect(folder.contents(of: "inside") == bytes("guest's") && folder.contents(of: "new") == nil)
        #expect(folder.contents(of: "/d//e/f") == bytes("deep"))
        // A pipe blocks nobody.
        mkfifo(folder.path + "/pipe", 0o600)
        #expect(folder.contents(of: "pipe") == nil)
        #expect(throws: WASI.SetupError.self) { try folder.write([1], to: "pipe") }
        try folder.write(bytes("longer than before"), to: "new/er/file")
        try folder.write(bytes("shorter"), to: "new/er/file")
        #expect(folder.contents(of: "new/er/file") == bytes("shorter"))
    }

    /// Writes so many bytes in as many calls as it takes; what the last one answered, and how many were written.
    private func fill(_ guest: Guest, _ file: UInt32, _ count: Int) throws -> (Errno, Int) {
        var done = 0
        while done < count {
            try guest.put(words: [At.buffer, UInt32(min(count - done, 65_536))], at: At.list)
            let answer = try guest.call("fd_write", file, At.list, 1, At.result)
            if answer != .success { return (answer, done) }
            done += Int(try guest.result)
        }
        return (.success, done)
    }

    @Test("A file grows up to the folder's limit; what is removed makes room again")
    func size() throws {
        let guest = try Guest(WASI.MemoryFolder(byteLimit: 1 << 20))
        for _ in 0..<3 {
            let file = try guest.descriptor("f", OpenFlags.create)
            let (answer, count) = try fill(guest, file, 2 << 20)
            #expect(answer == .nospc && count == (1 << 20) - 4096, "\(count)")
            // What is there can be written over.
            #expect(try guest.call("fd_seek", file, 0, 0, At.result) == .success)
            #expect(try fill(guest, file, count) == (.success, count))
            #expect(try guest.open("other", OpenFlags.create, rights: Rights.readWrite) == .nospc)
            #expect(try guest.open("f", OpenFlags.create, rights: Rights.readWrite) == .success)
            #expect(try guest.call("fd_close", guest.result) == .success)
            #expect(try guest.open("f", OpenFlags.create | OpenFlags.exclusive) == .exist)
            #expect(try guest.onPath("path_unlink_file", "f") == .success)
            // It takes its room as long as it is open.
            let other = try guest.open("other", OpenFlags.create, rights: Rights.readWrite)
            #expect(other == .nospc)
            #expect(try guest.call("fd_close", file) == .success)
        }
    }

    @Test("No other call fills the folder either")
    func otherCalls() throws {
        let guest = try Guest(WASI.MemoryFolder(byteLimit: 1 << 20))
        let file = try guest.descriptor("f", OpenFlags.create)
        #expect(try guest.call("fd_allocate", file, 0, 2 << 20) == .fbig)
        #expect(try guest.call("fd_allocate", file, 0, 1 << 20) == .nospc)
        #expect(try guest.call("fd_allocate", file, 4096, 500_000) == .success)
        #expect(try guest.call("fd_filestat_set_size", file, 1 << 20) == .success)
        #expect(try guest.call("fd_filestat_set_size", file, (1 << 20) + 1) == .fbig)
        try guest.put(words: [At.buffer, 100], at: At.list)
        #expect(try guest.call("fd_pwrite", file, At.list, 1, 1 << 20, At.result) == .fbig)
        #expect(try guest.call("fd_pwrite", file, At.list, 1, (1 << 20) - 10, At.result) == .success)
        #expect(try guest.result == 10)
        #expect(try guest.call("fd_seek", file, Int64.max, 0, At.result) == .success)
        #expect(try guest.call("fd_write", file, At.list, 1, At.result) == .fbig)
        // Names alone: each call makes as many as there is room for.
        let left = Int((1 << 20) - 4096 - 503_808 - 4096) / 4096
        for (call, undo) in [
            ("path_create_directory", "path_remove_directory"), ("path_symlink", "path_unlink_file"),
            ("path_link", "path_unlink_file"), ("path_open", "path_unlink_file"),
        ] {
            func make(_ name: String) throws -> Errno {
                switch call {
                case "path_create_directory": try guest.onPath(call, name)
                case "path_open": try guest.open(name, OpenFlags.create, rights: 0)
                default: try guest.onPaths(call, "f", name)
                }
            }
            var made = 0
            while made < 1000, try make("n\(made)") == .success {
                if call == "path_open" { try guest.call("fd_close", guest.result) }
                made += 1
            }
            #expect((left - 2...left + 2).contains(made), "\(call): \(made), \(left)")
            #expect(try make("more") == .nospc)
            for index in 0..<made { #expect(try guest.onPath(undo, "n\(index)") == .success) }
        }
        // Folders in folders count, too, and deeper ones than can be measured have no room.
        let deep = try Guest(WASI.MemoryFolder(byteLimit: 4096 * 150))
        for index in 0..<10 { #expect(try deep.onPath("path_create_directory", "top\(index)") == .success) }
        var parent: UInt32 = 3
        for _ in 0..<140 {
            #expect(try deep.onPath("path_create_directory", "d", in: parent) == .success)
            let opened = try deep.open("d", in: parent, OpenFlags.directory, rights: 0)
            try #require(opened == .success)
            parent = try deep.result
        }
        for index in 0..<10 { #expect(try deep.onPath("path_remove_directory", "top\(index)") == .success) }
        #expect(try deep.onPath("path_create_directory", "top") == .nospc)
    }

    @Test("Two contexts share one limit, and the host has it, too")
    func shared() throws {
        let folder = try WASI.MemoryFolder(byteLimit: 1 << 20)
        let (one, other) = (try Guest(folder), try Guest(folder))
        let file = try one.descriptor("f", OpenFlags.create)
        #expect(try fill(one, file, 600_000).0 == .success)
        let (answer, count) = try fill(other, other.descriptor("g", OpenFlags.create), 600_000)
        #expect(answer == .nospc && count < 450_000 && count > 420_000, "\(count)")
        let error = #expect(throws: WASI.SetupError.self) {
            try folder.write([UInt8](repeating: 1, count: 100_000), to: "h")
        }
        #expect(error?.description.contains("byteLimit") == true)
        #expect(throws: WASI.SetupError.self) {
            _ = try WASI.MemoryFolder(["f": [UInt8](repeating: 1, count: 5000)], byteLimit: 4096)
        }
    }
}
