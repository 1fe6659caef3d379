import ArgumentParser
import Foundation

struct Mends: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the cases of escapes with each mend of the passes taken out, and print what holds them then.",
        discussion: """
            A debug build's passes leave out what WASMC_WITHOUT_MENDS names. Each case runs beside two modules whose \
            memories hold a secret, at O2 and O3, guarded and checked. In the table, in this order: . is the right \
            answer, w a wrong one (or a deadline missed) inside the case's own memory, i an internal error that ends \
            the call, E an escape: the secret was read or changed, or a signal ended the process. Exits with 1 on an \
            E, or on anything but . with all mends.
            """)

    @Argument(help: "The folder of the cases. One is in C: clang-22 compiles it; one in Python: python3 writes it.")
    var folder: String
    @Option(help: "A debug build's wasmc-compiler; without it the one beside this command.") var compiler: String?

    private static let mends = [
        "", "extensions", "disjoint", "flags", "lengths", "bulk", "masks", "stores", "freezing", "selects", "products",
        "zeros",
    ]

    func run() throws {
        let all = Self.mends.dropFirst().joined(separator: ",")
        let columns = Self.mends + [all]
        print(Self.row("case", columns.map { $0.isEmpty ? "none out" : $0 == all ? "all out" : $0 }))
        var isRight = true
        for mendCase in MendCase.all {
            let cells = try columns.map { column in
                try MendCase.modes.map { try verdict(of: mendCase, in: $0, without: column) }.joined()
            }
            print(Self.row(mendCase.file, cells))
            fflush(nil)
            isRight = isRight && !cells.joined().contains("E") && cells[0].allSatisfy { $0 == "." }
        }
        if !isRight { throw ExitCode.failure }
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        let padded = cells.map { $0.padding(toLength: 11, withPad: " ", startingAt: 0) }.joined()
        return name.padding(toLength: 25, withPad: " ", startingAt: 0) + padded
    }

    private func verdict(of mendCase: MendCase, in mode: [String], without mends: String) throws -> String {
        let source = URL(filePath: folder).appending(path: mendCase.file)
        let script = FileManager.default.temporaryDirectory.appending(path: "wasmc-mends-\(getpid()).wast")
        defer { try? FileManager.default.removeItem(at: script) }
        let options = ["--tier", "optimized", "--no-cache", "--timeout", "300ms"]
        var arguments = ["run"] + mode + options + [source.path(percentEncoded: false)]
        if mendCase.status == nil {
            try mendCase.script(mendCase.module(source)).write(to: script, atomically: true, encoding: .utf8)
            arguments = ["wast"] + mode + [script.path(percentEncoded: false)]
        }
        let process = Process()
        let pipe = Pipe()
        let beside = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "wasmc-compiler")
        process.executableURL = compiler.map { URL(filePath: $0) } ?? beside
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["WASMC_WITHOUT_MENDS": mends, "WASMC_CACHE": "off", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let tooLong = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 20, execute: tooLong)
        let report = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        tooLong.cancel()
        if process.terminationReason == .uncaughtSignal {
            return process.terminationStatus == SIGTERM ? "w" : "E"
        }
        if process.terminationStatus == mendCase.status ?? 0 { return "." }
        // 1 says that assertions failed, 134 that there was a trap; a child's signal is more than 128, too.
        if MendCase.signsOfEscape.contains(where: report.contains) { return "E" }
        guard [0, 1, 124, 134].contains(process.terminationStatus) else { return "E" }
        return report.contains("internal error") ? "i" : "w"
    }
}

/// A file that once led out of the sandbox, and what is right for it.
struct MendCase {
    let file: String
    /// What follows the module in a script; for scripts, nothing.
    var assertions = ""
    /// The exit status of `run --timeout 300ms`, for what is about deadlines; else it runs as a script.
    var status: Int32?

    static let modes = ["O2", "O3"].flatMap { level in
        ["guarded", "checked"].map { ["--optimization", level, "--memory", $0] }
    }

