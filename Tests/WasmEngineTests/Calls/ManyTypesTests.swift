import Testing
import Wasm
import WasmEngine
import WasmText

/// Functions of more types than have trampolines: the runtime passes their values where generated code expects them.
@Suite struct ManyTypesTests {
    /// Some of ``modes``, and code that is made when it is called.
    static let ways: [Engine.Options] = {
        var lazy = modes[8]
        lazy.tiering?.isLazy = true
        return [modes[0], modes[5], modes[8], lazy]
    }()

    /// 512 imported functions, each of a type whose values are held in another way. Types after these have no
    /// trampolines of their own.
    static let fillers: (types: [FunctionType], text: String) = {
        let types = (0..<512).map { number in
            FunctionType(parameters: (0..<9).map { number >> $0 & 1 == 0 ? .i32 : .f32 } + [.f64], results: [.f64])
        }
        let text = types.indices.map { "(import \"fill\" \"\($0)\" (func (type $fill\($0))))" }
        let definitions = types.enumerated().map { "(type $fill\($0) \(signature($1)))" }
        return (types, definitions.joined(separator: "\n") + text.joined(separator: "\n"))
    }()

    static func signature(_ type: FunctionType) -> String {
        func list(_ name: String, _ types: [ValueType]) -> String {
            types.isEmpty ? "" : "(\(name) \(types.map(\.description).joined(separator: " ")))"
        }
        return "(func \(list("param", type.parameters)) \(list("result", type.results)))"
    }

    static func imports() -> Imports {
        var imports = Imports()
        for (number, type) in fillers.types.enumerated() {
            imports.define("fill", "\(number)", HostFunction(type: type) { [$1[9]] })
        }
        return imports
    }

