import ArgumentParser
import Foundation
import Wasm
import WasmSpec
import WasmText

struct Mutate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            """
            Validate and compile mutated modules, in children that may crash, and compare the verdicts with \
            Wasmtime's.
            """,
        discussion: """
            The official suite's modules are changed by bytes and pieces. A child decodes and validates each and \
            compiles what is valid at O0; it is stopped after 2 s of processor time for one module. Wasmtime is the \
            Python package, with version 3.0 and threads. A module that crashes, hangs or gets another verdict is \
            kept. Exits with 1 when there is one, or when a child needed more than 512 MiB.
            """)

    @Option(help: "How many modules.") var count = 200_000
    @Option(help: "The first module's seed.") var seed: UInt64 = 1
    @Option(help: "Where modules with a finding are kept.") var keep = "mutants"

    private static let batch = 5_000
    private static let memoryLimit = 512 << 20

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-mutate-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let mutation = try ModuleMutation(originals: suiteModules())
        var tally = Tally()
        for start in stride(from: 0, to: count, by: Self.batch) {
            let seeds = start..<min(start + Self.batch, count)
            let modules = seeds.map { mutation.module(seed: seed &+ UInt64($0)) }
            let file = ModuleFile(url: folder.appending(path: "modules"))
            try file.write(modules)
            let verdicts = try verdicts(on: modules, file, &tally)
            try compare(modules, verdicts, with: oracle(file, in: folder), &tally)
            if isatty(2) == 1 { FileHandle.standardError.write(Data("\r\(tally.modules.counted("module"))".utf8)) }
        }
        print(
            """
            \(tally.modules.counted("module")) from \(mutation.originals.count): \(tally.valid) valid, \
            \(tally.refused) refused, \(tally.limited) beyond a limit; \(tally.stopped) crashed or hung, \
            \(tally.uncompiled) valid but not compiled, \(tally.differing) judged otherwise by Wasmtime; peak memory \
            \(tally.peakBytes >> 20) MiB
            """)
        if tally.stopped + tally.uncompiled + tally.differing > 0 || tally.peakBytes > Self.memoryLimit
            || tally.modules == 0
        {
            throw ExitCode.failure
        }
    }

    private struct Tally {
        var modules = 0
        var valid = 0
        var refused = 0
        var limited = 0
        var uncompiled = 0
        var stopped = 0
        var differing = 0
        var findings = 0
        var peakBytes = 0
    }

    /// The valid modules of the official suite, each once.
    private func suiteModules() throws -> [[UInt8]] {
        let folder = ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"] ?? "../shared/spec-testsuite"
        var modules: Set<[UInt8]> = []
        for script in SuiteReport.scripts(in: folder) {
            let text = FileManager.default.contents(atPath: "\(folder)/\(script)") ?? Data()
            for command in try Script(text: Array(text)).commands {
                guard case .module(let source) = command.kind, let bytes = try? source.bytes.get(),
                    (try? Module(bytes: bytes)) != nil
                else { continue }
                modules.insert(bytes)
            }
        }
        guard !modules.isEmpty else {
            throw ValidationError(
                "no scripts in \(folder): set WASM_SPEC_TESTSUITE to the official test suite's folder")
        }
        return modules.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Our verdicts, from as many children as it takes: one goes on where another was stopped.
    private func verdicts(on modules: [[UInt8]], _ file: ModuleFile, _ tally: inout Tally) throws -> [Verdict] {
        var verdicts: [Verdict] = []
        while verdicts.count < modules.count {
            let output = file.url.appendingPathExtension("verdicts")
            _ = FileManager.default.createFile(atPath: output.path(percentEncoded: false), contents: nil)
            let handle = try FileHandle(forWritingTo: output)
            let dev = Bundle.main.executableURL?.path(percentEncoded: false) ?? CommandLine.arguments[0]
            let child = try execute(
                [dev, "mutate-worker", file.url.path(percentEncoded: false), "--first", "\(verdicts.count)"],
                output: handle)
            let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
            for line in lines {
                let fields = line.split(separator: " ", maxSplits: 2)
                guard fields.count >= 2, let verdict = Verdict(rawValue: Character(String(fields[0]))),
                    let peak = Int(fields[1])
                else { continue }
                if verdict == .uncompiled { try report(modules[verdicts.count], "\(fields.last ?? "")", &tally) }
                tally.peakBytes = max(tally.peakBytes, peak << 10)
                verdicts.append(verdict)
            }
            guard verdicts.count < modules.count else { break }
            let how = child.terminationReason == .uncaughtSignal ? "signal" : "status"
            try report(modules[verdicts.count], "the child ended with \(how) \(child.terminationStatus)", &tally)
            verdicts.append(.stopped)
        }
        return verdicts
    }

    private func compare(_ modules: [[UInt8]], _ verdicts: [Verdict], with oracle: [UInt8], _ tally: inout Tally) throws
    {
        guard oracle.count == modules.count else {
            throw ValidationError("Wasmtime gave \(oracle.count.counted("verdict")) of \(modules.count)")
        }
        for (index, verdict) in verdicts.enumerated() {
            tally.modules += 1
            switch verdict {
            case .valid: tally.valid += 1
            case .refused: tally.refused += 1
            case .limited: tally.limited += 1
            case .uncompiled: tally.uncompiled += 1
            case .stopped: tally.stopped += 1
            }
            guard verdict != .limited, verdict != .stopped else { continue }
            let isValidThere = oracle[index] == UInt8(ascii: "v")
            guard (verdict != .refused) != isValidThere else { continue }
            tally.differing += 1
            try report(modules[index], "\(verdict) here, \(isValidThere ? "valid" : "refused") in Wasmtime", &tally)
        }
    }

    private func report(_ module: [UInt8], _ finding: String, _ tally: inout Tally) throws {
        try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        tally.findings += 1
        let name = "\(seed)-\(tally.findings).wasm"
        try Data(module).write(to: URL(filePath: keep).appending(path: name))
        print("\(name): \(finding)")
    }

    private func oracle(_ file: ModuleFile, in folder: URL) throws -> [UInt8] {
        let script = folder.appending(path: "oracle.py")
        try Self.oracle.write(to: script, atomically: true, encoding: .utf8)
        let output = folder.appending(path: "oracle")
        let paths = [script, file.url, output].map { $0.path(percentEncoded: false) }
        guard try execute(["python3"] + paths, output: FileHandle.standardError).terminationStatus == 0 else {
            throw ValidationError("Wasmtime did not run: pip install wasmtime")
        }
        return try Array(Data(contentsOf: output))
    }

    private static let oracle = """
        import sys
        from wasmtime import Config, Engine, Module, WasmtimeError

        config = Config()
        for feature, isOn in dict(threads=True, tail_call=True, relaxed_simd=True, exceptions=True, gc=True,
                                  function_references=True, memory64=True, multi_memory=True, wide_arithmetic=False,
                                  stack_switching=False, custom_page_sizes=False).items():
            setattr(config, "wasm_" + feature, isOn)
        engine, verdicts = Engine(config), bytearray()
        modules = open(sys.argv[1], "rb")
        while header := modules.read(4):
            bytes = modules.read(int.from_bytes(header, "little"))
            try:
                Module.validate(engine, bytes)
                verdicts += b"v"
            except WasmtimeError:
                verdicts += b"r"
        open(sys.argv[2], "wb").write(verdicts)
        """
}

/// What became of one module.
enum Verdict: Character {
    case valid = "v"
    case refused = "r"
    case limited = "l"
    /// Valid, but no code was made of it.
    case uncompiled = "u"
    /// The child crashed or took too long.
    case stopped = "s"
}

/// Modules one after the other, each after its length in four bytes, little-endian.
struct ModuleFile {
    let url: URL

    func write(_ modules: [[UInt8]]) throws {
        var data = Data()
        for module in modules {
            withUnsafeBytes(of: UInt32(module.count).littleEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: module)
        }
        try data.write(to: url)
    }

    func read() throws -> [[UInt8]] {
        var rest = try Data(contentsOf: url)[...]
        var modules: [[UInt8]] = []
        while rest.count >= 4 {
            let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            modules.append(Array(rest.dropFirst(4).prefix(count)))
            rest = rest.dropFirst(4 + count)
        }
        return modules
    }
}