    static let all = [
        MendCase(file: "escape_min.wat", assertions: "(invoke $case \"_start\")"),
        MendCase(file: "esc1.wast"), MendCase(file: "esc2.wast"),
        MendCase(file: "leak.wast"), MendCase(file: "leak2_zero_length.wast"),
        MendCase(file: "leak_pointer.wat", assertions: "(assert_return (invoke $case \"read\") (i64.const 0))"),
        MendCase(file: "or5.wast"), MendCase(file: "sext32.wast"), MendCase(file: "reroll.wast"),
        MendCase(file: "wrap0.wast"),
        MendCase(
            file: "latent_nuw.wat", assertions: "(assert_return (invoke $case \"f\" (i32.const 0)) (i32.const 5))"),
        MendCase(
            file: "masked-counters.wat",
            assertions: [(64, 96), (16, 24), (8, 12), (4, 6), (65, 96)].map {
                "(assert_return (invoke $case \"f\" (i32.const \($0))) (i32.const \($1)))"
            }.joined()),
        MendCase(
            file: "masked-leak.wat",
            assertions: [1, 3].map {
                "(assert_return (invoke $case \"f\" (i32.const 4096) (i32.const \($0))) (i64.const 0))"
            }.joined()),
        MendCase(
            file: "masked-store-escape.wat",
            assertions: "(assert_return (invoke $case \"read\" (i32.const 256)) (i32.const 0))"
                + [("write", 256), ("write2", 4096), ("write4", 4096)].map {
                    "(assert_return (invoke $case \"\($0)\" (i32.const \($1))) (i32.const 0x41414141))"
                }.joined()),
        MendCase(file: "wasi-escape.wat", assertions: "(invoke $case \"_start\")"),
        MendCase(
            file: "ring.c", assertions: "(assert_return (invoke $case \"run\") (i64.const -4108253987626687630))"),
        MendCase(file: "stack_kill.wasm", assertions: recursion),
        MendCase(file: "stack_kill2.py", assertions: recursion),
        MendCase(file: "compile_abort.wat", status: 134), MendCase(file: "dl1.wat", status: 124),
        MendCase(file: "deadline_evasion.wat", status: 124),
    ]

    private static let recursion = """
        (assert_return (invoke $case "run" (i32.const 2)) (i32.const 44))
        (assert_exhaustion (invoke $case "run" (i32.const 1000000)) "call stack exhausted")
        """

    /// What a report has in it when a victim's memory was read or changed: the secret's value, or a failed assertion.
    static let signsOfEscape = ["$victim", "$left", "$right", "i64(2387281934192690515)", "i32(83)"]

    private static func victim(_ name: String) -> String {
        """
        (module \(name) (memory 1 1) (data (i32.const 0) "SECRET!!") (data (i32.const 65528) "SECRET!!")
          (func (export "sum") (result i64) (local $i i32) (local $sum i64)
            (loop
              (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.load (local.get $i))))
              (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 65536))))
            (local.get $sum)))

        """
    }

    /// The text of the module or the script that the file is or makes.
    func module(_ source: URL) throws -> String {
        let made = FileManager.default.temporaryDirectory.appending(path: "wasmc-mends-\(getpid()).module")
        defer { try? FileManager.default.removeItem(at: made) }
        let (path, result) = (source.path(percentEncoded: false), made.path(percentEncoded: false))
        let flags = ["--target=wasm32", "-O2", "-nostdlib", "-Wl,--no-entry", "-Wl,--export=run"]
        switch source.pathExtension {
        case "c":
            try Self.run(["clang-22"] + flags + [path, "-o", result])
            return try Self.text(ofBinary: made)
        case "py":
            try Self.run(["python3", path, "20", result])
            return try String(contentsOf: made, encoding: .utf8)
        case "wasm": return try Self.text(ofBinary: source)
        default: return try String(contentsOf: source, encoding: .utf8)
        }
    }

    private static func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    private static func text(ofBinary file: URL) throws -> String {
        let bytes = try Data(contentsOf: file).map { String(format: "\\%02x", $0) }
        return "(module binary \"\(bytes.joined())\")"
    }

    /// The case beside two victims, which hold afterwards what they held before.
    func script(_ text: String) -> String {

        let check = ["$left", "$right"].map { "\n(assert_return (invoke \($0) \"sum\") (i64.const \(Self.sum)))" }
            .joined()
        let isScript = file.hasSuffix(".wast")
        // The case's module is the last one, so that calls without a name are meant for it.
        let module = isScript ? text : text.replacing("(module", with: "(module $case", maxReplacements: 1)
        return Self.victim("$left") + Self.victim("$right") + module + "\n" + assertions + check + "\n"
    }

    private static let sum: Int64 = {
        var sum: UInt64 = 0
        for index in 0..<8192 { sum = sum &* 3 &+ (index == 0 || index == 8191 ? 0x2121_5445_5243_4553 : 0) }
        return Int64(bitPattern: sum)
    }()
}
