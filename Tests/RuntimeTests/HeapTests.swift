import CRuntime
import Foundation
import HeapTrials
import Testing

/// The collector of structs and arrays. What its trials do is in Tests/HeapTrials.
@Suite struct HeapTests {
    /// What a trial has to say.
    static func fault(_ message: UnsafePointer<CChar>?) -> String? { message.map { String(cString: $0) } }

    @Test("What a random graph reaches is unharmed after every collection, and a full one frees all else")
    func randomGraphs() {
        for seed in UInt64(0)..<4 { #expect(Self.fault(heap_trial_random_graphs(seed, 20000, 0, 0)) == nil, "\(seed)") }
    }

    @Test("Collecting at every allocation and overwriting what is freed harms nothing that is reached")
    func randomGraphsUnderStress() {
        for seed in UInt64(0)..<4 { #expect(Self.fault(heap_trial_random_graphs(seed, 1500, 1, 0)) == nil, "\(seed)") }
    }

    @Test("Collections that are given up anywhere, young and full ones, harm nothing, and the next one is a full one")
    func randomGraphsWithoutEnds() {
        for seed in UInt64(0)..<4 {
            #expect(Self.fault(heap_trial_random_graphs(seed, 8000, 0, 2 + UInt32(seed) * 5)) == nil, "\(seed)")
        }
        #expect(Self.fault(heap_trial_random_graphs(4, 1500, 1, 3)) == nil)
    }

    @Test("A collection stops at the first question that is answered so, and asks one for every 16,384 references")
    func givingUp() { #expect(Self.fault(heap_trial_giving_up()) == nil) }

    @Test("A collection asks, too, while it looks at old objects that have changed")
    func manyChanges() { #expect(Self.fault(heap_trial_many_changes()) == nil) }

    @Test("Where looking at all objects makes next to no room, again and again, the heap is full")
    func fullAgainAndAgain() { #expect(Self.fault(heap_trial_full_again_and_again()) == nil) }

    @Test("A word that points anywhere into an object keeps it: young or old, small or large, where its block ends")
    func interiorPointers() { #expect(Self.fault(heap_trial_every_byte_of_an_object()) == nil) }

    @Test("Null, i31, numbers of host objects and what lies beside objects keep nothing")
    func noReferences() { #expect(Self.fault(heap_trial_words_that_are_no_references()) == nil) }

    @Test("Everyday numbers on a stack keep nothing, and random words hardly more than their share")
    func randomWords() { #expect(Self.fault(heap_trial_random_words(7)) == nil) }

    @Test("Damaged headers, lengths and references do not take the collector out of its region")
    func damagedObjects() { #expect(Self.fault(heap_trial_damaged_objects(3, 20)) == nil) }

    @Test("References on the stacks of threads and fibers are roots, of those that wait and those that resumed others")
    func stacks() { #expect(Self.fault(heap_trial_stacks()) == nil) }

    @Test("64 stores on threads make 2,000,000 objects of types that come and go, and none takes more than 16 MiB")
    func stores() { #expect(Self.fault(heap_trial_stores(64, 2_000_000)) == nil) }

    @Test("Small holes are used again, all zero, and objects of several lines do not make them useless")
    func holes() { #expect(Self.fault(heap_trial_holes()) == nil) }

    @Test("Objects are made in holes only, whatever generated code leaves as the next one's place")
    func wrongStartsOfHoles() { #expect(Self.fault(heap_trial_wrong_starts_of_holes()) == nil) }

    @Test("A heap fills its limit, never exceeds it, and goes on when something was let go")
    func limits() {
        for limit in [UInt64(1) << 20, 5_000_000] { #expect(Self.fault(heap_trial_limit(limit)) == nil, "\(limit)") }
    }

    @Test("Large arrays are zero when they are made, and their memory is used again and given back")
    func largeArrays() { #expect(Self.fault(heap_trial_large_arrays()) == nil) }

    @Test("Objects fill the whole region, then allocation fails until some are let go")
    func wholeRegion() { #expect(Self.fault(heap_trial_whole_region()) == nil) }

    @Test("Ten million short-lived objects, 160 MB, never take more than three times what is made between collections")
    func flatMemory() { #expect(heap_trial_churn(10_000_000) < 12 << 20) }

    /// The least processor time of three runs.
    private func seconds(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (0..<3).map { _ in
            let start = now()
            body()
            return now() - start
        }.min()!
    }

    @Test("Twice as many objects take about twice the time to make, keep and mark")
    func linearTime() {
        #expect(seconds { heap_trial_tree(17) } < 3.5 * seconds { heap_trial_tree(16) })
    }

    @Test("Four times as many objects with pages of their own take about four times the time")
    func linearTimeOfPages() {
        #expect(seconds { heap_trial_pages(40_000) } < 10 * seconds { heap_trial_pages(10_000) })
    }
}