    /// The same numbers each time.
    struct Generator: RandomNumberGenerator {
        var state: UInt64 = 17
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
        }
    }

    static let kinds: [ValueType] = [.i32, .i64, .f32, .f64, .v128, .externref, .funcref]

    static func value(_ type: ValueType, _ generator: inout Generator) -> Value {
        let bits = generator.next()
        switch type {
        case .i32: return .i32(Int32(truncatingIfNeeded: bits))
        case .i64: return .i64(Int64(bitPattern: bits))
        case .f32: return .f32(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .f64: return .f64(Double(bitPattern: bits))
        case .v128: return .v128(low: bits, high: generator.next())
        case .externref: return .externref(ExternalReference(bits >> 3))
        default: return .funcref(nil)
        }
    }

    static let types: [FunctionType] = {
        var generator = Generator()
        func list(_ counts: ClosedRange<Int>, of kinds: [ValueType] = kinds) -> [ValueType] {
            (0..<Int.random(in: counts, using: &generator)).map { _ in kinds.randomElement(using: &generator) ?? .i32 }
        }
        let random = (0..<120).map { _ in FunctionType(parameters: list(0...30), results: list(0...5)) }
        // One kind of register, results alone, and the most that there may be.
        let one = kinds.map { FunctionType(parameters: Array(repeating: $0, count: 21), results: [$0, $0]) }
        return random + one + [
            FunctionType(parameters: [], results: [.v128, .f32]), FunctionType(parameters: [], results: [.i64, .v128]),
            FunctionType(parameters: list(1_000...1_000), results: list(1_000...1_000)),
            FunctionType(parameters: list(1_000...1_000, of: [.v128, .i32]), results: [.f32]),
        ]
    }()

    /// For each type `call` has the host's function called, and `indirect` by way of a table.
    static let text: String = {
        let definitions = types.enumerated().map { "(type $t\($0) \(signature($1)))" }
        let imported = types.indices.map { "(import \"env\" \"\($0)\" (func $f\($0) (type $t\($0))))" }
        let functions = types.enumerated().map { number, type in
            let arguments = type.parameters.indices.map { "local.get \($0) " }.joined()
            return """
                (func (export "call\(number)") (type $t\(number)) \(arguments) call $f\(number))
                (func (export "indirect\(number)") (type $t\(number))
                  \(arguments) i32.const \(number) call_indirect (type $t\(number)))
                """
        }
        let elements = types.indices.map { "$f\($0)" }.joined(separator: " ")
        return """
            (module \(fillers.text) \(definitions.joined(separator: "\n")) \(imported.joined(separator: "\n"))
              (table (export "table") funcref (elem \(elements)))
              \(functions.joined(separator: "\n")))
            """
    }()

    @Test("Every value of every kind arrives, both ways", arguments: ways.indices)
    func values(_ way: Int) throws {
        let store = Store()
        var imports = Self.imports()
        var expected: (arguments: [Value], results: [Value]) = ([], [])
        var calls = 0
        for (number, type) in Self.types.enumerated() {
            let function = HostFunction(type: type) { _, arguments in
                #expect(arguments == expected.arguments, "\(type)")
                calls += 1
                return expected.results
            }
            // Half of them are there before the module.
            if number % 2 == 0 {
                imports.define("env", "\(number)", try Function(function, in: store))
            } else {
                imports.define("env", "\(number)", function)
            }
        }
        let instance = try instantiate(Self.text, Self.ways[way], imports: imports, in: store)
        let table = try #require(instance.table("table"))
        var generator = Generator(state: 5)
        for (number, type) in Self.types.enumerated() {
            guard case .funcref(let reference?) = try table.get(UInt64(number)) else {
                Issue.record("element \(number) is null")
                continue
            }
            let functions = [
                try instance.function("call\(number)"), try instance.function("indirect\(number)"),
                // The host calls the host.
                try store.function(reference),
            ]
            for function in functions {
                expected = (
                    type.parameters.map { Self.value($0, &generator) }, type.results.map { Self.value($0, &generator) }
                )
                #expect(try function.call(expected.arguments) == expected.results, "\(type)")
            }
        }
        #expect(calls == 3 * Self.types.count)
    }

    /// `outer` calls the host by a type without trampolines, and has a frame that moves the stack pointer.
    static let frames = """
        (module \(fillers.text)
          (type $wide (func (param i64 i64 i64 i64 i64 i64 i64 f32 v128) (result i64 f32)))
          (import "env" "host" (func $host (type $wide)))
          (tag $t (export "t") (param i64))
          (func $inner (export "inner") (type $wide)
            (if (i64.eqz (local.get 0)) (then unreachable))
            (if (i64.eq (local.get 0) (i64.const 1)) (then (throw $t (i64.const 41))))
            (i64.mul (local.get 6) (i64.const 2)) (local.get 7))
          (func $outer (export "outer") (type $wide) (local i64)
            (local.set 9 (i64.mul (local.get 1) (i64.const 3)))
            (block $h (result i64)
              (try_table (catch $t $h)
                (call $host (local.get 0) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
                  (i64.const 7) (f32.const 8) (v128.const i64x2 9 10))
                return)
              (i64.const 0))
            (i64.add (local.get 9)) (f32.const -1)))
        """

    private func instance(_ way: Int, _ host: @escaping ([Value]) throws -> [Value]) throws -> Instance {
        var imports = Self.imports()
        let type = FunctionType(
            parameters: Array(repeating: .i64, count: 7) + [.f32, .v128], results: [.i64, .f32])
        imports.define("env", "host", HostFunction(type: type) { _, arguments in try host(arguments) })
        return try instantiate(Self.frames, Self.ways[way], imports: imports)
    }

    private static func arguments(_ first: Int64) -> [Value] {
        [.i64(first), .i64(100)] + Array(repeating: .i64(0), count: 5) + [.f32(0), .v128(low: 0, high: 0)]
    }

    @Test(
        "Exceptions, traps and the host's errors pass such calls, and guests' frames are named",
        arguments: ways.indices)
    func endings(_ way: Int) throws {
        var inner: Function?
        defer { inner = nil }
        let instance = try instance(way) { arguments in
            if arguments[0] == .i64(3) { throw ExitCode(3) }
            return try inner?.call(arguments) ?? []
        }
        inner = try instance.function("inner")
        let outer = try instance.function("outer")
        #expect(try outer.call(Self.arguments(2)) == [.i64(14), .f32(8)])
        // The guest's own exception, through the host.
        #expect(try outer.call(Self.arguments(1)) == [.i64(341), .f32(-1)])
        #expect(throws: GuestException.self) { try inner?.call(Self.arguments(1)) }
        #expect(throws: ExitCode(3)) { try outer.call(Self.arguments(3)) }
        #expect(BacktraceTests.names(instance.store.lastBacktrace) == ["outer"])
        do {
            _ = try outer.call(Self.arguments(0))
            Issue.record("nothing was thrown")
        } catch let trap as Trap {
            #expect(trap.reason == .unreachable)
            #expect(BacktraceTests.names(trap.backtrace) == ["inner", "outer"])
        }
        #expect(try outer.call(Self.arguments(2)) == [.i64(14), .f32(8)])
    }

    @Test("An exception of the host's is caught where such a call was made", arguments: ways.indices)
    func thrownByHost(_ way: Int) throws {
        var thrown: GuestException?
        let instance = try instance(way) { _ in
            if let thrown { throw thrown }
            return []
        }
        thrown = GuestException(try #require(instance.tag("t")), [.i64(1)])
        #expect(try instance.function("outer").call(Self.arguments(2)) == [.i64(301), .f32(-1)])
    }
}
