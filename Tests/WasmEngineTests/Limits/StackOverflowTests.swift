import Dispatch
import Foundation
import Testing
import WasmEngine

@Suite struct StackOverflowTests {
    static let text = """
        (module
          (func $deep (export "deep") (param i32) (result i32)
            (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
          (func $even (export "even") (param i32) (result i32)
            (if (result i32) (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else
              (i32.const 1))))
          (func $odd (param i32) (result i32)
            (if (result i32) (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else
              (i32.const 0))))
          (func (export "ok") (result i32) (i32.const 42)))
        """

    static func overflow(_ mode: Engine.Options = .init()) throws {
        let instance = try instantiate(text, mode)
        let deep = try instance.function("deep", as: ((Int32) -> Int32).self)
        for _ in 0..<3 {
            do {
                _ = try deep(0)
                Issue.record("no overflow")
            } catch let trap as Trap {
                #expect(trap.reason == .stackOverflow)
            }
        }
        let ok = try instance.function("ok", as: (() -> Int32).self)
        let even = try instance.function("even", as: ((Int32) -> Int32).self)
        #expect(try ok() == 42)
        #expect(try even(100) == 1)
    }

    @Test("In every mode", arguments: modes.indices) func everyMode(_ mode: Int) throws {
        try Self.overflow(modes[mode])
    }

    @Test @MainActor func mainThread() throws { try Self.overflow() }

    @Test func task() async throws { try await Task.detached { try Self.overflow() }.value }

    @Test func dispatch() async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try Self.overflow() }) }
        }
    }

    @Test func thread() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let thread = Thread { continuation.resume(with: Result { try Self.overflow() }) }
            thread.stackSize = 256 * 1024
            thread.start()
        }
    }

    @Test("Host and guest that call each other for ever end in a trap, too")
    func pingPong() throws {
        final class Holder { var enter: (() throws -> Void)? }
        let holder = Holder()
        var imports = Imports()
        imports.define("env", "again") { [unowned holder] () throws in try holder.enter?() }
        let instance = try instantiate(
            #"(module (import "env" "again" (func $a)) (func (export "enter") (call $a)))"#, imports: imports)
        holder.enter = try instance.function("enter", as: (() -> Void).self)
        do {
            try holder.enter?()
            Issue.record("no overflow")
        } catch let trap as Trap {
            #expect(trap.reason == .stackOverflow)
        }
    }
}
