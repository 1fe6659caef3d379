public import ArgumentParser
import Foundation
public import WasmEngine
import WasmText

/// A module in a file: binary, or text when the file does not start with the binary format's magic number.
struct ModuleFile {
    let module: Module

    /// What is said of bytes that are no module, or none that runs here.
    struct Refusal: Error, CustomStringConvertible {
        var path: PathName
        var error: ModuleError
        var description: String { "\(path): \(error)" }
    }

    /// - Parameter cache: knows large modules that it has seen before.
    init(_ path: PathName, features: Features, cache: CodeCache? = nil) throws {
        try self.init(path, Self.bytes(path), features: features, cache: cache)
    }

    init(_ path: PathName, _ bytes: [UInt8], features: Features, cache: CodeCache? = nil) throws {
        if Artifact.isLikely(bytes) {
            throw Failure(
                """
                \(path): this is no module but native code; `wasmc run --precompiled` runs a compiled module that \
                you trust
                """
            )
        }
        if let obstacle = FileKind.obstacle(bytes) { throw Failure("\(path): \(obstacle)") }
        do {
            module =
                bytes.starts(with: FileKind.magic)
                ? try CodeCache.module(bytes: bytes, features: features, in: cache)
                : try Module(text: bytes, features: features)
        } catch let error as ModuleError {
            throw Refusal(path: path, error: error)
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// As other engines have it. What goes on without end, as `/dev/zero`, is refused here.
    private static let mostBytes = 1 << 30

    /// The whole of a file, or of what else can be read to its end, as pipes; `-` is the standard input.
    static func bytes(_ path: PathName) throws -> [UInt8] {
        let file = path.isStandardStream ? dup(STDIN_FILENO) : open(path.bytes, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure("\(path): \(reason(errno))") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var status = stat()
        if fstat(file, &status) == 0, 1...off_t(mostBytes) ~= status.st_size {
            bytes.reserveCapacity(Int(status.st_size))
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                guard bytes.count + count <= mostBytes else { throw Failure("\(path): the file has more than 1 GiB") }
                bytes += chunk[..<count]
            } else if errno != EINTR {
                throw Failure("\(path): \(reason(errno))")
            }
        }
    }

    /// Why a file cannot be read, as a person says it.
    static func reason(_ number: Int32) -> String {
        switch number {
        case ENOENT: "no such file"
        case EISDIR: "this is a directory"
        default: "the file cannot be read: \(String(cString: strerror(number)))"
        }
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
extension RelaxedSIMD: ExpressibleByArgument {}

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

extension Features {
    /// As `--features` takes it.
    var list: String {
        (["-all"] + intersection(.implemented).subtracting([.core]).members.map(\.name)).joined(separator: ",")
    }
}

/// What modules may use.
struct FeatureOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            What modules may use beside WebAssembly 3.0, or with a hyphen may not use: wide-arithmetic,-threads. all, \
            -all, wasm2, wasm3 and default stand for sets.
            """, valueName: "list"), transform: { try Features(list: $0) })
    var features = Features.standard
}

struct EngineOptions: ParsableArguments {
    @Option(name: [.customShort("O", allowingJoined: true), .long], help: "Optimization level: O0, O1, O2 or O3.")
    var optimization = OptimizationLevel.standard

    @Option(
        help:
            """
            How memory accesses are kept inside: guarded relies on 10 GiB of reserved addresses for each memory, \
            checked runs without, too (ulimit -v), automatic is guarded where that is possible, and for files.
            """
    )
    var memory = Engine.MemoryProtection.automatic

    @Option(help: "Threads that compile; by default one for every processor.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Where LLVM runs. process: in one of its own, whose crash is an error. none: in this one.",
            valueName: "process|none"))
    var isolation = Isolation.process

    @OptionGroup var features: FeatureOptions

    @Option(
        help: ArgumentHelp(
            """
            How instructions of relaxed SIMD choose their results. deterministic: the same on every machine. fast: \
            what takes the processor the fewest instructions.
            """, valueName: "fast|deterministic"))
    var relaxedSimd = RelaxedSIMD.deterministic

    /// What a command of this kind has to be given for the same options.
    var arguments: [String] {
        ["-O", optimization.rawValue, "--memory", memory.rawValue, "--isolation", isolation.rawValue]
            + ["--features", features.features.list, "--relaxed-simd", relaxedSimd.rawValue]
            + (threads.map { ["--threads", String($0)] } ?? [])
    }

    var engine: Engine {
        var options = Engine.Options(optimization: optimization, memory: memory, threadCount: threads)
        options.features = features.features
        options.relaxedSIMD = relaxedSimd
        options.isolation = isolation
        // Also when a new version has taken this one's place.
        options.compilerExecutable = "/proc/self/exe"
        return Engine(options: options)
    }
}
