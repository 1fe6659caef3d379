import Testing
import WasmEngine

/// Calls through tables whose elements are known when the module is compiled, and through such as only seem to be.
@Suite("Constant tables") struct ConstantTableTests {
    /// `callees` functions that add their number, among an element that is null, one of another type, and an import.
    private static func text(callees: Int, table: String = "(table 40 funcref)", more: String = "") -> String {
        let functions = (0..<callees).map { "(func $f\($0) (type $t) (i32.add (local.get 0) (i32.const \($0))))" }
        let names = (0..<callees).map { "$f\($0)" }
        return """
            (module
              (type $t (func (param i32) (result i32)))
              (type $same (func (param i32) (result i32)))
              (type $other (func (param i64) (result i32)))
              (import "host" "twice" (func $twice (type $t)))
              \(table)
              \(functions.joined(separator: " "))
              (func $wrong (type $other) (i32.const 0))
              (elem (i32.const 2) func \(names.joined(separator: " ")))
              (elem (i32.const 20) func $wrong $twice)
              \(more)
              (func (export "call") (param $index i32) (result i32)
                (call_indirect (type $same) (i32.const 100) (local.get $index)))
              (func (export "call_fixed") (result i32) (call_indirect (type $t) (i32.const 100) (i32.const 21))))
            """
    }

    private static var imports: Imports {
        var imports = Imports()
        imports.define("host", "twice") { (value: Int32) in value * 2 }
        return imports
    }

    private func call(_ instance: Instance, _ index: Int32) throws -> Int32? {
        try instance.function("call").call([.i32(index)])[0].i32
    }

    private func expect(_ reason: Trap.Reason, _ instance: Instance, at index: Int32) {
        do {
            _ = try call(instance, index)
            Issue.record("element \(index) could be called")
        } catch let trap as Trap {
            #expect(trap.reason == reason, "element \(index)")
        } catch {
            Issue.record(error)
        }
    }

    @Test("Every element is what it is, by comparing and by jumping", arguments: [1, 3, 12], modes.indices)
    func elements(_ callees: Int, _ mode: Int) throws {
        let instance = try instantiate(Self.text(callees: callees), modes[mode], imports: Self.imports)
        for index in 0..<callees { #expect(try call(instance, Int32(2 + index)) == Int32(100 + index)) }
        #expect(try call(instance, 21) == 200)
        #expect(try instance.function("call_fixed").call()[0].i32 == 200)
        for index: Int32 in [0, 1, 19, 22, 39] { expect(.uninitializedElement, instance, at: index) }
        for index: Int32 in [40, 41, .max, .min, -1] { expect(.undefinedElement, instance, at: index) }
        expect(.indirectCallTypeMismatch, instance, at: 20)
    }

    @Test("A type that no element has", arguments: modes.indices) func noMembers(_ mode: Int) throws {
        let instance = try instantiate(
            """
            (module (table 3 funcref) (func $f) (elem (i32.const 1) func $f)
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))
            """, modes[mode])
        expect(.uninitializedElement, instance, at: 0)
        expect(.indirectCallTypeMismatch, instance, at: 1)
        expect(.undefinedElement, instance, at: 3)
    }

    @Test("An instruction that is never reached may still change a table", arguments: [2, 12])
    func modified(_ callees: Int) throws {
        let changes = [
            "(table.set 0 (i32.const 3) (ref.func $f0))", "(table.fill 0 (i32.const 3) (ref.func $f0) (i32.const 1))",
            "(table.copy 0 0 (i32.const 3) (i32.const 2) (i32.const 1))",
            "(table.init 0 $e (i32.const 3) (i32.const 0) (i32.const 1))",
        ]
        for change in changes {
            let more = "(elem $e func $f0) (func (export \"change\") \(change))"
            let instance = try instantiate(Self.text(callees: callees, more: more), imports: Self.imports)
            #expect(try call(instance, 3) == 101)
            _ = try instance.function("change").call()
            #expect(try call(instance, 3) == 100, "\(change)")
        }
        let grow = "(func (export \"grow\") (result i32) (table.grow 0 (ref.func $f0) (i32.const 1)))"
        let instance = try instantiate(Self.text(callees: callees, more: grow), imports: Self.imports)
        expect(.undefinedElement, instance, at: 40)
        _ = try instance.function("grow").call()
        #expect(try call(instance, 40) == 100)
    }

    @Test("Another module may change an exported or imported table") func shared() throws {
        let engine = Engine()
        let writer = try engine.compile(
            Module(
                text: """
                    (module (import "m" "table" (table 40 funcref)) (func $f (param i32) (result i32) (i32.const -1))
                      (elem (i32.const 2) func $f))
                    """))
        let owner = try engine.compile(
            Module(text: Self.text(callees: 2, table: "(table (export \"table\") 40 funcref)"))
        ).instantiate(imports: Self.imports)
        #expect(try call(owner, 2) == 100)
        var imports = Imports()
        imports.define("m", owner)
        _ = try writer.instantiate(imports: imports)
        #expect(try call(owner, 2) == -1)
    }

    /// The first segment hands `probe` to the importer's table; then instantiation ends, before the second table is
    /// filled.
    @Test("A function that got out of a failed instantiation sees its table as it was left", arguments: modes.indices)
    func leaked(_ mode: Int) throws {
        let engine = Engine(options: modes[mode])
        let owner = try engine.compile(
            Module(
                text: """
                    (module (table (export "table") 2 funcref)
                      (func (export "call") (param i32) (result i32) (call_indirect (param i32) (result i32)
                        (local.get 0) (local.get 0))))
                    """)
        ).instantiate()
        var imports = Imports()
        imports.define("m", owner)
        let failing = try engine.compile(
            Module(
                text: """
                    (module (import "m" "table" (table $outer 2 funcref)) (table $inner 1 funcref)
                      (func $probe (param i32) (result i32) (call_indirect $inner (result i32) (i32.const 0)))
                      (func $answer (result i32) (i32.const 42))
                      (elem (table $outer) (i32.const 1) func $probe)
                      (elem (table $outer) (i32.const 2) func $probe)
                      (elem (table $inner) (i32.const 0) func $answer))
                    """))
        #expect(throws: (any Error).self) { try failing.instantiate(imports: imports) }
        expect(.uninitializedElement, owner, at: 1)
    }
}
