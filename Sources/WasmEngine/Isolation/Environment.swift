internal import Glibc

/// What this process knows of itself.
enum Environment {
    /// Not of processes that run with another user's rights.
    static func variable(_ name: String) -> String? {
        guard getuid() == geteuid(), getgid() == getegid() else { return nil }
        return getenv(name).map { String(cString: $0) }
    }

    static var ownExecutable: String? {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        return count > 0 ? text(path) : nil
    }
}
