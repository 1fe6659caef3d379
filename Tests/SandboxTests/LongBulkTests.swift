import Foundation
import Testing
import WasmEngine
import WasmSpec
import WasmText

/// Loops of bulk operations stop at their deadline, however many bytes an iteration moves.
@Suite("Long bulk operations in loops") struct LongBulkTests {
    private static let fills = (0..<20).map {
        "(memory.fill (local.get $p) (i32.const \($0)) (i32.const 1048576))"
    }.joined(separator: "\n")
    static let module = """
        (module (memory 64)
          (func (export "copy") (param $n i32) (local $p i32)
            (loop
              (memory.copy (local.get $p) (i32.add (local.get $p) (i32.const 0x180000)) (i32.const 1048576))
              (local.set $p (i32.add (local.get $p) (i32.const 1)))
              (br_if 0 (i32.ne (local.get $p) (local.get $n)))))
          (func (export "fills") (param $n i32) (local $p i32)
            (loop
              \(fills)
              (local.set $p (i32.add (local.get $p) (i32.const 1)))
              (br_if 0 (i32.ne (local.get $p) (local.get $n)))))
          (func (export "short") (param $n i32) (local $p i32) (local $i i32)
            (loop $outer
              (local.set $i (i32.const 30))
              (loop $inner
                (memory.fill (local.get $p) (local.get $i) (i32.const 1048576))
                (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
              (local.set $p (i32.add (local.get $p) (i32.const 1)))
              (br_if $outer (i32.ne (local.get $p) (local.get $n))))))
        """

    static func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        let start = now()
        try body()
        return now() - start
    }

    /// A few of its iterations alone takes longer than all that runs until the deadline, which has passed long before.
    @Test(arguments: everyMode.filter(\.isInterruptible)) func stop(_ mode: Mode) throws {
        var options = Engine.Options(optimization: mode.optimization, memory: mode.memory, isInterruptible: true)
        options.cache = nil
        let instance = try Engine(options: options).compile(Module(text: Self.module)).instantiate()
        for (name, iterations) in [("copy", 1000), ("fills", 500), ("short", 500)] {
            let function = try instance.function(name)
            let whole = try Self.cpuSeconds { _ = try function.call([.i32(Int32(iterations))]) }
            let stopped = Self.cpuSeconds {
                #expect(throws: Interrupted.self) { _ = try function.call([.i32(0x100000)], timeout: .milliseconds(1)) }
            }
            #expect(stopped < whole, "\(name) in mode \(mode)")
        }
    }
}
