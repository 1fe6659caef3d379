import CRuntime
import Foundation
import Testing

/// Stretches of host code whose guest calls are stopped together.
@Suite struct InterruptionScopeTests {
    /// A store and room for scopes, which must not move.
    final class Scopes {
        let store: UnsafeMutablePointer<wasmc_store>
        let scope: UnsafeMutablePointer<wasmc_interruption>

        init(_ count: Int) throws {
            store = try #require(wasmc_store_create())
            scope = .allocate(capacity: count)
        }
        deinit {
            wasmc_store_destroy(store)
            scope.deallocate()
        }

        /// How a call ends whose function counts itself, and how often it has run.
        func call() -> (result: wasmc_result, runs: Int) {
            var runs = 0, result = wasmc_result()
            withUnsafeMutablePointer(to: &runs) { counter in
                var function = wasmc_function(
                    code: nil, context: counter,
                    entry: { function, _ in function!.pointee.context.assumingMemoryBound(to: Int.self).pointee += 1 },
                    type_id: 0, number: 0, index: .max, tail_distance: 0)
                wasmc_call(store, &function, nil, &result)
            }
            return (result, runs)
        }
    }

    @Test("A call in an interrupted scope does not start, and one after the scope does")
    func refusal() throws {
        let scopes = try Scopes(1)
        wasmc_interruption_begin(scopes.scope, scopes.store)
        #expect(scopes.call().runs == 1)
        wasmc_interrupt(scopes.scope, WASMC_REQUESTED)
        let (result, runs) = scopes.call()
        #expect(result.outcome == WASMC_INTERRUPTED && result.interruption == WASMC_REQUESTED && runs == 0)
        wasmc_interruption_end(scopes.scope)
        let (after, runsAfter) = scopes.call()
        #expect(after.outcome == WASMC_RETURNED && runsAfter == 1)
    }

    @Test("The first reason stays, and an inner scope's is heard before an outer one's")
    func reasons() throws {
        let scopes = try Scopes(2)
        let (outer, inner) = (scopes.scope, scopes.scope + 1)
        wasmc_interruption_begin(outer, scopes.store)
        wasmc_interruption_begin(inner, scopes.store)
        wasmc_interrupt(outer, WASMC_DEADLINE)
        wasmc_interrupt(outer, WASMC_REQUESTED)
        #expect(wasmc_pending_interruption(scopes.store) == WASMC_DEADLINE)
        wasmc_interrupt(inner, WASMC_CANCELLED)
        #expect(wasmc_pending_interruption(scopes.store) == WASMC_CANCELLED)
        wasmc_interruption_end(inner)
        #expect(wasmc_pending_interruption(scopes.store) == WASMC_DEADLINE && wasmc_is_interrupted(scopes.store))
        wasmc_interruption_end(outer)
        #expect(
            wasmc_pending_interruption(scopes.store) == WASMC_NOT_INTERRUPTED && !wasmc_is_interrupted(scopes.store))
    }

    @Test("Deadlines interrupt, whatever order they were set in, and an ended scope hears nothing")
    func deadlines() throws {
        let scopes = try (0..<4).map { _ in try Scopes(1) }
        final class Heard: @unchecked Sendable {
            let lock = NSLock(), all = DispatchSemaphore(value: 0)
            var order: [Int] = []
        }
        let heard = Heard()
        struct Listener { var heard: Unmanaged<Heard>, number: Int }
        let listeners = UnsafeMutablePointer<Listener>.allocate(capacity: scopes.count)
        defer { listeners.deallocate() }
        for (number, scopes) in scopes.enumerated() {
            (listeners + number).initialize(to: .init(heard: .passUnretained(heard), number: number))
            wasmc_interruption_begin(scopes.scope, scopes.store)
            let listen: @convention(c) (UnsafeMutableRawPointer?) -> Void = { data in
                let listener = data!.assumingMemoryBound(to: Listener.self).pointee
                let heard = listener.heard.takeUnretainedValue()
                heard.lock.withLock { heard.order.append(listener.number) }
                heard.all.signal()
            }
            wasmc_interruption_notify(scopes.scope, listen, listeners + number)
        }
        for (number, milliseconds) in [(2, 60), (0, 20), (3, 100_000), (1, 40)] as [(Int, UInt64)] {
            #expect(wasmc_set_deadline(scopes[number].scope, milliseconds * 1_000_000))
        }
        wasmc_interruption_end(scopes[3].scope)
        for _ in 0..<3 { heard.all.wait() }
        for scopes in scopes.prefix(3) {
            #expect(wasmc_pending_interruption(scopes.store) == WASMC_DEADLINE)
            wasmc_interruption_end(scopes.scope)
        }
        #expect(heard.lock.withLock { heard.order.sorted() } == [0, 1, 2])
    }

    @Test("A deadline of no time interrupts at once")
    func noTime() throws {
        let scopes = try Scopes(1)
        wasmc_interruption_begin(scopes.scope, scopes.store)
        #expect(wasmc_set_deadline(scopes.scope, 0))
        #expect(scopes.call().result.interruption == WASMC_DEADLINE)
        wasmc_interruption_end(scopes.scope)
    }
}
