import Testing
import WasmEngine
import WasmText

/// No loop, and no call of a function that would look: the host's function has the guest interrupted, and the guest
/// counts how far it gets.
@Suite("Interruptions in straight-line code") struct InterruptionInARowTests {
    static let levels: [OptimizationLevel] = [.none, .less, .standard, .aggressive]

    func progress(_ operation: (Int) -> String, count: Int, _ level: OptimizationLevel) throws -> Int32 {
        let handle = InterruptHandle()
        var imports = Imports()
        imports.define("env", "interrupt") { () throws in handle.interrupt() }
        var options = Engine.Options(optimization: level)
        options.isInterruptible = true
        let steps = (1...count).map { operation($0) + " (global.set $done (i32.const \($0)))" }
        let instance = try Engine(options: options).compile(
            Module(
                text: """
                    (module (import "env" "interrupt" (func $interrupt))
                      (global $done (export "done") (mut i32) (i32.const 0))
                      (memory (export "memory") 64) (data $bytes "0123456789") (table $t 100 funcref)
                        (elem $some funcref (ref.null func))
                      (func (export "progress") (result i32) (global.get $done))
                      (func $short \(Self.stores(12))) (func $long \(Self.stores(100)))
                      (func (export "run") (call $interrupt) \(steps.joined(separator: "\n"))))
                    """)
        ).instantiate(imports: imports)
        do {
            _ = try instance.function("run").call(handle: handle)
            Issue.record("the guest came to its end")
        } catch let error as Interrupted { #expect(error.reason == .requested) }
        guard case .i32(let done)? = try instance.function("progress").call([]).first else { return -1 }
        return done
    }

    private static func stores(_ count: Int) -> String {
        (0..<count).map { "(i32.store (i32.const \($0 * 4096)) (i32.const \($0)))" }.joined()
    }

    @Test(
        "a row of calls of functions that call nothing is looked at soon, long functions look themselves",
        arguments: levels)
    func calls(_ level: OptimizationLevel) throws {
        #expect(try progress({ _ in "(call $short)" }, count: 500, level) < 150)
        #expect(try progress({ _ in "(call $long)" }, count: 500, level) < 150)
        if level == .none { #expect(try progress({ _ in "(call $long)" }, count: 5, level) == 0) }
    }

    static let bulkOperations = [
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000))",
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x200000))",
        "(memory.fill (i32.const 0) (i32.const 1) (i32.mul (global.get $done) (i32.const 64)))",
        "(memory.copy (i32.const 0) (i32.const 1) (i32.const 0x100000))",
        "(memory.copy (i32.const 0) (i32.const 1) (i32.add (global.get $done) (i32.const 64)))",
        "(memory.init $bytes (i32.const 0) (i32.const 1) (i32.const 5))",
        "(table.fill $t (i32.const 0) (ref.null func) (i32.const 50))",
        "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 50))",
        "(table.init $t $some (i32.const 0) (i32.const 0) (i32.const 1))",
        "(drop (table.grow $t (ref.null func) (i32.const 1)))",
    ]

    @Test("each bulk operation looks before it starts", arguments: bulkOperations, levels)
    func bulkOperation(_ operation: String, _ level: OptimizationLevel) throws {
        #expect(try progress({ _ in operation }, count: 50, level) == 0)
    }

    @Test("a row of small operations is looked at once in a while", arguments: levels)
    func longRow(_ level: OptimizationLevel) throws {
        let store = { (step: Int) in "(i32.store (i32.const \(step * 4096 % 0x3f0000)) (i32.const \(step)))" }
        #expect(try progress(store, count: 6_000, level) < 1_000)
        let fill = { (_: Int) in "(memory.fill (i32.const 0) (i32.const 1) (i32.const 16))" }
        #expect(try progress(fill, count: 2_000, level) < 1_000)
    }
}
