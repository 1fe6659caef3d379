import CodeVerification
import Testing
import WasmEngine

@Suite struct FormTests {
    @Test("A load at any index has the form of its mode", arguments: Compilation.everywhere)
    func load(_ compilation: Compilation) throws {
        let text = """
            (module (memory 1)
              (func (export "load") (param i32) (result i32) (i32.load offset=8 (local.get 0))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[compilation.memoryForm] == 1)
    }

    @Test("What lies inside of the smallest memory needs no comparison", arguments: Compilation.everywhere)
    func constant(_ compilation: Compilation) throws {
        let text = "(module (memory 1) (func (export \"load\") (result i32) (i32.load (i32.const 65532))))"
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[.comparedWithMemory] == 1)
    }

    @Test("A call of a constant element, and a comparison's result as an index", arguments: Compilation.everywhere)
    func constants(_ compilation: Compilation) throws {
        let text = """
            (module (memory 1) (table funcref (elem $one $other $one $other $one $other))
              (type $t (func (param i32) (result i32)))
              (func $one (type $t) (call_indirect (type $t) (local.get 0) (i32.const 3)))
              (func $other (type $t) (i32.mul (local.get 0) (i32.const 3)))
              (func (export "call") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 2)))
              (func (export "store") (param i32)
                (i32.store (i32.shl (i32.eqz (local.get 0)) (i32.const 2)) (local.get 0))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
    }

