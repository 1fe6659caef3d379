import Foundation
import Testing
import WasmText

@testable import WasmEngine

@Suite("What one run optimized, the next runs from its start") struct HotCodeFileTests {
    private static func folder() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "wasmc-hot-\(UUID().uuidString)")
    }

    private static func compile(
        _ module: Module, in folder: URL, _ optimization: OptimizationLevel = .standard, isLazy: Bool = false
    ) throws -> CompiledModule {
        var options = tiered(memory: .guarded, threshold: 3)
        options.optimization = optimization
        options.tiering?.isLazy = isLazy
        options.cache = CodeCache(directory: folder.path(percentEncoded: false))
        return try Engine(options: options).compile(module)
    }

    @Test("Functions have their optimized code before the first call, and give the same", arguments: [false, true])
    func functions(isLazy: Bool) throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let module = try Module(text: TieringTests.text)
        for run in 0..<3 {
            let program = try Self.compile(module, in: folder, isLazy: isLazy)
            #expect(program.replacedFunctions == (run == 0 ? [] : [1, 4, 6, 7, 8, 9, 10]), "run \(run)")
            let instance = try program.instantiate(imports: TieringTests.imports())
            for _ in 0..<12 { try TieringTests.callAll(of: instance) }
            #expect(program.replacedFunctions == [1, 4, 6, 7, 8, 9, 10], "run \(run)")
        }
    }

    @Test("A loop goes on in the optimized code that an earlier run made for it")
    func loops() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let module = try Module(text: TieringTests.text)
        for run in 0..<3 {
            let program = try Self.compile(module, in: folder)
            #expect(program.replacedLoops.isEmpty == (run == 0))
            let instance = try program.instantiate(imports: TieringTests.imports())
            #expect(try instance.function("busy", as: ((Int32, Int32) -> Int32).self)(300, -1) == 43)
            #expect(!program.replacedLoops.isEmpty)
        }
    }

    @Test("Another level has code of its own")
    func levels() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let module = try Module(text: TieringTests.text)
        let instance = try Self.compile(module, in: folder).instantiate(imports: TieringTests.imports())
        for _ in 0..<12 { try TieringTests.callAll(of: instance) }
        #expect(try Self.compile(module, in: folder, .aggressive).replacedFunctions == [])
        #expect(try Self.compile(module, in: folder).replacedFunctions == [1, 4, 6, 7, 8, 9, 10])
    }

    @Test("Code that was changed is not used")
    func changed() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let module = try Module(text: TieringTests.text)
        do {
            let instance = try Self.compile(module, in: folder).instantiate(imports: TieringTests.imports())
            for _ in 0..<12 { try TieringTests.callAll(of: instance) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        let file = folder.appending(path: try #require(names.first { $0.hasSuffix(".hot") }))
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: file)
        #expect(try Self.compile(module, in: folder).replacedFunctions == [])
        #expect(!FileManager.default.fileExists(atPath: file.path(percentEncoded: false)))
    }

    @Test("Code of another module, or of another level, is not used, whatever its file is called")
    func exchanged() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let other = TieringTests.text.replacing("(module", with: "(module $other")
        let modules = try [Module(text: TieringTests.text), Module(text: other)]
        for (module, level) in [(modules[0], OptimizationLevel.standard), (modules[1], .standard), (modules[0], .less)]
        {
            let instance = try Self.compile(module, in: folder, level).instantiate(imports: TieringTests.imports())
            for _ in 0..<12 { try TieringTests.callAll(of: instance) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            .filter { $0.hasSuffix(".hot") }
        #expect(names.count == 3)
        let contents = try names.map { try Data(contentsOf: folder.appending(path: $0)) }
        for (index, name) in names.enumerated() {
            try contents[(index + 1) % names.count].write(to: folder.appending(path: name))
        }
        #expect(try Self.compile(modules[0], in: folder).replacedFunctions == [])
        #expect(try Self.compile(modules[1], in: folder).replacedFunctions == [])
        #expect(try Self.compile(modules[0], in: folder, .less).replacedFunctions == [])
        // Who appends makes it anew.
        let instance = try Self.compile(modules[0], in: folder).instantiate(imports: TieringTests.imports())
        for _ in 0..<12 { try TieringTests.callAll(of: instance) }
        #expect(try Self.compile(modules[0], in: folder).replacedFunctions == [1, 4, 6, 7, 8, 9, 10])
    }
}
