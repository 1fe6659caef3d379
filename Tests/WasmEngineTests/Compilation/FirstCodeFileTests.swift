import Foundation
import Testing
import WasmText

@testable import WasmEngine

@Suite("What was compiled at first calls is there in the next run") struct FirstCodeFileTests {
    private static let text = """
        (module
          (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
          (func $next (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
          (func $both (export "both") (param i32) (result i32) (call $next (call $twice (local.get 0)))))
        """

    /// A module in a cache of its own.
    private struct Place {
        let folder: URL
        let module: Module

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-calls-\(UUID().uuidString)")
            module = try Module(text: FirstCodeFileTests.text)
        }

        var options: Engine.Options {
            var options = tiered(memory: .guarded, threshold: 1_000_000)
            options.tiering?.isLazy = true
            options.cache = CodeCache(directory: folder.path(percentEncoded: false))
            return options
        }

        func compile() throws -> CompiledModule { try Engine(options: options).compile(module) }

        /// Where the batches are.
        var file: URL {
            get throws {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
                return folder.appending(path: try #require(names.first { $0.hasSuffix(".calls") }))
            }
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private static func check(_ program: CompiledModule, _ names: [String] = ["twice", "next", "both"]) throws {
        let instance = try program.instantiate()
        let expected: [String: Int32] = ["twice": 42, "next": 22, "both": 43]
        for name in names {
            #expect(try instance.function(name, as: ((Int32) -> Int32).self)(21) == expected[name])
        }
    }

    @Test("The next run has the functions that were called, and adds those that it calls")
    func nextRun() throws {
        let place = try Place()
        defer { place.remove() }
        try Self.check(place.compile(), ["twice"])
        let second = try place.compile()
        #expect(second.compiledFunctions == [0])
        try Self.check(second)
        #expect(second.compiledFunctions == [0, 1, 2])
        #expect(try place.compile().compiledFunctions.contains(0))
    }

    @Test("While one program appends, another runs and keeps nothing; then the file has what the first one made")
    func twoAtOnce() throws {
        let place = try Place()
        defer { place.remove() }
        do {
            let first = try place.compile()
            let second = try place.compile()
            try Self.check(first, ["twice"])
            try Self.check(second, ["next", "twice"])
            try Self.check(first, ["next"])
        }
        #expect(try place.compile().compiledFunctions == [0, 1])
    }

    @Test("A file that ends too early serves as far as it goes, and grows again")
    func truncated() throws {
        let place = try Place()
        defer { place.remove() }
        do {
            let program = try place.compile()
            try Self.check(program, ["twice"])
            try Self.check(program)
        }
        let whole = try Data(contentsOf: place.file)
        for part in [0, 1, 7, 24, 55, 56, 100, whole.count / 2, whole.count - 1] {
            try whole.prefix(part).write(to: place.file)
            try Self.check(place.compile())
            #expect(try place.compile().compiledFunctions == [0, 1, 2], "\(part) of \(whole.count) bytes")
        }
    }

    @Test("What was changed in a file is not used, and made again")
    func changed() throws {
        let place = try Place()
        defer { place.remove() }
        try Self.check(place.compile())
        let whole = try Data(contentsOf: place.file)
        for position in stride(from: 0, to: whole.count, by: whole.count / 24) {
            var bytes = whole
            bytes[position] ^= 0x40
            try bytes.write(to: place.file)
            let program = try place.compile()
            #expect(program.compiledFunctions.isStrictSubset(of: [0, 1, 2]), "byte \(position) of \(whole.count)")
            try Self.check(program)
            #expect(try place.compile().compiledFunctions == [0, 1, 2], "byte \(position) of \(whole.count)")
        }
    }

    @Test("However many batches a file has, they are one mapping, which goes with the last of them")
    func mapping() throws {
        let place = try Place()
        defer { place.remove() }
        for name in ["twice", "next", "both"] { try Self.check(place.compile(), [name]) }
        let path = try place.file.path(percentEncoded: false)
        let mark = Data("wasmkept".utf8)
        let bytes = try Data(contentsOf: place.file)
        let batchCount = (4_096 / 8..<bytes.count / 8).count { bytes[8 * $0..<8 * $0 + 8] == mark }
        #expect(batchCount == 3)
        func mappingCount() -> Int { Footprint.mappings().count { $0.contains(path) } }
        do {
            let program = try place.compile()
            #expect(mappingCount() == 1)
            try Self.check(program)
            #expect(program.compiledFunctions == [0, 1, 2])
        }
        #expect(mappingCount() == 0)
    }

    @Test("Kept code calls the C library where processors lack an instruction")
    func externals() throws {
        let place = try Place()
        defer { place.remove() }
        let module = try Module(
            text: """
                (module
                  (func (export "first") (param f64) (result f64) (f64.neg (local.get 0)))
                  (func (export "down") (param f64) (result f64) (f64.floor (local.get 0)))
                  (func (export "up") (param f32) (result f32) (f32.ceil (local.get 0)))
                  (func (export "zero") (param f64) (result f64) (f64.trunc (local.get 0))))
                """)
        var options = place.options
        if options.target.triple.hasPrefix("x86_64") {
            options.target = .init(triple: options.target.triple, cpu: "x86-64")
        }
        for run in 0..<3 {
            let program = try Engine(options: options).compile(module)
            #expect(program.compiledFunctions == (run == 0 ? [] : [0, 1, 2, 3]))
            let instance = try program.instantiate()
            #expect(try instance.function("first", as: ((Double) -> Double).self)(2.5) == -2.5)
            #expect(try instance.function("down", as: ((Double) -> Double).self)(-2.5) == -3)
            #expect(try instance.function("up", as: ((Float) -> Float).self)(2.5) == 3)
            #expect(try instance.function("zero", as: ((Double) -> Double).self)(-2.5) == -2)
        }
    }

    @Test("A link in the file's place is not followed")
    func link() throws {
        let place = try Place()
        defer { place.remove() }
        try Self.check(place.compile())
        let other = place.folder.appending(path: "other")
        try FileManager.default.moveItem(at: place.file, to: other)
        let bytes = try Data(contentsOf: other)
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: place.folder.path(percentEncoded: false)).first {
                $0.hasSuffix(".cwasm")
            })
        let file = place.folder.appending(path: "\(name).calls")
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: other)
        let program = try place.compile()
        #expect(program.compiledFunctions.isEmpty)
        try Self.check(program)
        #expect(try Data(contentsOf: other) == bytes)
    }
}
