internal import CRuntime

/// How much the guests of a store may use together; `nil` stands for what the module and the machine allow.
public struct ResourceLimits: Hashable, Sendable {
    /// Of all memories, 64 KiB each.
    public var memoryPages: UInt64?
    /// Of all tables.
    public var tableElements: UInt64?
    /// How many instances may be made.
    public var instances: UInt64?
    /// How much stack the calls of guests may use, one inside the other; beyond it they trap with
    /// ``Trap/Reason/stackOverflow``. Asynchronous calls have stacks of their own size.
    public var stackByteCount: UInt64?

    public init(
        memoryPages: UInt64? = nil, tableElements: UInt64? = nil, instances: UInt64? = nil, stackByteCount: UInt64? = nil
    ) {
        self.memoryPages = memoryPages
        self.tableElements = tableElements
        self.instances = instances
        self.stackByteCount = stackByteCount
    }
}

/// What a guest or an instantiation asks a store for.
public struct ResourceRequest: Hashable, Sendable {
    public enum Resource: Hashable, Sendable, CaseIterable {
        case memoryPages, tableElements, instances
    }

    public var resource: Resource
    /// What the store's guests have of it.
    public var inUse: UInt64
    /// How much more is asked for.
    public var requested: UInt64

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
    /// - Parameter mayUse: asked for everything within the limits; what it refuses is refused. It must not call guests.
    public convenience init(limits: ResourceLimits, mayUse: ((ResourceRequest) -> Bool)? = nil) {
        self.init()
        self.mayUse = mayUse
        var c = wasmc_store_limits()
        c.is_limited = (limits.memoryPages != nil, limits.tableElements != nil, limits.instances != nil)
        c.most = (limits.memoryPages ?? 0, limits.tableElements ?? 0, limits.instances ?? 0)
        c.stack_byte_count = limits.stackByteCount ?? 0
        if mayUse != nil { c.may_use = askHost }
        wasmc_store_set_limits(pointer, c)
    }

    /// Why the store refused what was asked for last; `nil` when it was something else.
    var refusal: String? {
        var message = [CChar](repeating: 0, count: 256)
        return wasmc_describe_refusal(pointer, &message, message.count) ? text(message) : nil
    }
}

private let askHost: @convention(c) (UnsafeMutablePointer<wasmc_store>?, wasmc_resource, UInt64, UInt64) -> Bool = {
    store, resource, inUse, requested in
    guard let host = store?.pointee.host else { return true }
    let request = ResourceRequest(
        resource: resource == WASMC_MEMORY_PAGES ? .memoryPages : resource == WASMC_TABLE_ELEMENTS ? .tableElements : .instances,
        inUse: inUse, requested: requested)
    return Unmanaged<Store>.fromOpaque(host).takeUnretainedValue().mayUse?(request) ?? true
}
