import Testing
import WasmSpec

@Suite("Loops at the edges of numbers and memory do what they do in another engine") struct CountedLoopTests {
    private static let isInstalled = (try? Wasmtime()) != nil

    @Test(
        "Counters of both widths, in modes of every kind",
        .enabled(if: isInstalled, "Wasmtime did not run: pip install wasmtime"),
        arguments: [LoopModule.Shape.counted, .wide])
    func agreement(_ shape: LoopModule.Shape) throws {
        var (calls, traps) = (0, 0)
        let oracle = try Wasmtime()
        for seed in UInt64(1)...24 {
            let module = LoopModule(seed: seed, shape: shape, functionCount: 4)
            // Steps that share no divisor with the number of modes meet them all.
            let modes = [0, 1].map { Mode.everyCode[(Int(seed) * 34 + $0 * 17) % Mode.everyCode.count] }
            let comparison = try LoopNestComparison(of: module, reference: .wasmtime(oracle), modes: modes)
            #expect(comparison.differences.isEmpty, "seed \(seed): \(comparison.differences.joined(separator: "\n"))")
            calls += comparison.calls
            traps += comparison.traps
        }
        // Both kinds of end are among them.
        #expect(traps > calls / 20 && traps < calls * 9 / 10)
    }

    @Test(
        "The oracle is no part of us: it finds a wrong constant",
        .enabled(if: isInstalled, "Wasmtime did not run: pip install wasmtime"))
    func finding() throws {
        let wrong = LoopModule(seed: 5, shape: .counted, functionCount: 1)
        let other = LoopModule(seed: 6, shape: .counted, functionCount: 1)
        let found = try wrong.lines(in: Mode(optimization: .none, memory: .checked))
        #expect(try found == Wasmtime().lines(of: wrong))
        #expect(try found != Wasmtime().lines(of: other))
    }
}
