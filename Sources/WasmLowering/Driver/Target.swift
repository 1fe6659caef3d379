internal import CRuntime
import LLVM

/// The machine that code is generated for.
public struct Target: Sendable, Hashable {
    /// In LLVM's form, such as `x86_64-pc-linux-gnu`.
    public var triple: String
    /// In LLVM's names, such as `x86-64-v3`.
    public var cpu: String
    /// LLVM's list, such as `+avx2,-avx512f`.
    public var features: String

    /// A machine by names of LLVM.
    public init(triple: String, cpu: String, features: String = "") {
        self.triple = triple
        self.cpu = cpu
        self.features = features
    }

    /// The machine that this process runs on, with all that the runtime can tell of it.
    public static let native = Target(triple: Host.triple, cpu: Host.cpu, features: nativeFeatures)

    /// LLVM's list for this machine, without what the runtime could not check when it loads the code elsewhere.
    private static var nativeFeatures: String {
        let features = Host.features.split(separator: ",").map { feature in
            let name = String(feature.dropFirst())
            let isUsed = feature.hasPrefix("+") && (baseline.contains(name) || wasmc_processor_knows(name))
            return (isUsed ? "+" : "-") + name
        }
        return features.joined(separator: ",")
    }

    /// What files are compiled for unless they say otherwise: processors of the last ten years.
    public static var portable: Target { Architecture.host.portableTarget }

    /// The targets that have a name.
    public static let named: [String: Target] = [
        "x86_64-linux-gnu": Architecture.x86_64.portableTarget,
        "x86-64-v1": Target(triple: "x86_64-linux-gnu", cpu: "x86-64"),
        "x86-64-v2": Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v2"),
        "x86-64-v3": Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v3"),
        "x86-64-v4": Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v4"),
        "aarch64-linux-gnu": Architecture.aarch64.portableTarget,
        "native": native,
    ]

    /// What every 64-bit processor of its kind has.
    private static let baseline: Set<String> = ["64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2"]

    /// The levels of x86-64, each with what it adds to the one below.
    private static let levels: [(cpu: String, features: [String])] = [
        ("x86-64-v2", ["popcnt", "sse3", "sse4.1", "sse4.2", "ssse3"]),
        ("x86-64-v3", ["avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"]),
        ("x86-64-v4", ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]),
    ]

    /// Processor features that the code may use and a machine may lack, in LLVM's names, sorted.
    public var requiredFeatures: [String] {
        var names: Set<String> = []
        if let last = Self.levels.firstIndex(where: { $0.cpu == cpu }) {
            for level in Self.levels[...last] { names.formUnion(level.features) }
        }
        for feature in features.split(separator: ",") {
            let name = String(feature.dropFirst())
            if feature.hasPrefix("-") {
                names.remove(name)
            } else if !Self.baseline.contains(name) {
                names.insert(name)
            }
        }
        return names.sorted()
    }

    /// `nil` for one that no code is generated for: compiling for it throws.
    package var architecture: Architecture? { Architecture(triple: triple) }

    /// An instruction that picks bytes of a vector by index.
    enum ByteShuffle { case pshufb, tbl }

    var byteShuffle: ByteShuffle? {
        switch architecture {
        case .x86_64: cpu.hasPrefix("x86-64-v") || has("ssse3") ? .pshufb : nil
        case .aarch64: .tbl
        case nil: nil
        }
    }

    /// Vectors of 512 bits cost no clock: true since the processors that came with these instructions (Ice Lake, Zen
    /// 4). LLVM prefers 256 bits on most of them, and without being told takes 512 here and there on those before.
    var hasFastWideVectors: Bool { architecture == .x86_64 && has("avx512vbmi2") }

    private func has(_ feature: String) -> Bool { features.split(separator: ",").contains("+" + feature) }
}
