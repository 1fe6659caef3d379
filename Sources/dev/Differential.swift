import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Differential: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run random modules in every mode and in Wasmtime, and compare.",
        discussion: """
            Modules come from binaryen's `wasm-opt -ttf --denan`; Wasmtime is the Python package. Results, traps, \
            calls of the host, exported globals and the hash of memory are compared. With --metered also what is left \
            of the points after every call: once with plenty, and once with half of what was used. A module that \
            differs is kept.
            """)

    @Option(help: "How many modules.") var count = 1_000
    @Option(help: "The first module's seed.") var seed: UInt64 = 1
    @Flag(help: "Count points, and compare them between the modes.") var metered = false
    @Flag(help: "Also in the modes that begin at O0 and replace code that runs again.") var tiered = false
    @Option(help: "Where modules that differ are kept.") var keep = "differing"

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-differential-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var total = Tally()
        for start in stride(from: 0, to: UInt64(count), by: 250) {
            let seeds = start..<min(start + 250, UInt64(count))
            let modules = try seeds.compactMap { try generate(seed &+ $0, in: folder) }
            try compare(modules, with: traces(of: modules, in: folder), &total)
            for module in modules { try FileManager.default.removeItem(at: module) }
            if isatty(2) == 1 { FileHandle.standardError.write(Data("\r\(total.modules) modules".utf8)) }
        }
        print(
            "\(total.modules) modules and \(total.lines) results, traps, host calls, globals and memories compared in "
                + "\(modes.count) modes, \(total.differing) differ")
        if metered {
            print(
                """
                \(total.points) points compared; \(total.exhausted) modules ran again with half of theirs, \
                \(total.deep) not: how deep the stack goes is each mode's own affair
                """
            )
        }
        if total.differing > 0 || total.modules == 0 { throw ExitCode.failure }
    }

    private var modes: [Mode] { tiered ? Mode.allWithTiers : Mode.all }

    private struct Tally {
        var modules = 0
        var lines = 0
        var differing = 0
        var points: UInt64 = 0
        var exhausted = 0
        var deep = 0
    }

    private func compare(_ modules: [URL], with oracle: [String: [String]], _ total: inout Tally) throws {
        for module in modules {
            guard let expected = oracle[module.path(percentEncoded: false)],
                let bytes = FileManager.default.contents(atPath: module.path(percentEncoded: false))
            else { continue }
            total.modules += 1
            total.lines += expected.count
            let problems =
                metered
                ? meteredDifferences(Array(bytes), expected, &total)
                : modes.compactMap { mode in difference(Array(bytes), mode, expected) }
            guard !problems.isEmpty else { continue }
            total.differing += 1
            print("\(module.lastPathComponent):\n  " + problems.joined(separator: "\n  "))
            try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
            try bytes.write(to: URL(filePath: keep).appending(path: module.lastPathComponent))
        }
    }

    /// What differs from the first mode in another, and in the first one from the oracle.
    private func meteredDifferences(_ bytes: [UInt8], _ expected: [String], _ total: inout Tally) -> [String] {
        let modes = modes.map {
            Mode(optimization: $0.optimization, memory: $0.memory, isMetered: true, threshold: $0.threshold)
        }
        do {
            let plenty = try modes.map { try ModuleTrace(of: bytes, mode: $0) }
            let lines = plenty[0].lines.filter { !$0.hasSuffix(ModuleTrace.pointsSuffix) }.map(Self.coarse)
            var problems = lines == expected ? [] : ["\(modes[0]): not what Wasmtime gives"]
            for (mode, trace) in zip(modes, plenty).dropFirst() where trace.lines != plenty[0].lines {
                problems.append(Self.place(trace.lines, mode, plenty[0].lines, "\(modes[0])"))
            }
            total.points += plenty[0].usedPoints
            if plenty[0].usedPoints < 2 { return problems }
            if plenty[0].lines.contains(where: { $0.hasSuffix(Trap.Reason.stackOverflow.rawValue) }) {
                total.deep += 1
                return problems
            }
            let half = try modes.map { try ModuleTrace(of: bytes, mode: $0, limit: plenty[0].usedPoints / 2) }
            total.exhausted += 1
            for (mode, trace) in zip(modes, half).dropFirst() where trace.lines != half[0].lines {
                problems.append("half: " + Self.place(trace.lines, mode, half[0].lines, "\(modes[0])"))
            }
            return problems
        } catch {
            return ["\(error)"]
        }
    }

    private func generate(_ seed: UInt64, in folder: URL) throws -> URL? {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let noise = (0..<2_000).map { _ -> UInt8 in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let input = folder.appending(path: "noise")
        try Data(noise).write(to: input)
        let module = folder.appending(path: "\(seed).wasm")
        // Every third module has vectors.
        let features =
            ["sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "mutable-globals"]
            + (seed % 3 == 0 ? ["simd"] : [])
        let status = try execute(
            ["wasm-opt", "-ttf", "--denan", "-mvp"] + features.map { "--enable-\($0)" }
                + [input.path(percentEncoded: false), "-o", module.path(percentEncoded: false)], output: nil
        ).terminationStatus
        guard status == 0, let bytes = FileManager.default.contents(atPath: module.path(percentEncoded: false)) else {
            return nil
        }
        try Data(ComparableModule.make(from: Array(bytes))).write(to: module)
        return module
    }

    /// The lines that Wasmtime gives for each module.
    private func traces(of modules: [URL], in folder: URL) throws -> [String: [String]] {
        let script = folder.appending(path: "oracle.py")
        try Self.oracle.write(to: script, atomically: true, encoding: .utf8)
        let list = folder.appending(path: "list")
        try modules.map { $0.path(percentEncoded: false) }.joined(separator: "\n")
            .write(to: list, atomically: true, encoding: .utf8)
        let output = folder.appending(path: "traces.json")
        let paths = [script, list, output].map { $0.path(percentEncoded: false) }
        guard try execute(["python3"] + paths, output: FileHandle.standardError).terminationStatus == 0 else {
            throw ValidationError("Wasmtime did not run: pip install wasmtime")
        }
        return try JSONDecoder().decode([String: [String]].self, from: Data(contentsOf: output))
    }

    /// The first difference; `nil` without one.
    private func difference(_ bytes: [UInt8], _ mode: Mode, _ expected: [String]) -> String? {
        let found: [String]
        do {
            found = try ModuleTrace(of: bytes, mode: mode).lines.map(Self.coarse)
        } catch {
            return "\(mode): \(error)"
        }
        guard found != expected else { return nil }
        return Self.place(found, mode, expected, "Wasmtime")
    }

    private static func place(_ found: [String], _ mode: Mode, _ expected: [String], _ other: String) -> String {
        let place = zip(found, expected).prefix { $0 == $1 }.count
        func line(_ lines: [String]) -> String { place < lines.count ? lines[place] : "nothing" }
        return "\(mode): line \(place): found \(line(found)), \(other) gives \(line(expected))"
    }

    /// The oracle does not tell an index beyond a table's end in a call from one in an access.
    private static func coarse(_ line: String) -> String {
        line.replacingOccurrences(of: "trap undefined element", with: "trap out of bounds table access")
    }

    private static let oracle = #"""
        import ctypes, json, struct, sys, zlib
        from wasmtime import Engine, Func, FuncType, Global, Instance, Memory, Module, Store, Trap, WasmtimeError

        TRAPS = {
            "UNREACHABLE": "unreachable", "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
            "TABLE_OUT_OF_BOUNDS": "out of bounds table access", "INDIRECT_CALL_TO_NULL": "uninitialized element",
            "BAD_SIGNATURE": "indirect call type mismatch", "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
            "INTEGER_OVERFLOW": "integer overflow", "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
            "STACK_OVERFLOW": "call stack exhausted",
        }
        ARGUMENTS = {"i32": 5, "i64": 7, "f32": 1.5, "f64": -2.25}

        def text(types, values):
            def one(type, value):
                if type in ("f32", "f64"):
                    if value != value: return " nan"
                    form = ("<f", "<I") if type == "f32" else ("<d", "<Q")
                    return " %s:%d" % (type, struct.unpack(form[1], struct.pack(form[0], value))[0])
                return " %s:%d" % (type, value)
            return "".join(one(str(type), value) for type, value in zip(types, values))

        def listed(types, result):
            return [] if len(types) == 0 else list(result) if len(types) > 1 else [result]

        def trace(engine, path):
            store, lines = Store(engine), []
            module = Module.from_file(engine, path)
            def host(entry):
                def call(*arguments):
                    lines.append("host " + entry.name + text(entry.type.params, arguments))
                    results = [ARGUMENTS[str(type)] for type in entry.type.results]
                    return results if len(results) > 1 else results[0] if results else None
                return Func(store, entry.type, call)
            try:
                instance = Instance(store, module, [host(entry) for entry in module.imports])
                exports = instance.exports(store)
                for export in module.exports:
                    if not isinstance(export.type, FuncType): continue
                    try:
                        result = exports[export.name](store, *[ARGUMENTS[str(type)] for type in export.type.params])
                        lines.append(export.name + text(export.type.results, listed(export.type.results, result)))
                    except Trap as trap:
                        reason = TRAPS.get(trap.trap_code.name, trap.trap_code.name)
                        lines.append("%s trap %s" % (export.name, reason))
                        if reason == "call stack exhausted": return lines
                for export in module.exports:
                    value = exports[export.name]
                    if isinstance(value, Global):
                        lines.append(export.name + text([export.type.content], [value.value(store)]))
                    if isinstance(value, Memory):
                        bytes = (ctypes.c_ubyte * value.data_len(store)).from_address(
                            ctypes.addressof(value.data_ptr(store).contents)) if value.data_len(store) else b""
                        lines.append("%s %d bytes, crc32 %d" % (export.name, len(bytes), zlib.crc32(bytes)))
            except Trap as trap:
                lines.append("start trap " + TRAPS.get(trap.trap_code.name, trap.trap_code.name))
            return lines

        engine, result = Engine(), {}
        for path in open(sys.argv[1]).read().split("\n"):
            try:
                result[path] = trace(engine, path)
            except WasmtimeError as error:
                print("not compared: %s: %s" % (path, error), file=sys.stderr)
        json.dump(result, open(sys.argv[2], "w"))
        """#
}
