import Testing
import WasmEngine
import WasmText

/// The types of typed functions: numbers copy exactly their own bytes, other types go through a number.
@Suite struct TypedValueTests {
    private enum Color: Int32, WasmConvertible { case red, green }

    private struct Handle: WasmConvertible, Equatable {
        var object: UInt64
        init(object: UInt64) { self.object = object }
        init?(wasmRawValue: UInt64) {
            guard wasmRawValue < 1 << 40 else { return nil }
            object = wasmRawValue
        }
        var wasmRawValue: UInt64 { object }
    }

    private static let text = """
        (module
          (import "env" "not" (func $not (param i32) (result i32)))
          (import "env" "next" (func $next (param i32) (result i32)))
          (import "env" "five" (func $five (param i32 i32 i32 i32 i32) (result i32)))
          (func (export "id") (param i32) (result i32) (local.get 0))
          (func (export "id64") (param i64) (result i64) (local.get 0))
          (func (export "not") (param i32) (result i32) (call $not (local.get 0)))
          (func (export "next") (param i32) (result i32) (call $next (local.get 0)))
          (func (export "third") (param i32 i32 i32 i32 i32) (result i32) (local.get 2))
          (func (export "five") (param i32) (result i32)
            (call $five (i32.const -1) (i32.const -1) (local.get 0) (i32.const -1) (i32.const -1))))
        """

    private func instance() throws -> Instance {
        var imports = Imports()
        imports.define("env", "not") { (flag: Bool) -> Bool in !flag }
        imports.define("env", "next") { (color: Color) -> Color in color == .red ? .green : .red }
        imports.define("env", "five") { (_: Int32, _: Int32, flag: Bool, _: Int32, _: Int32) -> Bool in flag }
        return try instantiate(Self.text, imports: imports)
    }

    @Test("A Bool is 0 or 1 for the guest, and every number but 0 is true")
    func booleans() throws {
        let instance = try instance()
        let give = try instance.function("id", as: ((Bool) -> Int32).self)
        let take = try instance.function("id", as: ((Int32) -> Bool).self)
        for _ in 0..<2 {
            // What a call before left in the slot is not taken for a part of the flag.
            #expect(try instance.function("id", as: ((Int32) -> Int32).self)(-1) == -1)
            #expect(try give(true) == 1 && give(false) == 0)
            for (number, flag) in [(0, false), (1, true), (2, true), (256, true), (-1, true), (.min, true)]
                as [(Int32, Bool)]
            {
                #expect(try take(number) == flag)
            }
        }
        let invert = try instance.function("not", as: ((Int32) -> Int32).self)
        #expect(try invert(0) == 1 && invert(256) == 0)
        let third = try instance.function("third", as: ((Int32, Int32, Bool, Int32, Int32) -> Int32).self)
        #expect(try third(-1, -1, true, -1, -1) == 1 && third(-1, -1, false, -1, -1) == 0)
        let five = try instance.function("five", as: ((Int32) -> Int32).self)
        #expect(try five(512) == 1 && five(0) == 0)
    }

    @Test(
        """
        A number that no value of the type has is an error that names both, in results and in a host function's \
        parameters
        """
    )
    func partialTypes() throws {
        let instance = try instance()
        let next = try instance.function("next", as: ((Color) -> Color).self)
        #expect(try next(.red) == .green && next(.green) == .red)
        let wrong = try instance.function("next", as: ((Int32) -> Int32).self)
        #expect(throws: UsageError.noValue(type: "Color", number: "77")) { try wrong(77) }
        let color = try instance.function("id", as: ((Int32) -> Color).self)
        #expect(try color(1) == .green)
        #expect(throws: UsageError.noValue(type: "Color", number: "-1")) { try color(-1) }
        let handle = try instance.function("id64", as: ((Handle) -> Handle).self)
        #expect(try handle(Handle(object: 1 << 39)) == Handle(object: 1 << 39))
        #expect(throws: UsageError.self) { try handle(Handle(object: 1 << 40)) }
        #expect(throws: UsageError.self) { try instance.function("id", as: ((Handle) -> Handle).self) }
    }

    @Test("Numbers keep all of their bits")
    func numbers() throws {
        let instance = try instance()
        #expect(try instance.function("id", as: ((UInt32) -> Int32).self)(.max) == -1)
        #expect(try instance.function("id64", as: ((UInt64) -> Int64).self)(.max) == -1)
        #expect(throws: UsageError.self) { try instance.function("id", as: ((Float) -> Float).self) }
    }

    @Test("Results take the place of an array's elements; a call that ends early leaves them")
    func resultsInPlace() throws {
        let instance = try instantiate(
            """
            (module
              (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
              (func (export "two") (param i32) (result i64 f32) (i64.const 7) (f32.const 0.5))
              (func (export "nothing") (unreachable)))
            """)
        let add = try instance.function("add")
        var results: [Value] = [5]
        for term in Int32(1)...3 { try add.call([results[0], .i32(term)], into: &results) }
        #expect(results == [11])
        // One that others hold, too, stays what it is for them.
        let before = results
        try add.call([1, 2], into: &results)
        #expect(before == [11] && results == [3])
        try instance.function("two").call([0], into: &results)
        #expect(results == [.i64(7), .f32(0.5)])
        #expect(throws: Trap.self) { try instance.function("nothing").call(into: &results) }
        #expect(throws: UsageError.self) { try add.call([1], into: &results) }
        #expect(throws: UsageError.self) { try add.call([1, .i64(2)], into: &results) }
        #expect(results == [.i64(7), .f32(0.5)])
    }
}
