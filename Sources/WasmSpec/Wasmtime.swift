import Foundation

/// Another engine as an oracle: the Python package `wasmtime`, in a process that takes modules and calls by a pipe.
public final class Wasmtime {
    private let oracle: OracleProcess

    static let outOfFuel = "trap OUT_OF_FUEL"

    /// - Parameter fuel: What a module may use; 0 for any amount.
    /// - Throws: ``OracleProcess/Missing``.
    public init(fuel: UInt64 = 0) throws { oracle = try OracleProcess(["python3", "-c", Self.script, "\(fuel)"]) }

    /// The same as ``LoopModule/lines(in:)``, by Wasmtime.
    public func lines(of module: LoopModule) throws -> [String] { try outcomes(of: module, bytes: module.bytes()) }

    /// What every call gives, as a line in the form of ``LoopModule/lines(in:)``.
    ///
    /// - Throws: ``OracleProcess/Missing`` when the process ended.
    func outcomes(of module: LoopModule, bytes: [UInt8]) throws -> [String] {
        var request = Data()
        func append(_ number: Int) {
            withUnsafeBytes(of: UInt32(number).littleEndian) { request.append(contentsOf: $0) }
        }
        append(bytes.count)
        request.append(contentsOf: bytes)
        append(module.calls.count)
        for call in module.calls {
            append(call.name.utf8.count)
            request.append(contentsOf: Array(call.name.utf8))
            for argument in call.arguments { append(Int(argument)) }
        }
        try oracle.send(request)
        return try module.calls.map { _ in try oracle.line() }
    }

    /// Its traps, in Python, by the specification's names.
    package static let traps = """
        TRAPS = {
            "UNREACHABLE": "unreachable", "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
            "TABLE_OUT_OF_BOUNDS": "out of bounds table access", "INDIRECT_CALL_TO_NULL": "uninitialized element",
            "BAD_SIGNATURE": "indirect call type mismatch", "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
            "INTEGER_OVERFLOW": "integer overflow", "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
            "STACK_OVERFLOW": "call stack exhausted", "NULL_REFERENCE": "null reference",
            "CAST_FAILURE": "cast failure", "ARRAY_OUT_OF_BOUNDS": "out of bounds array access",
            "ALLOCATION_TOO_LARGE": "out of heap", "HEAP_MISALIGNED": "unaligned atomic",
        }
        """

    private static let script = #"""
        import ctypes, os, struct, sys, zlib
        # Pipes of the process that started this one, which would not end with it.
        os.closerange(3, 256)
        from wasmtime import Config, Engine, Instance, Module, Store, Trap

        \#(traps)
        input, output, fuel, config = sys.stdin.buffer, sys.stdout, int(sys.argv[1]), Config()
        config.consume_fuel, config.shared_memory = fuel > 0, True
        for feature in ("threads", "exceptions", "gc", "function_references", "tail_call", "memory64", "multi_memory"):
            setattr(config, "wasm_" + feature, True)
        engine = Engine(config)

        def number():
            bytes = input.read(4)
            if len(bytes) < 4: sys.exit()
            return int.from_bytes(bytes, "little")

        def windows(size, isLast):
            around = 1 << 15 if isLast else 1 << 12
            for center in sorted({0, 1 << 31, 1 << 32, size}):
                if center <= size: yield max(0, center - around), min(size, center + around)

        def answer(bytes, calls):
            store = Store(engine)
            if fuel: store.set_fuel(fuel)
            exports = Instance(store, Module(engine, bytes), []).exports(store)
            memory = exports["memory"]
            counter = exports["g"] if "g" in exports else None
            for place, (name, arguments) in enumerate(calls):
                try:
                    result = str(exports[name](store, *arguments))
                except Trap as trap:
                    # An exception that nothing catches is a trap without a code.
                    code = trap.trap_code.name if trap.trap_code else None
                    result = "trap " + TRAPS.get(code, code) if code else "exception"
                size = memory.data_len(store)
                start = ctypes.addressof(memory.data_ptr(store).contents)
                sums = [zlib.crc32((ctypes.c_ubyte * (end - first)).from_address(start + first))
                        for first, end in windows(size, place == len(calls) - 1)]
                global_ = counter.value(store) if counter else 0
                output.write("%s, g %d, %d bytes, %s\n" % (result, global_, size, " ".join(map(str, sums))))

        print("ready", flush=True)
        while True:
            bytes = input.read(number())
            calls = []
            for _ in range(number()):
                name = input.read(number()).decode()
                calls.append((name, struct.unpack("<4i", input.read(16))))
            answer(bytes, calls)
            output.flush()
        """#
}
