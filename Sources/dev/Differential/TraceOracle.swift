import ArgumentParser
import Foundation
import Wasm
import WasmEngine
import WasmSpec

/// What another engine makes of a module, as lines in the form of ``ModuleTrace``.
struct TraceOracle {
    enum Engine: String, ExpressibleByArgument {
        case wasmtime, node

        var name: String { self == .wasmtime ? "Wasmtime" : "node" }
    }

    private let process: OracleProcess
    private let engine: Engine

    init(_ engine: Engine) throws {
        self.engine = engine
        process = try OracleProcess(
            engine == .wasmtime
                ? ["python3", "-c", Self.script] : ["node", "--experimental-wasm-exnref", "-e", Self.nodeScript])
    }

    /// The lines of a module; `nil`, with a word to the parent, when the engine refuses it.
    func lines(of module: [UInt8], in folder: URL) throws -> [String]? {
        let file = folder.appending(path: "oracle.wasm")
        try Data(module).write(to: file)
        if engine == .node {
            try Self.types(of: Module(bytes: module, features: .implemented))
                .write(to: file.appendingPathExtension("types"), atomically: true, encoding: .utf8)
        }
        try process.send(Data("\(file.path(percentEncoded: false))\n".utf8))
        guard let count = Int(try process.line()) else { return nil }
        let lines = try (0..<count).map { _ in try process.line() }
        guard let first = lines.first, first.hasPrefix("refused ") else { return lines }
        print("not compared: \(first)")
        return nil
    }

    /// A row for every function and global: its name and, behind a tab, what types it gives.
    private static func types(of module: Module) -> String {
        var rows = module.exports.compactMap { export -> String? in
            switch export.kind {
            case .function: row(export.name, module.type(ofFunction: export.index).results)
            case .global: row(export.name, [module.globals[export.index].type.value])
            case .memory, .table, .tag: nil
            }
        }
        for entry in module.imports {
            guard case .function(let type) = module.type(of: entry.descriptor) else { continue }
            rows += [row("import \(entry.name)", type.parameters), row("result \(entry.name)", type.results)]
        }
        return rows.joined(separator: "\n")
    }

    private static func row(_ name: String, _ types: [ValueType]) -> String {
        "\(name)\t\(types.map(\.description).joined(separator: " "))"
    }

    /// A line of ours as this engine can tell it: node has one message for what the specification tells apart.
    func shared(_ line: String) -> String {
        guard engine == .node, let space = line.range(of: " trap ") else { return line }
        let reason =
            switch Trap.Reason(rawValue: String(line[space.upperBound...])) {
            case .uninitializedElement?: Trap.Reason.indirectCallTypeMismatch
            case .invalidConversionToInteger?: Trap.Reason.integerOverflow
            case let other: other ?? .unreachable
            }
        return line[..<space.upperBound] + reason.rawValue
    }

    private static let script = #"""
        import ctypes, os, struct, sys, zlib
        # Pipes of the process that started this one, which would not end with it.
        os.closerange(3, 256)
        from wasmtime import Config, Engine, Func, FuncType, Global, Instance, Memory, Module, Store, Trap
        from wasmtime import WasmtimeError

        \#(Wasmtime.traps)
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

        def end(trap):
            # An exception that nothing catches is a trap without a code.
            if trap.trap_code: return "trap " + TRAPS.get(trap.trap_code.name, trap.trap_code.name)
            return "exception" if "exception" in str(trap) else "trap out of heap"

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
                        lines.append("%s %s" % (export.name, end(trap)))
                        # How deep the stack goes is each engine's own affair, and so is how large the heap is.
                        if lines[-1].endswith(("call stack exhausted", "out of heap")): return lines
                for export in module.exports:
                    value = exports[export.name]
                    if isinstance(value, Global):
                        lines.append(export.name + text([export.type.content], [value.value(store)]))
                    if isinstance(value, Memory):
                        bytes = (ctypes.c_ubyte * value.data_len(store)).from_address(
                            ctypes.addressof(value.data_ptr(store).contents)) if value.data_len(store) else b""
                        lines.append("%s %d bytes, crc32 %d" % (export.name, len(bytes), zlib.crc32(bytes)))
            except Trap as trap:
                lines.append("start " + end(trap))
            return lines

