import Foundation
import Synchronization
import Testing
import WasmEngine
import WasmText

/// Runs bodies on threads of their own, and waits for all of them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let group = DispatchGroup()
    let failures = Failures()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            defer { group.leave() }
            do { try body(index) } catch { failures.add(error) }
        }
    }
    group.wait()
    if let first = failures.first { throw first }
}

private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [any Error] = []
    func add(_ error: any Error) { lock.withLock { errors.append(error) } }
    var first: (any Error)? { lock.withLock { errors.first } }
}

@Suite("Shared memories: several stores and threads use one at once") struct SharedMemoryTests {
    /// One of each kind.
    private static let fewModes: [Engine.Options] = [
        .init(optimization: .none, memory: .guarded), .init(optimization: .none, memory: .checked),
        .init(optimization: .standard, memory: .guarded), .init(optimization: .standard, memory: .checked),
    ]

    private static func memory(_ minimum: UInt64 = 1, _ maximum: UInt64 = 16) throws -> SharedMemory {
        try SharedMemory(MemoryType(pages: Limits(minimum: minimum, maximum: maximum), isShared: true))
    }

    private static func instance(
        of program: CompiledModule, _ memory: SharedMemory, in store: Store = Store()
    ) throws -> Instance {
        var imports = Imports()
        imports.define("env", "memory", try memory.memory(in: store))
        return try program.instantiate(imports: imports, in: store)
    }

