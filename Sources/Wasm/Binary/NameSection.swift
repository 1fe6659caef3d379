/// The name section. A section that does not decode is ignored from there on, as the specification allows.
/// Specification appendix: "Name Section".
enum NameSection {
    static func read(_ bytes: [UInt8], _ range: Range<Int>) -> Module.Names {
        var names = Module.Names()
        var reader = ByteReader(bytes, range)
        try? read(&reader, into: &names)
        return names
    }

    private static func read(_ reader: inout ByteReader, into names: inout Module.Names) throws(ModuleError) {
        while !reader.isAtEnd {
            let id = try reader.byte()
            let size = Int(try reader.u32())
            let content = try reader.skip(size)
            var subsection = ByteReader(reader.bytes, content)
            switch id {
            case 0: names.module = try subsection.name()
            case 1: names.functions = try nameMap(&subsection)
            case 2:
                for _ in 0..<(try subsection.count(limit: Limit.functions, of: "functions with names")) {
                    let function = Int(try subsection.u32())
                    names.locals[function] = try nameMap(&subsection)
                }
            default: break
            }
        }
    }

    private static func nameMap(_ reader: inout ByteReader) throws(ModuleError) -> [Int: String] {
        var map: [Int: String] = [:]
        for _ in 0..<(try reader.count(limit: Limit.functions, of: "names")) {
            let index = Int(try reader.u32())
            map[index] = try reader.name()
        }
        return map
    }
}
