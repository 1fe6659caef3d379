import Testing
import WasmText

@testable import WasmEngine

@Suite("Functions that are compiled when they are first called") struct LazyTests {
    private static func options(_ memory: Engine.MemoryProtection = .guarded) -> Engine.Options {
        var options = tiered(memory: memory, threshold: 3)
        options.tiering?.isLazy = true
        options.cache = nil
        return options
    }

    private static func compile(_ text: String, _ options: Engine.Options) throws -> CompiledModule {
        try Engine(options: options).compile(Module(text: text))
    }

    @Test("Nothing is compiled before a call, then the function and what it calls")
    func whatIsCompiled() throws {
        let program = try Self.compile(
            """
            (module
              (table funcref (elem $unused))
              (func $add (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
              (func (export "call") (param i32) (result i32) (call $add (local.get 0)))
              (func $unused (export "unused")))
            """, Self.options())
        let instance = try program.instantiate()
        #expect(program.compiledFunctions == [])
        #expect(try instance.function("call", as: ((Int32) -> Int32).self)(41) == 42)
        #expect(program.compiledFunctions == [0, 1])
    }

    @Test("The start function and functions of tables and globals are called like any other")
    func references() throws {
        let program = try Self.compile(
            """
            (module
              (global $count (export "count") (mut i32) (i32.const 0))
              (table (export "table") funcref (elem $next))
              (func $next (export "next") (result i32)
                (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
              (func $start (drop (call_indirect (result i32) (i32.const 0))))
              (start $start))
            """, Self.options())
        for _ in 0..<2 {
            let instance = try program.instantiate()
            for count in 2...9 as ClosedRange<Int32> {
                #expect(try instance.function("next", as: (() -> Int32).self)() == count)
            }
        }
    }

    @Test("Calls of all kinds give the same, also once optimized code is there", arguments: TieringTests.protections)
    func calls(_ memory: Engine.MemoryProtection) throws {
        let program = try Self.compile(TieringTests.text, Self.options(memory))
        let instance = try program.instantiate(imports: TieringTests.imports())
        for _ in 0..<12 { try TieringTests.callAll(of: instance) }
        #expect(program.replacedFunctions == [1, 4, 6, 7, 8, 9, 10])
    }

    @Test("A function that is called once goes on in optimized code in the middle of its loop")
    func loops() throws {
        let program = try Self.compile(TieringTests.text, Self.options())
        let instance = try program.instantiate(imports: TieringTests.imports())
        #expect(try instance.function("sum", as: ((Int32) -> Int32).self)(1_000) == 332_833_500)
        #expect(program.replacedLoops == [.init(function: 7, number: 0)])
    }

