import Testing
import WasmEngine

/// What LLVM knows or rearranges about a trap does not take its frames away, nor where a lone check or a guarded access
/// is.
@Suite struct ProvenTrapTests {
    /// The frames of the call as text, with the offsets of those whose function is among the names.
    private func frames(_ text: String, _ mode: Int, _ arguments: [Value]) throws -> [Backtrace.Frame] {
        let instance = try instantiate(text, modes[mode])
        let trap = #expect(throws: Trap.self) { try instance.function("f").call(arguments) }
        return trap?.backtrace?.innermost ?? []
    }

    @Test(
        "A division that always traps has all of its frames and offsets, however it was merged",
        arguments: modes.indices)
    func division(_ mode: Int) throws {
        let text = """
            (module
              (memory 1)
              (func $inner (param i32) (result i32)
                (i32.store (i32.const 64) (i32.const 0))
                (i32.div_s (i32.const 5) (i32.load (i32.const 64))))
              (func $middle (param i32) (result i32)
                (if (result i32) (i32.eq (local.get 0) (i32.const 3)) (then (call $inner (local.get 0))) (else
                  (local.get 0))))
              (func $outer (export "f") (param i32) (result i32) (i32.add (call $middle (local.get 0)) (i32.const 1))))
            """
        let found = try frames(text, mode, [.i32(3)])
        #expect(found.map(\.functionName) == ["inner", "middle", "outer"], "\(modes[mode])")
        #expect(found == (try frames(text, 0, [.i32(3)])), "\(modes[mode])")
    }

    @Test(
        "Of several checks of a function the one that always traps has all of its frames and its offset",
        arguments: [
            // Known where it is; from a store before it; where it is inlined; and on two ways.
            """
            (func $inner (param i32) (result i32) (i32.add (i32.div_u (i32.const 7) (local.get 0)) (i32.div_u \
            (i32.const 5) (i32.const 0))))
            """,
            """
            (func $inner (param i32) (result i32) (i32.store (i32.const 64) (i32.const 0))
              (i32.add (i32.div_s (i32.const 7) (local.get 0)) (i32.div_s (i32.const 5) (i32.load (i32.const 64)))))
            """,
            """
            (func $inner (param i32) (result i32)
              (i32.add (i32.div_u (i32.const 7) (local.get 0)) (i32.div_u (i32.const 5) (i32.sub (local.get 0)
                (local.get 0)))))
            """,
            """
            (func $inner (param i32) (result i32)
              (if (i32.eqz (local.get 0)) (then (return (i32.rem_u (i32.const 7) (i32.const 0)))))
              (i32.rem_u (i32.const 5) (i32.const 0)))
            """,
        ], [1, 3, 5, 7])
    func oneOfSeveral(inner: String, mode: Int) throws {
        let text = """
            (module
              (memory 1)
              \(inner)
              (func $middle (param i32) (result i32)
                (if (result i32) (i32.eq (local.get 0) (i32.const 3)) (then (call $inner (local.get 0))) (else
                  (local.get 0))))
              (func $outer (export "f") (param i32) (result i32) (i32.add (call $middle (local.get 0)) (i32.const 1))))
            """
        let found = try frames(text, mode, [.i32(3)])
        let right = try frames(text, 0, [.i32(3)])
        #expect(found.map(\.functionName) == ["inner", "middle", "outer"], "\(modes[mode])")
        #expect(found == right, "\(modes[mode])")
    }

    @Test(
        "A load that becomes an operand of another instruction tells its own offset", arguments: modes.indices,
        [
            "(i32.add (i32.load (local.get 0)) (i32.load offset=100 (local.get 0)))",
            "(i32.xor (i32.load (local.get 0)) (i32.const 7))",
            "(i32.wrap_i64 (i64.add (i64.load32_u (local.get 0)) (i64.const 9)))",
            "(i32.and (i32.load16_s offset=4 (local.get 0)) (local.get 0))",
            "(i32.trunc_sat_f64_s (f64.add (f64.load offset=8 (local.get 0)) (f64.const 2)))",
        ])
    func operands(_ mode: Int, expression: String) throws {
        let text = "(module (memory 1) (func $f (export \"f\") (param i32) (result i32) \(expression)))"
        let first = try #require(try frames(text, 0, [.i32(-1)]).first?.byteOffset)
        let found = try #require(try frames(text, mode, [.i32(-1)]).first, "\(modes[mode])")
        let offset = try #require(found.byteOffset, "\(modes[mode])")
        // Of two loads that trap either may be told: the later one's check can include the first one's.
        #expect(
            offset == first || expression.contains("offset=100") && offset == first + 5,
            "\(modes[mode]): \(offset), \(first)")
    }
}
