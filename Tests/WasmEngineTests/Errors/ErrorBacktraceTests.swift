import Synchronization
import Testing
import WasmEngine

@Suite struct ErrorBacktraceTests {
    /// Called directly and through each other, by way of the host.
    static let text = """
        (module
          (import "env" "host" (func $host (param i32)))
          (table funcref (elem $inner))
          (func $inner (param i32) (call $host (local.get 0)))
          (func $first (export "first") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0)))
          (func $second (export "second") (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0))))
        """

    struct Sized: Error, Equatable { var words = (1...5).map { $0 } }
    enum Plain: Error { case one, two }
    final class Object: Error, Sendable {
        static let alive = Atomic<Int>(0)
        init() { Self.alive.add(1, ordering: .relaxed) }
        deinit { Self.alive.subtract(1, ordering: .relaxed) }
    }

    /// A guest whose host function does what it is told.
    final class Guest {
        let instance: Instance
        var host: (Int32) throws -> Void = { _ in }

        init(_ mode: Engine.Options = .init(), text: String = ErrorBacktraceTests.text) throws {
            final class Holder { weak var guest: Guest? }
            let holder = Holder()
            var imports = Imports()
            imports.define("env", "host") { (value: Int32) throws -> Void in try holder.guest?.host(value) }
            instance = try instantiate(text, mode, imports: imports)
            holder.guest = self
        }

        func call(_ name: String, _ value: Int32 = 0) throws { _ = try instance.function(name).call([.i32(value)]) }

        /// What a call ends with.
        func error(of name: String, _ value: Int32 = 0) -> (any Error)? {
            do {
                try call(name, value)
                return nil
            } catch { return error }
        }
    }

    static func names(_ error: (any Error)?) -> [String?]? {
        error.flatMap { Backtrace.of($0) }.map { $0.innermost.map(\.functionName) }
    }

    @Test("Errors of any type keep their value and get frames", arguments: modes.indices)
    func types(_ mode: Int) throws {
        let guest = try Guest(modes[mode])
        let object = Object()
        for error in [Sized(), Plain.two, object, ExitCode(3), UsageError.growRefused, Interrupted(.requested)]
            as [any Error]
        {
            guest.host = { _ in throw error }
            let caught = try #require(guest.error(of: "first"))
            #expect(type(of: caught) == type(of: error) && "\(caught)" == "\(error)")
            #expect(Self.names(caught) == ["inner", "first"])
        }
        guest.host = { _ in throw object }
        #expect(guest.error(of: "first") as? Object === object)
    }

    @Test("Equal errors of two calls have each their own frames, for as long as they exist")
    func equal() throws {
        let guest = try Guest()
        guest.host = { _ in throw ExitCode(1) }
        let errors = (0..<100).map { guest.error(of: $0 % 3 == 0 ? "first" : "second") }
        guest.host = { _ in }
        try guest.call("first")
        for (number, error) in errors.enumerated() {
            #expect(error as? ExitCode == ExitCode(1))
            #expect(Self.names(error) == ["inner", number % 3 == 0 ? "first" : "second"])
        }
    }

