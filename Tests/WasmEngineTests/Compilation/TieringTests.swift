import Synchronization
import Testing
import WasmText

@testable import WasmEngine

@Suite("Code that is replaced while it is used") struct TieringTests {
    /// `sum` runs a loop and calls `square`; `chosen` calls through a table; `pair` has two results.
    static let text = """
        (module
          (import "env" "host" (func $host (param i32)))
          (type $unary (func (param i32) (result i32)))
          (memory (export "memory") 1)
          (table funcref (elem $square $next $twice $thrice $same))
          (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))
          (func $next (type $unary) (i32.add (local.get 0) (i32.const 1)))
          (func $twice (type $unary) (i32.shl (local.get 0) (i32.const 1)))
          (func $thrice (type $unary) (i32.mul (local.get 0) (i32.const 3)))
          (func $same (type $unary) (local.get 0))
          (func $pair (param i32) (result i32 i64 f64)
            (local.get 0) (i64.extend_i32_s (local.get 0)) (f64.convert_i32_s (local.get 0)))
          (func (export "sum") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (loop $each
              (local.set $sum (i32.add (local.get $sum) (call $square (local.get $i))))
              (br_if $each (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum))
          (func (export "chosen") (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 1)
            (local.get 0)))
          (func (export "pairs") (param i32) (result f64) (local $wide i64) (local $float f64)
            (call $pair (local.get 0)) (local.set $float) (local.set $wide) (drop)
            (f64.add (local.get $float) (f64.convert_i64_s (local.get $wide))))
          (func $factorial (export "factorial") (param i64) (result i64)
            (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
              (else (i64.mul (local.get 0) (call $factorial (i64.sub (local.get 0) (i64.const 1)))))))
          ;; Calls the host in the middle of two loops, with an operand beneath the inner one.
          (func $busy (export "busy") (param $n i32) (param $stop i32) (result i32) (local $i i32) (local $j i32)
            (loop $outer
              (local.set $j (i32.const 0))
              (local.get $i)
              (loop $inner
                (if (i32.eq (local.get $i) (local.get $stop)) (then (call $host (local.get $i))))
                (i32.store8 (local.get $j) (local.get $i))
                (br_if $inner (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 100))))
              (drop)
              (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.load8_u (i32.const 99)))
          (func (export "fill") (param $byte i32) (local $i i32)
            (loop $each
              (i32.store8 (local.get $i) (local.get $byte))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $each))))
        """

    static func imports(_ host: @escaping @Sendable (Int32) throws -> Void = { _ in }) -> Imports {
        var imports = Imports()
        imports.define("env", "host") { (value: Int32) throws -> Void in try host(value) }
        return imports
    }

    static let protections: [Engine.MemoryProtection] = [.checked, .guarded]

    /// Calls directly, through a table, with two results, recursively and in a loop.
    static func callAll(of instance: Instance) throws {
        #expect(try instance.function("chosen").call([.i32(0), .i32(7)]).first?.i32 == 49)
        #expect(try instance.function("chosen").call([.i32(3), .i32(7)]).first?.i32 == 21)
        #expect(throws: Trap.self) { try instance.function("chosen").call([.i32(5), .i32(7)]) }
        #expect(try instance.function("pairs", as: ((Int32) -> Double).self)(-21) == -42)
        #expect(try instance.function("factorial", as: ((Int64) -> Int64).self)(20) == 2_432_902_008_176_640_000)
        #expect(try instance.function("sum", as: ((Int32) -> Int32).self)(4) == 14)
    }

    @Test("Calls of all kinds give the same before and after", arguments: protections)
    func calls(_ memory: Engine.MemoryProtection) throws {
        let program = try Engine(options: tiered(memory: memory, threshold: 3)).compile(Module(text: Self.text))
        let instance = try program.instantiate(imports: Self.imports())
        #expect(program.replacedFunctions.isEmpty)
        for _ in 0..<12 { try Self.callAll(of: instance) }
        // $square, $thrice, $pair, sum, chosen, pairs and factorial.
        #expect(program.replacedFunctions == [1, 4, 6, 7, 8, 9, 10])
        // An instance made later starts with the optimized code.
        let other = try program.instantiate(imports: Self.imports())
        #expect(try other.function("sum", as: ((Int32) -> Int32).self)(5) == 30)
    }

