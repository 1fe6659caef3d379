import Testing
import WasmEngine
import WasmSpec

@Suite("Random loop nests do at O2 and O3 what they do at O0") struct LoopNestTests {
    @Test(arguments: [Mode(optimization: .standard, memory: .checked), Mode(optimization: .standard, memory: .guarded),
        Mode(optimization: .aggressive, memory: .checked)])
    func agreement(_ mode: Mode) throws {
        var traps = 0
        var calls = 0
        for seed in 0..<20 {
            let comparison = try LoopNestComparison(
                seed: UInt64(seed), functionCount: 16, plain: Mode(optimization: .none, memory: .checked), optimized: mode)
            #expect(comparison.difference == nil, "seed \(seed): \(comparison.difference ?? "")")
            traps += comparison.traps
            calls += comparison.calls
        }
        // Both kinds of end are among them.
        #expect(traps > calls / 10 && traps < calls * 9 / 10)
    }
}
