import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

/// Both ways in which paths are resolved: by the kernel in one step, and name by name.
let resolvers = [false, true]

@Suite struct PathTests {
    private func guest(_ walks: Bool) throws -> Guest {
        try Guest(WASI.MemoryFolder(["dir/nested/file": bytes("content"), "file": bytes("outer")]), walks: walks)
    }

    @Test("Opening: names, dots and slashes", arguments: resolvers)
    func openingNames(_ walks: Bool) throws {
        let guest = try guest(walks)
        for path in [
            "dir/nested/file", "dir/.//nested/../../dir/nested/../nested///./file", "./file", "dir/../dir/nested/file",
        ] {
            #expect(try guest.open(path) == .success, "\(path)")
        }
        for path in ["dir/nested", "dir/nested/", "dir/nested///", ".", "./", "dir/nested/..", "dir/nested/../"] {
            #expect(try guest.open(path) == .success, "\(path)")
            #expect(try guest.entries(guest.result).0.count >= 3, "\(path)")
        }
        for path in ["file/", "file///", "file/.", "file/..", "file/x"] {
            #expect(try guest.open(path) == .notdir, "\(path)")
        }
        for path in ["none", "none/", "none/file", "none/..", ""] { #expect(try guest.open(path) == .noent, "\(path)") }
        for path in ["..", "../", "dir/../..", "dir/nested/../../../x", "/", "/file", "//file"] {
            #expect(try guest.open(path) == .notcapable, "\(path)")
        }
        #expect(try guest.open("file\0") == .ilseq && guest.open("\0") == .ilseq)
        for (count, answer) in [(255, Errno.noent), (256, .nametoolong), (4096, .nametoolong), (4097, .nametoolong)] {
            #expect(try guest.open(String(repeating: "n", count: count)) == answer)
        }
        #expect(try guest.open(String(repeating: "./", count: 2045) + "file") == .success)
        #expect(try guest.open(String(repeating: "./", count: 2046) + "file") == .nametoolong)
    }

    @Test("Opening: flags", arguments: resolvers)
    func openingFlags(_ walks: Bool) throws {
        let guest = try guest(walks)
        #expect(try guest.open("new") == .noent)
        #expect(try guest.open("new", OpenFlags.create | OpenFlags.exclusive) == .success)
        #expect(try guest.open("new", OpenFlags.create | OpenFlags.exclusive) == .exist)
        #expect(try guest.open("new", OpenFlags.create) == .success)
        #expect(try guest.open("new/", OpenFlags.create) == .isdir)
        #expect(try guest.open("dir", OpenFlags.create) == .isdir)
        #expect(try guest.open("dir", OpenFlags.directory) == .success)
        #expect(try guest.open("file", OpenFlags.directory) == .notdir)
        #expect(try guest.open("none", OpenFlags.directory) == .noent)
        #expect(try guest.open("dir", OpenFlags.directory, rights: Rights.readWrite) == .isdir)
        #expect(try guest.open("dir", rights: Rights.readWrite) == .isdir)
        for other in [OpenFlags.create, OpenFlags.exclusive, OpenFlags.truncate] {
            #expect(try guest.open("dir", OpenFlags.directory | other) == .inval)
        }
        #expect(try guest.open("file", 16) == .inval && guest.open("file", flags: 32) == .inval)
        #expect(try guest.onPath("path_open", "file", before: [2], 0, 0, 0, 0, At.result) == .inval)
        #expect(try guest.open("file", OpenFlags.truncate, rights: 0) == .success)
        #expect(
            try guest.onPath("path_filestat_get", "file", before: [0], At.result) == .success && guest.status.size == 0)
        #expect(try guest.open("file", in: 99) == .badf)
        #expect(try guest.open("file", in: guest.descriptor("file")) == .notdir)
    }

