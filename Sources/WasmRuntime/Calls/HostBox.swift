internal import CRuntime
internal import Wasm

extension HostFunction {
    /// Makes the function in a store before it is known which module will call it.
    func make(in store: Store) throws(LinkError) -> UnsafeMutablePointer<wasmc_function> {
        if let type = type.unknownType { throw .unknownType(type) }
        let (callback, userData) = implementation.kept(by: store)
        let (parameters, results) = (type.parameters.map(\.storedCode), type.results.map(\.storedCode))
        guard
            let function = wasmc_host_function_create_early(
                store.pointer, parameters, parameters.count, results, results.count, callback, userData)
        else { throw .resources("no memory is left for a host function") }
        return function
    }
}

extension HostFunction.Implementation {
    /// Makes the function in a store, with the trampolines that a module has for its type.
    func make(
        in store: Store, _ program: CompiledModule, typeIndex: Int
    ) throws(LinkError) -> UnsafePointer<wasmc_function> {
        let (callback, userData) = kept(by: store)
        guard
            let function = wasmc_host_function_create(
                store.pointer, program.pointer, UInt32(typeIndex), callback, userData, nil, nil)
        else { throw .resources("no memory is left for a host function") }
        return UnsafePointer(function)
    }

    /// What C calls, and with what; the store keeps that.
    fileprivate func kept(by store: Store) -> (wasmc_host_callback, UnsafeMutableRawPointer?) {
        switch self {
        case .swift(let body):
            let box = PlainHostBox(store: store, body: body)
            store.retain(box)
            return (PlainHostBox.callback, Unmanaged.passUnretained(box).toOpaque())
        case .swiftWithCaller(let body):
            let box = CallerHostBox(store: store, body: body)
            store.retain(box)
            return (CallerHostBox.callback, Unmanaged.passUnretained(box).toOpaque())
        case .c(let function, let data, let owner):
            if let owner { store.retain(owner) }
            return (function, data)
        }
    }
}

/// What a host function's user data points at; its store keeps it, so it never outlives the store.
class HostBox {
    // Not owned: the store owns the box.
    final let store: Unmanaged<Store>

    init(store: Store) { self.store = .passUnretained(store) }

    @inline(__always)
    final func run(_ body: () throws -> Void) -> Int32 {
        do {
            try body()
            return Int32(bitPattern: WASMC_RETURNED.rawValue)
        } catch {
            // Every Swift frame returns before the runtime unwinds the guest; the error waits here for the caller, an
            // exception in the store for the guest.
            return store._withUnsafeGuaranteedRef { Self.refuse(error, $0) }
        }
    }

    private static func refuse(_ error: any Error, _ store: Store) -> Int32 {
        do {
            if let exception = error as? GuestException {
                try exception.place(in: store)
                return Int32(bitPattern: WASMC_EXCEPTION.rawValue)
            }
            store.pendingError = error
        } catch {
            store.pendingError = error
        }
        return Int32(bitPattern: WASMC_HOST_ERROR.rawValue)
    }

    /// The box that a callback was given. Its store owns it and outlives the call.
    @inline(__always)
    static func with<Box: HostBox>(_ userData: UnsafeMutableRawPointer?, _ body: (Box) -> Int32) -> Int32 {
        guard let userData else { return Int32(bitPattern: WASMC_TRAP_UNREACHABLE.rawValue) }
        return Unmanaged<Box>.fromOpaque(userData)._withUnsafeGuaranteedRef(body)
    }
}

/// Most functions need no caller, and making one counts references up and down in every call; so does taking a function
/// out of an enumeration's case or an optional, hence a class for each kind, and a callback that knows it.
private final class PlainHostBox: HostBox {
    private let function: (RawSlot) throws -> Void

    init(store: Store, body: @escaping (RawSlot) throws -> Void) {
        function = body
        super.init(store: store)
    }

    static let callback: wasmc_host_callback = { userData, _, values in
        HostBox.with(userData) { (box: PlainHostBox) in
            box.run { if let values { try box.function(RawSlot(values, box.store)) } }
        }
    }
}

private final class CallerHostBox: HostBox {
    private let function: (Caller, RawSlot) throws -> Void

    init(store: Store, body: @escaping (Caller, RawSlot) throws -> Void) {
        function = body
        super.init(store: store)
    }

    static let callback: wasmc_host_callback = { userData, instance, values in
        HostBox.with(userData) { (box: CallerHostBox) in
            box.run {
                guard let values else { return }
                let caller = Caller(store: box.store.takeUnretainedValue(), pointer: instance)
                try box.function(caller, RawSlot(values, box.store))
            }
        }
    }
}
