import Foundation
import Testing
import WasmEngine
import WasmText

@Suite struct InterruptionTests {
    static func interruptible(_ mode: Engine.Options = .init()) -> Engine.Options {
        var options = mode
        options.isInterruptible = true
        return options
    }

    /// Exports that go on for ever, each in its own way, and `answer`.
    static let endless = """
        (module
          (import "env" "host" (func $host))
          (import "env" "host_or_exit" (func $hostOrExit (param i32) (result i32)))
          (memory 1024)
          (data $bytes "0123456789abcdef")
          (table $t 1000000 1000000 funcref)
          (elem declare func $leaf)
          (type $v (func))
          (func $leaf)
          (func (export "loop") (loop (br 0)))
          (func (export "nested") (local i32)
            (loop $outer
              (local.set 0 (i32.const 100))
              (loop $inner
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_if $inner (local.get 0)))
              (br $outer)))
          (func $tree (param i32)
            (if (local.get 0) (then
              (call $tree (i32.sub (local.get 0) (i32.const 1)))
              (call $tree (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "tree") (call $tree (i32.const 200)))
          (func $even (param i32) (result i32)
            (if (result i32) (local.get 0) (then (i32.or (call $odd (i32.sub (local.get 0) (i32.const 1))) (call $odd
              (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 1))))
          (func $odd (param i32) (result i32)
            (if (result i32) (local.get 0) (then (i32.or (call $even (i32.sub (local.get 0) (i32.const 1))) (call $even
              (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
          (func (export "mutual") (drop (call $even (i32.const 200))))
          (func (export "dispatch") (local i32)
            (loop $next
              (block $a (block $b (block $c
                (local.set 0 (i32.rem_u (i32.add (local.get 0) (i32.const 1)) (i32.const 3)))
                (br_table $a $b $c $next (local.get 0)))
                (br $next))
                (br $next))
              (br $next)))
          (func (export "indirect") (table.set $t (i32.const 0) (ref.func $leaf))
            (loop (call_indirect $t (type $v) (i32.const 0)) (br 0)))
          (func (export "ping") (loop (call $host) (br 0)))
          (func (export "copy") (loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 67108863)) (br 0)))
          (func (export "copyDown") (loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 67108863)) (br 0)))
          (func (export "fill") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 67108864)) (br 0)))
          (func (export "init") (loop (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 16)) (br 0)))
          (func (export "tableFill") (loop (table.fill $t (i32.const 0) (ref.func $leaf) (i32.const 1000000)) (br 0)))
          (func (export "tableCopy") (loop (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 999999)) (br 0)))
          (func (export "answer") (result i32) (i32.const 42))
          (func (export "add") (param i32) (result i32) (local $i i32)
            (loop (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if 0 (i32.lt_u (local.get $i) (local.get 0))))
            (local.get $i))
          (func (export "callsHost") (param i32) (result i32) (call $hostOrExit (local.get 0))))
        """

    static let waysToGoOn = [
        "loop", "nested", "tree", "mutual", "dispatch", "indirect", "ping", "copy", "copyDown", "fill", "init",
        "tableFill", "tableCopy",
    ]

    static func imports(_ hostOrExit: @escaping (Caller, Int32) throws -> Int32 = { _, value in value }) -> Imports {
        var imports = Imports()
        imports.define("env", "host") { () throws -> Void in }
        imports.define("env", "host_or_exit", hostOrExit)
        return imports
    }

