internal import CRuntime
internal import Glibc

/// This executable again, in a process that nobody waits for and that outlives this one.
package enum DetachedCompiler {
    /// - Parameters:
    ///   - arguments: after the name.
    ///   - input: what it reads as its standard input.
    /// - Returns: whether it was started.
    @discardableResult package static func start(_ arguments: [String], input: [UInt8]) -> Bool {
        var words = (["wasmc-compiler"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        return wasmc_child_detach("/proc/self/exe", &words, input, input.count) == 0
    }
}