        config = Config()
        for feature in ("exceptions", "gc", "function_references", "tail_call", "memory64", "multi_memory",
                        "wide_arithmetic"):
            setattr(config, "wasm_" + feature, True)
        engine = Engine(config)
        print("ready", flush=True)
        for path in sys.stdin:
            try:
                lines = trace(engine, path.rstrip("\n"))
            except WasmtimeError as error:
                lines = ["refused " + " ".join(str(error).split())]
            print(len(lines), *lines, sep="\n", flush=True)
        """#

    private static let nodeScript = #"""
        const fs = require("fs"), zlib = require("zlib");
        const TRAPS = [
            [/unreachable/, "unreachable"], [/memory access out|data segment/, "out of bounds memory access"],
            [/table index|element segment|table access/, "out of bounds table access"],
            [/signature mismatch/, "indirect call type mismatch"], [/by zero/, "integer divide by zero"],
            [/unrepresentable/, "integer overflow"], [/call stack/, "call stack exhausted"],
            [/null pointer|rethrowing null/, "null reference"], [/illegal cast/, "cast failure"],
            [/array element/, "out of bounds array access"], [/array is too large/, "out of heap"],
            [/unaligned/, "unaligned atomic"],
        ];
        const ARGUMENTS = { i32: 5, i64: 7n, f32: 1.5, f64: -2.25 };
        const bits = new DataView(new ArrayBuffer(8));

        function end(error) {
            if (error instanceof WebAssembly.Exception) return "exception";
            const trap = TRAPS.find(([pattern]) => pattern.test(error.message));
            return "trap " + (trap ? trap[1] : error.message);
        }

        // JavaScript tells no types: a file beside the module does.
        function text(types, values) {
            return types.map((type, index) => {
                const value = values[index];
                if (type[0] != "f") return ` ${type}:${value}`;
                if (Number.isNaN(value)) return " nan";
                if (type == "f32") bits.setFloat32(0, value); else bits.setFloat64(0, value);
                return ` ${type}:${type == "f32" ? bits.getUint32(0) : bits.getBigUint64(0)}`;
            }).join("");
        }

        function trace(path) {
            const lines = [], module = new WebAssembly.Module(fs.readFileSync(path));
            const rows = fs.readFileSync(path + ".types", "utf8").split("\n").map((row) => row.split("\t"));
            const types = new Map(rows.map(([name, types]) => [name, types.split(" ").filter((type) => type)]));
            let exports;
            const imports = {};
            for (const { module: from, name } of WebAssembly.Module.imports(module)) {
                (imports[from] ??= {})[name] = (...values) => {
                    lines.push("host " + name + text(types.get("import " + name), values));
                    return ARGUMENTS[types.get("result " + name)[0]];
                };
            }
            try {
                exports = new WebAssembly.Instance(module, imports).exports;
            } catch (error) {
                if (error instanceof WebAssembly.LinkError) throw error;
                return lines.concat("start " + end(error));
            }
            const entries = WebAssembly.Module.exports(module);
            for (const { name } of entries.filter(({ kind }) => kind == "function")) {
                try {
                    const result = exports[name](), kinds = types.get(name);
                    lines.push(name + text(kinds, kinds.length > 1 ? result : [result]));
                } catch (error) {
                    lines.push(name + " " + end(error));
                    if (/call stack exhausted$|out of heap$/.test(lines.at(-1))) return lines;
                }
            }
            for (const { name, kind } of entries) {
                if (kind == "global") lines.push(name + text(types.get(name), [exports[name].value]));
                if (kind == "memory") {
                    const bytes = new Uint8Array(exports[name].buffer);
                    lines.push(`${name} ${bytes.length} bytes, crc32 ${zlib.crc32(bytes)}`);
                }
            }
            return lines;
        }

        console.log("ready");
        require("readline").createInterface({ input: process.stdin }).on("line", (path) => {
            let lines;
            try {
                lines = trace(path);
            } catch (error) {
                lines = ["refused " + String(error.message).split(/\s+/).join(" ")];
            }
            console.log([lines.length, ...lines].join("\n"));
        });
        """#
}
