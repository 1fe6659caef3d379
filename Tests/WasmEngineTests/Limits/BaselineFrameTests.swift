import Testing
import WasmText

@testable import WasmEngine

@Suite("Frames of code made at O0") struct BaselineFrameTests {
    /// Adds up so many sums; what the first call of each gave waits on the stack while the second is made. Then it
    /// calls itself with one less.
    private static func text(_ sums: Int) -> String {
        let sum = "(local.set $s (i64.add (local.get $s) (i64.sub (call $next) (call $next))))"
        return """
            (module
              (global $n (mut i64) (i64.const 0))
              (func $next (result i64)
                (global.set $n (i64.add (i64.mul (global.get $n) (i64.const 3)) (i64.const 1))) (global.get $n))
              (func $deep (export "deep") (param $left i32) (result i64) (local $s i64)
                \(String(repeating: sum, count: sums))
                (if (local.get $left)
                  (then (local.set $s (i64.add (local.get $s) (call $deep (i32.sub (local.get $left) (i32.const 1)))))))
                (local.get $s)))
            """
    }

    /// The same in this process's arithmetic.
    private static func expected(_ sums: Int, _ left: Int) -> Int64 {
        var (n, total) = (Int64(0), Int64(0))
        func next() -> Int64 {
            n = n &* 3 &+ 1
            return n
        }
        for _ in 0..<(left + 1) * sums { total &+= next() &- next() }
        return total
    }

    private static func options(_ memory: Engine.MemoryProtection, isLazy: Bool) -> Engine.Options {
        var options =
            isLazy ? tiered(memory: memory, threshold: 1 << 40) : Engine.Options(optimization: .none, memory: memory)
        options.tiering?.isLazy = isLazy
        options.cache = nil
        return options
    }

    /// Whether a recursion of this depth fits into 256 KiB.
    private static func fits(_ left: Int32, _ program: CompiledModule, _ sums: Int) throws -> Bool {
        let store = Store(limits: ResourceLimits(stackByteCount: 256 << 10))
        let deep = try program.instantiate(in: store).function("deep", as: ((Int32) -> Int64).self)
        do {
            #expect(try deep(left) == expected(sums, Int(left)))
            return true
        } catch let trap as Trap where trap.reason == .stackOverflow {
            return false
        }
    }

    @Test(
        "A frame grows with what waits at one time, not with what ever waits",
        arguments: [(Engine.MemoryProtection.guarded, false), (.guarded, true), (.checked, false)])
    func frames(_ memory: Engine.MemoryProtection, _ isLazy: Bool) throws {
        // Of 8 bytes for each sum, a frame of the second would have 2,400 more.
        for sums in [3, 300] {
            let program = try Engine(options: Self.options(memory, isLazy: isLazy)).compile(
                Module(text: Self.text(sums)))
            #expect(try Self.fits(500, program, sums), "\(sums) sums")
            #expect(try !Self.fits(20_000, program, sums), "\(sums) sums")
        }
    }

    @Test("Values that wait in loops, in both branches and across each other keep their own")
    func values() throws {
        // Each value of a chain of operands is older than those above, and is read after them.
        let chain = { (depth: Int) in
            String(repeating: "(i64.add (i64.mul (call $next) (i64.const 7)) ", count: depth)
                + "(call $next)" + String(repeating: ")", count: depth)
        }
        let text = """
            (module
              (global $n (mut i64) (i64.const 0))
              (func $next (result i64)
                (global.set $n (i64.add (i64.mul (global.get $n) (i64.const 3)) (i64.const 1))) (global.get $n))
              (func (export "f") (param $count i32) (result i64) (local $s i64)
                (loop $again
                  (local.set $s (i64.xor (i64.mul (local.get $s) (i64.const 5))
                    (if (result i64) (i32.and (local.get $count) (i32.const 1))
                      (then \(chain(40))) (else (i64.sub (i64.const 0) \(chain(45)))))))
                  (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
                (local.get $s)))
            """
        let expected = try Engine(options: .init()).compile(Module(text: text)).instantiate()
            .function("f", as: ((Int32) -> Int64).self)(9)
        for isLazy in [false, true] {
            let program = try Engine(options: Self.options(.guarded, isLazy: isLazy)).compile(Module(text: text))
            #expect(try program.instantiate().function("f", as: ((Int32) -> Int64).self)(9) == expected)
        }
    }
}
