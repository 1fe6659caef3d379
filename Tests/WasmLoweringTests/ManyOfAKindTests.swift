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

    @Test("What instantiation evaluates costs no code")
    func initializers() throws {
        func module(_ count: Int) throws -> Wasm.Module {
            func repeated(_ text: String) -> String { String(repeating: text, count: count) }
            return try Module(
                text: """
                    (module (type $s (struct (field i32)))
                      (import "m" "g" (global $g i32)) (memory 1) (table 1000 funcref) (func $f)
                      \(repeated("(global (mut i32) (i32.add (global.get $g) (i32.const 1)))"))
                      \(repeated("(global (ref $s) (struct.new $s (i32.const 1)))"))
                      \(repeated("(elem (offset (i32.sub (global.get $g) (i32.const 1))) func $f)"))
                      \(repeated("(data (global.get $g) \"a\")"))
                      (elem (i32.const 0) funcref \(repeated("(item (ref.func $f)) ")))
                      (elem (ref $s) \(repeated("(item (struct.new_default $s)) "))))
                    """)
        }
        func lineCount(_ count: Int) throws -> Int { try ir(module(count)).split(separator: "\n").count }
        #expect(try lineCount(500) == lineCount(5))
    }

    @Test("No block that is not optimised has thousands of calls")
    func calls() throws {
        let calls = String(repeating: "call $g ", count: 2_000)
        let module = try Module(text: "(module (func $g (import \"a\" \"g\")) (func (export \"f\") \(calls)))")
        let function = try #require(ir(module).split(separator: "define ").last { $0.contains("@wasm_function_1") })
        #expect(function.matches(of: #/br label/#).count >= 2_000 / 256)
    }

    @Test("Of functions that are too many for all to be optimised, the largest are")
    func manyFunctions() throws {
        func numerous(_ count: Int) throws -> Set<Int> {
            let bodies = (0..<count).map { "(func \($0 == 7 ? "nop nop" : $0 == 9 ? "" : "nop"))" }
            let plan = ModulePlan(try Module(text: "(module \(bodies.joined()))"))
            return Partition.whole(plan).numerousFunctions(in: plan.module)
        }
        #expect(try numerous(500).isEmpty)
        #expect(try numerous(501) == [9])
        #expect(try numerous(503) == [9, 501, 502])
        #expect(try !numerous(2_000).contains(7))
    }

    private static let copyingLoop = """
        (loop (i32.store8 (local.get 0) (i32.load8_u (local.get 1)))
          (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (local.get 2))))
        """

    @Test(
        "Of loops that would become loops over vectors some in a part do, in many functions or in one",
        arguments: [OptimizationLevel.standard, .aggressive])
    func manyLoops(level: OptimizationLevel) throws {
        func reports(_ functions: Int, loops: Int) throws -> [FunctionReport] {
            let body = String(repeating: Self.copyingLoop, count: loops)
            let all = (0..<functions).map { "(func (export \"\($0)\") (param i32 i32 i32) \(body))" }
            let module = try Module(text: "(module (memory 1) \(all.joined()))")
            return try ModuleCompiler.explain(
                module, options: CompilationOptions(optimization: level), threadCount: 1)
        }
        func versioned(_ reports: [FunctionReport]) -> Int { reports.reduce(0) { $0 + $1.versionedLoopCount } }
        func vectorized(_ reports: [FunctionReport]) -> Int { reports.reduce(0) { $0 + $1.vectorizedLoopCount } }
        let many = try reports(90, loops: 1)
        #expect(versioned(many) == 64 && vectorized(many) <= 128)
        #expect(many[63].versionedLoopCount == 1 && many[64].vectorizedLoopCount == 0)
        let one = try reports(1, loops: 80)
        #expect(versioned(one) == 64 && vectorized(one) <= 128)
        #expect(try versioned(reports(60, loops: 1)) == 60)
    }
}
