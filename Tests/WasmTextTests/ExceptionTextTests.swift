import Testing
import Wasm
import WasmText

@Suite struct ExceptionTextTests {
    /// Every clause of both forms.
    static let text = """
        (module
          (import "m" "t" (tag $imported (param i64)))
          (tag $t (export "t") (param i32))
          (func (param exnref) (result i32)
            (block $h (result i32 (ref exn))
              (block $all
                (try_table (result i32) (catch_ref $t $h) (catch_all $all) (throw $t (i32.const 1)))
                return)
              (throw_ref (local.get 0)))
            drop)
          (func (result i32)
            try $outer (result i32)
              i32.const 1
            catch $t
              (try (do nop) (delegate $outer))
              rethrow $outer
            catch $imported
              i32.wrap_i64
            catch_all
              i32.const 2
            end))
        """

    @Test("Exceptions and their legacy form come back from text as they were") func bothWays() throws {
        let module = try Module(text: Self.text)
        #expect(try Module(text: WasmText.print(module)).bytes == module.bytes)
    }

    @Test("Folded and plain clauses of the legacy form are the same module") func folded() throws {
        let plain = "try (result i32) i32.const 1 catch 0 catch_all i32.const 2 end"
        let folded = "(try (result i32) (do (i32.const 1)) (catch 0) (catch_all (i32.const 2)))"
        let modules = try [plain, folded].map {
            try Module(text: "(module (tag (param i32)) (func (result i32) \($0)))").bytes
        }
        #expect(modules[0] == modules[1])
    }
}
