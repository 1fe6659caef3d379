import Testing
import WasmSpec
import WasmText

@Suite struct BisectionTests {
    private static let mode = Mode(optimization: .standard, memory: .checked)

    /// The sign of a NaN is the engine's choice: LLVM computes infinity minus infinity itself and gives another one
    /// than the processor. So optimising makes a difference that is allowed, and good for a test. After the block a
    /// local is read again where no passes run.
    @Test func theFunctionThatDiffersIsNamed() throws {
        let text = """
            (module
              (func (export "same") (result i32) (i32.add (i32.const 1) (i32.const 2)))
              (func $helper (param f32) (result f32) (f32.sub (local.get 0) (local.get 0)))
              (func (export "nan") (result i32) (local f32)
                (local.set 0 (f32.const inf)) (block) (i32.reinterpret_f32 (f32.sub (local.get 0) (local.get 0))))
              (func (export "last") (result i64) (i64.const 3)))
            """
        let bisection = try #require(try Bisection(of: WasmText.parse(text), mode: Self.mode))
        #expect(bisection.function == 2)
        #expect(bisection.expected.hasPrefix("nan i32:"))
        #expect(bisection.found.hasPrefix("nan i32:"))
        #expect(bisection.found != bisection.expected)
    }

    @Test func nothingIsNamedWhereNothingDiffers() throws {
        let text = "(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))"
        #expect(try Bisection(of: WasmText.parse(text), mode: Self.mode) == nil)
    }
}
