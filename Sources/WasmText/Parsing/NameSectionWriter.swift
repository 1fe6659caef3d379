/// The name section that identifiers give: of the module, of functions, of locals. Specification appendix: "Name
/// Section".
struct NameSectionWriter {
    var module: [UInt8]?
    private var functions = VectorWriter()
    private var locals = VectorWriter()

    /// Functions come in the order of their indices.
    mutating func define(function index: UInt32, _ name: [UInt8]?) {
        guard let name else { return }
        functions.append { writer in
            writer.u32(index)
            writer.sized(name)
        }
    }

    mutating func define(locals names: [[UInt8]?], of function: UInt32) {
        var map = VectorWriter()
        for (index, name) in names.enumerated() {
            guard let name else { continue }
            map.append { writer in
                writer.unsigned(UInt64(index))
                writer.sized(name)
            }
        }
        guard map.count > 0 else { return }
        let bytes = map.content.bytes
        locals.append { writer in
            writer.u32(function)
            writer.raw(bytes)
        }
    }

    /// The section's content after its name; `nil` when nothing has a name.
    var content: [UInt8]? {
        var writer = ByteWriter()
        if let module {
            var content = ByteWriter()
            content.sized(module)
            writer.byte(0)
            writer.sized(content.bytes)
        }
        for (id, map) in [(UInt8(1), functions), (2, locals)] where map.count > 0 {
            writer.byte(id)
            writer.sized(map.content.bytes)
        }
        return writer.bytes.isEmpty ? nil : writer.bytes
    }
}