    private static func compile(_ fields: String, _ options: Engine.Options = .init()) throws -> CompiledModule {
        try Engine(options: options).compile(
            Module(text: #"(module (import "env" "memory" (memory $m 1 16 shared)) \#(fields))"#))
    }

    private static let counter = """
        (func (export "count") (param $times i32)
          (loop $again
            (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
        """

    @Test("No addition of four threads to a 64-bit memory is lost", arguments: fewModes.indices)
    func wideCounting(_ mode: Int) throws {
        let type = MemoryType(pages: Limits(minimum: 1, maximum: 16), is64Bit: true, isShared: true)
        let memory = try SharedMemory(type)
        #expect(memory.type == type)
        let program = try Engine(options: Self.fewModes[mode]).compile(
            Module(
                text: """
                    (module (import "env" "memory" (memory i64 1 16 shared))
                      (func (export "count") (param $times i32)
                        (loop $again
                          (drop (i64.atomic.rmw.add (i64.const 64) (i64.const 1)))
                          (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
                      (func (export "grow") (result i64) (memory.grow (i64.const 1))))
                    """))
        let grown = try Self.instance(of: program, memory)
        try onThreads(4) { _ in
            _ = try Self.instance(of: program, memory).function("count").call([.i32(1000)])
        }
        #expect(try memory.read(at: 64, byteCount: 8) == [0xA0, 0x0F, 0, 0, 0, 0, 0, 0])
        #expect(try grown.function("grow").call([]) == [.i64(1)] && memory.pages == 2)
        let narrow = try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 16), isShared: true))
        #expect(throws: LinkError.self) { try Self.instance(of: program, narrow) }
    }

    @Test("A store's limit counts each 64 KiB of a memory of bytes, and a part of them")
    func bytePages() throws {
        let store = Store(limits: ResourceLimits(memoryPages: 2))
        let type = MemoryType(pages: Limits(minimum: 65_535), hasBytePages: true)
        let memory = try Memory(type, in: store)
        #expect(memory.type == type && memory.byteCount == 65_535)
        #expect(try memory.grow(pages: 1) == 65_535)
        #expect(try memory.grow(pages: 1) == 65_536)
        #expect(try memory.grow(pages: 65_535) == 65_537 && memory.byteCount == 131_072)
        #expect(throws: UsageError.self) { try memory.grow(pages: 1) }
        #expect(throws: UsageError.self) { try memory.read(at: 131_072, byteCount: 1) }
    }

    @Test("No addition of four threads is lost", arguments: fewModes.indices)
    func counting(_ mode: Int) throws {
        let program = try Self.compile(Self.counter, Self.fewModes[mode])
        let memory = try Self.memory()
        try onThreads(4) { _ in
            _ = try Self.instance(of: program, memory).function("count").call([.i32(20_000)])
        }
        #expect(try memory.read(at: 64, byteCount: 4) == [0x80, 0x38, 0x01, 0x00])
    }

    private static let lock = """
        (func $lock (loop $again
          (if (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1))
            (then (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const -1))) (br $again)))))
        (func $unlock
          (i32.atomic.store (i32.const 0) (i32.const 0))
          (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
        (func (export "count") (param $times i32)
          (loop $again
            (call $lock)
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
            (call $unlock)
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
        """

    @Test("A lock made of compare-exchange, wait and notify keeps plain accesses apart", arguments: [0, 2])
    func locking(_ mode: Int) throws {
        let program = try Self.compile(Self.lock, Self.fewModes[mode])
        let memory = try Self.memory()
        try onThreads(3) { _ in _ = try Self.instance(of: program, memory).function("count").call([.i32(2_000)]) }
        #expect(try memory.read(at: 64, byteCount: 4) == [0x70, 0x17, 0x00, 0x00])
    }

    private static let waiting = """
        (func (export "wait32") (param i32 i32 i64) (result i32)
          (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
        (func (export "wait64") (param i32 i64 i64) (result i32)
          (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
        (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
        """

    @Test("A wait ends at once where the value differs, at its time, or when someone notifies")
    func waits() throws {
        let program = try Self.compile(Self.waiting)
        let memory = try Self.memory()
        let instance = try Self.instance(of: program, memory)
        func call(_ name: String, _ arguments: Value...) throws -> Int32? {
            try instance.function(name).call(arguments)[0].i32
        }
        #expect(try call("wait32", .i32(8), .i32(1), .i64(-1)) == 1)
        #expect(try call("wait64", .i32(8), .i64(1 << 40), .i64(-1)) == 1)
        #expect(try call("wait32", .i32(8), .i32(0), .i64(0)) == 2)
        #expect(try call("wait64", .i32(8), .i64(0), .i64(1_000_000)) == 2)
        #expect(try call("notify", .i32(8), .i32(5)) == 0)
        try onThreads(3) { index in
            if index > 0 {
                let wait = try Self.instance(of: program, memory).function("wait64")
                let result = try wait.call([.i32(8), .i64(0), .i64(-1)])
                #expect(result[0].i32 == 0)
            } else {
                // The host notifies one, a guest the other.
                while try memory.notify(at: 8, count: 1) == 0 { Thread.sleep(forTimeInterval: 0.001) }
                let own = try Self.instance(of: program, memory)
                while try own.function("notify").call([.i32(8), .i32(-1)])[0].i32 == 0 {
                    Thread.sleep(forTimeInterval: 0.001)
                }
            }
        }
    }

    @Test("A wait without end is stopped by a deadline, a handle and the end of its task")
    func endlessWaits() async throws {
        var options = Engine.Options()
        options.isInterruptible = true
        let program = try Self.compile(Self.waiting, options)
        let memory = try Self.memory()
        let arguments: [Value] = [.i32(16), .i32(0), .i64(-1)]
        #expect {
            try Self.instance(of: program, memory).function("wait32").call(arguments, timeout: .milliseconds(30))
        } throws: {
            ($0 as? Interrupted)?.reason == .deadline
        }
        let handle = InterruptHandle()
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.03)
            handle.interrupt()
        }
        #expect {
            try Self.instance(of: program, memory).function("wait32").call(arguments, handle: handle)
        } throws: {
            ($0 as? Interrupted)?.reason == .requested
        }
        let task = Task {
            _ = try await Self.instance(of: program, memory).function("wait32").callAsync(arguments)
        }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        // Nobody is left behind in the list.
        #expect(try memory.notify(at: 16) == 0)
    }

    @Test("Misaligned and outside, atomics trap and change nothing; the offset counts", arguments: fewModes.indices)
    func traps(_ mode: Int) throws {
        let program = try Self.compile(
            """
            (func (export "load") (param i32) (result i64) (i64.atomic.load (local.get 0)))
            (func (export "store") (param i32) (i32.atomic.store offset=2 (local.get 0) (i32.const -1)))
            (func (export "add") (param i32) (result i32) (i32.atomic.rmw16.add_u offset=1 (local.get 0) (i32.const 1)))
            (func (export "exchange") (param i32) (result i64)
              (i64.atomic.rmw.cmpxchg offset=0xfffffff8 (local.get 0) (i64.const 0) (i64.const -1)))
            (func (export "byte") (param i32) (result i32) (i32.atomic.rmw8.or_u (local.get 0) (i32.const 128)))
            (func (export "wait") (param i32) (result i32)
              (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const 0)))
            (func (export "notify") (param i32) (result i32)
              (memory.atomic.notify offset=4 (local.get 0) (i32.const 0)))
            """, Self.fewModes[mode])
        let memory = try Self.memory(1, 2)
        let instance = try Self.instance(of: program, memory)
        let cases: [(String, Int32, Trap.Reason?)] = [
            ("load", 0, nil), ("load", 4, .unalignedAtomic), ("load", 65528, nil), ("load", 65536, .memoryOutOfBounds),
            ("load", 65532, .unalignedAtomic), ("load", -8, .memoryOutOfBounds), ("load", -1, .unalignedAtomic),
            ("store", 0, .unalignedAtomic), ("store", 65534, .memoryOutOfBounds), ("store", -2, .memoryOutOfBounds),
            ("add", 1, nil), ("add", 2, .unalignedAtomic), ("add", 65535, .memoryOutOfBounds),
            ("exchange", 8, .memoryOutOfBounds), ("exchange", 1, .unalignedAtomic), ("exchange", 0, .memoryOutOfBounds),
            ("byte", 65535, nil), ("byte", 65536, .memoryOutOfBounds),
            ("wait", 2, .unalignedAtomic), ("wait", 65536, .memoryOutOfBounds), ("wait", 65532, nil),
            ("notify", 1, .unalignedAtomic), ("notify", 65532, .memoryOutOfBounds), ("notify", -4, .memoryOutOfBounds),
        ]
        for (name, address, reason) in cases {
            var found: Trap.Reason?
            do { _ = try instance.function(name).call([.i32(address)]) } catch let trap as Trap { found = trap.reason }
            #expect(found == reason, "\(name) \(address)")
        }
        var expected = [UInt8](repeating: 0, count: 65536)
        (expected[2], expected[65535]) = (1, 128)
        #expect(try memory.read(at: 0, byteCount: 65536) == expected)
    }

    @Test("Waiting in a memory of one store traps, notifying wakes nobody, and everything else works there")
    func unshared() throws {
        let instance = try instantiate(
            """
            (module (memory 1)
              (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))
              (func (export "notify") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1)))
              (func (export "add") (result i32) (atomic.fence) (i32.atomic.rmw.sub (i32.const 4) (i32.const 3))))
            """)
        #expect {
            try instance.function("wait").call([])
        } throws: {
            ($0 as? Trap)?.reason == .expectedSharedMemory
        }
        #expect(try instance.function("notify").call([])[0].i32 == 0)
        #expect(try instance.function("add").call([])[0].i32 == 0)
        #expect(try instance.function("add").call([])[0].i32 == -3)
    }

    @Test("A memory that grows on one thread is there at once for another that is told", arguments: fewModes.indices)
    func growing(_ mode: Int) throws {
        // One grows and says so; the other touches the last word of as many pages as it was told, by plain and by
        // atomic accesses, and reads the size.
        let program = try Self.compile(
            """
            (func (export "grow") (loop $again
              (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
                (then (i32.atomic.store (i32.const 0) (memory.size)) (br $again)))))
            (func (export "touch") (result i32) (local $pages i32) (local $last i32) (local $wrong i32)
              (loop $again
                (local.set $pages (i32.atomic.load (i32.const 0)))
                (if (local.get $pages) (then
                  (local.set $last (i32.sub (i32.shl (local.get $pages) (i32.const 16)) (i32.const 4)))
                  (i32.store (local.get $last) (i32.const 1))
                  (drop (i32.atomic.rmw.add (local.get $last) (i32.const 1)))
                  (local.set $wrong (i32.or (local.get $wrong) (i32.lt_u (memory.size) (local.get $pages))))))
                (br_if $again (i32.ne (local.get $pages) (i32.const 16))))
              (local.get $wrong))
            """, Self.fewModes[mode])
        for _ in 0..<10 {
            let memory = try Self.memory()
            try onThreads(3) { index in
                let instance = try Self.instance(of: program, memory)
                if index == 0 {
                    _ = try instance.function("grow").call([])
                } else {
                    #expect(try instance.function("touch").call([])[0].i32 == 0)
                }
            }
            #expect(memory.pages == 16)
        }
    }

    @Test("An index that another thread changes all the time is checked as it is used", arguments: fewModes.indices)
    func racingIndex(_ mode: Int) throws {
        let program = try Self.compile(
            """
            (func (export "flip") (param $times i32) (loop $again
              (i32.store (i32.const 0) (i32.const 1024))
              (i32.store (i32.const 0) (i32.const 0x7ffffff0))
              (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
            (func (export "use") (result i32)
              (i32.store (i32.load (i32.const 0)) (i32.const 7))
              (i32.load (i32.load (i32.const 0))))
            """, Self.fewModes[mode])
        let memory = try Self.memory()
        try onThreads(2) { index in
            let instance = try Self.instance(of: program, memory)
            if index == 0 {
                _ = try instance.function("flip").call([.i32(300_000)])
            } else {
                let use = try instance.function("use")
                for _ in 0..<5_000 {
                    do { _ = try use.call([]) } catch let trap as Trap where trap.reason == .memoryOutOfBounds {}
                }
            }
        }
        #expect(try memory.read(at: 1028, byteCount: 64) == [UInt8](repeating: 0, count: 64))
    }

    @Test("A shared memory outlives the stores that used it, and a module's own is seen through its export")
    func lifetimes() throws {
        let program = try Engine().compile(
            Module(text: #"(module (memory (export "memory") 1 3 shared) (data (i32.const 8) "seen"))"#))
        var instance: Instance? = try program.instantiate()
        let own = try #require(instance?.memory?.shared)
        let store = #"(func (export "f") (i32.atomic.store8 (i32.const 8) (i32.const 83)))"#
        let other = try Self.instance(of: Self.compile(store), own)
        instance = nil
        _ = try other.function("f").call([])
        #expect(try String(decoding: own.read(at: 8, byteCount: 4), as: UTF8.self) == "Seen")
        #expect(own.type == MemoryType(pages: Limits(minimum: 1, maximum: 3), isShared: true))
        #expect(try own.grow(pages: 2) == 1 && own.pages == 3)
        #expect(throws: UsageError.self) { try own.grow(pages: 1) }
        #expect(other.store === other.store && other.program.imports.count == 1)
    }

    @Test("Growth counts for the store whose guest asks for it, and its limit refuses it")
    func limits() throws {
        let program = try Self.compile("(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))")
        let memory = try Self.memory()
        let limited = try Self.instance(of: program, memory, in: Store(limits: ResourceLimits(memoryPages: 2)))
        #expect(try limited.function("grow").call([.i32(3)])[0].i32 == -1)
        #expect(try limited.function("grow").call([.i32(2)])[0].i32 == 1)
        #expect(try limited.function("grow").call([.i32(1)])[0].i32 == -1)
        let free = try Self.instance(of: program, memory)
        #expect(try free.function("grow").call([.i32(1)])[0].i32 == 3)
        #expect(try limited.function("grow").call([.i32(0)])[0].i32 == 4)
    }

    @Test("Offsets are of any integer type, and what lies beyond the end is refused")
    func offsets() throws {
        let memory = try Self.memory()
        try memory.write((1...3).lazy.map { UInt8($0) }, at: UInt8(5))
        #expect(try memory.read(at: Int32(5), byteCount: UInt32(3)) == [1, 2, 3])
        for offset in [-1, Int.min, 65536] {
            #expect(throws: UsageError.self) { try memory.read(at: offset, byteCount: 1) }
            #expect(throws: UsageError.self) { try memory.write([1], at: offset) }
            #expect(throws: UsageError.self) { try memory.notify(at: offset) }
        }
        #expect(throws: UsageError.self) { try memory.read(at: 0, byteCount: -1) }
        #expect(try memory.notify(at: 65532) == 0)
    }

    @Test("Text of a shared memory is text, whatever other threads write while it is read")
    func changingText() throws {
        let memory = try Self.memory()
        let (text, other) = ([UInt8](repeating: 0x61, count: 60_000), [UInt8](repeating: 0xC3, count: 60_000))
        let isDone = Atomic(false)
        try onThreads(2) { index in
            if index == 0 {
                while !isDone.load(ordering: .relaxed) {
                    try memory.write(text, at: 0)
                    try memory.write(other, at: 0)
                }
                return
            }
            defer { isDone.store(true, ordering: .relaxed) }
            let own = try memory.memory(in: Store())
            for _ in 0..<1_000 {
                let text = try own.string(at: 0, byteCount: 60_000)
                // What a string says of itself, without repairing it.
                let isText = String(validating: Array(text.utf8), as: UTF8.self) != nil
                #expect(isText)
                if !isText { return }
            }
        }
    }

    /// Counts who is in a closure of the host's at once, and tells a time that moves by what is slept.
    private final class Watch: Sendable {
        let time = Atomic<UInt64>(0)
        let sleeps = Atomic(0)
        private let inside = Atomic(0)
        let most = Atomic(0)

        func visit() {
            most.max(inside.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
            usleep(200)
            inside.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    @Test("The threads of a program use its clock and its streams one at a time, also to sleep")
    func clockOfThreads() throws {
        let program = try Engine().compile(
            Module(
                text: """
                    (module
                      (import "env" "memory" (memory 1 1 shared)) (export "memory" (memory 0))
                      (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
                      (import "wasi_snapshot_preview1" "poll_oneoff"
                        (func $poll (param i32 i32 i32 i32) (result i32)))
                      (func (export "wasi_thread_start") (param i32) (param $at i32) (local $count i32)
                        (loop $next
                          (i64.store offset=24 (local.get $at) (i64.const 1000000))
                          (drop (call $poll (local.get $at) (i32.add (local.get $at) (i32.const 64)) (i32.const 1)
                            (i32.add (local.get $at) (i32.const 128))))
                          (br_if $next (i32.lt_u
                            (local.tee $count (i32.add (local.get $count) (i32.const 1))) (i32.const 10))))
                        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))
                      (func (export "_start")
                        (drop (call $spawn (i32.const 1024)))
                        (drop (call $spawn (i32.const 2048)))
                        (drop (call $spawn (i32.const 3072)))
                        (loop $wait
                          (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 1000000)))
                          (br_if $wait (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 3))))))
                    """))
        let watch = Watch()
        let clock = WASI.Clock(
            now: { _ in
                watch.visit()
                return watch.time.load(ordering: .relaxed)
            },
            sleep: { nanoseconds in
                watch.visit()
                watch.sleeps.wrappingAdd(1, ordering: .relaxed)
                watch.time.wrappingAdd(nanoseconds, ordering: .relaxed)
            })
        let threads = try WASIThreads(of: program, wasi: WASI(clock: clock)) { Issue.record("\($0) ended with \($1)") }
        let store = Store()
        try program.instantiate(imports: threads.imports(in: store), in: store).runCommand()
        #expect(watch.sleeps.load(ordering: .relaxed) >= 10 && watch.most.load(ordering: .relaxed) == 1)
    }

    @Test("Shared and other memories are not taken for each other")
    func matching() throws {
        let store = Store()
        var imports = Imports()
        imports.define("env", "memory", try Memory(MemoryType(pages: Limits(minimum: 1, maximum: 16)), in: store))
        #expect(throws: LinkError.self) { try Self.compile("").instantiate(imports: imports, in: store) }
        imports.define("env", "memory", try Self.memory().memory(in: store))
        let plain = try Engine().compile(Module(text: #"(module (import "env" "memory" (memory 1 16)))"#))
        #expect(throws: LinkError.self) { try plain.instantiate(imports: imports, in: store) }
        #expect(throws: UsageError.self) { try SharedMemory(MemoryType(pages: Limits(minimum: 1), isShared: true)) }
        #expect(throws: UsageError.self) { try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 2))) }
    }

    @Test("Where threads are off, shared memories and atomics are refused by name")
    func off() throws {
        let features = Features.standard.subtracting([.threads])
        for field in ["(memory 1 2 shared)", "(func (atomic.fence))"] {
            #expect {
                try Module(text: field, features: features)
            } throws: {
                ($0 as? TextError)?.message.contains("--features threads turns it on") == true
            }
            #expect(try Module(text: field).features == [.threads])
        }
    }

    @Test("Atomics are selected for AArch64 and for x86-64 without calls of the C library")
    func targets() throws {
        for name in ["aarch64-linux-gnu", "x86-64-v1"] {
            for level in [OptimizationLevel.none, .standard] {
                var options = Engine.Options(optimization: level)
                options.target = try #require(Target.named[name])
                let module = try Module(
                    text: #"(module (import "env" "memory" (memory $m 1 16 shared)) \#(Self.lock))"#)
                let code = String(decoding: try Engine(options: options).emit(module, as: .assembly), as: UTF8.self)
                #expect(!code.contains("__aarch64") && !code.contains("__atomic") && !code.contains("__sync"))
                #expect(code.contains(name.hasPrefix("a") ? "ldaxr" : "lock"))
            }
        }
    }
}
