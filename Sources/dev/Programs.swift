import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Programs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Build random C programs with clang at -O1, -O2 and with SIMD, and run them in modes beside Wasmtime.",
        discussion: """
            Programs come from csmith or are nested loops over arrays of our own making. What is compared is what \
            WebAssembly engines make of one and the same module: a fault of clang's does not matter. Exits with 1 \
            when something differs or a child crashes.
            """)

    @OptionGroup var options: ProgramOptions
    @Option(help: "How many programs; each is built three times.") var count = 2_000
    @Option(help: "Children.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Stop after so many minutes.") var minutes: Double?
    @Flag(help: "Only print the first program.") var text = false

    func run() throws {
        if text { return print(try ProgramBuild(options: options).source(seed: options.seed)) }
        let tally = LoopTally(end: minutes.map { Date().addingTimeInterval($0 * 60) })
        WatchedChildren(
            command: ["programs-worker"] + options.arguments, seed: options.seed, count: threads, tally: tally
        ).run(end: UInt64(count))
        let done = tally.total
        print(
            """
            \(done.modules.counted("program")) x \(ProgramBuild.flags.count.counted("build")), \
            \(done.calls.counted("run")), \(done.runs) compared, \(done.exhaustions) of endless programs; programs \
            that differ: \(done.differing), children that crashed or hung: \(done.crashes)
            """)
        if done.differing > 0 || done.crashes > 0 || done.modules == 0 { throw ExitCode.failure }
    }
}

/// What the children must know, too.
struct ProgramOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument { case csmith, loops }

    @Option(help: "The first program's seed.") var seed: UInt64 = 1
    @Option(help: "csmith, or loops.") var kind = Kind.csmith
    @Option(help: "How many modes of all run a build, chosen by the seed.") var modes = 2
    @Option(help: "The compiler.") var clang = "clang-22"
    @Option(help: "Where csmith's headers are.") var headers = "/usr/include/csmith"
    @Option(help: "Where WASI's headers and libraries are.") var sysroot = "/usr"
    @Option(help: "Where programs that differ are kept.") var keep = "differing-programs"

    var arguments: [String] {
        [
            "--seed", "\(seed)", "--kind", kind.rawValue, "--modes", "\(modes)", "--clang", clang, "--headers", headers,
            "--sysroot", sysroot, "--keep", keep,
        ]
    }
}

/// Makes modules of programs.
struct ProgramBuild {
    static let flags = [["-O1"], ["-O2"], ["-O2", "-msimd128"]]

    let options: ProgramOptions

    func source(seed: UInt64) throws -> String {
        guard options.kind == .csmith else { return LoopProgram(seed: seed).text }
        let file = FileManager.default.temporaryDirectory.appending(path: "wasmc-csmith-\(getpid()).c")
        defer { try? FileManager.default.removeItem(at: file) }
        let path = file.path(percentEncoded: false)
        let command = [
            "csmith", "--seed", "\(seed)", "--no-argc", "--concise", "--max-funcs", "5", "--max-block-depth", "4",
            "--output", path,
        ]
        guard try execute(command, output: nil).terminationStatus == 0 else {
            throw ValidationError("csmith did not run: apt-get install csmith")
        }
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// - Returns: the module; `nil` when the compiler refuses the program.
    func module(source: String, flags: [String]) throws -> [UInt8]? {
        let folder = FileManager.default.temporaryDirectory
        let (input, output) = (
            folder.appending(path: "wasmc-program-\(getpid()).c"),
            folder.appending(path: "wasmc-program-\(getpid()).wasm")
        )
        defer { for file in [input, output] { try? FileManager.default.removeItem(at: file) } }
        try (options.kind == .csmith ? Self.csmithStart + source : source + Self.loopsEnd).write(
            to: input, atomically: true, encoding: .utf8)
        let command =
            [
                options.clang, "--target=wasm32-wasi", "--sysroot=\(options.sysroot)", "-I\(options.headers)", "-w",
                "-fwrapv", "-fno-strict-aliasing",
            ]
            + flags
            + [
                "-nostartfiles", "-Wl,--no-entry", input.path(percentEncoded: false), "-o",
                output.path(percentEncoded: false),
            ]
        guard try execute(command, output: nil).terminationStatus == 0 else { return nil }
        return FileManager.default.contents(atPath: output.path(percentEncoded: false)).map(Array.init)
    }

    /// The checksum is what the program prints last; nothing of libc's streams is linked.
    private static let csmithStart = """
        #include <stdarg.h>
        static unsigned wasmc_checksum;
        int printf(const char *, ...);
        static int wasmc_print(const char *format, ...) {
          va_list list; va_start(list, format); wasmc_checksum = va_arg(list, unsigned); va_end(list); return 0;
        }
        #define printf wasmc_print
        int wasmc_main(void);
        __attribute__((export_name("run"))) unsigned wasmc_run(int a, int b, int c, int d) {
          wasmc_main(); return wasmc_checksum;
        }
        #define main wasmc_main

        """

    private static let loopsEnd =
        "\n__attribute__((export_name(\"run\"))) unsigned wasmc_run(int a, int b, int c, int d) { return program(); }\n"
}

/// The child of `dev programs`.
struct ProgramsWorker: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @OptionGroup var options: ProgramOptions
    @OptionGroup var numbers: ChildNumbers

    func run() throws {
        let oracle = try Wasmtime(fuel: 200_000_000)
        let build = ProgramBuild(options: options)
        let all = Mode.everyCode
        for number in numbers.all {
            let seed = options.seed &+ number
            let source = try build.source(seed: seed)
            var done = [0, 0, 0, 1, 0]
            for (index, flags) in ProgramBuild.flags.enumerated() {
                let start = Int(truncatingIfNeeded: (seed &* 0x9E37_79B9_7F4A_7C15) >> 33) + index * 19
                let modes = (0..<options.modes).map { all[(start + $0 * 17) % all.count] }
                do {
                    guard let bytes = try build.module(source: source, flags: flags) else {
                        throw ValidationError("clang refuses the program")
                    }
                    let comparison = try LoopNestComparison(
                        of: LoopModule(binary: bytes), reference: .wasmtime(oracle), modes: modes
                    ) { mode in
                        reportToParent(.at(number, "\(mode) \(flags.joined(separator: " "))"), seconds: 120)
                    }
                    done[0] += comparison.isEndless ? 0 : modes.count
                    done[2] += comparison.isEndless ? modes.count : 0
                    guard !comparison.differences.isEmpty else { continue }
                    done[4] = 1
                    print(
                        "seed \(seed) \(flags.joined(separator: " ")): "
                            + "\(comparison.differences.joined(separator: "\nalso "))\n"
                    )
                    try FileManager.default.createDirectory(atPath: options.keep, withIntermediateDirectories: true)
                    try Data(bytes).write(
                        to: URL(filePath: "\(options.keep)/\(options.kind.rawValue)-\(seed)-\(index).wasm"))
                } catch {
                    done[4] = 1
                    print("seed \(seed) \(flags.joined(separator: " ")): \(error)\n")
                }
            }
            print(LoopEvent.done(done).line)
            fflush(nil)
        }
    }
}
