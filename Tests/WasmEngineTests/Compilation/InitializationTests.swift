import CRuntime
import Testing
import WasmEngine
import WasmText

/// What instantiation evaluates when there is more of it than one function's work.
@Suite("Initialization") struct InitializationTests {
    /// Each number is one more than the one before it, each element is placed behind the one before it, and each piece
    /// of data lies over the rest of the one before it.
    private static func text(_ count: Int) -> String {
        let globals = (1..<count).map { "(global $g\($0) i32 (i32.add (global.get $g\($0 - 1)) (i32.const 1)))" }
        let elements = (0..<count).map { "(elem (i32.const \($0)) func $f\($0 % 3))" }
        let items = (0..<count).map { "(item (ref.func $f\($0 % 3)))" }
        let data = (0..<count).map { "(data (i32.add (global.get $start) (i32.const \($0))) \"ab\")" }
        return """
            (module
              (import "host" "start" (global $start i32))
              (memory 1) (table \(count) funcref) (table $calculated \(count) funcref)
              (global $g0 i32 (i32.const 7)) \(globals.joined(separator: "\n"))
              (func $f0 (result i32) i32.const 10) (func $f1 (result i32) i32.const 11)
              (func $f2 (result i32) i32.const 12)
              (elem (table $calculated) (i32.const 0) funcref \(items.joined(separator: "\n")))
              \(elements.joined(separator: "\n")) \(data.joined(separator: "\n"))
              (func (export "last") (result i32) (global.get $g\(count - 1)))
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
              (func (export "calculated") (param i32) (result i32)
                (call_indirect $calculated (result i32) (local.get 0)))
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
            """
    }

    @Test("Hundreds of globals and segments are what they are, in their order", arguments: [0, 5, 6])
    func order(_ mode: Int) throws {
        let count = 600, store = Store()
        var imports = Imports()
        imports.define("host", "start", try Global(.i32(100), isMutable: false, in: store))
        let instance = try instantiate(Self.text(count), modes[mode], imports: imports, in: store)
        func call(_ name: String, _ arguments: Int...) throws -> Int32? {
            try instance.function(name).call(arguments.map { .i32(Int32($0)) })[0].i32
        }
        #expect(try call("last") == Int32(count + 6))
        for index in [0, 1, 249, count - 2, count - 1] {
            #expect(try call("call", index) == Int32(10 + index % 3))
            #expect(try call("calculated", index) == Int32(10 + index % 3))
            #expect(try call("load", 100 + index) == 97)
        }
        #expect(try call("load", 100 + count) == 98 && call("load", 101 + count) == 0)
    }

    @Test("Expressions are not evaluated to their end when the guest has to stop", arguments: ["segment", "globals"])
    func interruption(_ place: String) throws {
        // The first object asks whether it may have room; then somebody interrupts. What would trap comes last.
        let (object, number) = ("(array.new_default $a (i32.const 5000))", "(ref.i31 (i32.const 1))")
        let parts =
            place == "segment"
            ? "(elem (i32.const 9) anyref (item \(object)) (item \(number)))"
            : "(global anyref \(object)) (global anyref \(number)) (elem (i32.const 9) anyref (item \(number)))"
        let module = try Module(text: "(module (type $a (array i32)) (table 1 anyref) \(parts))")
        var options = Engine.Options()
        options.isInterruptible = true
        let program = try Engine(options: options).compile(module)
        let handle = InterruptHandle()
        let store = Store(mayUse: { request in
            if request.resource == .heapBytes { handle.interrupt() }
            return true
        })
        #expect(throws: Interrupted.self) { try program.instantiate(in: store, handle: handle) }
    }

    @Test("An artifact whose expressions or segments are not inside of it is refused")
    func spansOutside() throws {
        let artifact = try Engine().artifact(
            of: Module(
                text: """
                    (module (table $t 4 funcref) (table 4 (ref func) (ref.func $f)) (memory 1) (func $f (export "f"))
                      (global (export "g") i32 (i32.add (i32.const 1) (i32.const 2)))
                      (elem (i32.const 1) func $f $f) (elem (i32.const 0) funcref (item (ref.null func)))
                      (data (i32.add (i32.const 1) (i32.const 2)) "ab"))
                    """))
        let start = Int(WASMC_ARTIFACT_OFFSET)
        let header = artifact.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: wasmc_artifact.self) }
        func isRefused(_ place: Int, _ value: UInt32) -> Bool {
            var changed = artifact
            changed.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: place, as: UInt32.self) }
            wasmc_artifact_seal(&changed, UInt64(changed.count))
            do { _ = try CompiledModule(trusting: changed) } catch { return "\(error)".contains("damaged") }
            return false
        }
        typealias Elements = wasmc_element_initializer
        typealias Data = wasmc_data_initializer
        let count = MemoryLayout<wasmc_span>.offset(of: \.count) ?? 0
        let (element, data) = (Int(header.element_initializers.offset), Int(header.data_initializers.offset))
        let (items, offset) = (MemoryLayout<Elements>.offset(of: \.items), MemoryLayout<Elements>.offset(of: \.offset))
        let table = MemoryLayout<Elements>.offset(of: \.table)
        let second = element + MemoryLayout<Elements>.stride
        let (segment, memory) = (MemoryLayout<Data>.offset(of: \.segment), MemoryLayout<Data>.offset(of: \.memory))
        let spans = try [
            Int(header.global_initializers.offset), Int(header.table_initializers.offset) + 8,
            element + #require(items), element + #require(offset), second + #require(items),
            second + #require(offset), data + #require(MemoryLayout<Data>.offset(of: \.offset)),
        ]
        for span in spans {
            #expect(isRefused(span, .max - 3) && isRefused(span + count, .max), "\(span)")
        }
        #expect(try isRefused(element + #require(table), 2) && isRefused(element + #require(items) + count, 1))
        #expect(try isRefused(data + #require(segment), 1) && isRefused(data + #require(memory), 1))
    }
}
