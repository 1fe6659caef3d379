import Foundation
import Synchronization
import Testing
import WasmEngine

@Suite(.serialized) struct HostErrorTests {
    /// Counts itself, so that a leak or a skipped frame shows.
    final class Counted: @unchecked Sendable {
        static let created = Atomic<Int>(0)
        static let destroyed = Atomic<Int>(0)
        init() { Self.created.add(1, ordering: .relaxed) }
        deinit { Self.destroyed.add(1, ordering: .relaxed) }
    }

    final class Marker: Error {}

    static let nested = """
        (module
          (import "env" "descend" (func $descend (param i32)))
          (func (export "enter") (param i32) (call $descend (local.get 0))))
        """

    @Test(
        "The very same error value arrives through host and guest calls, and every Swift frame is left",
        arguments: [3, 50])
    func nesting(_ depth: Int) throws {
        let marker = Marker()
        let before = (Counted.created.load(ordering: .relaxed), Counted.destroyed.load(ordering: .relaxed))
        do {
            let holder = Holder()
            var imports = Imports()
            imports.define("env", "descend") { [unowned holder] (level: Int32) throws -> Void in
                let local = Counted()
                defer { withExtendedLifetime(local) {} }
                if level == 0 { throw marker }
                try holder.enter?(level - 1)
            }
            let instance = try instantiate(Self.nested, imports: imports)
            holder.enter = try instance.function("enter", as: ((Int32) -> Void).self)
            do {
                try holder.enter?(Int32(depth))
                Issue.record("nothing was thrown")
            } catch let error as Marker {
                #expect(error === marker)
            }
            // Usable again, at once.
            #expect(throws: Marker.self) { try holder.enter?(1) }
        }
        let created = Counted.created.load(ordering: .relaxed) - before.0
        let destroyed = Counted.destroyed.load(ordering: .relaxed) - before.1
        #expect(created == depth + 3)
        #expect(created == destroyed)
    }

    final class Holder { var enter: ((Int32) throws -> Void)? }

    @Test("A host error in the middle can be caught there, and the guest goes on")
    func caughtInTheMiddle() throws {
        let holder = Holder()
        var imports = Imports()
        imports.define("env", "descend") { [unowned holder] (level: Int32) throws -> Void in
            if level == 0 { throw Marker() }
            do { try holder.enter?(0) } catch is Marker { return }
        }
        let instance = try instantiate(Self.nested, imports: imports)
        holder.enter = try instance.function("enter", as: ((Int32) -> Void).self)
        try holder.enter?(1)
    }

    @Test("A start function's host error is the caller's")
    func start() throws {
        var imports = Imports()
        imports.define("env", "stop") { () throws in throw ExitCode(7) }
        #expect(throws: ExitCode(7)) {
            try instantiate(#"(module (import "env" "stop" (func $stop)) (start $stop))"#, imports: imports)
        }
    }

    /// In a process of its own, for what other tests allocate meanwhile would count too.
    @Test("100,000 exits leave nothing behind")
    func manyExits() async {
        await #expect(processExitsWith: .success) {
            var imports = Imports()
            imports.define("env", "early_exit") { () throws in throw ExitCode(1) }
            let text = #"(module (import "env" "early_exit" (func $e)) (func (export "run") (call $e)))"#
            let run = try instantiate(text, imports: imports).function("run", as: (() -> Void).self)
            func exits(_ count: Int) -> Int {
                var caught = 0
                for _ in 0..<count {
                    do { try run() } catch let exit as ExitCode where exit == ExitCode(1) { caught += 1 } catch {}
                }
                return caught
            }
            #expect(exits(10_000) == 10_000)
            let before = try Footprint()
            #expect(exits(100_000) == 100_000)
            let after = try Footprint()
            #expect(after.descriptors == before.descriptors)
            #expect(after.mappings == before.mappings)
            #expect(after.residentBytes - before.residentBytes < 1 << 20)
        }
    }

    @Test("Untyped host functions: values in and out, and the wrong results are refused")
    func untyped() throws {
        let type = FunctionType(parameters: [.i32, .f64], results: [.f64, .i32])
        var imports = Imports()
        imports.define("env", "swap", type: type) { _, values in [values[1], values[0]] }
        imports.define("env", "bad", type: type) { _, _ in [] }
        let instance = try instantiate(
            """
            (module
              (type $t (func (param i32 f64) (result f64 i32)))
              (import "env" "swap" (func $swap (type $t)))
              (import "env" "bad" (func $bad (type $t)))
              (func (export "swap") (type $t) (call $swap (local.get 0) (local.get 1)))
              (func (export "bad") (type $t) (call $bad (local.get 0) (local.get 1))))
            """, imports: imports)
        let results = try instance.function("swap").call([.i32(5), .f64(2.5)])
        guard case .f64(2.5) = results[0], case .i32(5) = results[1] else {
            Issue.record("found \(results)")
            return
        }
        #expect(throws: UsageError.self) { try instance.function("bad").call([.i32(5), .f64(2.5)]) }
        #expect(throws: UsageError.self) { try instance.function("swap").call([.i32(5)]) }
        #expect(throws: UsageError.self) { try instance.function("swap", as: ((Int32) -> Int32).self) }
    }

    @Test("Instances of one program run on many threads")
    func threads() async throws {
        var imports = Imports()
        imports.define("env", "stop") { (code: Int32) throws -> Void in throw ExitCode(code) }
        let program = try Engine().compile(
            Module(
                text:
                    #"""
                    (module (import "env" "stop" (func $s (param i32))) (func (export "run") (param i32) (call $s \#
                    (local.get 0))))
                    """#
            ))
        let shared = UncheckedImports(imports)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    let run = try program.instantiate(imports: shared.imports).function(
                        "run", as: ((Int32) -> Void).self)
                    var count = 0
                    for _ in 0..<1_000 {
                        do { try run(Int32(task)) } catch let exit as ExitCode where exit.code == Int32(task) {
                            count += 1
                        }
                    }
                    return count
                }
            }
            for try await count in group { #expect(count == 1_000) }
        }
    }

    /// The closures in it capture nothing.
    struct UncheckedImports: @unchecked Sendable {
        let imports: Imports
        init(_ imports: Imports) { self.imports = imports }
    }
}
