internal import CRuntime
internal import Glibc

extension Backtrace {
    /// Where the guest was whose call ended with this error, whatever its type: one of wasmc's own, or what a host
    /// function threw. Of calls inside each other that it ended, where the innermost one's guest was.
    ///
    /// Ask with the error as it was caught, `catch { Backtrace.of(error) }`: it has its frames as long as it exists,
    /// also in a `Result`, another task or another thread. `nil` when nobody can tell: for a copy that was made as a
    /// value of its own type (`catch let error as MyError`), for one and the same `any Error` that ended several calls
    /// which were not inside each other, and when no guest's function ran.
    public static func of(_ error: any Error) -> Backtrace? {
        (error as? any CarriesBacktrace)?.backtrace ?? ErrorBacktraces.find(error)
    }
}

/// An error that brings its frames with it.
protocol CarriesBacktrace { var backtrace: Backtrace? { get } }
extension Trap: CarriesBacktrace {}
extension OutOfPoints: CarriesBacktrace {}
extension GuestException: CarriesBacktrace {}
extension Interrupted: CarriesBacktrace {}
extension InternalError: CarriesBacktrace {}

/// The frames of errors, which may be values of any type, by the object behind `any Error`: each `throw` of a value
/// makes one, which then travels without being copied. They are held weakly, so an address that is used again finds
/// nothing.
enum ErrorBacktraces {
    /// - Parameter passedOn: the object of the error that a call inside this one ended with last; 0 without one.
    static func note(_ error: any Error, _ backtrace: Backtrace?, passedOn: UInt) {
        let object = Existential(error: error).object
        let key = UInt(bitPattern: ObjectIdentifier(object))
        let thrown = Thrown(object: object, backtrace: backtrace)
        let released = table.add(thrown, key, isPassedOn: passedOn == key)
        // Others' code may run when the last reference to an error goes: not under the lock.
        withExtendedLifetime(released) {}
        // A host function may pass the error on.
        if !wasmc_tell_enclosing_call(key) { Waiter.current?.tell(key) }
    }

    static func find(_ error: any Error) -> Backtrace? {
        let object = Existential(error: error).object
        let key = UInt(bitPattern: ObjectIdentifier(object))
        return table.backtrace(key)
    }

    private struct Thrown {
        weak var object: AnyObject?
        /// `nil` when there were several.
        var backtrace: Backtrace?
    }

    private final class Table: @unchecked Sendable {
        // Unchecked: everything else is used under the lock. It is not a `Mutex`, which the kernel hands over in a way
        // that the thread sanitizer does not see.
        private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private var thrown: [UInt: Thrown] = [:]
        private var mostBeforeSweep = 16

        init() {
            lock.initialize(to: pthread_mutex_t())
            pthread_mutex_init(lock, nil)
        }

        func backtrace(_ key: UInt) -> Backtrace? {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return thrown[key].flatMap { $0.object == nil ? nil : $0.backtrace }
        }

        /// Returns what is to be released after the lock.
        func add(_ new: Thrown, _ key: UInt, isPassedOn: Bool) -> Released? {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            if thrown[key]?.object != nil {
                if !isPassedOn { thrown[key]?.backtrace = nil }
                return nil
            }
            let released = thrown.count >= mostBeforeSweep ? sweep() : nil
            thrown[key] = new
            return released
        }

        private func sweep() -> Released {
            let all = Released(thrown: thrown, objects: thrown.values.compactMap(\.object))
            thrown = thrown.filter { $0.value.object != nil }
            mostBeforeSweep = max(16, 2 * thrown.count)
            return all
        }
    }

    private struct Released {
        let thrown: [UInt: Thrown]
        let objects: [AnyObject]
    }

    /// `any Error` is a reference to an object. In a structure it is not opened, which would find the value inside.
    private struct Existential {
        let error: any Error
        var object: AnyObject { unsafeBitCast(self, to: AnyObject.self) }
    }

    private static let table = Table()
}
