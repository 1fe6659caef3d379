internal import Glibc
public import Wasm

/// What code counts while it runs, for an ``ExecutionProfile``. It must outlive that code.
///
/// Threads that count at the same time may lose some of their counts.
public final class ExecutionCounters: @unchecked Sendable {
    // Generated code writes to them. Pages that nobody writes to take no memory.
    private let counters: UnsafeMutablePointer<UInt64>
    private let count: Int
    private let moduleDigest: [UInt8]

    /// One for each byte of the module; `nil` when there is no memory for them.
    public init?(for module: Wasm.Module) {
        count = module.bytes.count
        guard let memory = calloc(count, MemoryLayout<UInt64>.stride) else { return nil }
        counters = memory.bindMemory(to: UInt64.self, capacity: count)
        moduleDigest = ExecutionProfile.sha256(module.bytes)
    }

    deinit { free(counters) }

    package var address: UInt { UInt(bitPattern: counters) }

    /// What has been counted up to now.
    public var profile: ExecutionProfile {
        var counts: [Int: UInt64] = [:]
        for offset in 0..<count where counters[offset] != 0 { counts[offset] = counters[offset] }
        return ExecutionProfile(moduleDigest: moduleDigest, counts: counts)
    }
}
