import Foundation
import Testing
import WasmText

@testable import Wasm
@testable import WasmEngine

@Suite("A large module that was found valid is not read whole again") struct ValidModuleTests {
    /// Uses what validation has to remember of bodies, among so many functions that the cache remembers the module.
    private static let bytes: [UInt8] = {
        let filler = (0..<300).map { "(func (drop (i32.add (i32.const \($0)) (i64.const \($0)))))" }
        let text = """
            (module
              (table $fixed 2 funcref) (table $changed 2 funcref) (tag $e)
              (data "\(String(repeating: "x", count: 131_072))")
              (func $callee) (func $tail (return_call $callee))
              (func $set (table.set $changed (i32.const 0) (ref.null func)))
              (func $again try throw $e catch $e rethrow 0 end)
              (func $hand (param exnref) (call $hand (local.get 0)))
              (func (export "lanes") (result i32) (i8x16.extract_lane_u 0 (v128.const i32x4 7 0 0 0)))
              \(filler.joined(separator: "\n").replacing("i64.const", with: "i32.const")))
            """
        guard let module = try? Module(text: text) else { return [] }
        return module.bytes
    }()

    private static func withCache(_ body: (CodeCache, URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-valid-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(CodeCache(directory: folder.path(percentEncoded: false)), folder)
    }

    private static func files(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    @Test("The next time all that is known of its bodies is the same")
    func nextTime() throws {
        try Self.withCache { cache, folder in
            let once = try Module(bytes: Self.bytes, features: .standard)
            #expect(once.bodyFacts.tailCallers == [1] && once.bodyFacts.modifiedTables == [1])
            #expect(once.bodyFacts.rethrowingTries.count == 1 && once.bodyFacts.handsOnExceptions)
            for _ in 0..<2 {
                let module = try CodeCache.module(bytes: Self.bytes, features: .standard, in: cache)
                #expect(module.bodyFacts == once.bodyFacts && module.digest == once.sourceDigest)
                #expect(try Self.files(folder).map(\.pathExtension) == ["valid"])
            }
        }
    }

    @Test("A file that is not what was written is not believed, and written again")
    func damage() throws {
        try Self.withCache { cache, folder in
            let facts = try CodeCache.module(bytes: Self.bytes, features: .standard, in: cache).bodyFacts
            let file = try #require(Self.files(folder).first)
            let whole = try Data(contentsOf: file)
            let changed = [0, 32, whole.count - 1].map { position in
                var bytes = whole
                bytes[position] ^= 1
                return bytes
            }
            for damaged in changed + [whole.prefix(31), whole.prefix(40), Data()] {
                try damaged.write(to: file)
                let module = try CodeCache.module(bytes: Self.bytes, features: .standard, in: cache)
                #expect(module.bodyFacts == facts, "\(damaged.count) bytes")
                #expect(try Data(contentsOf: file) == whole)
            }
        }
    }

    @Test("A module that uses more than is allowed now is refused as if it had never been seen")
    func features() throws {
        try Self.withCache { cache, _ in
            _ = try CodeCache.module(bytes: Self.bytes, features: .standard, in: cache)
            let fewer = Features.standard.subtracting([.simd, .relaxedSIMD])
            let expected = try #require(throws: ModuleError.self) { try Module(bytes: Self.bytes, features: fewer) }
            let error = try #require(throws: ModuleError.self) {
                try CodeCache.module(bytes: Self.bytes, features: fewer, in: cache)
            }
            #expect("\(error)" == "\(expected)")
        }
    }

    @Test("Of several functions that are not valid the first is named, however many parts are validated")
    func firstError() throws {
        var bytes = Self.bytes
        let module = try Module(bytes: bytes, features: .standard)
        for function in [200, 70, 290] {
            let body = try #require(module.functions[function].body)
            // The last instruction is drop; then it is missing.
            bytes[body.upperBound - 2] = 0x01
        }
        let expected = try #require(throws: ModuleError.self) { try Module(bytes: bytes, features: .standard) }
        try Self.withCache { cache, folder in
            let error = try #require(throws: ModuleError.self) {
                try CodeCache.module(bytes: bytes, features: .standard, in: cache)
            }
            #expect("\(error)" == "\(expected)")
            #expect(!FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)))
        }
    }

    @Test("A body that is not valid after all is an error where it is compiled")
    func wrongFacts() throws {
        var bytes = try Module(text: #"(module (func (export "f") (result i32) (i32.const 1)))"#).bytes
        let body = try #require(try Module(bytes: bytes).functions[0].body)
        // i64.const in the place of i32.const
        bytes[body.lowerBound + 1] = 0x42
        let module = try Module(bytes: bytes, features: .standard, knownValid: BodyFacts())
        #expect(throws: CompileError.self) { try Engine(options: .init()).compile(module) }
    }
}