    @Test("A comparison's result is no index where the rest of its register is not known")
    func restOfARegister() throws {
        let text = """
            (module (memory 1)
              (func (export "store") (param i32)
                (i32.store (i32.shl (i32.eqz (local.get 0)) (i32.const 2)) (local.get 0))))
            """
        let artifact = try Compilation(optimization: .standard, memory: .guarded).artifact(text)
        // xor ecx, ecx; test esi, esi; sete cl
        let faulty = try #require(
            replacing(
                [0x31, 0xC9, 0x85, 0xF6, 0x0F, 0x94, 0xC1], by: [0x66, 0x90, nil, nil, nil, nil, nil], in: artifact))
        #expect(try CodeReport(artifact: faulty).notUnderstood.count == 1)
    }

    /// Machine code that two branches share reads the base of either memory, and only a reserved one's is read before.
    @Test("Accesses to two memories stay two", arguments: Compilation.all.filter { $0.memory == .guarded })
    func twoMemories(_ compilation: Compilation) throws {
        let text = """
            (module (memory $a (export "a") 1) (memory $b (export "b") 2)
              (func (export "load") (param i32 i32) (result i32)
                (if (result i32) (local.get 0)
                  (then (i32.load8_u $a (local.get 1)))
                  (else (i32.load8_u $b (local.get 1)))))
              (func (export "store") (param i32 i32)
                (if (local.get 0)
                  (then (i32.store $a (local.get 1) (local.get 0)))
                  (else (i32.store $b (local.get 1) (local.get 0))))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[compilation.memoryForm] == 4)
    }

    @Test(
        "Loops whose counters have 64 bits, count down, or compare only after the first iteration",
        arguments: Compilation.everywhere)
    func loops(_ compilation: Compilation) throws {
        let text = """
            (module (memory 40)
              (func (export "fill") (param i32) (local i32 i32)
                (loop
                  (local.set 2 (i32.const 0))
                  (loop
                    (i32.store8 offset=1048577
                      (i32.add (i32.shl (local.get 1) (i32.const 9)) (local.get 2)) (local.get 0))
                    (br_if 0 (i32.ne (i32.const 512) (local.tee 2 (i32.add (local.get 2) (i32.const 2))))))
                  (br_if 0 (i32.ne (i32.const 384) (local.tee 1 (i32.add (local.get 1) (i32.const 1)))))))
              (func (export "down") (result i32) (local i32 i32)
                (local.set 0 (i32.const 4000))
                (loop
                  (local.set 1 (i32.xor (i32.load (local.get 0)) (local.get 1)))
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
                (local.get 1)))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
    }

    @Test("Tail calls, their arguments in the store and their results", arguments: Compilation.everywhere)
    func tailCalls(_ compilation: Compilation) throws {
        let parameters = Array(repeating: "i64", count: 12).joined(separator: " ")
        let arguments = (0..<12).map { "(local.get \($0))" }.joined(separator: " ")
        let text = """
            (module
              (type $t (func (param i32) (result i64)))
              (import "env" "host" (func $host (type $t)))
              (memory 1)
              (table $constant funcref (elem $a $b $a $b $a $b))
              (table $exported (export "t") funcref (elem $a $b))
              (func $a (type $t) (return_call_indirect $constant (type $t)
                (i32.wrap_i64 (i64.load (local.get 0))) (local.get 0)))
              (func $b (type $t) (return_call_indirect $exported (type $t) (local.get 0) (local.get 0)))
              (func (export "host") (type $t) (return_call $host (local.get 0)))
              (func $many (export "many") (param \(parameters)) (result i64 i64 f64)
                (if (i64.eqz (local.get 11)) (then (return (i64.const 1) (local.get 10) (f64.const 2))))
                \(arguments) (return_call $many))
              (func (export "call") (type $t) (call $a (local.get 0)) (call $b (local.get 0)) (i64.add)))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
    }

    @Test("Tables, globals, imports, constant tables, jump tables and two results", arguments: Compilation.everywhere)
    func structures(_ compilation: Compilation) throws {
        let text = """
            (module
              (type $t (func (param i32) (result i32)))
              (import "m" "f" (func $f (param i32 f64) (result i64)))
              (import "m" "g" (global $g i32))
              (memory 1) (table $own 4 funcref) (table (export "table") 4 funcref)
              (global $h (mut i64) (i64.const 1))
              (elem (table $own) (i32.const 0) func $a $b $a $switch)
              (elem declare func $a)
              (func $a (type $t) (local.get 0))
              (func $b (type $t) (i32.mul (local.get 0) (i32.const 3)))
              (func $switch (type $t)
                (block (block (block (block (block (block
                  (br_table 0 1 2 3 4 5 (local.get 0)))
                  (return (i32.load (local.get 0)))) (return (i32.const 77))) (return (i32.clz (local.get 0))))
                  (return (call $b (local.get 0)))) (global.set $h (i64.const 9)))
                (i32.const 1))
              (func $many (param i32) (result i32 i64) (local.get 0) (global.get $h))
              (func (export "many") (param i32) (result i32)
                (call $many (local.get 0)) drop
                (i32.add (global.get $g)))
              (func (export "own") (param i32) (result i32) (call_indirect $own (type $t) (local.get 0) (local.get 0)))
              (func (export "other") (param i32) (result i32) (call_indirect 1 (type $t) (local.get 0) (local.get 0)))
              (func (export "set") (param i32) (table.set 1 (local.get 0) (ref.func $a)))
              (func (export "import") (param i32) (result i64) (call $f (local.get 0) (f64.const 2)))
              (func (export "grow") (param i32) (result i32)
                (memory.grow (local.get 0)) (i32.load (local.get 0)) i32.add)
              (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))
            """
        let report = try CodeReport(artifact: compilation.artifact(text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[.comparedWithTable, default: 0] >= 2)
        if compilation.optimization != .none { #expect(report.counts[.inConstants, default: 0] >= 1) }
    }

    @Test("Code that counts points and can be interrupted", arguments: Compilation.everywhere)
    func metered(_ compilation: Compilation) throws {
        var options = Engine.Options(optimization: compilation.optimization, memory: compilation.memory)
        options.metering = .points { _ in 1 }
        options.isInterruptible = true
        options.target = Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v3")
        let text = """
            (module (memory 1)
              (func (export "sum") (param i32 i32) (result i32) (local i32)
                (loop
                  (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
                  (local.set 0 (i32.add (local.get 0) (i32.const 4)))
                  (br_if 0 (i32.lt_u (local.get 0) (local.get 1))))
                (local.get 2)))
            """
        let report = try CodeReport(artifact: Engine(options: options).artifact(of: Module(text: text)))
        #expect(report.notUnderstood.isEmpty, "\(report.listing)")
    }

    @Test func damagedCodeIsRefused() throws {
        let artifact = try Compilation.all[0].artifact("(module (func))")
        #expect(throws: CodeReportError.self) { try CodeReport(artifact: Array(artifact.dropLast())) }
    }
}
