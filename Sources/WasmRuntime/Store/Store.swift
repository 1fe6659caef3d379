internal import CRuntime
internal import Synchronization

/// Owns instances, memories, tables, globals and host functions; they are freed with it, and every handle on one of
/// them keeps it alive. One thread at a time uses a store and what lives in it.
///
/// ```swift
/// let store = Store(limits: ResourceLimits(memoryPages: 256))
/// var imports = Imports()
/// imports.define("library", try library.instantiate(in: store))   // all that it exports
/// let instance = try program.instantiate(imports: imports, in: store)
/// ```
public final class Store {
    let pointer: UnsafeMutablePointer<wasmc_store>
    let objects: HeldObjects
    /// No other store of this process has or had it: what names something in here says so by this number.
    let number = numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<UInt64>(0)
    /// The error of the host function that stopped the guest, on its way to the caller.
    package var pendingError: (any Error)?
    /// Asked before guests use more: see ``init(limits:mayUse:)``.
    var mayUse: ((ResourceRequest) -> Bool)?
    /// Of what several stores may use together.
    var share: SharedResourceLimits.Share?
    /// The asynchronous call whose guest runs.
    var asyncCall: AsyncCall?
    /// Calls that wait until the one whose guest has yielded does not need the store any more.
    var waiting: [AsyncStream<Never>.Continuation] = []
    /// The module of the first instance: all code of a store can be stopped in the same ways.
    var firstProgram: CompiledModule?
    /// All modules with instances in here.
    private var programs: [ObjectIdentifier: CompiledModule] = [:]
    /// What host functions point at.
    private var kept: [AnyObject] = []
    /// Host functions of types that no module in here has so far: no guest can call them.
    private var unequipped: [UnsafeMutablePointer<wasmc_function>] = []
    private var rooted: [UInt64: Any] = [:]
    let hostObjects = HostObjects()
    /// Numbers are used once: a guest that keeps one for too long finds nothing.
    private var nextReference: UInt64 = 0

    /// A store without limits.
    public init() {
        guard let pointer = wasmc_store_create() else { preconditionFailure("no memory is left for a store") }
        self.pointer = pointer
        objects = HeldObjects(of: pointer)
        pointer.pointee.host = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        objects.forgetStore()
        wasmc_store_destroy(pointer)
    }

    /// The store of an instance that calls the host.
    static func of(_ caller: UnsafeMutablePointer<wasmc_instance>?) -> Store? {
        caller?.pointee.store?.pointee.host.map { Unmanaged<Store>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Keeps something for as long as the store lives.
    func retain(_ object: AnyObject) { kept.append(object) }

    func keep(_ program: CompiledModule) {
        if firstProgram == nil { firstProgram = program }
        programs[ObjectIdentifier(program)] = program
    }

    /// A host function that guests can be given, whatever modules there will be.
    func make(_ function: HostFunction) throws(LinkError) -> UnsafePointer<wasmc_function> {
        let made = try function.make(in: self)
        if !programs.values.contains(where: { wasmc_host_function_equip(made, $0.pointer) }) { unequipped.append(made) }
        return UnsafePointer(made)
    }

    /// Gives host functions the module's trampolines, before an instance of it is made: what calls a function of a type
    /// has the type, and mostly trampolines for it.
    func equipFunctions(for program: CompiledModule) {
        if unequipped.isEmpty { return }
        unequipped.removeAll { wasmc_host_function_equip($0, program.pointer) }
    }

    /// Roots a host object in the store, so that guests can hold a reference to it, until ``unroot(_:)`` or as long as
    /// the store lives.
    ///
    /// - Throws: ``UsageError/limitReached(_:)`` when the store may not hold so many, or has given all numbers away.
    public func root(_ object: Any) throws(UsageError) -> ExternalReference {
        guard nextReference < HostObjects.first else {
            throw .limitReached("a store makes no more than \(HostObjects.first) references by rooting objects")
        }
        guard wasmc_take(pointer, WASMC_HOST_REFERENCES, 1) else { throw .limitReached(refusal ?? "host references") }
        defer { nextReference += 1 }
        rooted[nextReference] = object
        return ExternalReference(nextReference, of: self)
    }

    /// Lets go of an object that ``root(_:)`` made a reference for. Guests may keep the reference: there is no object
    /// for it any more, now or later.
    ///
    /// - Returns: the object; `nil` when there was none.
    @discardableResult public func unroot(_ reference: ExternalReference) -> Any? {
        guard isOwn(reference), let object = rooted.removeValue(forKey: reference.number) else { return nil }
        wasmc_give_back(pointer, WASMC_HOST_REFERENCES, 1)
        return object
    }

    /// The host object behind a reference of this store; `nil` for a reference of another store, or to something of the
    /// guest's.
    public func object(_ reference: ExternalReference) -> Any? {
        isOwn(reference) ? object(reference.number) : nil
    }

    /// The host object that guests know by a number.
    func object(_ number: UInt64) -> Any? { rooted[number] ?? hostObjects.object(number) }

    /// Whether a number is, or was, an object's: those of rooted ones are used once, and guests have none of others.
    func hasGiven(_ number: UInt64) -> Bool { number < nextReference || hostObjects.has(number) }

    private func isOwn(_ reference: ExternalReference) -> Bool {
        reference.object == nil && reference.objects.map { $0 === objects } ?? true
    }

    /// A module with instances in here has the type, so that it exists as long as the store.
    func holds(typeNumber: UInt32) -> Bool {
        programs.values.contains { $0.has(typeNumber: typeNumber) }
    }

    /// Runs C that may come back for any reason, and turns the reason into an error.
    @inline(__always)
    func guarded(_ body: (UnsafeMutablePointer<wasmc_result>) -> Void) throws {
        var result = wasmc_result()
        body(&result)
        try check(result)
    }

    @inline(__always)
    func check(_ result: wasmc_result) throws {
        if result.outcome != WASMC_RETURNED { throw error(for: result) }
    }

    /// The call that the running guest belongs to, if it can be suspended now.
    var suspendableCall: AsyncCall? { wasmc_can_suspend(pointer) ? asyncCall : nil }

    private func error(for result: wasmc_result) -> any Error {
        if result.outcome == WASMC_EXIT { return traced(ExitCode(Int32(bitPattern: result.exit_code)), result) }
        if result.outcome == WASMC_OUT_OF_FUEL { return OutOfPoints(backtrace: lastBacktrace) }
        if var interrupted = Interrupted(result.interruption) {
            interrupted.backtrace = lastBacktrace
            return interrupted
        }
        if result.outcome == WASMC_EXCEPTION, let exception = GuestException(in: self) { return exception }
        if result.outcome == WASMC_NOT_INTERRUPTIBLE { return UsageError.notInterruptible }
        if result.outcome == WASMC_STORE_IN_USE { return UsageError.storeInUse }
        if result.outcome == WASMC_INTERNAL_ERROR { return InternalError(pointer, lastBacktrace) }
        if var trap = Trap(result.outcome) {
            trap.backtrace = lastBacktrace
            if trap.reason == .stackOverflow { trap.stackLimit = StackLimit(pointer) }
            if trap.reason == .outOfHeap { trap.heapRefusal = refusal }
            return trap
        }
        defer { pendingError = nil }
        return traced(
            pendingError ?? UsageError.typeMismatch(expected: "an outcome", found: "\(result.outcome.rawValue)"), result
        )
    }

    /// An error that others made: its frames are kept beside it.
    private func traced(_ error: any Error, _ result: wasmc_result) -> any Error {
        ErrorBacktraces.note(error, lastBacktrace, passedOn: result.passed_on)
        return error
    }
}