    @Test(
        "An error that passes through host and guests keeps the innermost frames, and those around them",
        arguments: modes.indices)
    func nested(_ mode: Int) throws {
        let guest = try Guest(modes[mode])
        guest.host = { [unowned guest] level in
            if level == 0 { throw Sized() }
            try guest.call(level % 2 == 0 ? "first" : "second", level - 1)
        }
        #expect(
            Self.names(guest.error(of: "first", 3)) == [
                "inner", "second", "inner", "first", "inner", "second", "inner", "first",
            ])
    }

    @Test("An error that ends in the middle lends its frames to no other")
    func caughtInTheMiddle() throws {
        let guest = try Guest()
        var kept: [any Error] = []
        guest.host = { [unowned guest] level in
            if level == 0 { throw ExitCode(1) }
            do { try guest.call("second", 0) } catch { kept.append(error) }
            throw ExitCode(1)
        }
        for _ in 0..<3 { #expect(Self.names(guest.error(of: "first", 1)) == ["inner", "first"]) }
        for error in kept { #expect(Self.names(error) == ["inner", "second", "inner", "first"]) }
    }

    @Test("Through guests of two stores, the innermost store's frames stay")
    func twoStores() throws {
        let (outer, inner) = (try Guest(), try Guest(text: Self.text.replacing("$second", with: "$third")))
        defer { inner.host = { _ in } }
        inner.host = { _ in throw Plain.one }
        outer.host = { _ in try inner.call("second") }
        #expect(Self.names(outer.error(of: "first")) == ["inner", "third"])
        outer.host = { _ in
            #expect(throws: Plain.one) { try inner.call("second") }
            throw Plain.one
        }
        #expect(Self.names(outer.error(of: "first")) == ["inner", "first"])
        // And through one store, another, and the first again.
        inner.host = { level in try outer.call("first", level - 1) }
        outer.host = { level in if level == 0 { throw Plain.two } else { try inner.call("second", level) } }
        #expect(Self.names(outer.error(of: "second", 1)) == ["inner", "first", "inner", "second"])
    }

    @Test("One value that ends several calls has the frames of none of them; so have copies of the bare value")
    func ambiguous() throws {
        let guest = try Guest()
        let shared: any Error = Sized()
        guest.host = { _ in throw shared }
        #expect(Self.names(guest.error(of: "first")) == ["inner", "first"])
        #expect(Self.names(guest.error(of: "second")) == nil)
        #expect(Self.names(shared) == nil)
        guest.host = { _ in throw ExitCode(4) }
        do { try guest.call("first") } catch let exit as ExitCode { #expect(Self.names(exit) == nil) }
        #expect(Self.names(Sized()) == nil)
        // Never ended a guest's call.
        #expect(Self.names(UsageError.growRefused) == nil)
    }

    @Test("wasmc's own errors are asked in the same way")
    func own() throws {
        let guest = try Guest(
            text: #"(module (import "env" "host" (func (param i32))) (func $f (export "f") (param i32) unreachable))"#)
        let error = guest.error(of: "f")
        #expect(Self.names(error) == ["f"])
        #expect((error as? Trap).flatMap { Self.names($0) } == ["f"])
    }

    @Test("Errors go when nobody holds them, whatever their number")
    func released() throws {
        let guest = try Guest()
        let before = Object.alive.load(ordering: .relaxed)
        guest.host = { _ in throw Object() }
        var kept: [any Error] = []
        for number in 0..<2_000 { if let error = guest.error(of: "first"), number % 100 == 0 { kept.append(error) } }
        // Other tests have one of them at a time.
        #expect(Object.alive.load(ordering: .relaxed) - before < kept.count + modes.count + 1)
        #expect(kept.allSatisfy { Self.names($0) == ["inner", "first"] })
    }

    @Test("Threads that fail at once get each their own frames")
    func threads() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    let name = "task\(task)"
                    let guest = try Guest(text: Self.text.replacing("$first", with: "$\(name)"))
                    guest.host = { _ in throw ExitCode(1) }
                    return (0..<500).count { _ in Self.names(guest.error(of: "first")) == ["inner", name] }
                }
            }
            for try await count in group { #expect(count == 500) }
        }
    }

    // MARK: Asynchronous calls

    static func imports(_ host: @escaping (Int32) async throws -> Void) -> Imports {
        var imports = Imports()
        imports.define("env", "host") { (_: Caller, value: Int32) async throws -> Void in try await host(value) }
        return imports
    }

    @Test("After an await, and in a task that hears of it later")
    func asynchronous() async throws {
        let program = try Engine().compile(Module(text: Self.text))
        func run(_ name: String) async -> (any Error)? {
            let task = Task {
                let instance = try program.instantiate(
                    imports: Self.imports { _ in
                        try await Task.sleep(for: .milliseconds(1))
                        throw ExitCode(1)
                    })
                _ = try await instance.function(name).callAsync([.i32(1)])
            }
            guard case .failure(let error) = await task.result else { return nil }
            return error
        }
        let (first, second) = (await run("first"), await run("second"))
        #expect(Self.names(first) == ["inner", "first"])
        #expect(Self.names(second) == ["inner", "second"])
    }

    @Test("Through asynchronous host functions that call guests", arguments: [false, true])
    func asynchronousNested(_ isInnerAsynchronous: Bool) async throws {
        let inner = try Guest()
        inner.host = { _ in throw Plain.one }
        // The guest that waits is the only one that uses them.
        nonisolated(unsafe) let (outermost, function) = (Holder(), try inner.instance.function("second"))
        let imports = Self.imports { level in
            await Task.yield()
            if level > 0 { _ = try await outermost.function?.callAsync([.i32(level - 1)]) }
            if isInnerAsynchronous {
                _ = try await function.callAsync([.i32(0)])
            } else {
                _ = try function.call([.i32(0)])
            }
        }
        let outer = try Engine().compile(Module(text: Self.text)).instantiate(imports: imports)
        outermost.function = try outer.function("first")
        defer { outermost.function = nil }
        for level in 0...2 as ClosedRange<Int32> {
            do {
                _ = try await outer.function("first").callAsync([.i32(level)])
                Issue.record("nothing was thrown")
            } catch { #expect(Self.names(error) == ["inner", "second"]) }
        }
    }

    final class Holder { var function: Function? }
}
