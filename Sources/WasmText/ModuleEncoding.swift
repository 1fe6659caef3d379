internal import Wasm

extension ModuleParser {
    /// The module in the binary format, sections in their order. Specification: "Modules" of the binary format.
    func encode() -> [UInt8] {
        var module: [UInt8] = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00]
        func add(_ id: UInt8, _ items: [[UInt8]]) {
            guard !items.isEmpty else { return }
            var content: [UInt8] = []
            content.vector(items)
            module.section(id, content)
        }
        add(
            1,
            types.map { type in
                var bytes: [UInt8] = [0x60]
                bytes.types(type.parameters)
                bytes.types(type.results)
                return bytes
            })
        add(2, imports)
        add(3, functionTypes)
        add(4, tables)
        add(5, memories)
        add(6, globals)
        add(7, exports)
        if let start { module.section(8, start) }
        add(9, elements)
        if namesDataSegments {
            var count: [UInt8] = []
            count.u32(data.count)
            module.section(12, count)
        }
        add(10, bodies)
        add(11, data)
        if let names = nameSection() { module.section(0, names) }
        return module
    }

    /// Specification appendix: "Name Section".
    private func nameSection() -> [UInt8]? {
        var content: [UInt8] = []
        content.name(Array("name".utf8))
        let start = content.count
        if let moduleName {
            var bytes: [UInt8] = []
            bytes.name(Array(moduleName.dropFirst().utf8))
            content.section(0, bytes)
        }
        let functions = (spaces[.function]?.names ?? [:]).map { (index: $0.value, name: $0.key) }
        if !functions.isEmpty { content.section(1, nameMap(functions.sorted { $0.index < $1.index })) }
        if !localNames.isEmpty {
            var bytes: [UInt8] = []
            bytes.u32(localNames.count)
            for (function, names) in localNames {
                bytes.u32(function)
                bytes += nameMap(names)
            }
            content.section(2, bytes)
        }
        return content.count > start ? content : nil
    }

    private func nameMap(_ names: [(index: Int, name: String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.u32(names.count)
        for (index, name) in names {
            bytes.u32(index)
            bytes.name(Array(name.dropFirst().utf8))
        }
        return bytes
    }
}
