import Testing
import WasmEngine
import WasmText

/// The two kinds of modules of WASI's application ABI.
@Suite struct CommandAndReactorTests {
    private static func command(_ body: String) throws -> Instance {
        var imports = Imports()
        imports.define(try WASI())
        return try instantiate(
            """
            (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1) (func (export "_start") \(body)))
            """, imports: imports)
    }

    @Test("A command that returns has the exit code 0, one that exits its own")
    func commands() async throws {
        #expect(try Self.command("").runCommand() == ExitCode(0))
        #expect(try Self.command("(call $exit (i32.const 3))").runCommand().status == 3)
        let negative = try Self.command("(call $exit (i32.const -1))").runCommand()
        #expect(negative.code == -1 && negative.status == 255 && !negative.isSuccess)
        #expect(try await Self.command("(call $exit (i32.const 4))").runCommandAsync() == ExitCode(4))
        #expect(throws: Trap.self) { try Self.command("unreachable").runCommand() }
    }

    @Test("A reactor is initialized before its exports are called, and need not have anything to do")
    func reactors() throws {
        let reactor = try instantiate(
            """
            (module (global $g (mut i32) (i32.const 0)) (func (export "_initialize") (global.set $g (i32.const 7)))
              (func (export "get") (result i32) (global.get $g)))
            """)
        try reactor.initializeReactor()
        #expect(try reactor.function("get").call() == [7])
        try instantiate("(module)").initializeReactor()
    }

    @Test("A reactor may wait for Swift when it is initialized, and so may what a literal of imports has")
    func asynchronousReactors() async throws {
        let reactor = try instantiate(
            """
            (module (import "env" "get" (func $get (result i32))) (import "env" "seen" (func $seen (param i32)))
              (global $g (mut i32) (i32.const 0))
              (func (export "_initialize") (global.set $g (call $get)) (call $seen (global.get $g)))
              (func (export "get") (result i32) (global.get $g)))
            """,
            imports: [
                "env": [
                    "get": .function { () async -> Int32 in
                        await Task.yield()
                        return 7
                    },
                    "seen": .function { (caller: Caller, value: Int32) async throws in
                        await Task.yield()
                        #expect(caller.instance != nil && value == 7)
                    },
                ]
            ])
        #expect(throws: UsageError.cannotSuspend) { try reactor.initializeReactor() }
        try await reactor.initializeReactorAsync()
        #expect(try reactor.function("get").call() == [7])
        try await instantiate("(module)").initializeReactorAsync()
        await #expect(throws: UsageError.self) { try await Self.command("").initializeReactorAsync() }
    }

    @Test("Neither is taken for the other, and their functions have no parameters and results")
    func misuse() throws {
        #expect(throws: UsageError.self) { try Self.command("").initializeReactor() }
        #expect(throws: UsageError.noSuchExport("_start")) { try instantiate("(module)").runCommand() }
        for export in ["_start", "_initialize"] {
            let instance = try instantiate(#"(module (func (export "\#(export)") (param i32)))"#)
            #expect(throws: UsageError.self) {
                if export == "_start" { try instance.runCommand() } else { try instance.initializeReactor() }
            }
        }
    }
}
