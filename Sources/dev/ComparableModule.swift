import Wasm

/// Makes a random module comparable with an engine whose interface has no vectors: its globals and memory are exported,
/// exports that take or give vectors are not, and the imported function that logs a vector becomes one that does
/// nothing.
enum ComparableModule {
    static func make(from bytes: [UInt8]) throws -> [UInt8] {
        let module = try Module(bytes: bytes)
        // It is the last import, so that the functions keep their numbers when it turns into the first defined one.
        let logger = module.imports.last.flatMap { $0.name == "log-v128" ? $0 : nil }
        var result = Array(bytes.prefix(8))
        var position = 8
        while position < bytes.count {
            let id = bytes[position]
            position += 1
            let length = number(bytes, &position)
            var content = Array(bytes[position..<position + length])
            switch id {
            case 2:
                if let logger { content = dropLast(from: content, at: logger.offset - position) }
            case 3:
                if case .function(let type)? = logger?.descriptor { content = prepend(leb(type), to: content) }
            case 7: content = exports(of: module)
            case 10:
                if logger != nil { content = prepend([0x02, 0x00, 0x0B], to: content) }
            default: break
            }
            position += length
            result += [id] + leb(content.count) + content
        }
        return result
    }

    private static func exports(of module: Module) -> [UInt8] {
        func hasVectors(_ index: Int) -> Bool {
            let type = module.type(ofFunction: index)
            return (type.parameters + type.results).contains(.v128)
        }
        let functions = module.exports.filter { $0.kind == .function && !hasVectors($0.index) }
            .map { ($0.name, UInt8(0), $0.index) }
        let memories = module.memories.indices.map { ("memory \($0)", UInt8(2), $0) }
        let globals = module.globals.indices.filter { module.globals[$0].type.value != .v128 }
            .map { ("global \($0)", UInt8(3), $0) }
        let entries = functions + memories + globals
        return entries.reduce(into: leb(entries.count)) { content, entry in
            content += leb(entry.0.utf8.count) + Array(entry.0.utf8) + [entry.1] + leb(entry.2)
        }
    }

    // MARK: Vectors of the binary format

    private static func prepend(_ element: [UInt8], to content: [UInt8]) -> [UInt8] {
        var start = 0
        let count = number(content, &start)
        return leb(count + 1) + element + content[start...]
    }

    private static func dropLast(from content: [UInt8], at offset: Int) -> [UInt8] {
        var start = 0
        let count = number(content, &start)
        return leb(count - 1) + content[start..<offset]
    }

    private static func number(_ bytes: [UInt8], _ position: inout Int) -> Int {
        var value = 0
        var shift = 0
        repeat {
            value |= Int(bytes[position] & 0x7F) << shift
            shift += 7
            position += 1
        } while bytes[position - 1] >= 0x80
        return value
    }

    private static func leb(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + leb(value >> 7)
    }
}
