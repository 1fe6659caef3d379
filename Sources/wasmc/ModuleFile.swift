public import ArgumentParser
import Foundation
public import WasmEngine
import WasmText

/// A module in a file: binary, or text when the file does not start with the binary format's magic number.
struct ModuleFile {
    let module: Module

    init(_ path: String) throws {
        let bytes = try Self.bytes(path)
        if Artifact.isLikely(bytes) {
            throw Failure("\(path): this is no module but native code; `wasmc run --precompiled` runs a compiled module that you trust")
        }
        do {
            module = bytes.starts(with: [0, 0x61, 0x73, 0x6D]) ? try Module(bytes: bytes) : try Module(text: bytes)
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw Failure("\(path): no such file") }
        guard !isDirectory.boolValue, let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(path): the file cannot be read")
        }
        return Array(data)
    }
}

/// Something that ends the command with status 1 and a sentence.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension OptimizationLevel: ExpressibleByArgument {
    /// Accepts `2` as well as `O2`, so that `-O 2` reads as usual.
    public init?(argument: String) { self.init(rawValue: argument.hasPrefix("O") ? argument : "O" + argument) }
}

extension Engine.MemoryProtection: ExpressibleByArgument {}
extension Isolation: ExpressibleByArgument {}

extension Engine {
    /// Compiles, in this process where no other one can be started.
    func compiling<Result>(_ compile: (Engine) throws -> Result) throws -> Result {
        do { return try compile(self) } catch let error as CompileError where error.cause == .noCompiler {
            var engine = self
            engine.options.isolation = .none
            return try compile(engine)
        }
    }
}

struct EngineOptions: ParsableArguments {
    @Option(name: [.customShort("O", allowingJoined: true), .long], help: "Optimization level: O0, O1, O2 or O3.")
    var optimization = OptimizationLevel.standard

    @Option(help: "How memory accesses are kept inside: guarded relies on 10 GiB of reserved addresses for each memory, checked runs without, too (ulimit -v), automatic is guarded where that is possible, and for files.")
    var memory = Engine.MemoryProtection.automatic

    @Option(help: "Threads that compile; by default one for every processor.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Where LLVM runs. process: in one of its own, whose crash is an error. none: in this one.", valueName: "process|none"))
    var isolation = Isolation.process

    var engine: Engine {
        var options = Engine.Options(optimization: optimization, memory: memory, threadCount: threads)
        options.isolation = isolation
        // Also when a new version has taken this one's place.
        options.compilerExecutable = "/proc/self/exe"
        return Engine(options: options)
    }
}
