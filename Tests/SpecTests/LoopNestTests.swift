import Testing
import WasmEngine
import WasmSpec

@Suite("Random loop nests do at O1, O2 and O3, and when they get there in the middle, what they do at O0")
struct LoopNestTests {
    @Test(arguments: [
        Mode(optimization: .standard, memory: .checked), Mode(optimization: .standard, memory: .guarded),
        Mode(optimization: .aggressive, memory: .checked), Mode(optimization: .less, memory: .guarded),
        Mode(optimization: .standard, memory: .checked, isMetered: true),
        Mode(optimization: .standard, memory: .guarded, isMetered: true),
        Mode(optimization: .standard, memory: .checked, isMetered: true, isInterruptible: true),
        Mode(optimization: .standard, memory: .checked, threshold: 5),
        Mode(optimization: .standard, memory: .guarded, isMetered: true, threshold: 20),
    ])
    func agreement(_ mode: Mode) throws {
        var traps = 0
        var calls = 0
        var exhaustions = 0
        // The last two store different widths at falling addresses.
        for seed in Array(0..<20) + [1_004_038, 1_004_985] {
            let comparison = try LoopNestComparison(
                of: LoopModule(seed: UInt64(seed), shape: .nests, functionCount: 16),
                reference: .mode(Mode(optimization: .none, memory: .checked, isMetered: mode.isMetered)), modes: [mode])
            #expect(comparison.difference == nil, "seed \(seed): \(comparison.difference ?? "")")
            traps += comparison.traps
            calls += comparison.calls
            exhaustions += comparison.exhaustions
        }
        // Both kinds of end are among them.
        #expect(traps > calls / 10 && traps < calls * 9 / 10)
        #expect((exhaustions > calls / 10) == mode.isMetered)
    }
}
