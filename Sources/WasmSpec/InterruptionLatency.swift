import Foundation
import Synchronization
import WasmEngine
import WasmText

/// Interrupts guests at random instants and measures how long they take to stop.
public final class InterruptionLatency {
    /// What the guest is doing.
    public enum Activity: String, CaseIterable, Sendable {
        case loop, countedLoop, recursion, tree, dispatch, copy, fill, sleep, read, host
        /// A bulk operation that moves on a byte with each iteration.
        case slidingCopy
        /// Many of them in each iteration.
        case unrolledFills
        /// Many of them, in no loop that a deadline would notice.
        case fillsInARow
    }

    /// One interruption.
    public struct Sample: Sendable {
        public let activity: Activity
        /// From the request to the call's end.
        public let delay: Duration
        /// The call ended with ``Interrupted``.
        public let isInterrupted: Bool
        /// The following call did what it always does.
        public let isNextUntouched: Bool
    }

    private static func text(pages: Int, byteCount: Int) -> String {
        """
        (module
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (import "env" "host" (func $host))
          (memory (export "memory") \(pages))
          (func (export "loop") (loop (br 0)))
          (func (export "countedLoop") (local $p i32) (local $n i32)
            (loop $next
              (local.set $p (i32.const 65536))
              (local.set $n (i32.const 1000000))
              (loop $again
                (i32.store (local.get $p) (i32.add (i32.load (local.get $p)) (i32.const 3)))
                (local.set $p (i32.add (local.get $p) (i32.const 4)))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (br $next)))
          (func $recursion (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.add (i32.const 1) (call $recursion (i32.sub (local.get 0) (i32.const 1))))) (else
                (i32.const 0))))
          (func (export "recursion") (loop (drop (call $recursion (i32.const 5000))) (br 0)))
          (func $tree (param i32)
            (if (local.get 0) (then
              (call $tree (i32.sub (local.get 0) (i32.const 1)))
              (call $tree (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "tree") (call $tree (i32.const 200)))
          (func (export "dispatch") (local i32)
            (loop $next
              (block $a (block $b (block $c
                (local.set 0 (i32.rem_u (i32.add (local.get 0) (i32.const 1)) (i32.const 3)))
                (br_table $a $b $c $next (local.get 0)))
                (br $next))
                (br $next))
              (br $next)))
          (func (export "copy") (loop (memory.copy (i32.const \(byteCount)) (i32.const 0) (i32.const \(byteCount)))
            (br 0)))
          (func (export "fill") (loop (memory.fill (i32.const \(byteCount)) (i32.const 1) (i32.const \(byteCount)))
            (br 0)))
          (func (export "slidingCopy") (local $p i32)
            (loop
              (memory.copy (local.get $p) (i32.add (local.get $p) (i32.const 0x180000)) (i32.const 0x100000))
              (local.set $p (i32.and (i32.add (local.get $p) (i32.const 1)) (i32.const 0x3ffff)))
              (br 0)))
          (func (export "unrolledFills") (local $p i32)
            (loop
              \(fills(100))
              (local.set $p (i32.and (i32.add (local.get $p) (i32.const 1)) (i32.const 0x3ffff)))
              (br 0)))
          (func (export "fillsInARow") (local $p i32) (loop \(fills(6_000)) (br 0)))
          (func (export "sleep")
            (i64.store (i32.const 0) (i64.const 0))
            (i64.store (i32.const 8) (i64.const 0))
            (i64.store (i32.const 16) (i64.const 1))
            (i64.store (i32.const 24) (i64.const 3600000000000))
            (i64.store (i32.const 40) (i64.const 0))  ;; from now, whatever the fills left there
            (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
          (func (export "read")
            (i32.store (i32.const 200) (i32.const 256))
            (i32.store (i32.const 204) (i32.const 1000))
            (drop (call $read (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 208))))
          (func (export "host") (loop (call $host) (br 0)))
          (func (export "add") (param i32) (result i32) (local $i i32)
            (loop (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if 0 (i32.lt_u (local.get $i) (local.get 0))))
            (local.get $i)))
        """
    }

    private static func fills(_ count: Int) -> String {
        (0..<count).map { "(memory.fill (local.get $p) (i32.const \($0 % 256)) (i32.const 0x100000))" }.joined()
    }

    private let instance: Instance
    private let input = Pipe()
    private var random: SplitMix

    /// - Parameters:
    ///   - byteCount: how much is copied and filled at once; the guest's memory is twice as large.
    ///   - seed: decides the instants.
    /// - Throws: what compiling and instantiating throw.
    public init(_ mode: Mode, byteCount: Int, seed: UInt64) throws {
        random = SplitMix(seed: seed)
        var imports = Imports()
        imports.define(try WASI(stdin: .descriptor(input.fileHandleForReading.fileDescriptor)))
        imports.define("env", "host") { () throws -> Void in }
        let pages = max(2 * byteCount >> 16, 128)
        instance = try mode.engine.compile(Module(text: Self.text(pages: pages, byteCount: byteCount))).instantiate(
            imports: imports)
    }

    /// Calls the activity, which never ends, and interrupts it after at most `pause`.
    ///
    /// - Throws: what the call throws besides ``Interrupted``.
    public func sample(_ activity: Activity, pause: Duration) throws -> Sample {
        let microseconds = Int(pause / .microseconds(1))
        let wait = Duration.microseconds(Int.random(in: 0...microseconds, using: &random))
        let handle = InterruptHandle()
        let requested = Mutex<ContinuousClock.Instant?>(nil)
        let function = try instance.function(activity.rawValue)
        Thread {
            Thread.sleep(forTimeInterval: wait / .seconds(1))
            requested.withLock { $0 = .now }
            handle.interrupt()
        }.start()
        var isInterrupted = false
        do { _ = try function.call(handle: handle) } catch let error as Interrupted {
            isInterrupted = error.reason == .requested
        }
        let end = ContinuousClock.now
        let delay = requested.withLock { $0.map { $0.duration(to: end) } } ?? .zero
        let next = try? instance.function("add").call([.i32(20_000)])
        guard case .i32(20_000)? = next?.first else {
            return Sample(activity: activity, delay: delay, isInterrupted: isInterrupted, isNextUntouched: false)
        }
        return Sample(activity: activity, delay: delay, isInterrupted: isInterrupted, isNextUntouched: true)
    }
}
