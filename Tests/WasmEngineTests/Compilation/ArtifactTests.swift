import Foundation
import Testing
import WasmEngine
import WasmText

@Suite struct ArtifactTests {
    /// Something of everything that an artifact describes.
    private static let text = """
        (module $example
          (import "env" "host" (func $host (param i32 f64) (result f64)))
          (import "env" "limit" (global $limit i32))
          (memory (export "memory") 1 3)
          (table (export "table") 4 funcref)
          (global (export "counter") (mut i64) (i64.const 5))
          (data (i32.const 8) "hello, artifact")
          (data $passive "passive")
          (elem (i32.const 1) func $double)
          (type $unary (func (param i32) (result i32)))
          (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
          (func (export "call") (param i32) (result i32) (call_indirect (type $unary) (local.get 0) (i32.const 1)))
          (func (export "host") (result f64) (call $host (global.get $limit) (f64.const 0.5)))
          (func (export "init") (memory.init $passive (i32.const 100) (i32.const 0) (i32.const 7)))
          (func (export "trap") (drop (i32.load (i32.const 0x7fffffff))))
          (func (export "round") (param f32) (result f32) (f32.nearest (local.get 0))))
        """

    private static func artifact(_ options: Engine.Options = .init()) throws -> [UInt8] {
        try Engine(options: options).artifact(of: Module(text: text))
    }

    private func temporaryFile() -> String {
        FileManager.default.temporaryDirectory.path + "/wasmc-\(UUID().uuidString).cwasm"
    }

    private func check(_ program: CompiledModule) throws {
        let store = Store()
        var imports = Imports()
        imports.define("env", "host") { (a: Int32, b: Double) -> Double in Double(a) + b }
        imports.define("env", "limit", try Global(.i32(40), isMutable: false, in: store))
        let instance = try program.instantiate(imports: imports, in: store)
        let call = try instance.function("call", as: ((Int32) -> Int32).self)
        let host = try instance.function("host", as: (() -> Double).self)
        let round = try instance.function("round", as: ((Float) -> Float).self)
        #expect(try call(21) == 42)
        #expect(try host() == 40.5)
        #expect(try round(2.5) == 2)
        let memory = try #require(instance.memory)
        #expect(try memory.string(at: 8, byteCount: 15) == "hello, artifact")
        _ = try instance.function("init").call()
        #expect(try memory.string(at: 100, byteCount: 7) == "passive")
        #expect(throws: Trap.self) { try instance.function("trap").call() }
        #expect(instance.global("counter")?.type == GlobalType(value: .i64, isMutable: true))
        #expect(instance.table("table")?.type.elements == Limits(minimum: 4))
    }

    @Test("A written module does after loading what it did before", arguments: modes)
    func roundTrip(_ options: Engine.Options) throws {
        let program = try Engine(options: options).compile(Module(text: Self.text))
        try check(program)
        let file = temporaryFile()
        defer { unlink(file) }
        try program.write(to: file)
        let loaded = try CompiledModule(trusting: file)
        try check(loaded)
        try check(CompiledModule(trusting: program.bytes))
        #expect(loaded.bytes == program.bytes)
        #expect(loaded.imports == program.imports && loaded.exports == program.exports)
        #expect(loaded.imports.map(\.name) == ["host", "limit"])
        #expect(loaded.artifact.features == program.artifact.features)
        #expect(loaded.artifact.dataByteCount == 22)
    }

    @Test("The same module and options give the same bytes, whatever the number of threads")
    func reproducible() throws {
        // Large enough for several parts.
        let functions = (0..<600).map { index in
            let body = (0..<40).map { "(local.set 0 (i32.add (local.get 0) (i32.const \(index * 7 + $0))))" }.joined()
            return "(func $f\(index) (export \"f\(index)\") (param i32) (result i32) \(body) (local.get 0))"
        }
        let module = try Module(text: "(module \(functions.joined()))")
        let one = try Engine(options: .init(threadCount: 1)).artifact(of: module)
        #expect(one == (try Engine(options: .init(threadCount: 7)).artifact(of: module)))
        #expect(one == (try Engine(options: .init(threadCount: 1)).artifact(of: module)))
        let last = try CompiledModule(trusting: one).instantiate().function("f599", as: ((Int32) -> Int32).self)
        #expect(try last(1) == 1 + (0..<40).reduce(0) { $0 + 599 * 7 + $1 })
    }

    @Test("A machine that lacks a feature, or is another one, is told so by name")
    func otherMachines() throws {
        var options = Engine.Options()
        options.target = .portable
        options.target.features = "+future-feature"
        let bytes = try Self.artifact(options)
        #expect(try Artifact(bytes: bytes).features.contains("future-feature"))
        #expect { try CompiledModule(trusting: bytes) } throws: { "\($0)".contains("with future-feature") }
        options.target = try #require(
            Target.named[Target.portable.triple.hasPrefix("x86") ? "aarch64-linux-gnu" : "x86_64-linux-gnu"])
        let foreign = try Self.artifact(options)
        #expect { try CompiledModule(trusting: foreign) } throws: { "\($0)".contains("for \(options.target.triple)") }
        #expect(try Artifact(bytes: foreign).exports.count == 8)
    }

    @Test("A truncated artifact is refused at every length, and any change is found")
    func damage() throws {
        let bytes = try Self.artifact()
        for length in 0..<bytes.count {
            // Every length where the description lies, some of the others.
            guard length < 2048 || length % 61 == 0 || length > bytes.count - 64 else { continue }
            #expect(throws: ArtifactError.self) { try CompiledModule(trusting: Array(bytes[..<length])) }
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var changed = bytes
            // What is before the description are ELF's own headers and unused bytes.
            let place = Int.random(in: 1024..<bytes.count, using: &generator)
            changed[place] ^= 1 << Int.random(in: 0..<8, using: &generator)
            #expect(throws: ArtifactError.self, "byte \(place)") { try Artifact(bytes: changed) }
        }
    }

    @Test("What is no artifact is refused: text, a module, a directory, a FIFO, nothing")
    func foreignFiles() throws {
        let module = try Module(text: Self.text).bytes
        for bytes in [[], Array("text".utf8), module, [UInt8](repeating: 0, count: 100_000)] as [[UInt8]] {
            #expect(throws: ArtifactError.self) { try CompiledModule(trusting: bytes) }
            #expect(throws: ArtifactError.self) { try Artifact(bytes: bytes) }
        }
        let fifo = temporaryFile()
        #expect(mkfifo(fifo, 0o600) == 0)
        defer { unlink(fifo) }
        for path in [fifo, "/", "/no/such/file"] {
            #expect { try CompiledModule(trusting: path) } throws: { "\($0)".hasPrefix(path + ": ") }
        }
    }
}
