import Foundation
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// A program made by another language's compiler.
struct Program {
    let module: Module

    /// Writes the source to a file and runs a command that makes `program.wasm` in the same folder.
    init(_ source: String, _ file: String, _ command: [String], environment: [String: String] = [:]) throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appending(path: "wasmc-program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try source.write(to: folder.appending(path: file), atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let messages = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(String(decoding: messages, as: UTF8.self))")
        module = try Module(contentsOf: folder.appending(path: "program.wasm").path)
    }

    init(c source: String) throws {
        try self.init(
            source, "program.c",
            ["clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "-O1", "-o", "program.wasm", "program.c"])
    }

    /// What the program writes to its standard output, when it ends by itself or with status 0.
    func output(
        _ arguments: [String] = [], _ preopens: [WASI.Preopen] = [], stdin: WASI.Input = .empty,
        environment: [(name: String, value: String)] = [], timeout: Duration? = nil
    ) throws -> String {
        let output = WASI.OutputBuffer()
        let wasi = try WASI(
            arguments: ["program"] + arguments, environment: environment, preopens: preopens, stdin: stdin,
            stdout: .buffer(output))
        var imports = Imports()
        imports.define(wasi)
        let engine = Engine(options: .init(optimization: .none, isInterruptible: timeout != nil))
        let store = Store()
        let instance = try engine.compile(module).instantiate(imports: imports, in: store)
        do {
            let start = try instance.function("_start", as: (() -> Void).self)
            if let timeout { try store.interruptible(timeout: timeout) { try start() } } else { try start() }
        } catch let exit as ExitCode {
            #expect(exit.code == 0, "\(output.text)")
        }
        return output.text
    }

    /// Whether a command is there to be run.
    static func has(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
