import Synchronization

/// What the guests of several stores may use together, of all engines that it is given to. Thread-safe.
///
/// Instances, memories and tables count until their store is gone. ``ResourceLimits/stackByteCount`` is each call's own
/// and has no meaning here: set it for each store, or ``Engine/Options/stackByteCount``.
///
/// ```swift
/// let customer = SharedResourceLimits(ResourceLimits(memoryPages: 1_000))
/// let instance = try program.instantiate(imports: imports, in: Store(shared: customer))
/// print(customer.inUse(.memoryPages), "pages of", customer.limits.memoryPages ?? 0)
/// ```
public final class SharedResourceLimits: Sendable {
    /// What all stores together may use.
    public let limits: ResourceLimits
    private let used = Mutex<[ResourceRequest.Resource: UInt64]>([:])

    /// Limits that stores share when each is made with this object.
    public init(_ limits: ResourceLimits) { self.limits = limits }

    /// How much of a resource all stores have now.
    public func inUse(_ resource: ResourceRequest.Resource) -> UInt64 { used.withLock { $0[resource, default: 0] } }

    private func take(_ resource: ResourceRequest.Resource, _ count: UInt64) -> (inUse: UInt64, isTaken: Bool) {
        used.withLock { used in
            let inUse = used[resource, default: 0]
            let (sum, overflow) = inUse.addingReportingOverflow(count)
            guard !overflow, sum <= limits[resource] ?? .max else { return (inUse, false) }
            used[resource] = sum
            return (inUse, true)
        }
    }

    private func giveBack(_ resource: ResourceRequest.Resource, _ count: UInt64) {
        used.withLock { $0[resource, default: 0] -= count }
    }

    /// One store's part, given back with it.
    final class Share {
        private let whole: SharedResourceLimits
        private var taken: [ResourceRequest.Resource: UInt64] = [:]
        private var refusal: String?

        init(_ whole: SharedResourceLimits) { self.whole = whole }

        deinit { for (resource, count) in taken { whole.giveBack(resource, count) } }

        func take(_ resource: ResourceRequest.Resource, _ count: UInt64) -> Bool {
            let (inUse, isTaken) = whole.take(resource, count)
            if isTaken {
                taken[resource, default: 0] += count
            } else {
                let limit = whole.limits[resource].map { "\($0) " } ?? ""
                refusal =
                    """
                    the limit of several stores is \(limit)\(resource.name); \(inUse) are in use and \(count) more \
                    were asked for
                    """
            }
            return isTaken
        }

        func giveBack(_ resource: ResourceRequest.Resource, _ count: UInt64) {
            taken[resource, default: 0] -= count
            whole.giveBack(resource, count)
        }

        /// Why the last request was refused, once.
        func takeRefusal() -> String? {
            defer { refusal = nil }
            return refusal
        }
    }
}

extension ResourceLimits {
    fileprivate subscript(resource: ResourceRequest.Resource) -> UInt64? {
        switch resource {
        case .memoryPages: memoryPages
        case .tableElements: tableElements
        case .instances: instances
        case .hostReferences: hostReferences
        case .heapBytes: heapBytes
        }
    }
}

extension ResourceRequest.Resource {
    fileprivate var name: String {
        switch self {
        case .memoryPages: "memory pages"
        case .tableElements: "table elements"
        case .instances: "instances"
        case .hostReferences: "references to host objects"
        case .heapBytes: "heap bytes"
        }
    }
}
