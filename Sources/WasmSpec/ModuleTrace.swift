import WasmEngine

/// What a module does when its exported functions are called one after the other: a line for every result, trap, call
/// of the host, and for the exported globals and memories at the end; where points are counted, for what is left of
/// them after each call. Two engines that are right give the same lines.
public struct ModuleTrace: Sendable, Equatable {
    public var lines: [String] = []
    /// The points that the module used.
    public private(set) var usedPoints: UInt64 = 0

    /// Instantiates a module whose imports are functions, and calls its exported functions.
    ///
    /// - Parameter limit: the points that a metered mode gives it; each call after running out gets as many again.
    /// - Throws: what decoding, compiling and linking throw.
    public init(of bytes: [UInt8], mode: Mode, limit: UInt64 = 1 << 62) throws {
        var engine = mode.engine
        engine.options.metering?.limit = limit
        try self.init(of: bytes, engine: engine)
    }

    init(of bytes: [UInt8], engine: Engine) throws {
        let module = try Module(bytes: bytes, features: .implemented)
        let log = Log()
        var imports = Imports()
        for entry in module.imports {
            guard case .function(let type) = module.type(of: entry.descriptor) else { continue }
            imports.define(entry.module, entry.name, type: type) { _, arguments in
                log.lines.append("host \(entry.name)" + Self.text(arguments))
                return type.results.map(Self.argument)
            }
        }
        defer { lines = log.lines }
        do {
            let instance = try engine.compile(module).instantiate(imports: imports)
            let limit = engine.options.metering?.limit
            for export in module.exports where export.kind == .function {
                let function = try instance.function(export.name)
                do {
                    let results = try function.call(function.type.parameters.map(Self.argument))
                    log.lines.append("\(export.name)" + Self.text(results))
                } catch let trap as Trap {
                    log.lines.append("\(export.name) trap \(trap.reason.shared)")
                    // How deep the stack goes is the engine's own affair, and how large the heap.
                    if trap.reason == .stackOverflow || trap.reason == .outOfHeap { return }
                } catch is GuestException {
                    log.lines.append("\(export.name) exception")
                } catch is OutOfPoints {
                    log.lines.append("\(export.name) out of points")
                }
                guard let limit else { continue }
                log.lines.append("\(instance.remainingPoints)" + Self.pointsSuffix)
                if case .remaining(let left) = instance.remainingPoints {
                    usedPoints = limit - left
                } else {
                    instance.remainingPoints = .remaining(limit)
                }
            }
            for export in module.exports {
                if let global = instance.global(export.name) {
                    log.lines.append("\(export.name)" + Self.text([global.value]))
                } else if let memory = instance.memory(export.name) {
                    let bytes = try memory.read(at: 0, byteCount: Int(memory.byteCount))
                    log.lines.append("\(export.name) \(bytes.count) bytes, crc32 \(CRC32.checksum(bytes))")
                }
            }
        } catch let trap as Trap {
            log.lines.append("start trap \(trap.reason.shared)")
        } catch is GuestException {
            log.lines.append("start exception")
        } catch is OutOfPoints {
            log.lines.append("start out of points")
        }
    }

    /// How a line about points ends.
    public static let pointsSuffix = " points left"

    private final class Log {
        var lines: [String] = []
    }

    /// The argument of every parameter of a type; the oracle passes the same.
    private static func argument(_ type: ValueType) -> Value {
        switch type.representation {
        case .i32: .i32(5)
        case .i64: .i64(7)
        case .f32: .f32(1.5)
        case .f64: .f64(-2.25)
        case .v128: .v128(low: 1, high: 2)
        case .reference: Value.null(of: type) ?? .externref(nil)
        }
    }

    /// A space before each value; floats by their bits, all NaNs alike.
    private static func text(_ values: [Value]) -> String {
        values.map { value in
            switch value {
            case .i32(let number): " i32:\(number)"
            case .i64(let number): " i64:\(number)"
            case .f32(let number): number.isNaN ? " nan" : " f32:\(number.bitPattern)"
            case .f64(let number): number.isNaN ? " nan" : " f64:\(number.bitPattern)"
            case .v128(let value): " v128:\(value.low):\(value.high)"
            case .funcref(let function): function == nil ? " null" : " ref"
            case .externref(let reference): reference == nil ? " null" : " ref"
            case .exnref(let reference): reference == nil ? " null" : " ref"
            case .anyref(let reference): reference == nil ? " null" : " ref"
            }
        }.joined()
    }
}
