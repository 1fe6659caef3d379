import Testing
import Wasm
@testable import WasmLowering
import WasmText

/// Modules of which a few bytes each ask for much: what they are lowered to stays in proportion.
@Suite("Many of a kind") struct ManyOfAKindTests {
    private func ir(_ module: Wasm.Module) throws -> Substring {
        let options = CompilationOptions(optimization: .none)
        return Substring(decoding: try ModuleCompiler.emit(module, options: options, as: .ir), as: UTF8.self)
    }

    @Test("Locals that are not used have one variable for each type")
    func unusedLocals() throws {
        let locals = String(repeating: "i64 f32 ", count: 5_000)
        let module = try Module(
            text: """
                (module (func (export "f") (param i32) (result i64) (local \(locals))
                  (local.set 7001 (i64.const 5)) (i64.add (local.get 7001) (local.get 9001))))
                """)
        // The parameter, the two that are used, and one for each type.
        #expect(try ir(module).matches(of: #/%local\d+ = alloca/#).count == 5)
    }

    @Test("Elements that are calculated are written by functions of some hundred each")
    func elementExpressions() throws {
        let items = String(repeating: "(item (ref.func $f)) ", count: 1_000)
        let module = try Module(text: "(module (table 1000 funcref) (func $f) (elem (i32.const 0) funcref \(items)))")
        #expect(try ir(module).matches(of: #/define .*@wasm_initialize_\d/#).count == 5)
        #expect(!ModulePlan(module).hasLargeSupport)
    }

    @Test("No block that is not optimised has thousands of calls")
    func calls() throws {
        let calls = String(repeating: "call $g ", count: 2_000)
        let module = try Module(text: "(module (func $g (import \"a\" \"g\")) (func (export \"f\") \(calls)))")
        let function = try #require(ir(module).split(separator: "define ").last { $0.contains("@wasm_function_1") })
        #expect(function.matches(of: #/br label/#).count >= 2_000 / 256)
    }

    @Test("Small functions are optimised unless there are tens of thousands")
    func smallFunctions() throws {
        func plan(_ count: Int) throws -> ModulePlan {
            let body = String(repeating: "i32.const 1 drop ", count: 10)
            return ModulePlan(try Module(text: "(module (func \(body)) \(String(repeating: "(func)", count: count)))"))
        }
        #expect(try plan(30_000).numerousFunctions.isEmpty)
        let numerous = try plan(30_001).numerousFunctions
        #expect(numerous.count == 30_001 && !numerous.contains(0))
    }
}
