import CRuntime
import Foundation
import Testing

/// Calls on a stack of their own, with functions of this file in the place of generated code.
@Suite struct FiberTests {
    /// What a fiber's body works on, and what it has done.
    final class Work {
        let store: UnsafeMutablePointer<wasmc_store>
        var log: [String] = []
        var entry: wasmc_entry
        // Not a variable: Swift would note the access to it for the thread, and it ends on another one.
        let result = UnsafeMutablePointer<wasmc_result>.allocate(capacity: 1)

        init(_ entry: @escaping wasmc_entry) throws {
            store = try #require(wasmc_store_create())
            self.entry = entry
        }
        deinit {
            wasmc_store_destroy(store)
            result.deallocate()
        }

        var handle: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
        static func of(_ pointer: UnsafeRawPointer?) -> Work {
            Unmanaged<Work>.fromOpaque(pointer!).takeUnretainedValue()
        }

        /// A guarded call of a function with this work as its context.
        func call(_ entry: @escaping wasmc_entry) -> wasmc_outcome {
            var function = wasmc_function(
                code: nil, context: handle, entry: entry, type_id: 0, number: 0, index: .max, tail_distance: 0)
            wasmc_call(store, &function, nil, result)
            return result.pointee.outcome
        }

        func makeFiber(in scope: UnsafeMutablePointer<wasmc_interruption>? = nil) throws -> OpaquePointer {
            let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { _ = Work.of($0).call(Work.of($0).entry) }
            return try #require(wasmc_fiber_create(store, 256 << 10, scope, body, handle))
        }
    }

    @Test("A fiber goes on where it suspended itself, with its locals, on whatever thread")
    func suspension() throws {
        let work = try Work { function, _ in
            let work = Work.of(function!.pointee.context)
            var sum = 0.5
            for round in 1...3 {
                work.log.append("round \(round): \(sum)")
                wasmc_fiber_suspend(work.store)
                sum += Double(round)
            }
            work.log.append("end: \(sum)")
        }
        let fiber = try work.makeFiber()
        #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_WAITS)
        work.log.append("between")
        for isLast in [false, false, true] {
            // Joined, which the thread sanitizer understands.
            var thread = pthread_t(), isFinished: UnsafeMutableRawPointer?
            let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { fiber in
                wasmc_fiber_resume(OpaquePointer(fiber)) == WASMC_FIBER_FINISHED ? fiber : nil
            }
            try #require(pthread_create(&thread, nil, body, UnsafeMutableRawPointer(fiber)) == 0)
            pthread_join(thread, &isFinished)
            #expect((isFinished != nil) == isLast)
        }
        wasmc_fiber_destroy(fiber)
        #expect(work.log == ["round 1: 0.5", "between", "round 2: 1.5", "round 3: 3.5", "end: 6.5"])
        #expect(work.result.pointee.outcome == WASMC_RETURNED)
    }

    @Test("Of many fibers each has a stack of its own")
    func interleaving() throws {
        let works = try (0..<20).map { _ in
            try Work { function, _ in
                let work = Work.of(function!.pointee.context)
                for round in 0..<5 {
                    work.log.append("\(round)")
                    wasmc_fiber_suspend(work.store)
                }
            }
        }
        let fibers = try works.map { try $0.makeFiber() }
        for round in 0..<5 {
            for (work, fiber) in zip(works, fibers) {
                #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_WAITS)
                #expect(work.log.last == "\(round)" && work.log.count == round + 1)
            }
        }
        for fiber in fibers {
            #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_FINISHED)
            wasmc_fiber_destroy(fiber)
        }
    }

    @Test("A fiber may be suspended only where no other host function is on its stack")
    func suspendability() throws {
        let work = try Work { function, _ in
            let work = Work.of(function!.pointee.context)
            work.log.append("\(wasmc_can_suspend(work.store))")
            _ = work.call { function, _ in
                let work = Work.of(function!.pointee.context)
                work.log.append("\(wasmc_can_suspend(work.store))")
            }
            work.log.append("\(wasmc_can_suspend(work.store))")
        }
        let fiber = try work.makeFiber()
        #expect(!wasmc_can_suspend(work.store))
        #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_FINISHED)
        wasmc_fiber_destroy(fiber)
        #expect(!wasmc_can_suspend(work.store))
        #expect(work.log == ["true", "false", "true"])
    }

    @Test("A suspended fiber's scope counts for no call but the fiber's")
    func scopes() throws {
        let work = try Work { function, _ in
            let work = Work.of(function!.pointee.context)
            work.log.append("\(wasmc_is_interrupted(work.store))")
            wasmc_fiber_suspend(work.store)
            work.log.append("\(wasmc_is_interrupted(work.store))")
        }
        let scope = UnsafeMutablePointer<wasmc_interruption>.allocate(capacity: 1)
        defer { scope.deallocate() }
        wasmc_interruption_begin(scope, work.store)
        wasmc_interruption_unlink(scope)
        let fiber = try work.makeFiber(in: scope)
        #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_WAITS)
        wasmc_interrupt(scope, WASMC_CANCELLED)
        #expect(!wasmc_is_interrupted(work.store))
        #expect(work.call { function, _ in Work.of(function!.pointee.context).log.append("beside") } == WASMC_RETURNED)
        #expect(wasmc_fiber_resume(fiber) == WASMC_FIBER_FINISHED)
        #expect(!wasmc_is_interrupted(work.store))
        wasmc_interruption_end(scope)
        wasmc_fiber_destroy(fiber)
        #expect(work.log == ["false", "beside", "true"])
    }
}
