import Testing
import WasmEngine
import WasmText

/// Host functions that call their caller back.
@Suite struct CallerTests {
    private static let plugin = """
        (module
          (import "env" "greeting" (func $greeting (result i32)))
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 64))
          (func (export "alloc") (param $count i32) (result i32)
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get $count))))
          (func (export "run") (result i32) (call $greeting)))
        """

    private final class Token {}

    /// Allocates in the guest and writes there.
    private static func imports(_ token: Token = Token()) -> Imports {
        [
            "env": [
                "greeting": .function { (caller: Caller) throws -> Int32 in
                    withExtendedLifetime(token) {}
                    let allocate = try caller.function("alloc", as: ((Int32) -> Int32).self)
                    _ = try allocate(3)
                    let address = try allocate(6)
                    try caller.memory?.write("hello", at: address, isTerminated: true)
                    return address
                }
            ]
        ]
    }

    @Test("A host function calls its caller's exports and writes where they tell it to")
    func callsBack() throws {
        let instance = try instantiate(Self.plugin, imports: Self.imports())
        let address = try instance.function("run", as: (() -> Int32).self)()
        #expect(address == 67)
        #expect(try instance.memory?.string(at: address) == "hello")
    }

    @Test("Plug-ins whose host functions call them back leave nothing behind")
    func nothingLeaks() throws {
        let program = try Engine().compile(Module(text: Self.plugin))
        weak var token: Token?
        weak var store: Store?
        for _ in 0..<300 {
            let kept = Token()
            token = kept
            let instance = try program.instantiate(imports: Self.imports(kept))
            store = instance.store
            #expect(try instance.function("run").call() == [67])
        }
        #expect(token == nil && store == nil)
    }

    @Test("The caller is the instance that calls, with its module, and nobody when the host calls")
    func callersInstance() throws {
        let store = Store()
        var callers: [Instance?] = []
        let ask = try Function(in: store) { (caller: Caller) in callers.append(caller.instance) }
        let program = try Engine().compile(
            Module(text: #"(module (import "a" "f" (func $f)) (func (export "run") (call $f)))"#))
        let imports: Imports = ["a": ["f": .function(ask)]]
        let (first, second) = (try program.instantiate(imports: imports), try program.instantiate(imports: imports))
        _ = try first.function("run").call()
        _ = try second.function("run").call()
        _ = try ask.call()
        #expect(callers == [first, second, nil])
        #expect(callers[0]?.program === program && callers[1]?.exports.first?.name == "run")
        #expect(first != second && first.store === second.store)
    }

    @Test("A function that the caller does not export, or not with this type, is an error that names it")
    func misuse() throws {
        for body in [
            { (caller: Caller) throws in _ = try caller.function("nothing") },
            { caller in _ = try caller.function("memory") },
            { caller in _ = try caller.function("alloc", as: ((Int64) -> Int32).self) },
        ] as [(Caller) throws -> Void] {
            let imports: Imports = [
                "env": [
                    "greeting": .function { (caller: Caller) throws -> Int32 in
                        try body(caller)
                        return 0
                    }
                ]
            ]
            #expect(throws: UsageError.self) { try instantiate(Self.plugin, imports: imports).function("run").call() }
        }
    }
}
