import CRuntime
import Foundation
import Testing

/// Digests of files that are known from an earlier look.
@Suite struct KnownFileTests {
    /// A file of two megabytes, and a cache.
    private final class Place {
        let cache: CacheEntryTests.Directory
        let path: String

        init() throws {
            cache = try CacheEntryTests.Directory(mode: 0o700)
            path = cache.url.path + "/file"
            try write([UInt8](repeating: 1, count: 2 << 20))
        }

        func write(_ bytes: [UInt8]) throws {
            try #require(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        }

        /// The digest as the launcher has it, of a file that may have changed just now.
        func digest(secondsOfRest: UInt32 = 0) throws -> [UInt8] {
            let file = open(path, O_RDONLY)
            try #require(file >= 0)
            defer { close(file) }
            var status = stat()
            fstat(file, &status)
            var digest = [UInt8](repeating: 0, count: 32)
            try #require(
                wasmc_cache_digest_file(cache.url.path, file, UInt64(status.st_size), secondsOfRest, &digest))
            return digest
        }

        func actualDigest() throws -> [UInt8] { try sha256(Data(contentsOf: URL(fileURLWithPath: path))) }

        var records: [URL] {
            get throws {
                try FileManager.default.contentsOfDirectory(at: cache.url, includingPropertiesForKeys: nil)
                    .filter { $0.lastPathComponent.hasSuffix(".known.tmp") }
            }
        }
    }

    private static func sha256(_ data: Data) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        data.withUnsafeBytes { wasmc_sha256($0.baseAddress, $0.count, &digest) }
        return digest
    }

    /// The kernel or the file system may be one that does not say enough of files.
    private static let canKnow =
        ((try? {
            let place = try Place(); _ = try place.digest(); return try !place.records.isEmpty
        }()) ?? false)

    @Test(
        "A record is believed, and only a whole one",
        .enabled(if: canKnow, "files are known on ext4, XFS and Btrfs, since Linux 6.8"))
    func record() throws {
        let place = try Place()
        _ = try place.digest()
        let record = try #require(try place.records.first)
        let bytes = try Data(contentsOf: record)
        // Another digest, with the check that belongs to it.
        var planted = bytes
        for i in planted.count - 64..<planted.count - 32 { planted[i] = 7 }
        planted.replaceSubrange((planted.count - 32)..., with: Self.sha256(planted.dropLast(32)))
        try planted.write(to: record)
        #expect(try place.digest() == [UInt8](repeating: 7, count: 32))
        for i in bytes.indices {
            var damaged = planted
            damaged[i] ^= 1
            try damaged.write(to: record)
            #expect(try place.digest() == place.actualDigest(), "byte \(i)")
        }
        try planted.write(to: record)
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: record.path)
        #expect(try place.digest() == place.actualDigest())
    }

    @Test("A file that changed has the digest of what it holds, however it changed, and whatever its times say")
    func changes() throws {
        let place = try Place()
        let changes: [(String, (Int32) throws -> Void)] = [
            ("a byte is written", { file in pwrite(file, "x", 1, 77) }),
            (
                "a byte is written, and the time set back",
                { file in
                    var status = stat()
                    fstat(file, &status)
                    pwrite(file, "y", 1, 77)
                    futimens(file, [status.st_atim, status.st_mtim])
                }
            ),
            ("it is replaced", { _ in try place.write([UInt8](repeating: 2, count: 2 << 20)) }),
            ("it grows", { file in ftruncate(file, 3 << 20) }),
            ("it shrinks", { file in ftruncate(file, 2 << 20) }),
        ]
        for (name, change) in changes {
            #expect(try place.digest() == place.actualDigest())
            // Longer than the coarsest clock of a kernel stands still.
            usleep(20_000)
            let file = open(place.path, O_RDWR)
            try change(file)
            close(file)
            #expect(try place.digest() == place.actualDigest(), "\(name)")
        }
    }

    @Test("A page that a process has mapped and goes on writing to")
    func mapped() throws {
        let place = try Place()
        let file = open(place.path, O_RDWR)
        defer { close(file) }
        let start = try #require(mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
        defer { munmap(start, 4096) }
        for value in UInt8(10)..<20 {
            start.storeBytes(of: value, as: UInt8.self)
            #expect(try place.digest() == place.actualDigest(), "\(value)")
            usleep(20_000)
        }
    }

    @Test("Nothing is noted of a file that has just changed, or that is small")
    func notNoted() throws {
        let place = try Place()
        #expect(try place.digest(secondsOfRest: 60) == place.actualDigest())
        try place.write([1, 2, 3])
        #expect(try place.digest() == place.actualDigest())
        #expect(try place.records.isEmpty)
    }
}
