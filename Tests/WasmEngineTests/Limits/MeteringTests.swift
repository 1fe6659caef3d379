import Testing
import WasmEngine
import WasmText

@Suite struct MeteringTests {
    static func metered(_ mode: Engine.Options, _ metering: Metering) -> Engine.Options {
        var options = mode
        options.metering = metering
        return options
    }

    static func documented(limit: UInt64) -> Metering {
        .points(limit: limit) { instruction in
            switch instruction {
            case .localGet, .i32Const: 1
            case .i32Add: 2
            default: 0
            }
        }
    }

    static let addOne = #"(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#

    @Test(
        "The documented numbers: 6, 2, exhausted, 10; and with 12 points a call may leave 0", arguments: modes.indices)
    func documentedNumbers(_ mode: Int) throws {
        let instance = try instantiate(Self.addOne, Self.metered(modes[mode], Self.documented(limit: 10)))
        let f = try instance.function("f", as: ((Int32) -> Int32).self)
        #expect(try f(41) == 42)
        #expect(instance.remainingPoints == .remaining(6))
        #expect(try f(41) == 42)
        #expect(instance.remainingPoints == .remaining(2))
        for _ in 0..<2 {
            #expect(throws: OutOfPoints.self) { try f(41) }
            #expect(instance.remainingPoints == .exhausted)
        }
        instance.remainingPoints = .remaining(10)
        #expect(instance.remainingPoints == .remaining(10))
        instance.remainingPoints = .remaining(12)
        for left in [8, 4, 0] as [UInt64] {
            #expect(try f(41) == 42)
            #expect(instance.remainingPoints == .remaining(left))
        }
        #expect(throws: OutOfPoints.self) { try f(41) }
        #expect(instance.remainingPoints == .exhausted)
    }

    static let program = """
        (module
          (import "env" "host" (func $host (param i32)))
          (memory (export "memory") 1)
          (table 10 funcref)
          (data $d "abcdefgh")
          (func $fib (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
              (then (local.get 0))
              (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                             (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "loops") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (block $out
              (loop $outer
                (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
                (block $a (block $b (block $c (br_table $a $b $c (i32.and (local.get $i) (i32.const 3))))
                  (local.set $sum (i32.add (local.get $sum) (i32.const 3))))
                  (local.set $sum (i32.mul (local.get $sum) (i32.const 5))) (call $host (local.get $sum)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $outer)))
            (local.get $sum))
          (func (export "trap") (param i32)
            (i32.store (i32.const 0) (i32.const 1))
            (if (local.get 0) (then (drop (i32.load (i32.const 65536)))))
            (i32.store (i32.const 0) (i32.const 2)))
          (func (export "bulk") (param i32)
            (memory.fill (i32.const 0) (i32.const 1) (local.get 0))
            (memory.copy (i32.const 1) (i32.const 0) (local.get 0))
            (memory.init $d (i32.const 0) (i32.const 0) (i32.const 8))
            (table.fill 0 (i32.const 0) (ref.null func) (i32.const 10)))
          (func (export "endless") (loop (br 0)))
          (func $again (export "recursion") (call $again)))
        """

    /// What is left after each call, and what came of it.
    static func trace(_ options: Engine.Options) throws -> [String] {
        var imports = Imports()
        var seen: [String] = []
        imports.define("env", "host") { (caller: Caller, value: Int32) throws -> Void in
            seen.append("host \(value) \(caller.remainingPoints.map(\.description) ?? "")")
        }
        let instance = try instantiate(program, options, imports: imports)
        for (name, argument, limit) in [
            ("fib", 12, 100_000), ("fib", 12, 1_000), ("loops", 20, 1_000), ("loops", 1_000_000, 10_000),
            ("loops", 100, 333),
            ("trap", 0, 100), ("trap", 1, 100), ("bulk", 6000, 1_000), ("bulk", 6000, 90), ("bulk", 6000, 110),
        ] {
            instance.remainingPoints = .remaining(UInt64(limit))
            let outcome: String
            do { outcome = "\(try instance.function(name).call([.i32(Int32(argument))]))" } catch {
                outcome = "\(error)"
            }
            seen.append("\(name) \(outcome) \(instance.remainingPoints)")
        }
        return seen
    }