    @Test(
        "Arguments beyond those in registers arrive, called directly, through a table and by the host",
        arguments: protections)
    func manyArguments(_ memory: Engine.MemoryProtection) throws {
        let types = (0..<36).map { ["i32", "i64", "f32", "f64"][$0 % 4] }
        let parameters = types.joined(separator: " ")
        // Each argument counts by its place.
        let terms = types.enumerated().map { place, type in
            let value = "(local.get \(place))"
            let wide =
                [
                    "i32": "(f64.convert_i32_s \(value))", "i64": "(f64.convert_i64_s \(value))",
                    "f32": "(f64.promote_f32 \(value))",
                ][type] ?? value
            return "(f64.mul (f64.const \(place + 1)) \(wide)) f64.add"
        }
        let constants = types.enumerated().map { "(\($0.element).const \($0.offset * 3))" }.joined(separator: " ")
        let text = """
            (module
              (type $many (func (param \(parameters)) (result f64)))
              (table funcref (elem $many))
              (func $many (export "many") (type $many) f64.const 0 \(terms.joined(separator: " ")))
              (func (export "direct") (result f64) (call $many \(constants)))
              (func (export "indirect") (result f64) (call_indirect (type $many) \(constants) (i32.const 0))))
            """
        let instance = try instantiate(text, tiered(memory: memory, threshold: 2))
        let arguments = types.enumerated().map { place, type -> Value in
            switch type {
            case "i32": .i32(Int32(place * 3))
            case "i64": .i64(Int64(place * 3))
            case "f32": .f32(Float(place * 3))
            default: .f64(Double(place * 3))
            }
        }
        let sum = Double((0..<36).reduce(0) { $0 + ($1 + 1) * $1 * 3 })
        for _ in 0..<8 {
            #expect(try instance.function("many").call(arguments).first?.f64 == sum)
            #expect(try instance.function("direct").call([]).first?.f64 == sum)
            #expect(try instance.function("indirect").call([]).first?.f64 == sum)
        }
    }

    @Test("A function that is called once goes on in optimized code in the middle of its loop", arguments: protections)
    func loops(_ memory: Engine.MemoryProtection) throws {
        for threshold in [1, 2, 10, 99, 500] {
            let program = try Engine(options: tiered(memory: memory, threshold: threshold)).compile(
                Module(text: Self.text))
            let instance = try program.instantiate(imports: Self.imports())
            #expect(try instance.function("sum", as: ((Int32) -> Int32).self)(1_000) == 332_833_500)
            #expect(program.replacedLoops == [.init(function: 7, number: 0)])
            #expect(!program.replacedFunctions.contains(7))
        }
    }

