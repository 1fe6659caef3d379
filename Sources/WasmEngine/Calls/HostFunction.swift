internal import CRuntime
internal import Wasm

/// The instance that a host function is called from.
public struct Caller {
    /// The store of the guest that calls.
    public let store: Store
    let instance: UnsafeMutablePointer<wasmc_instance>?

    /// The memory that the instance exports: as `memory`, or else the first one that it exports under another name.
    public var memory: Memory? {
        guard let instance else { return nil }
        if let pointer = instance.pointee.exported_memory { return Memory(pointer, in: store) }
        return instance.pointee.description.firstExport { $0.kind == ExternalKind.memory.rawValue }.flatMap { export in
            if case .memory(let memory) = External(export, of: instance, in: store) { memory } else { nil }
        }
    }

    /// The memory that the instance exports under this name; `nil` when it exports none, or when the host called the
    /// function itself.
    public func memory(named name: String) -> Memory? {
        guard case .memory(let memory) = export(name) else { return nil }
        return memory
    }

    /// What the instance exports under this name; `nil` when that is nothing, or when the host called the function
    /// itself.
    public func export(_ name: String) -> External? {
        guard let instance else { return nil }
        return instance.pointee.description.export(named: name).map { External($0, of: instance, in: store) }
    }
}

/// A host function as it is defined: its type, and what runs it on a value array of 16-byte slots.
struct HostFunction {
    var type: FunctionType
    var implementation: Implementation

    enum Implementation {
        case swift((UnsafeMutableRawPointer) throws -> Void)
        case swiftWithCaller((Caller, UnsafeMutableRawPointer) throws -> Void)
        case c(wasmc_host_callback, userData: UnsafeMutableRawPointer?, owner: AnyObject?)
    }

    /// Makes the function in a store, with the trampolines that a module has for its type.
    func make(in store: Store, _ program: CompiledModule, typeIndex: Int) throws(LinkError) -> UnsafePointer<
        wasmc_function
    > {
        let callback: wasmc_host_callback
        let userData: UnsafeMutableRawPointer?
        let box: HostBox
        switch implementation {
        case .swift(let body):
            box = PlainHostBox(store: store, body: body)
            callback = PlainHostBox.callback
            userData = Unmanaged.passUnretained(box).toOpaque()
        case .swiftWithCaller(let body):
            box = CallerHostBox(store: store, body: body)
            callback = CallerHostBox.callback
            userData = Unmanaged.passUnretained(box).toOpaque()
        case .c(let function, let data, let owner):
            box = HostBox(store: store, owner: owner)
            callback = function
            userData = data
        }
        guard
            let function = wasmc_host_function_create(
                store.pointer, program.pointer, UInt32(typeIndex), callback, userData, nil, nil)
        else { throw .resources("no memory is left for a host function") }
        store.retain(box)
        return UnsafePointer(function)
    }
}

/// What a host function's user data points at; its store keeps it, so it never outlives the store.
class HostBox {
    fileprivate unowned(unsafe) let store: Store
    private let owner: AnyObject?

    init(store: Store, owner: AnyObject?) {
        self.store = store
        self.owner = owner
    }

    @inline(__always)
    fileprivate final func run(_ body: () throws -> Void) -> Int32 {
        do {
            try body()
            return Int32(bitPattern: WASMC_RETURNED.rawValue)
        } catch {
            // Every Swift frame returns before the runtime unwinds the guest; the error waits here for the caller, an
            // exception in the store for the guest.
            guard let exception = error as? GuestException else { return refuse(error) }
            do {
                try exception.place(in: store)
                return Int32(bitPattern: WASMC_EXCEPTION.rawValue)
            } catch {
                return refuse(error)
            }
        }
    }

    private final func refuse(_ error: any Error) -> Int32 {
        store.pendingError = error
        return Int32(bitPattern: WASMC_HOST_ERROR.rawValue)
    }

    /// The box that a callback was given. Its store owns it and outlives the call.
    @inline(__always)
    fileprivate static func with<Box: HostBox>(_ userData: UnsafeMutableRawPointer?, _ body: (Box) -> Int32) -> Int32 {
        guard let userData else { return Int32(bitPattern: WASMC_TRAP_UNREACHABLE.rawValue) }
        return Unmanaged<Box>.fromOpaque(userData)._withUnsafeGuaranteedRef(body)
    }
}

/// Most functions need no caller, and making one counts references up and down in every call; so does taking a function
/// out of an enumeration's case or an optional, hence a class for each kind, and a callback that knows it.
private final class PlainHostBox: HostBox {
    private let function: (UnsafeMutableRawPointer) throws -> Void

    init(store: Store, body: @escaping (UnsafeMutableRawPointer) throws -> Void) {
        function = body
        super.init(store: store, owner: nil)
    }

    static let callback: wasmc_host_callback = { userData, _, values in
        HostBox.with(userData) { (box: PlainHostBox) in box.run { if let values { try box.function(values) } } }
    }
}

private final class CallerHostBox: HostBox {
    private let function: (Caller, UnsafeMutableRawPointer) throws -> Void

    init(store: Store, body: @escaping (Caller, UnsafeMutableRawPointer) throws -> Void) {
        function = body
        super.init(store: store, owner: nil)
    }

    static let callback: wasmc_host_callback = { userData, instance, values in
        HostBox.with(userData) { (box: CallerHostBox) in
            box.run { if let values { try box.function(Caller(store: box.store, instance: instance), values) } }
        }
    }
}
