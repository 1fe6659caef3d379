import Foundation
import WasmEngine

/// What `run` leaves to a process of its own, which goes on when the program has ended: compiling all of a module with
/// optimisation, so that later runs find it in the cache.
///
/// One such process is at work for a cache at a time, and none starts where one failed a few times, or where
/// `WASMC_BACKGROUND=off` says so. The launcher starts it likewise (`tiers.c`).
enum BackgroundCompilation {
    /// Starts the process. That it cannot be started is no error: a later run may.
    ///
    /// - Parameters:
    ///   - entry: the one that it makes.
    ///   - options: those of `cache add`.
    static func start(_ module: Module, entry: String, in cache: CodeCache, options: [String]) {
        guard cache.wantsBackground(for: entry), let directory = realpath(cache.directory, nil) else { return }
        defer { free(directory) }
        let place = ["cache", "add", "--background", "--directory", String(cString: directory)]
        DetachedCompiler.start(place + options + ["-"], input: module.bytes)
    }

    /// Makes this process the one that compiles in the background.
    ///
    /// - Returns: whether nobody else is.
    static func enter(_ cache: CodeCache) -> Bool {
        // It is in nobody's way.
        _ = nice(19)
        _ = chdir("/")
        // Until the process ends, however it does.
        return lock(cache) != nil
    }

    static func noteTry(_ entry: String, in cache: CodeCache) {
        let file = open(cache.triesFile(of: entry), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return }
        _ = write(file, "x", 1)
        close(file)
    }

    static func noteSuccess(_ entry: String, in cache: CodeCache) { unlink(cache.triesFile(of: entry)) }

    private static func lock(_ cache: CodeCache) -> Int32? {
        let file = open(cache.backgroundLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return nil }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return file }
        close(file)
        return nil
    }
}
