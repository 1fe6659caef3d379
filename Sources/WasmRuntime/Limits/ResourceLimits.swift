internal import CRuntime

/// How much the guests of a store may use together; `nil` stands for what the module and the machine allow.
///
/// ```swift
/// let limits = ResourceLimits(memoryPages: 256, instances: 4, stackByteCount: 1 << 20)
/// let store = Store(limits: limits) { request in request.requested <= 100 }   // is asked within the limits
/// ```
public struct ResourceLimits: Hashable, Sendable {
    /// Of all memories, 64 KiB each.
    public var memoryPages: UInt64?
    /// Of all tables.
    public var tableElements: UInt64?
    /// How many instances may be made.
    public var instances: UInt64?
    /// How many of the host's objects the store may hold for guests: those of ``Store/root(_:)``, and those behind a
    /// ``HostReference``.
    public var hostReferences: UInt64?
    /// How many bytes structs and arrays of guests may take, with the holes between them; 32 KiB are taken at once. A
    /// guest that asks for more when nothing can be freed traps with ``Trap/Reason/outOfHeap``.
    public var heapBytes: UInt64?
    /// How much stack the calls of guests may use, one inside the other; beyond it they trap with
    /// ``Trap/Reason/stackOverflow``. Where ``Engine/Options/stackByteCount`` or the stack of an asynchronous call is
    /// smaller, that counts: ``Trap/stackLimit`` says which.
    public var stackByteCount: UInt64?

    /// Limits for what is named; `nil` sets none.
    public init(
        memoryPages: UInt64? = nil, tableElements: UInt64? = nil, instances: UInt64? = nil,
        hostReferences: UInt64? = nil,
        heapBytes: UInt64? = nil,
        stackByteCount: UInt64? = nil
    ) {
        self.memoryPages = memoryPages
        self.tableElements = tableElements
        self.instances = instances
        self.hostReferences = hostReferences
        self.heapBytes = heapBytes
        self.stackByteCount = stackByteCount
    }
}

/// What a guest or an instantiation asks a store for.
public struct ResourceRequest: Hashable, Sendable {
    /// What is limited.
    public enum Resource: Hashable, Sendable, CaseIterable {
        /// Pages of a memory.
        case memoryPages
        /// Elements of a table.
        case tableElements
        /// Instances of the store.
        case instances
        /// Objects of the host's that the store holds for its guests.
        case hostReferences
        /// Bytes of the guests' structs and arrays.
        case heapBytes
    }

    /// What is asked for.
    public var resource: Resource
    /// What the store's guests have of it.
    public var inUse: UInt64
    /// How much more is asked for.
    public var requested: UInt64

    /// A request for so much more than is in use.
    public init(resource: Resource, inUse: UInt64, requested: UInt64) {
        self.resource = resource
        self.inUse = inUse
        self.requested = requested
    }
}

extension Store {
    /// A store whose guests are limited. A guest that asks for more gets -1 from `memory.grow` and `table.grow`;
    /// instantiation throws ``LinkError/resources(_:)`` and ``Memory/grow(pages:)`` and
    /// ``Table/grow(count:filledWith:)`` throw ``UsageError/limitReached(_:)``, which name the limit.
    ///
    /// - Parameters:
    ///   - shared: what several stores may use together, besides.
    ///   - mayUse: asked for everything within the limits; what it refuses is refused. It must not call guests, and is
    ///     itself granted nothing of the store.
    public convenience init(
        limits: ResourceLimits = ResourceLimits(), shared: SharedResourceLimits? = nil,
        mayUse: ((ResourceRequest) -> Bool)? = nil
    ) {
        self.init()
        self.mayUse = mayUse
        self.share = shared.map(SharedResourceLimits.Share.init)
        var c = wasmc_store_limits()
        c.is_limited = (
            limits.memoryPages != nil, limits.tableElements != nil, limits.instances != nil,
            limits.hostReferences != nil, limits.heapBytes != nil
        )
        c.most = (
            limits.memoryPages ?? 0, limits.tableElements ?? 0, limits.instances ?? 0, limits.hostReferences ?? 0,
            limits.heapBytes ?? 0
        )
        // To the runtime, 0 is no limit.
        c.stack_byte_count = limits.stackByteCount.map { max($0, 1) } ?? 0
        if mayUse != nil || shared != nil { c.may_use = askHost }
        if shared != nil { c.gave_back = tellHost }
        wasmc_store_set_limits(pointer, c)
    }

    /// Why the store refused what was asked for last; `nil` when it was something else.
    var refusal: String? {
        if let shared = share?.takeRefusal() { return shared }
        var message = [CChar](repeating: 0, count: 256)
        return wasmc_describe_refusal(pointer, &message, message.count) ? text(message) : nil
    }
}

private let askHost: @convention(c) (UnsafeMutablePointer<wasmc_store>?, wasmc_resource, UInt64, UInt64) -> Bool = {
    store, resource, inUse, requested in
    guard let host = store?.pointee.host else { return true }
    let request = ResourceRequest(resource: .init(resource), inUse: inUse, requested: requested)
    let store = Unmanaged<Store>.fromOpaque(host).takeUnretainedValue()
    guard store.share?.take(request.resource, requested) ?? true else { return false }
    if store.mayUse?(request) ?? true { return true }
    store.share?.giveBack(request.resource, requested)
    return false
}

private let tellHost: @convention(c) (UnsafeMutablePointer<wasmc_store>?, wasmc_resource, UInt64) -> Void = {
    store, resource, count in
    guard let host = store?.pointee.host else { return }
    Unmanaged<Store>.fromOpaque(host).takeUnretainedValue().share?.giveBack(.init(resource), count)
}

extension ResourceRequest.Resource {
    fileprivate init(_ resource: wasmc_resource) {
        self =
            switch resource {
            case WASMC_MEMORY_PAGES: .memoryPages
            case WASMC_TABLE_ELEMENTS: .tableElements
            case WASMC_HOST_REFERENCES: .hostReferences
            case WASMC_HEAP_BYTES: .heapBytes
            default: .instances
            }
    }
}
