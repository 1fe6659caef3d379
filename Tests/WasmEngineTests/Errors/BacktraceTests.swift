import Testing
import WasmEngine
import WasmText

@Suite struct BacktraceTests {
    /// `outer` calls `middle`, which calls `inner`, through tables: no optimiser merges them.
    static let text = """
        (module
          (import "env" "host" (func $host (param i32)))
          (type $f (func (param i32)))
          (memory 1)
          (table funcref (elem $middle $inner $guarded))
          (func $outer (export "outer") (param i32) (call_indirect (type $f) (local.get 0) (i32.const 0)))
          (func $middle (type $f) (local v128 v128 i64 i64 i64 f64)
            (local.set 1 (v128.load (i32.const 0)))
            (call_indirect (type $f) (local.get 0) (i32.const 1))
            (v128.store (i32.const 16) (local.get 1)))
          (func $inner (type $f)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (if (i32.eq (local.get 0) (i32.const 1)) (then (drop (i32.load (i32.const 65536)))))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (memory.fill (i32.const 0) (i32.const 0) (i32.const 65537))))
            (if (i32.eq (local.get 0) (i32.const 3)) (then (drop (i32.div_s (i32.const 1) (i32.load (i32.const 8))))))
            (if (i32.ge_u (local.get 0) (i32.const 4)) (then (call $host (local.get 0)))))
          (func $guarded (type $f))
          (func $_ZN5space8functionEi (export "mangled") (param i32) (call_indirect (type $f) (local.get 0)
            (i32.const 1)))
          (func $deep (export "deep") (param i32) (result i32)
            (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1))))))
        """

    static func names(_ backtrace: Backtrace?) -> [String?] { backtrace.map { $0.innermost.map(\.functionName) } ?? [] }

    @Test("Every trap names the functions that it happened in, in every mode", arguments: modes.indices)
    func traps(_ mode: Int) throws {
        var imports = Imports()
        imports.define("env", "host") { (code: Int32) throws -> Void in throw ExitCode(code) }
        let instance = try instantiate(Self.text, modes[mode], imports: imports)
        let outer = try instance.function("outer", as: ((Int32) -> Void).self)
        for kind in 0..<4 as Range<Int32> {
            do {
                try outer(kind)
                Issue.record("nothing was thrown")
            } catch let trap as Trap {
                #expect(Self.names(trap.backtrace) == ["inner", "middle", "outer"], "\(trap), \(kind)")
                #expect(trap.backtrace?.innermost.map(\.functionIndex) == [3, 2, 1])
            }
        }
        #expect(throws: ExitCode(9)) { try outer(9) }
        #expect(Self.names(instance.store.lastBacktrace) == ["inner", "middle", "outer"])
    }

