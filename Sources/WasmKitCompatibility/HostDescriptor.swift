/// A descriptor of the host's. Where this interface takes one, it also takes swift-system's `FileDescriptor`, which
/// WasmKit takes; `.init(rawValue: 3)` and `.standardOutput` mean the same with both.
public struct HostDescriptor: RawRepresentable, Hashable, Sendable {
    /// The number that the kernel has for it.
    public let rawValue: CInt

    /// The descriptor of a number.
    public init(rawValue: CInt) { self.rawValue = rawValue }

    /// This process's standard input.
    public static let standardInput = HostDescriptor(rawValue: 0)
    /// This process's standard output.
    public static let standardOutput = HostDescriptor(rawValue: 1)
    /// This process's standard error stream.
    public static let standardError = HostDescriptor(rawValue: 2)
}
