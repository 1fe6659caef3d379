import Testing
import WasmEngine
import WasmText

/// All code of a store can be stopped in the same ways.
@Suite struct StoppabilityTests {
    static let library = """
        (module (table (export "table") 1 funcref) (memory (export "memory") 1)
          (global (export "reference") funcref (ref.func 0))
          (func $loop (export "loop") (loop (br 0))) (elem (i32.const 0) $loop))
        """
    static let importers = [
        #"(module (import "library" "loop" (func)) (func (export "run") (call 0)))"#,
        #"(module (import "library" "table" (table 1 funcref)) (func (export "run") (call_indirect (i32.const 0))))"#,
        #"""
        (module (import "library" "reference" (global funcref)) (table 1 funcref) (func (export "run") (table.set \#
        (i32.const 0) (global.get 0)) (call_indirect (i32.const 0))))
        """#,
    ]

    static func options(interruptible: Bool = false, metered: Bool = false) -> Engine.Options {
        Engine.Options(metering: metered ? .points(limit: 1000) { _ in 1 } : nil, isInterruptible: interruptible)
    }

    static func link(_ text: String, _ importer: Engine.Options, with library: Engine.Options) throws -> Instance {
        var imports = Imports()
        let instance = try instantiate(Self.library, library)
        imports.define("library", instance)
        return try Engine(options: importer).compile(Module(text: text)).instantiate(
            imports: imports, in: instance.store)
    }

    @Test(
        "Code that can be stopped is not linked with code that cannot, by a function, a table or a reference",
        arguments: importers)
    func refused(_ text: String) throws {
        for (kind, able) in [
            (LinkError.StopKind.interruption, Self.options(interruptible: true)),
            (.metering, Self.options(metered: true)),
        ] {
            for (importer, library) in [(able, Self.options()), (Self.options(), able)] {
                do {
                    _ = try Self.link(text, importer, with: library)
                    Issue.record("\(kind): \(text) was linked")
                } catch let error as LinkError {
                    guard case .stoppability(let found, let can, let cannot) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    let isImporterAble = importer.isInterruptible || importer.metering != nil
                    let (ofImporter, ofLibrary) = isImporterAble ? (can, cannot) : (cannot, can)
                    #expect(found == kind && ofImporter == "the module that exports \"run\"", "\(error)")
                    #expect(ofLibrary.contains("\"loop\""), "\(error)")
                    #expect(
                        error.description.contains(
                            "Engine.Options.\(kind == .interruption ? "isInterruptible" : "metering")"))
                }
            }
        }
    }

    @Test("A call stops in code that it was linked with, in every way of getting there", arguments: importers)
    func stops(_ text: String) throws {
        let both = Self.options(interruptible: true)
        let linked = try Self.link(text, both, with: both)
        #expect(throws: Interrupted(.deadline)) { try linked.function("run").call(timeout: .milliseconds(20)) }
        let metered = Self.options(metered: true)
        #expect(throws: OutOfPoints.self) { try Self.link(text, metered, with: metered).function("run").call() }
    }

    @Test("The host gives no guest a function that cannot be stopped: no instance with one is in its store")
    func throughTheHost() throws {
        let store = Store()
        let text = #"(module (table (export "table") 1 funcref) (func (export "run") (call_indirect (i32.const 0))))"#
        let instance = try Engine(options: Self.options(interruptible: true)).compile(Module(text: text)).instantiate(
            in: store)
        let program = try Engine(options: Self.options()).compile(Module(text: Self.library))
        #expect(throws: LinkError.self) { try program.instantiate(in: store) }
        let other = try program.instantiate()
        #expect(throws: UsageError.self) { try instance.table("table")?.set(0, to: .funcref(other.function("loop"))) }
    }
}
