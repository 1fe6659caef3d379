import Testing
import WasmEngine

/// What instantiation evaluates when there is more of it than one function's work.
@Suite("Initialization") struct InitializationTests {
    /// Each number is one more than the one before it, each element is placed behind the one before it, and each piece
    /// of data lies over the rest of the one before it.
    private static func text(_ count: Int) -> String {
        let globals = (1..<count).map { "(global $g\($0) i32 (i32.add (global.get $g\($0 - 1)) (i32.const 1)))" }
        let elements = (0..<count).map { "(elem (i32.const \($0)) func $f\($0 % 3))" }
        let items = (0..<count).map { "(item (ref.func $f\($0 % 3)))" }
        let data = (0..<count).map { "(data (i32.add (global.get $start) (i32.const \($0))) \"ab\")" }
        return """
            (module
              (import "host" "start" (global $start i32))
              (memory 1) (table \(count) funcref) (table $calculated \(count) funcref)
              (global $g0 i32 (i32.const 7)) \(globals.joined(separator: "\n"))
              (func $f0 (result i32) i32.const 10) (func $f1 (result i32) i32.const 11)
              (func $f2 (result i32) i32.const 12)
              (elem (table $calculated) (i32.const 0) funcref \(items.joined(separator: "\n")))
              \(elements.joined(separator: "\n")) \(data.joined(separator: "\n"))
              (func (export "last") (result i32) (global.get $g\(count - 1)))
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
              (func (export "calculated") (param i32) (result i32)
                (call_indirect $calculated (result i32) (local.get 0)))
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
            """
    }

    @Test("Hundreds of globals and segments are what they are, in their order", arguments: [0, 5, 6])
    func order(_ mode: Int) throws {
        let count = 600, store = Store()
        var imports = Imports()
        imports.define("host", "start", try Global(.i32(100), isMutable: false, in: store))
        let instance = try instantiate(Self.text(count), modes[mode], imports: imports, in: store)
        func call(_ name: String, _ arguments: Int...) throws -> Int32? {
            try instance.function(name).call(arguments.map { .i32(Int32($0)) })[0].i32
        }
        #expect(try call("last") == Int32(count + 6))
        for index in [0, 1, 249, count - 2, count - 1] {
            #expect(try call("call", index) == Int32(10 + index % 3))
            #expect(try call("calculated", index) == Int32(10 + index % 3))
            #expect(try call("load", 100 + index) == 97)
        }
        #expect(try call("load", 100 + count) == 98 && call("load", 101 + count) == 0)
    }
}
