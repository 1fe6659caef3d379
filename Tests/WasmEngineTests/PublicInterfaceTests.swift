import Foundation
import Testing

/// What a user's package may write, as the compiler judges it.
@Suite struct PublicInterfaceTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func output(_ command: [String]) throws -> (text: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus)
    }

    /// The errors of a program that imports the library, built as strictly as Swift can.
    ///
    /// - Parameters:
    ///   - looksForRaces: takes longer; what is sent from one isolation to another is looked at only then.
    ///   - feature: is switched on, too.
    private static func errors(
        in program: String, looksForRaces: Bool = false, feature: String? = nil
    ) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "wasmc-\(UUID().uuidString).swift")
        try program.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        // The tests' executable is beside the modules that it was linked from.
        let products = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent()
        let flags = try output(["pkg-config", "--cflags", "wasmc-llvm"]).text.split(whereSeparator: \.isWhitespace)
        let features =
            (["MemberImportVisibility", "InternalImportsByDefault", "ExistentialAny"] + [feature].compactMap(\.self))
            .flatMap { ["-enable-upcoming-feature", $0] }
        let (text, status) = try output(
            ["swiftc", "-swift-version", "6"] + (looksForRaces ? ["-emit-sil", "-o", "/dev/null"] : ["-typecheck"])
                + features + [
                    "-I", products.appending(path: "Modules").path, "-I",
                    package.appending(path: "Runtime/include").path,
                    "-I", package.appending(path: "Sources/CLLVM").path,
                    "-Xcc", "-fmodule-map-file=\(products.appending(path: "LLVMPasses.build/module.modulemap").path)",
                ] + flags.flatMap { ["-Xcc", String($0)] } + [file.path])
        let errors = text.split(separator: "\n").filter { $0.hasPrefix(file.path) && $0.contains("error:") }.map(
            String.init)
        #expect((status == 0) == errors.isEmpty, "\(text)")
        return errors
    }

    @Test("With one import all that the interface speaks of can be named, members included")
    func oneImport() throws {
        let errors = try Self.errors(
            in: """
                import WasmEngine
                func compile(_ bytes: [UInt8]) throws {
                    var options = Engine.Options()
                    options.optimization = .aggressive
                    options.target = .portable
                    let monitor = CompilationMonitor { progress in print(progress.compiledByteCount, \
                progress.byteCount) }
                    monitor.cancel()
                    let module = try Module(bytes: bytes)
                    for export in module.exports where export.kind == .function { print(export.name, module.type(of: \
                export)) }
                    do { _ = try Engine(options: options).compile(module, monitor: monitor) } catch { \
                print(error.message) }
                    let reports: [FunctionReport] = try Engine().explain(module)
                    print(reports.map(\\.remainingCheckCount))
                    let type = FunctionType(parameters: [.i32, .funcref], results: [])
                    print(type.parameters.filter(\\.isReference).count, type.description)
                    let memory = try Memory(MemoryType(pages: Limits(minimum: 1)), in: Store())
                    print(memory.type.pages.minimum, ExternalType.memory(memory.type).description)
                }
                func names(_ error: ModuleError) -> String { error.message + String(error.offset, radix: 16) }
                """)
        #expect(errors == [])
    }

    @Test(
        "Only numbers are numbers: no other type can say that its bytes are those of a value",
        arguments: [
            "extension Bool { static var wasmNumberKind: WasmKind<Bool> { .init(.i32) } }",
            """
            struct Huge: WasmNumber { var a = 0, b = 0, c = 0; static var wasmNumberKind: WasmKind<Huge> { \
            Int64.wasmNumberKind }; init?(_ value: Value) {}; var wasmValue: Value { 1 } }
            """,
            """
            struct Huge: WasmNumber { var a = 0, b = 0, c = 0; static var wasmNumberKind: WasmKind<Huge> { \
            .init(.i64) }; init?(_ value: Value) {}; var wasmValue: Value { 1 } }
            """,
            """
            struct Forged: WasmType { static var wasmKind: WasmKind<Forged> { Function.wasmKind }; \
            static func load(from slot: borrowing WasmSlot<Forged>) -> Forged { Forged() }; \
            func store(to slot: borrowing WasmSlot<Forged>) {} }
            """,
            "func forged(_ slot: borrowing WasmSlot<Int32>) -> WasmSlot<Function> { WasmSlot<Function>(slot.raw) }",
            """
            struct Confused: WasmConvertible { init?(wasmRawValue: Int32) {}; var wasmRawValue: Int32 { 0 }; \
            static func load(from slot: borrowing WasmSlot<Confused>) throws -> Confused { \
            _ = try Function.load(from: slot); return Confused(wasmRawValue: 0)! } }
            """,
            """
            nonisolated(unsafe) var kept: WasmSlot<Keeper>?
            struct Keeper: WasmConvertible { init?(wasmRawValue: Int32) {}; var wasmRawValue: Int32 { 0 }; \
            func store(to slot: borrowing WasmSlot<Keeper>) { kept = slot } }
            """,
            "struct Huge: WasmConvertible { init?(wasmRawValue: Huge) {}; var wasmRawValue: Huge { self } }",
            "enum Color: UInt8, WasmConvertible { case red }",
        ])
    func closed(conformance: String) throws {
        #expect(try Self.errors(in: "import WasmEngine\n\(conformance)\n") != [])
    }

    @Test(
        "An actor owns guests and the state that host functions change, whatever asynchronous functions are by default",
        arguments: [nil, "NonisolatedNonsendingByDefault"])
    func actors(feature: String?) throws {
        let errors = try Self.errors(
            in: """
                import WasmEngine
                enum Color: Int32, WasmConvertible { case red, green }
                @MainActor final class Controller {
                    private let store = Store()
                    private var instance: Instance?
                    private var lines: [String] = []
                    func load(_ program: CompiledModule) async throws {
                        var imports = Imports()
                        imports.define("env", "log") { [weak self] (caller: Caller, address: UInt32) throws in
                            self?.lines.append(try caller.memory?.string(at: address) ?? "")
                        }
                        imports.define("env", "fetch") { [weak self] (color: Color) async throws -> Int32 in
                            try await Task.sleep(for: .seconds(1))
                            self?.lines.append("fetched")
                            return color.rawValue
                        }
                        instance = try await program.instantiateAsync(imports: imports, in: store)
                    }
                    func run() async throws -> Int32 {
                        guard let instance else { return 0 }
                        let start = try instance.function("start", as: (() async -> Void).self)
                        let pair = try instance.function("pair", as: ((Int32) async -> (Int32, Color)).self)
                        let run = try instance.function("run", as: ((Int32, Color) async -> Int32).self)
                        try await start()
                        let (number, color) = try await pair(1, timeout: .seconds(1))
                        return try await run(number, color, timeout: .seconds(1))
                    }
                    func both() async throws -> (Int32, Int32) {
                        async let first = run()
                        async let second = run()
                        return try await (first, second)
                    }
                }
                """, looksForRaces: true, feature: feature)
        #expect(errors == [])
    }

    @Test("What a program's threads write with cannot be used beside them")
    func sharedContext() throws {
        func program(_ use: String) -> String {
            """
            import WasmEngine
            func run(_ program: CompiledModule) throws {
                var count = 0
                let wasi = try WASI(stdout: .closure { count += $0.count })
                let threads = try WASIThreads(of: program, wasi: wasi) { _, _ in }
                print(threads\(use))
            }
            """
        }
        #expect(try Self.errors(in: program(""), looksForRaces: true) == [])
        #expect(try Self.errors(in: program(", count"), looksForRaces: true) != [])
        #expect(try Self.errors(in: program(", wasi"), looksForRaces: true) != [])
    }

    @Test("The README's first program compiles as it is")
    func readme() throws {
        let text = try String(contentsOf: Self.package.appending(path: "README.md"), encoding: .utf8)
        let program = try #require(
            text.components(separatedBy: "```swift\n").dropFirst().first?.components(separatedBy: "```").first)
        #expect(program.contains("ExitCode(1)"))
        #expect(try Self.errors(in: "\(program)\n".replacing("\nlet ", with: "\nnonisolated(unsafe) let ")) == [])
    }
}
