import Testing
import WasmSpec

@Suite("Random functions of version 3.0 do what they do in another engine") struct Version3Tests {
    private static let isInstalled = (try? Wasmtime()) != nil

    @Test(
        "Exceptions, objects, several memories, atomics, tail calls and references; loops over arrays; in every mode",
        .enabled(if: isInstalled, "Wasmtime did not run: pip install wasmtime"),
        arguments: [LoopModule.Shape.version3, .arrays])
    func agreement(_ shape: LoopModule.Shape) throws {
        var (calls, traps) = (0, 0)
        let oracle = try Wasmtime()
        for seed in UInt64(1)...12 {
            let module = LoopModule(seed: seed, shape: shape, functionCount: 3)
            // Steps that share no divisor with the number of modes meet them all.
            let modes = [Mode.everyCode[Int(seed) * 17 % Mode.everyCode.count]]
            let comparison = try LoopNestComparison(of: module, reference: .wasmtime(oracle), modes: modes)
            #expect(comparison.differences.isEmpty, "seed \(seed): \(comparison.differences.joined(separator: "\n"))")
            calls += comparison.calls
            traps += comparison.traps
        }
        // Most calls get to their end.
        #expect(traps < calls / 2)
    }
}
