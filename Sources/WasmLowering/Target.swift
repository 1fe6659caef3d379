import LLVM

/// The machine that code is generated for.
public struct Target: Sendable, Hashable {
    /// In LLVM's form, such as `x86_64-pc-linux-gnu`.
    public var triple: String
    /// In LLVM's names, such as `x86-64-v3`.
    public var cpu: String
    /// LLVM's list, such as `+avx2,-avx512f`.
    public var features: String

    public init(triple: String, cpu: String, features: String = "") {
        self.triple = triple
        self.cpu = cpu
        self.features = features
    }

    /// The machine that this process runs on, with all it offers.
    public static let native = Target(triple: Host.triple, cpu: Host.cpu, features: Host.features)

    var isX86: Bool { triple.hasPrefix("x86_64") }

    /// An instruction that picks bytes of a vector by index.
    enum ByteShuffle { case pshufb, tbl }

    var byteShuffle: ByteShuffle? {
        if triple.hasPrefix("aarch64") { return .tbl }
        let hasSSSE3 = cpu.hasPrefix("x86-64-v") || features.split(separator: ",").contains("+ssse3")
        return isX86 && hasSSSE3 ? .pshufb : nil
    }

    /// The name of the stack pointer's register.
    var stackPointer: String { triple.hasPrefix("aarch64") ? "sp" : "rsp" }
}