    static func expectInterrupted(_ reason: Interrupted.Reason, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("nothing was thrown")
        } catch let error as Interrupted {
            #expect(error.reason == reason)
        } catch {
            Issue.record("found \(error)")
        }
    }

    @Test("A timeout ends every endless program in every mode, and the next call runs", arguments: modes.indices)
    func everyWay(_ mode: Int) throws {
        let instance = try instantiate(Self.endless, Self.interruptible(modes[mode]), imports: Self.imports())
        let answer = try instance.function("answer", as: (() -> Int32).self)
        let add = try instance.function("add", as: ((Int32) -> Int32).self)
        for name in Self.waysToGoOn {
            let function = try instance.function(name)
            Self.expectInterrupted(.deadline) { _ = try function.call(timeout: .milliseconds(10)) }
            #expect(try answer() == 42, "\(name)")
            #expect(try add(1000) == 1000, "\(name)")
        }
    }

    @Test("A deadline that has passed stops the call before it starts, and a later one lets it end")
    func deadlines() throws {
        let instance = try instantiate(
            Self.endless, Self.interruptible(), imports: Self.imports { _, _ in throw ExitCode(3) })
        let callsHost = try instance.function("callsHost")
        Self.expectInterrupted(.deadline) { _ = try callsHost.call([.i32(1)], deadline: .now - .seconds(1)) }
        Self.expectInterrupted(.deadline) { _ = try callsHost.call([.i32(1)], timeout: .seconds(-1)) }
        #expect(throws: ExitCode(3)) {
            try callsHost.call([.i32(1)], deadline: .now + .seconds(3600), timeout: .seconds(1 << 60))
        }
        let add = try instance.function("add")
        #expect(try add.call([.i32(5)], timeout: .seconds(3600)).first?.i32 == 5)
    }

    @Test("A handle stops calls from another thread, those that come later too, and no others")
    func handles() async throws {
        let handle = InterruptHandle()
        let stopper = Thread {
            Thread.sleep(forTimeInterval: 0.02)
            handle.interrupt()
            handle.interrupt()
        }
        stopper.start()
        let instance = try instantiate(Self.endless, Self.interruptible(), imports: Self.imports())
        let loop = try instance.function("loop")
        Self.expectInterrupted(.requested) { _ = try loop.call(handle: handle) }
        #expect(handle.isInterrupted)
        Self.expectInterrupted(.requested) { _ = try loop.call(handle: handle) }
        #expect(try instance.function("answer").call(handle: InterruptHandle()).first?.i32 == 42)
        Self.expectInterrupted(.deadline) { _ = try loop.call(timeout: .milliseconds(1), handle: InterruptHandle()) }
    }

    @Test("Start functions and instantiation stop, too, and the store stays usable")
    func startFunction() throws {
        let program = try Engine(options: Self.interruptible()).compile(
            Module(text: "(module (memory 1) (func $s (loop (br 0))) (start $s))"))
        let store = Store()
        Self.expectInterrupted(.deadline) { _ = try program.instantiate(in: store, timeout: .milliseconds(10)) }
        let other = try Engine(options: Self.interruptible()).compile(
            Module(text: #"(module (func (export "f") (result i32) (i32.const 1)))"#)
        ).instantiate(in: store)
        #expect(try other.function("f").call(timeout: .seconds(3600)).first?.i32 == 1)
    }

    @Test("A host function is told, and whatever it returns, the guest stops")
    func hostFunctions() throws {
        var told = 0
        var handle = InterruptHandle()
        let instance = try instantiate(
            Self.endless, Self.interruptible(),
            imports: Self.imports { caller, value in
                Thread { [handle] in handle.interrupt() }.start()
                while !caller.isInterrupted { Thread.sleep(forTimeInterval: 0.001) }
                told += 1
                if value == 1 { try caller.checkInterruption() }
                return value
            })
        let callsHost = try instance.function("callsHost")
        for value in [0, 1] as [Int32] {
            handle = InterruptHandle()
            Self.expectInterrupted(.requested) { _ = try callsHost.call([.i32(value)], handle: handle) }
        }
        #expect(told == 2)
    }

    @Test(
        "Nested calls stop for the outer scope, and an inner timeout ends only the inner call",
        arguments: [true, false])
    func nesting(_ isOuter: Bool) throws {
        var loop: (() throws -> Void)?
        defer { loop = nil }
        let instance = try instantiate(
            Self.endless, Self.interruptible(),
            imports: Self.imports { caller, value in
                let timeout = isOuter ? nil : Duration.milliseconds(10)
                Self.expectInterrupted(.deadline) { try caller.store.interruptible(timeout: timeout) { try loop?() } }
                return value
            })
        loop = try instance.function("loop", as: (() -> Void).self)
        let callsHost = try instance.function("callsHost")
        let timeout = isOuter ? Duration.milliseconds(10) : .seconds(3600)
        if isOuter {
            Self.expectInterrupted(.deadline) { _ = try callsHost.call([.i32(7)], timeout: timeout) }
        } else {
            #expect(try callsHost.call([.i32(7)], timeout: timeout).first?.i32 == 7)
        }
        #expect(try instance.function("answer").call().first?.i32 == 42)
    }

    @Test("Typed functions stop with their scope")
    func typed() throws {
        let instance = try instantiate(Self.endless, Self.interruptible(), imports: Self.imports())
        let loop = try instance.function("loop", as: (() -> Void).self)
        let add = try instance.function("add", as: ((Int32) -> Int32).self)
        Self.expectInterrupted(.deadline) {
            try instance.store.interruptible(timeout: .milliseconds(10)) {
                #expect(try add(10) == 10)
                try loop()
            }
        }
        #expect(try add(10) == 10)
    }

    @Test("Code without checks refuses to be called where it would have to stop")
    func notInterruptible() throws {
        let instance = try instantiate(Self.endless, imports: Self.imports())
        let answer = try instance.function("answer")
        #expect(throws: UsageError.notInterruptible) { try answer.call(timeout: .seconds(1)) }
        #expect(throws: UsageError.notInterruptible) {
            try instance.store.interruptible(handle: InterruptHandle()) { try answer.call() }
        }
        #expect(try answer.call().first?.i32 == 42)
    }

    @Test("A blocked read, a write to a full pipe and a sleep stop")
    func blockedCalls() throws {
        let text = """
            (module
              (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 32)
              (func (export "read") (result i32)
                (i32.store (i32.const 0) (i32.const 64))
                (i32.store (i32.const 4) (i32.const 1000000))
                (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
              (func (export "write") (result i32)
                (i32.store (i32.const 4) (i32.const 1000000))
                (loop (br_if 0 (i32.eqz (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                (i32.const 1))
              (func (export "sleep") (result i32)
                (i32.store (i32.const 16) (i32.const 1))
                (i64.store (i32.const 24) (i64.const 3600000000000))
                (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
              (func (export "wait") (result i32)
                (i32.store8 (i32.const 8) (i32.const 1))
                (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
            """
        let input = Pipe()
        let output = Pipe()
        var imports = Imports()
        imports.define(
            try WASI(
                stdin: .descriptor(input.fileHandleForReading.fileDescriptor),
                stdout: .descriptor(output.fileHandleForWriting.fileDescriptor)))
        let instance = try instantiate(text, Self.interruptible(), imports: imports)
        for name in ["read", "write", "sleep", "wait"] {
            let function = try instance.function(name)
            for _ in 0..<2 { Self.expectInterrupted(.deadline) { _ = try function.call(timeout: .milliseconds(20)) } }
        }
        try input.fileHandleForWriting.write(contentsOf: Data("hello".utf8))
        let read = try instance.function("read")
        #expect(try read.call(timeout: .seconds(3600)).first?.i32 == 0)
        #expect(try instance.memory?.load(at: 8, as: Int32.self) == 5)
        try input.fileHandleForWriting.close()
        #expect(try read.call().first?.i32 == 0)
        #expect(try instance.memory?.load(at: 8, as: Int32.self) == 0)
    }

    @Test("Interrupted at random instants, calls stop and the following one is never hit")
    func randomInstants() throws {
        let program = try Engine(options: Self.interruptible()).compile(Module(text: Self.endless))
        let instance = try program.instantiate(imports: Self.imports())
        let functions = try Self.waysToGoOn.map { try instance.function($0) }
        let add = try instance.function("add", as: ((Int32) -> Int32).self)
        for round in 0..<100 {
            let handle = InterruptHandle()
            let pause = Double.random(in: 0...0.004)
            let stopper = Thread {
                Thread.sleep(forTimeInterval: pause)
                handle.interrupt()
            }
            stopper.start()
            Self.expectInterrupted(.requested) { _ = try functions[round % functions.count].call(handle: handle) }
            #expect(try add(1000) == 1000)
        }
    }
}