    @Test("A host's error and a trap leave optimized code as they leave any other", arguments: protections)
    func errors(_ memory: Engine.MemoryProtection) throws {
        struct Refusal: Error, Equatable { var value: Int32 }
        let seen = Mutex<[Int32]>([])
        let imports = Self.imports { value in
            seen.withLock { $0.append(value) }
            throw Refusal(value: value)
        }
        let plain = try instantiate(Self.text, .init(optimization: .none, memory: memory), imports: imports)
        let program = try Engine(options: tiered(memory: memory, threshold: 5)).compile(Module(text: Self.text))
        for stop in [0, 3, 70] as [Int32] {
            var frames: [[Backtrace.Frame]] = []
            for instance in [plain, try program.instantiate(imports: imports)] {
                #expect(throws: Refusal(value: stop)) {
                    try instance.function("busy", as: ((Int32, Int32) -> Int32).self)(100, stop)
                }
                frames.append(instance.store.lastBacktrace?.innermost ?? [])
                #expect(try instance.memory?.read(at: 99, byteCount: 1) == [UInt8(max(0, stop - 1))])
            }
            #expect(frames[0].count == 1)
            #expect(frames[0] == frames[1])
        }
        #expect(seen.withLock { $0 } == [0, 0, 3, 3, 70, 70])
        // The baseline's frame beneath is the same function's.
        let instance = try program.instantiate(imports: imports)
        let fill = try instance.function("fill", as: ((Int32) -> Void).self)
        for byte in [7, 8] as [Int32] {
            do {
                try fill(byte)
                Issue.record("nothing was thrown")
            } catch let trap as Trap {
                #expect(trap.reason == .memoryOutOfBounds)
                #expect(trap.backtrace?.innermost.map(\.functionIndex) == [12])
            }
            #expect(try instance.memory?.read(at: 65_535, byteCount: 1) == [UInt8(byte)])
        }
    }

    @Test("Points are the same as without", arguments: protections)
    func points(_ memory: Engine.MemoryProtection) throws {
        for limit in [90, 1_000, 5_000, 20_000, 1_000_000] as [UInt64] {
            var left: [RemainingPoints] = []
            for mode in [Engine.Options(optimization: .none, memory: memory), tiered(memory: memory, threshold: 7)] {
                var options = mode
                options.metering = .points(limit: limit) { _ in 1 }
                let instance = try instantiate(Self.text, options, imports: Self.imports())
                let busy = try instance.function("busy", as: ((Int32, Int32) -> Int32).self)
                if limit < 1_000_000 {
                    #expect(throws: OutOfPoints.self) { try busy(100, -1) }
                } else {
                    #expect(try busy(100, -1) == 99)
                }
                left.append(instance.remainingPoints)
            }
            #expect(left[0] == left[1])
        }
    }

    @Test("A deadline stops optimized code, too")
    func deadlines() throws {
        var options = tiered(memory: .checked)
        options.isInterruptible = true
        let instance = try instantiate(
            #"""
            (module (func (export "spin") (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br \#
            0))))
            """#,
            options)
        let spin = try instance.function("spin", as: (() -> Void).self)
        #expect(throws: Interrupted.self) {
            try instance.store.interruptible(timeout: .milliseconds(200)) { try spin() }
        }
    }

    @Test("Modules go while their functions are compiled")
    func leaving() throws {
        for round in 0..<40 {
            var options = Engine.Options()
            options.tiering = Tiering(threshold: 1)
            options.cache = nil
            let instance = try instantiate(Self.text, options, imports: Self.imports())
            let sum = try instance.function("sum", as: ((Int32) -> Int32).self)
            for _ in 0...round { #expect(try sum(10) == 285) }
        }
    }

    @Test("Several threads run and replace the same code")
    func threads() async throws {
        var options = Engine.Options()
        options.tiering = Tiering(threshold: 2)
        options.cache = nil
        let program = try Engine(options: options).compile(Module(text: Self.text))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let instance = try program.instantiate(imports: Self.imports())
                    let sum = try instance.function("sum", as: ((Int32) -> Int32).self)
                    while !program.replacedFunctions.contains(7) { #expect(try sum(100) == 328_350) }
                    #expect(try sum(100) == 328_350)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A tiered artifact that is written and loaded runs without being replaced")
    func artifact() throws {
        let program = try Engine(options: tiered(memory: .checked)).compile(Module(text: Self.text))
        let loaded = try CompiledModule(trusting: program.bytes)
        let instance = try loaded.instantiate(imports: Self.imports())
        for _ in 0..<10 { #expect(try instance.function("sum", as: ((Int32) -> Int32).self)(100) == 328_350) }
        #expect(loaded.replacedFunctions.isEmpty)
    }

    @Test("A large function keeps no small one waiting")
    func batches() {
        let byteCounts = [100_000, 10, 20, 20_000, 15_000, 2_000, 30]
        var waiting = Array(byteCounts.indices)
        var batches: [[Int]] = []
        while !waiting.isEmpty {
            let batch = HotCodeCompiler.batch(of: waiting) { byteCounts[$0] }
            batches.append(batch)
            waiting.removeAll { batch.contains($0) }
        }
        #expect(batches == [[1, 2, 4, 5], [6], [0], [3]])
    }
}
