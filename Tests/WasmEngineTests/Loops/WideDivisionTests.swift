import Testing
import WasmEngine
import WasmText

/// How often the inner loop runs before it may have used up its points, LLVM finds by dividing in 128 bits.
@Suite("Divisions that only analyses of loops ask for") struct WideDivisionTests {
    static let text = """
        (module
          (memory (export "memory") 1 1)
          (func (export "run") (param $p i32) (result i64)
            (local $sum i64) (local $i i64) (local $j i64) (local $at i32)
            (local.set $i (i64.const -37))
            (if (i64.lt_s (local.get $i) (i64.const 3)) (then (loop $outer
              (local.set $j (i64.const -2147483639))
              (local.set $at (local.get $p))
              (block $done (loop $inner
                (br_if $done (i32.eqz (i64.gt_s (local.get $j) (i64.const -2147483648))))
                (i32.store8 (local.get $at) (i32.or (i32.wrap_i64 (local.get $j)) (i32.const 1)))
                (memory.copy (i32.add (local.get $at) (i32.const 8))
                  (i32.wrap_i64 (i64.add (local.get $j) (i64.const 2147549170))) (i32.const 0))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (local.set $j (i64.add (local.get $j) (i64.const -1)))
                (br $inner)))
              (local.set $sum (i64.xor (i64.mul (local.get $sum) (i64.const 3)) (local.get $i)))
              (local.set $i (i64.add (local.get $i) (i64.const 5)))
              (br_if $outer (i64.lt_s (local.get $i) (i64.const 3))))))
            (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.extend_i32_u (local.get $at)))))
        """

    static func run(_ level: OptimizationLevel, _ memory: Engine.MemoryProtection) throws -> [String] {
        var options = Engine.Options(optimization: level, memory: memory, isInterruptible: true)
        options.metering = .points { _ in 1 }
        options.cache = nil
        let program = try Engine(options: options).compile(Module(text: text))
        return try [0, 1000, 65_520, 65_535, -1].flatMap { (start: Int32) in
            try [100, 1_000, 100_000].map { (points: UInt64) in
                let instance = try program.instantiate(imports: Imports())
                instance.remainingPoints = .remaining(points)
                let result = Result { try instance.function("run").call([.i32(start)]) }
                let end =
                    switch result {
                    case .success(let values): "\(values)"
                    case .failure(let trap as Trap): "\(trap.reason)"
                    case .failure(let error): "\(type(of: error))"
                    }
                return "\(end), \(String(describing: instance.remainingPoints))"
            }
        }
    }

    @Test(
        "The loop ends where it does without optimisation, with as many points left",
        arguments: OptimizationLevel.allCases, [Engine.MemoryProtection.checked, .guarded])
    func sums(_ level: OptimizationLevel, _ memory: Engine.MemoryProtection) throws {
        let expected = try Self.run(.none, .checked)
        #expect(Set(expected).count > 5)
        #expect(try Self.run(level, memory) == expected)
    }
}
