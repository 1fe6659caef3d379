// Types as the C runtime has them.

package import CRuntime
package import Wasm

extension wasmc_external_type {
    /// - Parameter functionType: the index of a function's or tag's type in the module.
    package init(_ type: ExternalType, functionType: Int = 0) {
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
    package var c: wasmc_limits { wasmc_limits(minimum: minimum, maximum: maximum ?? .max) }

    package init(_ limits: wasmc_limits) {
        self.init(minimum: limits.minimum, maximum: limits.maximum == .max ? nil : limits.maximum)
    }
}

extension MemoryType {
    package var c: wasmc_memory_type {
        wasmc_memory_type(pages: pages.c, is_64bit: is64Bit, is_shared: isShared, has_byte_pages: hasBytePages)
    }
}

extension TableType {
    package var c: wasmc_table_type {
        wasmc_table_type(
            elements: elements.c, holds_objects: element.topType != .function, is_64bit: is64Bit)
    }
}
