internal import CRuntime
internal import Glibc

extension CodeCache {
    /// A compiled module in the cache.
    public struct StoredModule: Hashable, Sendable {
        /// The file's name.
        public var name: String
        /// The bytes of all entries together.
        public var byteCount: Int
        /// When it was used last, in seconds since 1970, to the minute.
        public var lastUse: Int
    }

    /// The modules in the cache, the one used last at first.
    public var storedModules: [StoredModule] { files(endingWith: [Self.moduleSuffix]) }

    private static let moduleSuffix = ".cwasm"
    /// Of what is known of a valid module.
    static let validModuleSuffix = ".valid"
    /// Of a module itself.
    private static let sourceSuffix = ".wasm"
    private static let suffixes = [
        moduleSuffix, WASMC_CACHE_FIRST_CODE_SUFFIX, WASMC_CACHE_HOT_CODE_SUFFIX, validModuleSuffix, sourceSuffix,
    ]

    private func files(endingWith suffixes: [String]) -> [StoredModule] {
        var files: [StoredModule] = []
        forEachFile { name, status in
            guard suffixes.contains(where: name.hasSuffix), status.st_mode & S_IFMT == S_IFREG else { return }
            files.append(.init(name: name, byteCount: Int(status.st_size), lastUse: status.st_mtim.tv_sec))
        }
        return files.sorted { ($0.lastUse, $0.name) > ($1.lastUse, $1.name) }
    }

    /// Deletes every entry, and what killed processes left behind.
    ///
    /// - Returns: how many files were deleted.
    @discardableResult public func clean() -> Int {
        var count = 0
        forEachFile { name, _ in
            guard (Self.suffixes + [Self.temporarySuffix]).contains(where: name.hasSuffix) else { return }
            if unlink(directory + "/" + name) == 0 { count += 1 }
        }
        return count
    }

    private static let temporarySuffix = ".tmp"
    /// Longer than any process writes one file.
    private static let secondsUntilAbandoned = 3600

    /// Deletes the least recently used entries until the others keep within nine tenths of the limit.
    func evict() {
        let files = files(endingWith: Self.suffixes)
        var byteCount = files.reduce(0) { $0 + $1.byteCount }
        if byteCount > byteLimit {
            for file in files.reversed() where byteCount > byteLimit / 10 * 9 {
                if unlink(directory + "/" + file.name) == 0 { byteCount -= file.byteCount }
            }
        }
        let now = time(nil)
        forEachFile { name, status in
            if name.hasSuffix(Self.temporarySuffix), now - status.st_mtim.tv_sec > Self.secondsUntilAbandoned {
                unlink(directory + "/" + name)
            }
        }
    }

    private func forEachFile(_ body: (_ name: String, _ status: stat) -> Void) {
        guard isPrivate, let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let item = readdir(stream) {
            let name = withUnsafeBytes(of: item.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            if fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 { body(name, status) }
        }
    }

    /// Whether the directory is there, and this user's alone.
    var isPrivate: Bool {
        var reason: [CChar] = [0]
        return wasmc_cache_check(directory, &reason, reason.count) == WASMC_CACHE_HIT
    }

    /// Makes the directory, for this user alone.
    ///
    /// - Throws: ``FileError`` when it cannot be made, or may not be used.
    func create() throws(FileError) {
        var reason = [CChar](repeating: 0, count: 512)
        if wasmc_cache_check(directory, &reason, reason.count) == WASMC_CACHE_ABSENT {
            var path = ""
            for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
                path += path.isEmpty && !directory.hasPrefix("/") ? String(part) : part.isEmpty ? "" : "/" + part
                if !path.isEmpty { mkdir(path, 0o700) }
            }
        }
        guard wasmc_cache_check(directory, &reason, reason.count) == WASMC_CACHE_HIT else {
            throw FileError(path: directory, reason: text(reason))
        }
    }

    /// Whether a process is to be started that makes this entry: see `wasmc_cache_wants_background`.
    package func wantsBackground(for entry: String) -> Bool { wasmc_cache_wants_background(directory, entry) }
    /// Locked by that process.
    package var backgroundLock: String { directory + "/" + WASMC_CACHE_BACKGROUND_LOCK }
    /// A byte for each time that an entry was begun in the background. It goes, as all temporary files, some time after
    /// the last.
    package func triesFile(of entry: String) -> String { directory + "/" + entry + WASMC_CACHE_TRIES_SUFFIX }
}