    @Test("Guests below a host function that called another one are named, too", arguments: modes.indices)
    func nested(_ mode: Int) throws {
        var outer: ((Int32) throws -> Void)?
        defer { outer = nil }
        var imports = Imports()
        imports.define("env", "host") { (code: Int32) throws -> Void in try outer?(code == 5 ? 4 : 0) }
        let instance = try instantiate(Self.text, modes[mode], imports: imports)
        outer = try instance.function("outer", as: ((Int32) -> Void).self)
        do {
            try outer?(5)
            Issue.record("nothing was thrown")
        } catch let trap as Trap {
            #expect(
                Self.names(trap.backtrace) == [
                    "inner", "middle", "outer", "inner", "middle", "outer", "inner", "middle", "outer",
                ])
        }
    }

    @Test("A deep recursion is told in a few lines", arguments: modes.indices)
    func recursion(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode], imports: Self.silent)
        do {
            _ = try instance.function("deep").call([.i32(0)])
            Issue.record("no overflow")
        } catch let trap as Trap {
            let backtrace = try #require(trap.backtrace)
            #expect(backtrace.count > 1_000)
            #expect(Set(Self.names(backtrace)) == ["deep"] && Set(backtrace.outermost.map(\.functionName)) == ["deep"])
            #expect(backtrace.description.split(separator: "\n").count == 17)
            #expect(backtrace.description.contains("  0: deep (function 6) at 0x"))
            #expect(backtrace.description.contains(" more ...\n  \(backtrace.count - 8): deep (function 6) at 0x"))
        }
    }

    @Test("Names are demangled; a call that never started has no frames")
    func names() throws {
        let instance = try instantiate(Self.text, imports: Self.silent)
        do {
            _ = try instance.function("mangled").call([.i32(0)])
        } catch let trap as Trap { #expect(Self.names(trap.backtrace) == ["inner", "space::function(int)"]) }
        #expect(throws: (any Error).self) { try instance.function("outer").call([.i64(0)]) }
        #expect(throws: UsageError.notInterruptible) {
            try instance.function("outer").call([.i32(0)], timeout: .seconds(1))
        }
        #expect(instance.store.lastBacktrace == nil)
    }

    /// The first byte of the instruction at each frame's offset.
    static func opcodes(_ backtrace: Backtrace?, in module: Module) -> [UInt8?] {
        backtrace.map { $0.innermost.map { frame in frame.byteOffset.map { module.bytes[$0] } } } ?? []
    }

    @Test("Frames tell at which instruction they are, in every mode", arguments: modes.indices)
    func offsets(_ mode: Int) throws {
        let module = try Module(text: Self.text)
        let call: UInt8 = 0x10
        let callIndirect: UInt8 = 0x11
        var imports = Imports()
        imports.define("env", "host") { (_: Int32) throws -> Void in throw ExitCode(1) }
        let instance = try Engine(options: modes[mode]).compile(module).instantiate(imports: imports)
        let outer = try instance.function("outer")
        for (kind, opcode) in [0x00, 0x28, 0xFC, 0x6D, call].enumerated() {
            #expect(throws: (any Error).self) { try outer.call([.i32(Int32(kind))]) }
            #expect(
                Self.opcodes(instance.store.lastBacktrace, in: module) == [opcode, callIndirect, callIndirect],
                "\(kind)")
        }
        #expect(throws: Trap.self) { try instance.function("deep").call([.i32(0)]) }
        // The stack ends before the first instruction, `i32.const`.
        #expect(Self.opcodes(instance.store.lastBacktrace, in: module).prefix(3) == [0x41, call, call])
    }

    /// Many accesses of one kind, each with its own offset immediate and index.
    static func accesses(_ instruction: String) -> String {
        let cases = (0..<20).map { number in
            """
            (if (i32.eq (local.get 0) (i32.const \(number))) \
            (then \(instruction.replacing("OFFSET", with: "offset=\(number)"))))
            """
        }
        return "(module (memory 1) (func (export \"run\") (param i32 i32) \(cases.joined(separator: " "))))"
    }

    @Test(
        "Of many accesses to memory the one that trapped is named, in every mode", arguments: modes.indices,
        [
            "(drop (i32.load OFFSET (local.get 1)))", "(i64.store8 OFFSET (local.get 1) (i64.const 5))",
            "(drop (f64.load OFFSET (local.get 1)))",
            "(v128.store OFFSET (local.get 1) (v128.load OFFSET (i32.const 0)))",
            "(i32.store OFFSET (local.get 1) (i32.add (i32.const 1) (i32.load OFFSET (i32.const 8))))",
        ])
    func accesses(_ mode: Int, _ instruction: String) throws {
        let module = try Module(text: Self.accesses(instruction))
        let run = try Engine(options: modes[mode]).compile(module).instantiate().function(
            "run", as: ((Int32, Int32) -> Void).self)
        var last = 0
        for number in 0..<20 as Range<Int32> {
            do {
                try run(number, -100)
                Issue.record("nothing was thrown")
            } catch let trap as Trap {
                let offset = try #require(trap.backtrace?.innermost.first?.byteOffset)
                #expect(offset > last)
                let isVector = module.bytes[offset] == 0xFD
                #expect(module.bytes[offset + (isVector ? 3 : 2)] == UInt8(number))
                last = offset
            }
        }
    }

    @Test(
        "Without offsets frames still name their functions, but for those merged into others", arguments: modes.indices)
    func withoutOffsets(_ mode: Int) throws {
        var options = modes[mode]
        options.recordsOffsets = false
        let instance = try instantiate(Self.text, options, imports: Self.silent)
        #expect(throws: Trap.self) { try instance.function("outer").call([.i32(1)]) }
        let names = Self.names(instance.store.lastBacktrace)
        #expect(names.filter { $0 != "middle" } == ["inner", "outer"])
        #expect(mode > 2 || names.count == 3)
        #expect(instance.store.lastBacktrace?.innermost.allSatisfy { $0.byteOffset == nil } == true)
    }

    @Test("A function that always traps does so", arguments: modes.indices)
    func onlyTrap(_ mode: Int) throws {
        let text = #"(module (func $f (export "f") (result i32) (i32.div_s (i32.const 1) (i32.const 0))))"#
        let instance = try instantiate(text, modes[mode])
        #expect(throws: Trap.self) { try instance.function("f").call() }
        #expect(Self.names(instance.store.lastBacktrace) == ["f"])
    }

    @Test("Functions that were merged into others are frames all the same", arguments: modes.indices)
    func inlined(_ mode: Int) throws {
        let text = """
            (module (memory 1)
              (func $a (param i32) (result i32) (i32.load (local.get 0)))
              (func $b (param i32) (result i32) (i32.add (call $a (local.get 0)) (i32.const 1)))
              (func $c (export "run") (param i32) (result i32)
                (i32.mul (call $b (i32.add (local.get 0) (i32.const 4))) (i32.const 3))))
            """
        let module = try Module(text: text)
        let instance = try Engine(options: modes[mode]).compile(module).instantiate()
        #expect(throws: Trap.self) { try instance.function("run").call([.i32(-4096)]) }
        let trace = try #require(instance.store.lastBacktrace)
        #expect(Self.names(trace) == ["a", "b", "c"])
        #expect(trace.innermost.map(\.functionIndex) == [0, 1, 2])
        #expect(Self.opcodes(trace, in: module) == [0x28, 0x10, 0x10])
    }

    @Test("Running out of points and interruptions tell where the guest was", arguments: modes.indices)
    func stopped(_ mode: Int) throws {
        let text = #"(module (func $spin (export "spin") (loop (br 0))))"#
        var metered = modes[mode]
        metered.metering = .points(limit: 100) { _ in 1 }
        do {
            try instantiate(text, metered).function("spin", as: (() -> Void).self)()
            Issue.record("nothing was thrown")
        } catch let error as OutOfPoints {
            #expect(Self.names(error.backtrace) == ["spin"])
            #expect(error == OutOfPoints())
        }
        var interruptible = modes[mode]
        interruptible.isInterruptible = true
        do {
            _ = try instantiate(text, interruptible).function("spin").call(timeout: .milliseconds(300))
            Issue.record("nothing was thrown")
        } catch let error as Interrupted {
            #expect(error == Interrupted(.deadline))
            #expect(Self.names(error.backtrace) == ["spin"])
            #expect(error.backtrace?.innermost.first?.byteOffset != nil)
        }
    }

    @Test(
        "Rust's older names lose their hashes and escapes; what only looks like one stays a name",
        arguments: [
            ("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"),
            (
                "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
                "<alloc::string::String as core::fmt::Display>::fmt"
            ),
            ("_ZN5space8functionEi", "space::function(int)"),
            ("_ZN99999999999999999999aE", "_ZN99999999999999999999aE"),
            ("_ZN3abc17hxyz", "_ZN3abc17hxyz"), ("plain", "plain"),
        ])
    func rustNames(_ symbol: String, _ name: String) throws {
        let text = "(module (func (export \"f\") (call $\(symbol))) (func $\(symbol) unreachable))"
        let instance = try instantiate(text, modes[0])
        #expect(throws: Trap.self) { try instance.function("f").call() }
        #expect(Self.names(instance.store.lastBacktrace).first == name)
    }

    static var silent: Imports {
        var imports = Imports()
        imports.define("env", "host") { (_: Int32) throws -> Void in }
        return imports
    }
}
