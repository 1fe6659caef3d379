import Testing
import WasmEngine
import WasmText

/// Memories that start from an image of their data, and those that wait for the next instance.
@Suite struct InitialMemoryTests {
    /// 100,000 bytes that differ, as a string of the text format.
    private static let large = (0..<100_000).map { "\\" + hexadecimal(UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 256)) }
        .joined()

    private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func byte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index &* 31 &+ index / 256) }

    private static func text(_ fields: String, pages: String = "3 8") -> String {
        """
        (module (memory (export "memory") \(pages)) \(fields)
          (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
        """
    }

    private struct Guest {
        let instance: Instance
        let load: (Int32) throws -> Int32
        let store: (Int32, Int32) throws -> Void
        let grow: (Int32) throws -> Int32

        init(_ program: CompiledModule) throws {
            instance = try program.instantiate()
            load = try instance.function("load", as: ((Int32) -> Int32).self)
            store = try instance.function("store", as: ((Int32, Int32) -> Void).self)
            grow = try instance.function("grow", as: ((Int32) -> Int32).self)
        }
    }

    private func compile(_ text: String, _ options: Engine.Options) throws -> CompiledModule {
        try Engine(options: options).compile(Module(text: text))
    }

    @Test(
        "Every instance starts with its data, sees its own writes only, and keeps all when it grows", arguments: modes)
    func copyOnWrite(_ options: Engine.Options) throws {
        let program = try compile(Self.text(#"(data (i32.const 5000) "\#(Self.large)")"#), options)
        #expect(program.artifact.dataByteCount == 100_000)
        let first = try Guest(program)
        for place in stride(from: 0, to: 100_000, by: 997) {
            #expect(try first.load(Int32(5000 + place)) == Int32(Self.byte(place)))
        }
        #expect(try first.load(4999) == 0 && first.load(105_000) == 0 && first.load(3 * 65_536 - 1) == 0)
        try first.store(5000, 255)
        try first.store(190_000, 77)
        let second = try Guest(program)
        #expect(try second.load(5000) == Int32(Self.byte(0)))
        #expect(try second.load(190_000) == 0)
        #expect(try first.grow(5) == 3)
        #expect(try first.load(5000) == 255 && first.load(5001) == Int32(Self.byte(1)) && first.load(190_000) == 77)
        try first.store(8 * 65_536 - 1, 1)
        #expect(try first.load(4 * 65_536) == 0)
        #expect(try first.grow(1) == -1)
        #expect(throws: Trap.self) { try first.load(8 * 65_536) }
        let loaded = try Guest(CompiledModule(trusting: program.bytes))
        #expect(try loaded.load(104_999) == Int32(Self.byte(99_999)))
    }

    @Test("Later segments lie on top of earlier ones, and active segments are dropped")
    func order() throws {
        let fields = """
            (data (i32.const 0) "\(Self.large)") (data $small (i32.const 10) "abc") (data (i32.const 11) "X") (data
              (i32.const 3) "")
            (func (export "again") (memory.init $small (i32.const 0) (i32.const 0) (i32.const 1)))
            """
        let guest = try Guest(compile(Self.text(fields), .init(optimization: .none)))
        #expect(
            try [9, 10, 11, 12, 13].map { try guest.load($0) } == [
                Int32(Self.byte(9)), 97, 88, 99, Int32(Self.byte(13)),
            ])
        #expect(throws: Trap.self) { try guest.instance.function("again").call() }
    }

    @Test("A segment that does not fit traps after those before it, as if there were no images")
    func traps() throws {
        for fields in [
            #"(data (i32.const 0) "\#(Self.large)") (data (i32.const 200000) "x")"#,
            #"(table 1 funcref) (elem (i32.const 1) func 0) (data (i32.const 0) "\#(Self.large)")"#,
        ] {
            let program = try compile(Self.text(fields), .init(optimization: .none))
            #expect(throws: Trap.self) { try program.instantiate() }
        }
    }

    @Test("Data that is far apart, at a variable place or for an imported memory is written when instantiated")
    func withoutImages() throws {
        let far = #"(data (i32.const 0) "\#(Self.large)") (data (i32.const 60000000) "far")"#
        let guest = try Guest(compile(Self.text(far, pages: "1000"), .init(optimization: .none)))
        #expect(try guest.load(99_999) == Int32(Self.byte(99_999)) && guest.load(60_000_000) == 102)

        let moved =
            #"""
            (import "env" "base" (global $base i32)) (memory (export "memory") 3) (data (global.get $base) \#
            "\#(Self.large)")
            """#
        let store = Store()
        var imports = Imports()
        imports.define("env", "base", try Global(.i32(7), isMutable: false, in: store))
        let instance = try compile("(module \(moved))", .init(optimization: .none)).instantiate(
            imports: imports, in: store)
        #expect(try instance.memory?.read(at: 7, byteCount: 2) == [Self.byte(0), Self.byte(1)])

        let memory = try Memory(MemoryType(pages: Limits(minimum: 3)), in: store)
        imports.define("env", "memory", memory)
        let importing = #"(module (import "env" "memory" (memory 3)) (data (i32.const 1) "\#(Self.large)"))"#
        _ = try compile(importing, .init(optimization: .none)).instantiate(imports: imports, in: store)
        #expect(try memory.read(at: 1, byteCount: 2) == [Self.byte(0), Self.byte(1)])
    }

    @Test("A memory from the pool is as good as new, grown and written as it was", arguments: modes)
    func pool(_ options: Engine.Options) throws {
        var options = options
        options.instancePool = 2
        for fields in [#"(data (i32.const 5000) "\#(Self.large)")"#, #"(data (i32.const 5000) "\1f")"#] {
            let program = try compile(Self.text(fields), options)
            let expected = try Guest(program).load(5000)
            for round in 0..<20 {
                let guests = try (0..<3).map { _ in try Guest(program) }
                for guest in guests {
                    #expect(try guest.load(5000) == expected && guest.load(0) == 0 && guest.load(3 * 65_536 - 1) == 0)
                    #expect(throws: Trap.self) { try guest.load(3 * 65_536) }
                    try guest.store(5000, Int32(round))
                    try guest.store(0, 9)
                    try guest.store(3 * 65_536 - 1, 9)
                    #expect(try guest.grow(2) == 3)
                    #expect(try guest.load(4 * 65_536) == 0)
                    try guest.store(4 * 65_536, 9)
                }
            }
        }
    }

    @Test("More instances than a process has mappings for")
    func manyInstances() throws {
        let program = try compile(
            Self.text(#"(data (i32.const 5000) "\1f")"#, pages: "2"), .init(optimization: .none, memory: .checked))
        let guests = try (0..<25_000).map { _ in try Guest(program) }
        for guest in [guests[0], guests[24_999]] {
            #expect(try guest.load(5000) == 31 && guest.grow(1) == 2 && guest.load(5000) == 31)
        }
    }
}
