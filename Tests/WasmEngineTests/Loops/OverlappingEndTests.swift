import Testing
import WasmEngine

/// What the first iteration stores reaches what the last one loads, by a few of its bytes: no vector may hold both.
@Suite("Overlapping ends") struct OverlappingEndTests {
    static let base = 1024

    /// Iteration `k` adds 1 to the word that lies `distance` bytes ahead of `base + step * k`, and stores it there.
    struct Case {
        var count: Int
        var distance: Int
        var step: Int

        /// Where the loop loads first.
        var source: Int { OverlappingEndTests.base + (step > 0 ? -distance : distance) }

        var text: String {
            let base = OverlappingEndTests.base
            return """
                (module (memory (export "memory") 1)
                  (func (export "fill") (local $i i32)
                    (loop (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9E3779B1)))
                      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 2048)))))
                  (func (export "run") (param $at i32) (local $i i32)
                    (loop
                      (i32.store offset=\(base) (i32.add (local.get $at) (local.get $i))
                        (i32.add (i32.load offset=\(source) (i32.add (local.get $at) (local.get $i))) (i32.const 1)))
                      (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const \(step))))
                        (i32.const \(step * count)))))))
                """
        }

        /// The memory after a run.
        func expected(at start: Int) -> [UInt8] {
            func bytes(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            var memory = stride(from: 0, to: 2048, by: 4).flatMap { bytes(UInt32($0) &* 0x9E37_79B1) }
            for k in 0..<count {
                let from = source + start + step * k, to = OverlappingEndTests.base + start + step * k
                let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(memory[from + $1]) << (8 * $1) }
                memory.replaceSubrange(to..<to + 4, with: bytes(word &+ 1))
            }
            return memory
        }
    }

    @Test(arguments: modes) func memory(options: Engine.Options) throws {
        for count in [8, 16, 32, 64] {
            // From the last distance that LLVM looks at itself to the first at which nothing overlaps.
            for extra in 0...4 {
                for step in [4, -4] {
                    let example = Case(count: count, distance: 4 * (count - 1) + extra, step: step)
                    let instance = try instantiate(example.text, options)
                    let memory = try #require(instance.memory("memory"))
                    try instance.function("fill", as: (() -> Void).self)()
                    try instance.function("run", as: ((Int32) -> Void).self)(256)
                    #expect(Array(try memory.read(at: 0, byteCount: 2048)) == example.expected(at: 256), "\(example)")
                }
            }
        }
    }
}