    @Test("Points and effects are the same at every level and with every memory")
    func sameEverywhere() throws {
        let metering = Metering.points(hostCall: 7) { instruction in UInt32(instruction.rawValue % 5) + 1 }
        let expected = try Self.trace(Self.metered(modes[0], metering))
        #expect(expected.contains { $0.hasPrefix("fib the guest ran out of points exhausted") })
        #expect(expected.contains { $0.hasPrefix("trap wasm trap") && $0.hasSuffix("remaining") })
        #expect(expected.count > 20)
        for mode in modes.dropFirst() {
            #expect(try Self.trace(Self.metered(mode, metering)) == expected, "\(mode.optimization) \(mode.memory)")
        }
    }

    @Test("Endless loops and endless recursion run out", arguments: modes.indices)
    func endless(_ mode: Int) throws {
        var imports = Imports()
        imports.define("env", "host") { (_: Int32) in }
        let options = Self.metered(modes[mode], .points(limit: 1_000) { _ in 1 })
        let instance = try instantiate(Self.program, options, imports: imports)
        #expect(throws: OutOfPoints.self) { try instance.function("endless").call() }
        instance.remainingPoints = .remaining(1_000)
        #expect(throws: OutOfPoints.self) { try instance.function("recursion").call() }
        instance.remainingPoints = .remaining(1_000)
        #expect(throws: OutOfPoints.self) {
            try instantiate("(module (func $s (loop (br 0))) (start $s))", options)
        }
    }

    @Test("Bulk operations are charged by length before they start")
    func bulk() throws {
        let options = Self.metered(.init(), .points(limit: 100, bytesPerPoint: 64) { _ in 0 })
        let text =
            #"""
            (module (memory (export "memory") 1) (func (export "fill") (param i32) (memory.fill (i32.const 0) \#
            (i32.const 1) (local.get 0))))
            """#
        let instance = try instantiate(text, options)
        let fill = try instance.function("fill", as: ((Int32) -> Void).self)
        try fill(65)
        #expect(instance.remainingPoints == .remaining(98))
        #expect(throws: OutOfPoints.self) { try fill(64 * 99) }
        let memory = try #require(instance.memory)
        #expect(try memory.load(at: 65, as: UInt8.self) == 0)
        instance.remainingPoints = .remaining(0)
        try fill(0)
        // 4 GiB cost 2^26 points, also when they do not fit.
        instance.remainingPoints = .remaining((1 << 26) - 1)
        #expect(throws: OutOfPoints.self) { try fill(-1) }
        instance.remainingPoints = .remaining(1 << 26)
        #expect(throws: Trap.self) { try fill(-1) }
        #expect(instance.remainingPoints == .remaining(0))
    }

    @Test("A host function sees exact points, sets them, and is not entered by a guest that has none left")
    func hostFunctions() throws {
        var calls = 0
        var seen: [RemainingPoints?] = []
        var imports = Imports()
        imports.define("env", "host") { (caller: Caller, points: Int32) throws -> Void in
            calls += 1
            seen.append(caller.remainingPoints)
            if points >= 0 { caller.setRemainingPoints(.remaining(UInt64(points))) }
            if points == -2 { caller.setRemainingPoints(.exhausted) }
        }
        let text = """
            (module (import "env" "host" (func $host (param i32)))
              (func (export "f") (param i32) (call $host (local.get 0)) (drop (i32.const 1))))
            """
        let options = Self.metered(
            .init(), .points(limit: 100, hostCall: 20) { $0 == .i32Const || $0 == .call ? 5 : 0 })
        let instance = try instantiate(text, options, imports: imports)
        let f = try instance.function("f", as: ((Int32) -> Void).self)
        try f(-1)
        #expect(instance.remainingPoints == .remaining(70))
        try f(1_000)
        #expect(instance.remainingPoints == .remaining(995))
        #expect(throws: OutOfPoints.self) { try f(-2) }
        instance.remainingPoints = .remaining(24)
        #expect(throws: OutOfPoints.self) { try f(-1) }
        #expect(calls == 3)
        #expect(seen == [.remaining(75), .remaining(45), .remaining(970)])
        #expect(instance.remainingPoints == .exhausted)
    }

    @Test("Loops keep the count in a register")
    func registers() throws {
        let engine = Engine(options: Self.metered(.init(), .points { _ in 1 }))
        let module = try Module(
            text:
                #"""
                (module (func (export "f") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) \#
                (i32.const 1)))))))
                """#
        )
        let ir = String(decoding: try engine.emit(module, as: .optimizedIR), as: UTF8.self)
        let body = try #require(ir.split(separator: "\ndefine ").first { $0.contains("@wasm_function_0(") })
        let loop = body.split(separator: "\n\n").filter { $0.contains("phi i64") && $0.contains("br i1") }
        #expect(!loop.isEmpty)
        #expect(!loop.contains { $0.contains(" load ") || $0.contains("store ") }, "\(body)")
    }

    /// Hundreds of branches in a row, no loop and no call. Each way counts what it does in a global.
    static func straightCode(_ branch: String) -> String {
        """
        (module (global $done (export "done") (mut i32) (i32.const 0))
          (func (export "f") (param i32)
            \(String(repeating: branch, count: 400))))
        """
    }

    @Test(
        "A guest stops before the block that it has too few points for, without loops and calls, too",
        arguments: modes.indices)
    func overrun(_ mode: Int) throws {
        let step = "(global.set $done (i32.add (global.get $done) (i32.const 1)))"
        let branches = [
            "(if (local.get 0) (then \(step)))", "(if (local.get 0) (then (nop)) (else \(step)))",
            "(block (br_if 0 (i32.eqz (local.get 0))) \(step))",
            "(block (block (br_table 0 1 (local.get 0)) (unreachable)) \(step))",
        ]
        for (number, branch) in branches.enumerated() {
            for argument in [0, 1] as [Int32] {
                // The first block takes more than there is.
                let instance = try instantiate(
                    Self.straightCode(branch), Self.metered(modes[mode], .points(limit: 1) { _ in 1 }))
                #expect(throws: (any Error).self) { try instance.function("f").call([.i32(argument)]) }
                instance.remainingPoints = .remaining(30)
                #expect(throws: OutOfPoints.self, "\(number)") {
                    try instance.function("f").call([.i32(argument == 0 && number == 3 ? 1 : argument)])
                }
                let done = try #require(instance.global("done")?.value.i32)
                // A step is 4 instructions, and each branch takes 2 at least.
                #expect(done <= 30 / 6, "\(number) \(argument)")
            }
        }
    }

    @Test("A trap in the middle of a loop leaves the same points everywhere, however the access is checked")
    func trapsInLoops() throws {
        let text = """
            (module (memory (export "memory") 1)
              (func (export "f") (param $step i32) (param $i i32) (local $at i32) (local $sum i32)
                (loop $again
                  (if (i32.and (local.get $i) (i32.const 1))
                    (then (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at)))))
                    (else (i32.store offset=4 (local.get $at) (local.get $sum)) (i32.store8 offset=20000 (local.get $at)
                      (local.get $i))))
                  (local.set $at (i32.add (local.get $at) (local.get $step)))
                  (br_if $again (local.tee $i (i32.add (local.get $i) (i32.const 1)))))))
            """
        var all: [[String]] = []
        for mode in modes {
            let instance = try instantiate(text, Self.metered(mode, .points { _ in 1 }))
            var seen: [String] = []
            for step in [1, 4, 124, 1000, 65_533, -4] as [Int32] {
                for first in [-1, -2, -1_000_000, -1_000_001] as [Int32] {
                    instance.remainingPoints = .remaining(100_000)
                    do { seen.append("\(try instance.function("f").call([.i32(step), .i32(first)]))") } catch {
                        seen.append("\(error)".prefix(40) + "")
                    }
                    seen.append("\(instance.remainingPoints)")
                }
            }
            all.append(seen)
        }
        #expect(all.allSatisfy { $0 == all[0] }, "\(all)")
        #expect(all[0].contains { $0.contains("out of bounds") } && all[0].contains { $0.contains("out of points") })
    }
}
