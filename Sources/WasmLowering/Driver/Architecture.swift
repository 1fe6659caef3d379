/// A kind of processor that code is generated for. Whatever differs between them is a switch over this type without
/// `default`, so that the compiler lists what a new one needs.
package enum Architecture: String, Sendable, CaseIterable {
    // As LLVM's triples begin.
    case x86_64
    case aarch64

    /// Of this process.
    package static var host: Architecture {
        #if arch(x86_64)
            .x86_64
        #elseif arch(arm64)
            .aarch64
        #else
            #error("wasmc generates no code for this processor: see 'An architecture' in CONTRIBUTING.md")
        #endif
    }

    /// - Parameter triple: in LLVM's form, such as `x86_64-pc-linux-gnu`.
    package init?(triple: String) {
        self.init(rawValue: String(triple.prefix { $0 != "-" }))
    }

    /// - Parameter elfMachine: what the header of an ELF file names.
    package init?(elfMachine: UInt16) {
        guard let known = Self.allCases.first(where: { $0.elfMachine == elfMachine }) else { return nil }
        self = known
    }

    /// ELF's number, `e_machine`.
    package var elfMachine: UInt16 {
        switch self {
        case .x86_64: 62
        case .aarch64: 183
        }
    }

    /// The largest page of its systems, to which parts of a file with different protection are aligned.
    package var pageByteCount: Int {
        switch self {
        case .x86_64: 4_096
        case .aarch64: 65_536
        }
    }

    /// LLVM's name of the stack pointer.
    var stackPointer: String {
        switch self {
        case .x86_64: "rsp"
        case .aarch64: "sp"
        }
    }

    /// What runs anywhere on it that is not older than ten years.
    var portableTarget: Target {
        switch self {
        case .x86_64: Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v3")
        case .aarch64: Target(triple: "aarch64-linux-gnu", cpu: "generic")
        }
    }
}