    @Test("Arguments in every register that has some, and on the stack, pass through the stub")
    func arguments() throws {
        let types = (0..<12).flatMap { _ in ["i32", "i64", "f32", "f64", "v128"] }
        let constants = types.enumerated().map { place, type in
            type == "v128" ? "(v128.const i64x2 \(place) \(place * 5))" : "(\(type).const \(place * 3))"
        }
        // Each argument counts by its place.
        let terms = types.enumerated().map { place, type in
            let value = "(local.get \(place))"
            let wide =
                [
                    "i32": "(f64.convert_i32_s \(value))", "i64": "(f64.convert_i64_s \(value))",
                    "f32": "(f64.promote_f32 \(value))", "f64": value,
                ][type] ?? "(f64.convert_i64_s (i64x2.extract_lane 1 \(value)))"
            return "(f64.mul (f64.const \(place + 1)) \(wide)) f64.add"
        }
        let program = try Self.compile(
            """
            (module
              (type $many (func (param \(types.joined(separator: " "))) (result f64 f64 i32)))
              (table funcref (elem $many))
              (func $many (type $many) f64.const 0 \(terms.joined(separator: " ")) f64.const 1 i32.const 2)
              (func (export "indirect") (result f64 f64 i32)
                (call_indirect (type $many) \(constants.joined(separator: " ")) (i32.const 0))))
            """, Self.options())
        let sum = types.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.offset * ($1.element == "v128" ? 5 : 3) }
        let instance = try program.instantiate()
        for _ in 0..<3 {
            let results = try instance.function("indirect").call([])
            #expect(results == [.f64(Double(sum)), .f64(1), .i32(2)])
        }
    }

    @Test("Traps, backtraces and points are those of code that was there before")
    func trapsAndPoints() throws {
        let text = """
            (module
              (memory 1)
              (table funcref (elem $load))
              (func $load (param i32) (result i32) (i32.load (local.get 0)))
              (func $middle (param i32) (result i32)
                (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
              (func $deep (param i32) (result i32) (call $deep (local.get 0)))
              (func (export "outer") (param i32) (result i32)
                (if (i32.eq (local.get 0) (i32.const 1)) (then (return (call $deep (local.get 0)))))
                (i32.add (call $middle (local.get 0)) (i32.const 1))))
            """
        var found: [[String]] = []
        for isLazy in [false, true] {
            var options = Self.options()
            options.tiering = Tiering(isLazy: isLazy)
            options.metering = .points(limit: 1_000_000) { _ in 3 }
            let instance = try Self.compile(text, options).instantiate()
            var seen: [String] = []
            for argument in [4, 65_533, 65_533, 4, 1] as [Int32] {
                do { seen.append("\(try instance.function("outer").call([.i32(argument)]))") } catch let trap as Trap {
                    seen.append("\(trap.reason) \(trap.backtrace?.innermost.prefix(3).map(\.description) ?? [])")
                }
                if argument != 1 { seen.append("\(instance.remainingPoints)") }
            }
            found.append(seen)
        }
        #expect(found[0] == found[1])
        #expect(found[0].contains { $0.contains("load (function 0)") && $0.contains("outer") })
    }

    @Test("A deadline stops a function that was just compiled")
    func deadline() throws {
        var options = Self.options()
        options.isInterruptible = true
        let instance = try Self.compile("(module (func (export \"f\") (loop (br 0))))", options).instantiate()
        #expect(throws: Interrupted.self) {
            try instance.function("f").call([], timeout: .milliseconds(50))
        }
    }

    @Test("Tail calls go from functions that are there to those that are not, and back")
    func tailCalls() throws {
        let program = try Self.compile(
            """
            (module
              (type $unary (func (param i32) (result i32)))
              (table funcref (elem $even))
              (func $even (export "even") (type $unary)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
                (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
              (func $odd (type $unary)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                (return_call_indirect (type $unary) (call $less (local.get 0)) (i32.const 0)))
              (func $less (type $unary) (i32.sub (local.get 0) (i32.const 1)))
              (func (export "call") (type $unary) (call_indirect (type $unary) (local.get 0) (i32.const 0))))
            """, Self.options())
        let instance = try program.instantiate()
        for name in ["even", "call"] {
            for count in [9, 100_000] as [Int32] {
                #expect(try instance.function(name, as: ((Int32) -> Int32).self)(count) == 1 - count % 2)
            }
        }
    }

    @Test("64 threads that call first at once, on several functions, all get the code")
    func threads() async throws {
        let functions = (0..<16).map {
            "(func (export \"f\($0)\") (param i32) (result i32) (i32.add (local.get 0) (i32.const \($0))))"
        }
        let program = try Self.compile("(module \(functions.joined()))", Self.options())
        try await withThrowingTaskGroup { group in
            for thread in 0..<64 {
                group.addTask {
                    let instance = try program.instantiate()
                    for index in 0..<16 {
                        let function = try instance.function("f\((index + thread) % 16)", as: ((Int32) -> Int32).self)
                        #expect(try function(1_000) == 1_000 + Int32(index + thread) % 16)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(program.compiledFunctions == Set(0..<16))
    }

    @Test("A function that ends the compiler's process has an error of its own, each time; others run")
    func failure() throws {
        let engine = IsolationTests.isolated(Self.options(), faults: "abort:twice:*")
        let program = try engine.compile(
            Module(
                text: """
                    (module
                      (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
                      (func $more (export "more") (param i32) (result i32)
                        (if (result i32) (local.get 0) (then (i32.const 5)) (else (call $twice (local.get 0))))))
                    """))
        let instance = try program.instantiate()
        // With its callee it cannot be compiled, alone it can.
        #expect(try instance.function("more", as: ((Int32) -> Int32).self)(1) == 5)
        for name in ["twice", "more", "twice"] {
            let error = try #require(throws: CompileError.self) { try instance.function(name).call([.i32(0)]) }
            #expect(error.cause == .crashed && error.function == 0)
        }
        #expect(try instance.function("more", as: ((Int32) -> Int32).self)(2) == 5)
    }

    @Test("An artifact without its functions is not loaded; one that the engine makes is complete")
    func artifacts() throws {
        let module = try Module(text: IsolationTests.calculator)
        let engine = Engine(options: Self.options())
        let program = try engine.compile(module)
        #expect(throws: ArtifactError.self) { try CompiledModule(trusting: program.bytes) }
        let complete = try CompiledModule(trusting: engine.artifact(of: module)).instantiate()
        #expect(try complete.function("add", as: ((Int32, Int32) -> Int32).self)(40, 2) == 42)
    }
}
