internal import CRuntime
internal import Wasm

/// Writes the tables of an artifact, one after the other, and says where each one stands in the file.
struct MetadataWriter {
    /// Where the first byte will stand in the file; a multiple of 16.
    let start: Int
    private(set) var bytes: [UInt8] = []

    init(at start: Int) { self.start = start }

    var span: wasmc_span { wasmc_span(offset: UInt32(start), count: UInt32(bytes.count)) }

    /// C structures without padding between their fields: padding has no defined value.
    mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) -> wasmc_span {
        bytes.align(to: 8)
        let offset = start + bytes.count
        elements.withUnsafeBytes { bytes += $0 }
        return wasmc_span(offset: UInt32(offset), count: UInt32(elements.count))
    }

    /// Where in the file the metadata will end when such tables, each a count and the size of an element, are added.
    func end(of tables: (count: Int, stride: Int)...) -> Int {
        tables.reduce(start + bytes.count) { ($0 + 7) / 8 * 8 + $1.count * $1.stride }
    }

    mutating func append(_ text: String) -> wasmc_span { append(bytesOf: Array(text.utf8)) }

    mutating func append(bytesOf content: [UInt8]) -> wasmc_span {
        let offset = start + bytes.count
        bytes += content
        return wasmc_span(offset: UInt32(offset), count: UInt32(content.count))
    }
}

extension wasmc_external_type {
    /// - Parameter functionType: the index of a function's or tag's type in the module.
    init(_ type: ExternalType, functionType: Int = 0) {
        self.init()
        switch type {
        case .function: function_type = UInt32(functionType)
        case .tag:
            kind = ExternalKind.tag.rawValue
            function_type = UInt32(functionType)
        case .table(let table):
            kind = ExternalKind.table.rawValue
            limits = table.elements.c
            value = table.element.storedCode
            is_64bit = table.is64Bit
        case .memory(let memory):
            kind = ExternalKind.memory.rawValue
            limits = memory.pages.c
            is_64bit = memory.is64Bit
            is_shared = memory.isShared
            has_byte_pages = memory.hasBytePages
        case .global(let global):
            kind = ExternalKind.global.rawValue
            value = global.value.storedCode
            is_mutable = global.isMutable
        }
    }
}

extension Limits {
    var c: wasmc_limits { wasmc_limits(minimum: minimum, maximum: maximum ?? .max) }

    init(_ limits: wasmc_limits) {
        self.init(minimum: limits.minimum, maximum: limits.maximum == .max ? nil : limits.maximum)
    }
}

extension MemoryType {
    var c: wasmc_memory_type {
        wasmc_memory_type(pages: pages.c, is_64bit: is64Bit, is_shared: isShared, has_byte_pages: hasBytePages)
    }
}

extension TableType {
    var c: wasmc_table_type {
        wasmc_table_type(
            elements: elements.c, holds_objects: element.topType != .function, is_64bit: is64Bit)
    }
}