    @Test("The most descriptors that a program may have, and no more")
    func descriptorLimit() throws {
        let folder = try WASI.MemoryFolder(["f": []])
        let guest = try Guest(WASI(preopens: [.init(folder, guest: "/")], descriptorLimit: 8))
        for number in 4..<8 { #expect(try guest.descriptor("f") == UInt32(number)) }
        #expect(try guest.open("f") == .mfile)
        #expect(try guest.call("fd_close", 5) == .success)
        #expect(try guest.descriptor("f") == 5)
    }

    @Test("Links are followed beneath the directory when asked, and only so often", arguments: resolvers)
    func links(_ walks: Bool) throws {
        let guest = try guest(walks)
        for (target, name) in [
            ("file", "toFile"), ("dir", "toDir"), ("toFile", "chain"), ("none", "dangling"), ("loop", "loop"),
            ("nested/../nested/file", "dir/inner"), ("../file", "dir/up"), ("toDir/", "slashed"),
        ] { #expect(try guest.onPaths("path_symlink", target, name) == .success, "\(name)") }
        for path in ["toFile", "chain", "dir/inner", "toDir/inner", "dir/up", "slashed/up", "toDir/nested/file"] {
            #expect(try guest.open(path) == .success, "\(path)")
        }
        for path in ["toFile", "chain", "dangling", "loop", "toDir", "dir/up"] {
            #expect(try guest.open(path, follows: false) == .loop, "\(path)")
        }
        for path in ["toDir", "dangling", "toFile"] {
            #expect([.notdir, .loop].contains(try guest.open(path, follows: false, OpenFlags.directory)), "\(path)")
        }
        // A slash asks for the directory itself.
        #expect(try guest.open("toDir/", follows: false, OpenFlags.directory) == .success)
        #expect(try guest.open("toDir", OpenFlags.directory) == .success)
        #expect(try guest.open("toFile", OpenFlags.directory) == .notdir && guest.open("toFile/") == .notdir)
        #expect(try guest.open("dangling") == .noent && guest.open("loop") == .loop)
        #expect(try guest.open("loop/x") == .loop)
        #expect(try guest.open("dangling", OpenFlags.create | OpenFlags.exclusive) == .exist)
        #expect(try guest.open("dangling", OpenFlags.create) == .success)
        #expect(try guest.open("none") == .success)
        for (name, followed, type) in [("toFile", 1, 4), ("toFile", 0, 7), ("toDir", 1, 3), ("toDir", 0, 7)]
            as [(String, UInt64, UInt64)]
        {
            #expect(
                try guest.onPath("path_filestat_get", name, before: [followed], At.result) == .success
                    && guest.status.type == type)
        }
        // 40 links in a row are followed, more are not.
        #expect(try guest.onPaths("path_symlink", "file", "l0") == .success)
        for index in 1...45 { #expect(try guest.onPaths("path_symlink", "l\(index - 1)", "l\(index)") == .success) }
        #expect(try guest.open("l39") == .success && guest.open("l41") == .loop)
    }

    @Test("Reading links", arguments: resolvers)
    func readlink(_ walks: Bool) throws {
        let guest = try guest(walks)
        #expect(try guest.onPaths("path_symlink", "dir/nested", "link") == .success)
        func read(_ path: String, _ count: UInt32) throws -> (Errno, String) {
            try guest.put([UInt8](repeating: UInt8(ascii: "-"), count: 16), at: At.buffer)
            let answer = try guest.onPath("path_readlink", path, At.buffer, count, At.result)
            return (answer, String(decoding: try guest.bytes(at: At.buffer, 12), as: UTF8.self))
        }
        #expect(try read("link", 16) == (.success, "dir/nested--") && guest.result == 10)
        #expect(try read("link", 4) == (.success, "dir/--------") && guest.result == 4)
        #expect(try read("link", 0) == (.success, "------------") && guest.result == 0)
        #expect(try read("file", 16).0 == .inval && read("dir", 16).0 == .inval && read("link/", 16).0 == .inval)
        #expect(try read("none", 16).0 == .noent && read("file/", 16).0 == .notdir && read("none/", 16).0 == .noent)
        #expect(try read(".", 16).0 == .inval && read("..", 16).0 == .notcapable)
        #expect(try guest.onPath("path_readlink", "link", in: 99, At.buffer, 16, At.result) == .badf)
    }

    @Test("Directories are made and removed", arguments: resolvers)
    func directories(_ walks: Bool) throws {
        let guest = try guest(walks)
        let (make, remove) = ("path_create_directory", "path_remove_directory")
        for path in ["new", "slashed/", "new/deeper", "new/../other"] {
            #expect(try guest.onPath(make, path) == .success, "\(path)")
        }
        for path in ["new", "file", "new/", "file/", ".", "dir/.."] {
            #expect(try guest.onPath(make, path) == .exist, "\(path)")
        }
        #expect(try guest.onPath(make, "none/x") == .noent && guest.onPath(make, "") == .noent)
        #expect(try guest.onPath(make, "file/x") == .notdir)
        #expect(try guest.onPath(make, "../x") == .notcapable && guest.onPath(make, "..") == .notcapable)
        #expect(try guest.onPath(make, "/x") == .notcapable)
        #expect(try guest.onPaths("path_symlink", "dangles", "link") == .success)
        #expect(try guest.onPath(make, "link") == .exist && guest.onPath(make, "link/") == .exist)
        #expect(try guest.onPath(remove, "new") == .notempty)
        for path in ["new/deeper/", "new", "slashed", "other//"] {
            #expect(try guest.onPath(remove, path) == .success, "\(path)")
        }
        for path in ["file", "file/", "link", "link/"] { #expect(try guest.onPath(remove, path) == .notdir, "\(path)") }
        #expect(try guest.onPath(remove, "none") == .noent && guest.onPath(remove, ".") == .inval)
        #expect(try guest.onPath(remove, "..") == .notcapable)
        for name in [make, remove] {
            #expect(
                try guest.onPath(name, "x", in: 99) == .badf
                    && guest.onPath(name, "x", in: guest.descriptor("file")) == .notdir)
        }
    }

    @Test("Files are unlinked, directories are not", arguments: resolvers)
    func unlink(_ walks: Bool) throws {
        let guest = try guest(walks)
        #expect(try guest.onPaths("path_symlink", "dir", "link") == .success)
        for path in ["dir", "dir/", ".", "dir/.."] {
            #expect(try guest.onPath("path_unlink_file", path) == .isdir, "\(path)")
        }
        for path in ["file/", "link/"] { #expect(try guest.onPath("path_unlink_file", path) == .notdir, "\(path)") }
        #expect(try guest.onPath("path_unlink_file", "none") == .noent)
        for path in ["file", "link", "dir/nested/../nested/file"] {
            #expect(try guest.onPath("path_unlink_file", path) == .success)
        }
        #expect(try guest.open("file") == .noent && guest.open("dir") == .success)
        #expect(try guest.onPath("path_unlink_file", "x", in: 99) == .badf)
    }

    @Test("Renaming files, directories and links, over what may be there", arguments: resolvers)
    func rename(_ walks: Bool) throws {
        let guest = try guest(walks)
        func rename(_ from: String, _ to: String) throws -> Errno { try guest.onPaths("path_rename", from, to) }
        #expect(
            try rename("dir/", "moved") == .success && rename("moved", "dir/") == .success
                && rename("dir/", "dir2/") == .success)
        #expect(try guest.open("dir") == .noent && guest.open("dir2/nested/file") == .success)
        for empty in ["empty", "empty2"] { #expect(try guest.onPath("path_create_directory", empty) == .success) }
        #expect(try rename("empty", "empty2") == .success && guest.open("empty") == .noent)
        #expect(try rename("empty2", "dir2") == .notempty)
        #expect(try rename("empty2", "dir2/nested/file") == .notdir && rename("empty2", "file") == .notdir)
        #expect(try rename("file", "empty2") == .isdir)
        #expect(
            try rename("file/", "x") == .notdir && rename("file", "x/") == .notdir && rename("file/", "x/") == .notdir)
        #expect(try rename("dir2", "dir2/nested/x") == .inval && rename("none", "x") == .noent)
        #expect(try guest.onPaths("path_symlink", "none", "link") == .success)
        #expect(try rename("link", "renamed") == .success && rename("link", "renamed") == .noent)
        #expect(try rename("file", "renamed") == .success && guest.open("renamed") == .success)
        #expect(try rename(".", "x") == .busy && rename("renamed", ".") == .busy)
        #expect(try rename("..", "x") == .notcapable && rename("renamed", "../x") == .notcapable)
        #expect(try rename("/renamed", "x") == .notcapable && rename("renamed", "/x") == .notcapable)
        try guest.put(bytes("renamed"), at: At.path)
        #expect(try guest.call("path_rename", 99, At.path, 7, 3, At.path, 7) == .badf)
        #expect(try guest.call("path_rename", 3, At.path, 7, 99, At.path, 7) == .badf)
        #expect(try guest.call("path_rename", 3, At.path, 7, 3, At.path, 7) == .success)
    }

    @Test("Hard links", arguments: resolvers)
    func hardLinks(_ walks: Bool) throws {
        let guest = try guest(walks)
        func link(_ from: String, _ to: String) throws -> Errno { try guest.onPaths("path_link", from, to) }
        #expect(try link("file", "dir/same") == .success)
        #expect(
            try guest.onPath("path_filestat_get", "dir/same", before: [0], At.result) == .success
                && guest.status.links == 2)
        for taken in ["file", "dir", "dir/same", "."] { #expect(try link("file", taken) == .exist, "\(taken)") }
        #expect(try link("dir", "x") == .perm && link("dir/", "x") == .perm && link("file/", "x") == .notdir)
        #expect(try link("file", "x/") == .noent && link("none", "x") == .noent)
        #expect(try guest.onPaths("path_symlink", "none", "dangling") == .success)
        #expect(
            try link("dangling", "again") == .success && link("file", "again") == .exist
                && link("dangling/", "x") == .noent)
        #expect(
            try guest.onPath("path_filestat_get", "again", before: [0], At.result) == .success && guest.status.type == 7
        )
        #expect(
            try link("../x", "y") == .notcapable && link("file", "../y") == .notcapable
                && link("/etc/passwd", "y") == .notcapable)
        try guest.put(bytes("file"), at: At.path)
        #expect(try guest.call("path_link", 3, 1, At.path, 4, 3, At.otherPath, 1) == .inval)
        #expect(try guest.call("path_link", 99, 0, At.path, 4, 3, At.otherPath, 1) == .badf)
        #expect(try guest.call("path_link", 3, 0, At.path, 4, 99, At.otherPath, 1) == .badf)
    }

    @Test("Symbolic links are made where nothing is, and never absolute", arguments: resolvers)
    func symlink(_ walks: Bool) throws {
        let guest = try guest(walks)
        func link(_ target: String, _ name: String) throws -> Errno { try guest.onPaths("path_symlink", target, name) }
        #expect(try link("x", "new/") == .noent && link("x", "file") == .exist && link("x", "dir/") == .exist)
        #expect([.exist, .notdir].contains(try link("x", "file/")))
        #expect(try link("/etc/passwd", "a") == .notcapable && link("", "a") == .noent && link("a\0b", "a") == .ilseq)
        #expect(try link("x", "none/a") == .noent && link("x", "../a") == .notcapable && link("x", "/a") == .notcapable)
        #expect(try guest.onPaths("path_symlink", "x", "a", 99) == .badf)
    }

    @Test("Times are set on the link or on what it names", arguments: resolvers)
    func times(_ walks: Bool) throws {
        let guest = try guest(walks)
        #expect(try guest.onPaths("path_symlink", "file", "link") == .success)
        func set(_ path: String, follows: UInt64, _ time: UInt64, _ flags: UInt32 = 0b0101) throws -> Errno {
            try guest.onPath("path_filestat_set_times", path, before: [follows], time, time + 1, flags)
        }
        func times(_ path: String) throws -> [UInt64] {
            #expect(try guest.onPath("path_filestat_get", path, before: [0], At.result) == .success)
            return Array(try guest.status.times[..<2])
        }
        #expect(
            try set("link", follows: 0, 1_000_000_000) == .success && times("link") == [1_000_000_000, 1_000_000_001])
        #expect(try times("file") != [1_000_000_000, 1_000_000_001])
        #expect(try set("link", follows: 1, 3_000_000_000) == .success)
        #expect(try times("file") == [3_000_000_000, 3_000_000_001] && times("link")[1] == 1_000_000_001)
        #expect(try set("file", follows: 0, 5, 0) == .success && times("file") == [3_000_000_000, 3_000_000_001])
        for flags in [0b0011, 0b1100, 16] as [UInt32] { #expect(try set("file", follows: 0, 5, flags) == .inval) }
        #expect(
            try set("file", follows: 2, 5) == .inval && set("none", follows: 0, 5) == .noent
                && set("../x", follows: 0, 5) == .notcapable)
        #expect(try guest.onPath("path_filestat_get", "file", before: [2], At.result) == .inval)
        #expect(try guest.onPath("path_filestat_get", "file", in: 99, before: [0], At.result) == .badf)
        #expect(try guest.onPath("path_filestat_set_times", "file", in: 99, before: [0], 0, 0, 0) == .badf)
    }

    @Test("Nothing beneath a read-only directory changes", arguments: resolvers)
    func readOnly(_ walks: Bool) throws {
        let folder = try WASI.MemoryFolder(["dir/file": bytes("content")])
        let guest = try Guest(folder, isReadOnly: true, walks: walks)
        let file = try guest.descriptor("dir/file", rights: Rights.read)
        #expect(try guest.read(file) == (.success, "content"))
        #expect(try guest.open("dir/file", OpenFlags.create) == .success)
        #expect(try guest.open("dir/file", OpenFlags.create | OpenFlags.exclusive) == .exist)
        #expect(
            try guest.open("dir/file", OpenFlags.truncate) == .rofs && guest.open("dir/new", OpenFlags.create) == .rofs)
        #expect(
            try guest.open("dir/file", rights: Rights.readWrite) == .rofs
                && guest.open("none", rights: Rights.write) == .noent)
        #expect(try guest.call("fd_filestat_set_times", file, 0, 0, 0b1010) == .rofs)
        let directory = try guest.descriptor("dir", rights: 0)
        for parent in [(UInt32(3), "dir/file"), (directory, "file")] {
            for name in ["path_unlink_file", "path_remove_directory", "path_create_directory"] {
                #expect(try guest.onPath(name, parent.1, in: parent.0) == .rofs)
            }
            for name in ["path_rename", "path_link", "path_symlink"] {
                #expect(try guest.onPaths(name, parent.1, "x", parent.0) == .rofs, "\(name)")
            }
            #expect(
                try guest.onPath("path_filestat_set_times", parent.1, in: parent.0, before: [0], 0, 0, 0b1010) == .rofs)
            #expect(try guest.open(parent.1, in: parent.0, rights: Rights.write) == .rofs)
        }
        #expect(folder.contents(of: "dir/file") == bytes("content"))
    }
}
