import CRuntime
import Foundation
import Testing

/// The cache's directory and its entries, as the launcher finds them.
@Suite struct CacheEntryTests {
    /// A directory that goes with the test.
    final class Directory {
        let url = FileManager.default.temporaryDirectory.appending(path: "wasmc-cache-" + UUID().uuidString)
        init(mode: Int) throws {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        }
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    static func key(_ module: [UInt8] = [1, 2, 3], _ settings: String = "default", _ compiler: String = "one")
        -> wasmc_cache_key
    {
        var key = wasmc_cache_key()
        wasmc_cache_find(module, module.count, settings, compiler, &key)
        return key
    }

    static func name(_ key: wasmc_cache_key) -> String {
        withUnsafeBytes(of: key.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The state that loading an entry finds, and the reason that it gives.
    static func load(_ directory: Directory, _ key: wasmc_cache_key) -> (state: wasmc_cache_state, reason: String) {
        var key = key, module: UnsafeMutablePointer<wasmc_module>?
        var reason = [CChar](repeating: 0, count: 400)
        let state = wasmc_cache_load(directory.url.path, &key, &module, &reason, reason.count)
        #expect(module == nil)
        return (state, String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    @Test("An entry's name changes with the module, the settings and the compiler, and with nothing else")
    func names() {
        let names = [
            Self.key(), Self.key([1, 2, 4]), Self.key([1, 2]), Self.key([1, 2, 3], "other"),
            Self.key([1, 2, 3], "default", "two"),
        ]
        .map(Self.name)
        #expect(Set(names).count == names.count)
        #expect(Self.name(Self.key()) == names[0])
        #expect(names.allSatisfy { $0.count == 70 && $0.hasSuffix(".cwasm") })
    }

    @Test("Only a directory that nobody else may write to is used")
    func directories() throws {
        func check(_ path: String) -> wasmc_cache_state {
            var reason = [CChar](repeating: 0, count: 400)
            return wasmc_cache_check(path, &reason, reason.count)
        }
        let own = try Directory(mode: 0o700), readable = try Directory(mode: 0o755), shared = try Directory(mode: 0o770)
        #expect(check(own.url.path) == WASMC_CACHE_HIT && check(readable.url.path) == WASMC_CACHE_HIT)
        #expect(check(shared.url.path) == WASMC_CACHE_UNUSABLE)
        #expect(check(own.url.path + "/none") == WASMC_CACHE_ABSENT)
        #expect(Self.load(shared, Self.key()).state == WASMC_CACHE_UNUSABLE)
    }

    @Test("What is no entry of this user's and of this module is refused with a reason, and waits for nobody")
    func entries() throws {
        let directory = try Directory(mode: 0o700), key = Self.key()
        let entry = directory.url.appending(path: Self.name(key))
        #expect(Self.load(directory, key).state == WASMC_CACHE_ABSENT)
        let damages: [(String, (URL) throws -> Void)] = [
            ("it is empty", { try Data().write(to: $0) }),
            ("it is too short", { try Data("short".utf8).write(to: $0) }),
            ("it is no", { try Data(repeating: 0x7F, count: 10_000).write(to: $0) }),
            (
                "it is not a regular file that only this user may write",
                {
                    try Data(repeating: 0, count: 100).write(to: $0)
                    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: $0.path)
                }
            ),
            ("it is not a regular file", { #expect(mkfifo($0.path, 0o600) == 0) }),
            (
                "it cannot be opened",
                { try FileManager.default.createSymbolicLink(at: $0, withDestinationURL: URL(filePath: "/etc/passwd")) }
            ),
        ]
        for (reason, damage) in damages {
            try damage(entry)
            let outcome = Self.load(directory, key)
            #expect(outcome.state == WASMC_CACHE_BROKEN && outcome.reason.hasPrefix(reason), "\(outcome.reason)")
            try FileManager.default.removeItem(at: entry)
        }
    }

    @Test("A file's identity changes when its content is replaced")
    func identities() throws {
        let directory = try Directory(mode: 0o700)
        let file = directory.url.appending(path: "file").path
        func identity() -> String? {
            var text = [CChar](repeating: 0, count: 128)
            guard wasmc_file_identity(file, &text, text.count) else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        #expect(identity() == nil)
        try Data([1]).write(to: URL(filePath: file))
        let first = try #require(identity())
        #expect(identity() == first)
        try Data([1, 2]).write(to: URL(filePath: file))
        #expect(identity() != first)
    }
}
