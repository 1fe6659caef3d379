import Testing
import Wasm
import WasmLowering
import WasmText

/// The IR, optimised or not, of a module in the text format.
func ir(
    _ text: String, _ emission: ModuleCompiler.Emission = .optimizedIR, _ memory: MemoryStrategy = .checked,
    _ level: OptimizationLevel = .standard
) throws -> String {
    let options = CompilationOptions(optimization: level, memory: memory, verifiesIR: true)
    return String(decoding: try ModuleCompiler.emit(Module(text: text), options: options, as: emission), as: UTF8.self)
}

@Suite("Rules that keep optimised code exact") struct LoweringTests {
    let droppedLoad = #"(module (memory 1) (func (export "f") (param i32) (drop (i32.load (local.get 0)))))"#

    @Test func droppedLoadsStillTrap() throws {
        #expect(try ir(droppedLoad).contains("noreturn"))
        #expect(try ir(droppedLoad, .optimizedIR, .guarded).contains("noreturn"))
        #expect(try ir(droppedLoad, .optimizedIR, .guarded, .less).contains("load volatile i32"))
    }

    @Test func lastPassTurnsChecksIntoFaults() throws {
        let load = #"(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))"#
        func function(_ memory: MemoryStrategy) throws -> Substring {
            let text = try ir(load, .optimizedIR, memory)
            let start = try #require(text.range(of: "@wasm_function_0(")).lowerBound
            return text[start..<(try #require(text.range(of: "\n}", range: start..<text.endIndex)).lowerBound)]
        }
        let (faulting, comparing) = (try function(.guarded), try function(.checked))
        #expect(faulting.contains("load volatile i32") && !faulting.contains("icmp"))
        #expect(!comparing.contains("load volatile i32") && comparing.contains("icmp"))
    }

    /// Where the checks of a loop are moved ahead of it, each still knows of those whose branches come first.
    @Test func hoistedChecksKnowOfEachOther() throws {
        let text = try ir(
            """
            (module (memory 1)
              (func (export "f") (param $p i32) (param $n i32)
                (loop $again
                  (i64.store offset=120 (local.get $p) (i64.load offset=56 (local.get $p)))
                  (i64.store offset=80 (local.get $p) (i64.extend_i32_u (local.get $n)))
                  (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
            """)
        let body = try #require(
            text.split(separator: "\ndefine ").first { $0.contains("@wasm_function_0(") && $0.contains("{") })
        let ends = body.split(separator: "\n").filter { $0.contains(" = add ") && $0.contains("i64 %") }
        #expect(ends.contains { $0.hasSuffix(", 128") })
        #expect(!ends.contains { $0.hasSuffix(", 88") })
    }

    /// The last iteration's value is loaded again instead of being shifted in from another vector.
    @Test func loadedRecurrencesTakeNoPermutations() throws {
        let text = try ir(
            """
            (module (memory 1)
              (func (export "f") (local $i i32) (local $kept i32) (local $next i32)
                (local.set $kept (i32.load offset=1024 (i32.const 0)))
                (loop
                  (local.set $next (i32.load offset=1028 (i32.shl (local.get $i) (i32.const 2))))
                  (i32.store offset=4096 (i32.shl (local.get $i) (i32.const 2)) (i32.add (local.get $kept)
                    (local.get $next)))
                  (local.set $kept (local.get $next))
                  (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 96))))))
            """)
        #expect(text.contains("store <") && !text.contains("shufflevector"))
    }

    /// Wider vectors in loops where they cost no clock; straight-line code keeps to 256 bits, and so do processors
    /// before.
    @Test(arguments: [("icelake-server", true), ("skylake-avx512", false)]) func vectorWidth(cpu: String, isWide: Bool)
        throws
    {
        let features = "+avx2,+avx512f,+avx512bw,+avx512dq,+avx512vl" + (isWide ? ",+avx512vbmi2" : "")
        let options = CompilationOptions(target: Target(triple: "x86_64-linux-gnu", cpu: cpu, features: features))
        let copies = (0..<8).reversed().map {
            """
            (f64.store offset=\($0 * 8 + 64) (local.get 0) (f64.mul (f64.const 3) (f64.load offset=\($0 * 8) \
            (local.get 0))))
            """
        }
        let text = """
            (module (memory 1)
              (func (export "sum") (param i32) (result i32) (local i32)
                (loop (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))
                  (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 60000))))
                (local.get 1))
              (func (export "straight") (param i32) \(copies.joined())))
            """
        let code = String(
            decoding: try ModuleCompiler.emit(Module(text: text), options: options, as: .assembly), as: UTF8.self)
        let functions = code.split(separator: "\nwasm_function_")
        let sum = try #require(functions.first { $0.hasPrefix("0:") })
        let straight = try #require(functions.first { $0.hasPrefix("1:") })
        #expect(sum.contains("vpaddd") && sum.contains("%zmm") == isWide)
        #expect(straight.contains("%ymm") && !straight.contains("%zmm"))
    }

    @Test("Bulk operations are calls of the C library, not loops over bytes", arguments: OptimizationLevel.allCases)
    func bulkOperations(_ level: OptimizationLevel) throws {
        let text =
            #"""
            (module (memory 1) (func (export "f") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) \#
            (local.get 2))))
            """#
        let objects = try ModuleCompiler.compile(
            Module(text: text), options: .init(optimization: level), threadCount: 1)
        #expect(objects[0].firstRange(of: Array("memmove".utf8)) != nil)
    }

    @Test func endlessLoopsStay() throws {
        let text = try ir(#"(module (func (export "f") (loop (br 0))))"#, .optimizedIR, .checked, .aggressive)
        let definitions = text.split(separator: "\ndefine ")
        let body = try #require(definitions.first { $0.contains("@wasm_function_0(") && $0.contains("{") })
        #expect(body.contains("br label"))
        #expect(!body.contains("unreachable"))
    }

    @Test func endlessRecursionStaysRecursion() throws {
        let text = try ir(#"(module (func $f (export "f") (result i32) (i32.add (i32.const 1) (call $f))))"#)
        #expect(text.contains("call i32 @wasm_function_0"))
        #expect(text.contains("llvm.read_register"))
    }

    @Test(arguments: [
        "f64.mul (local.get 0) (f64.const 1)", "f64.div (local.get 0) (f64.const -1)",
        "f64.sub (local.get 0) (f64.const 0)", "f64.add (local.get 0) (f64.const -0)",
    ])
    func signallingNaNsAreQuieted(_ expression: String) throws {
        let text = try ir("(module (func (export \"f\") (param f64) (result f64) (\(expression))))")
        let operations = ["fmul", "fdiv", "fsub", "fadd"].filter { text.contains(" \($0) double") }
        #expect(operations.count == 1)
    }

    @Test func roundTripThroughTheWiderTypeQuiets() throws {
        let text = try ir(
            #"(module (func (export "f") (param f32) (result f32) (f32.demote_f64 (f64.promote_f32 (local.get 0)))))"#)
        #expect(text.contains("fptrunc"))
    }

    @Test func divisionGuardsLLVMsUndefinedCases() throws {
        let text = try ir(
            #"(module (func (export "f") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))"#)
        #expect(text.contains("i32 22") && text.contains("i32 23"))
    }

    @Test func readableNamesOnlyWhenEmitted() throws {
        #expect(
            try ir(#"(module (memory 1) (func (param i32) (drop (i32.load (local.get 0)))))"#, .ir).contains("%local0"))
    }

    @Test(arguments: OptimizationLevel.allCases, MemoryStrategy.allCases)
    func everyLevelAndStrategyVerifies(_ level: OptimizationLevel, _ memory: MemoryStrategy) throws {
        let text = """
            (module (memory 1) (table 2 funcref) (global $g (mut i64) (i64.const 3)) (elem (i32.const 0) $f $f)
              (type $t (func (param i32) (result i32 f64)))
              (func $f (type $t) (i32.load8_s offset=3 (local.get 0)) (f64.min (f64.const 0) (f64.const -0)))
              (func (export "run") (param i32) (result i32)
                (global.set $g (i64.extend_i32_u (memory.grow (i32.const 1))))
                (memory.copy (i32.const 0) (i32.const 5) (local.get 0))
                (memory.fill (i32.const 0) (i32.const 5) (local.get 0))
                (call_indirect (type $t) (local.get 0) (local.get 0))
                (block (result i32 f64) (br_table 0 0 (i32.const 1) (f64.const 2) (local.get 0)))
                drop drop drop))
            """
        let options = CompilationOptions(optimization: level, memory: memory, verifiesIR: true)
        #expect(try !ModuleCompiler.compile(Module(text: text), options: options, threadCount: 1).isEmpty)
    }
}

@Suite("Instance layout") struct InstanceLayoutTests {
    @Test func recordsHoldImportsThenReferencedFunctions() throws {
        let module = try Module(
            text:
                #"""
                (module (import "a" "b" (func)) (memory 1) (func) (func (export "f")) (func) (global funcref \#
                (ref.func 3)))
                """#
        )
        let layout = InstanceLayout(module)
        #expect(layout.recordFunctionIndices == [0, 2, 3])
        #expect(layout.recordOffset(function: 1) == nil)
        #expect(layout.globalOffset(0) == layout.memoryOffset(0) + MemoryLayout<UnsafeRawPointer>.stride)
        #expect(layout.baseOffset(0) == layout.globalOffset(1))
        #expect(layout.recordOffset(function: 0) == layout.baseOffset(1))
        let cell = try #require(layout.cellOffset(global: 0))
        #expect(cell % 16 == 0 && cell + 16 == layout.byteCount)
    }
}
