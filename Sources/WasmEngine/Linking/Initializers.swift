internal import CRuntime
internal import Wasm
internal import WasmLowering

/// What the runtime evaluates when it instantiates a module: constant expressions as the module has them, and where
/// segments go. To the compiler they cost their bytes, whatever there is of them.
extension MetadataWriter {
    mutating func appendInitializers(
        of module: Module, _ layout: InstanceLayout, without images: InitialMemory?, to header: inout wasmc_artifact
    ) throws(CompileError) {
        func expression(_ expression: Module.ConstantExpression?) -> wasmc_span {
            expression.map { append(bytesOf: Array(module.bytes[$0.range])) } ?? wasmc_span()
        }
        let globals = module.globals.dropFirst(module.importedGlobalCount).map { expression($0.initializer) }
        let tables = module.tables.dropFirst(module.importedTableCount).map { expression($0.initializer) }
        var elements: [wasmc_element_initializer] = []
        for segment in module.elementSegments {
            var element = wasmc_element_initializer()
            switch segment.mode {
            case .passive: element.mode = UInt8(WASMC_PASSIVE)
            case .declarative: element.mode = UInt8(WASMC_DECLARATIVE)
            case .active(let table, let offset):
                element.mode = UInt8(WASMC_ACTIVE)
                element.table = UInt32(table)
                element.offset = expression(offset)
                element.is_64bit = offset.type == .i64
            }
            switch segment.items {
            case .functions(let functions): element.items = append(try records(of: functions, layout))
            case .expressions(let expressions):
                element.has_expressions = true
                // They follow each other in the module.
                if let first = expressions.first, let last = expressions.last {
                    let range = first.range.lowerBound..<last.range.upperBound
                    element.items = append(bytesOf: Array(module.bytes[range]))
                }
            }
            elements.append(element)
        }
        var data: [wasmc_data_initializer] = []
        for (index, segment) in module.dataSegments.enumerated() {
            guard case .active(let memory, let offset) = segment.mode, images?.segments.contains(index) != true else {
                continue
            }
            data.append(
                wasmc_data_initializer(
                    offset: expression(offset), segment: UInt32(index), memory: UInt32(memory),
                    is_64bit: offset.type == .i64, reserved: (0, 0, 0)))
        }
        header.global_initializers = append(globals)
        header.table_initializers = append(tables)
        header.element_initializers = append(elements)
        header.data_initializers = append(data)
    }

    /// Which records the functions of a segment have.
    private func records(of functions: [UInt32], _ layout: InstanceLayout) throws(CompileError) -> [UInt32] {
        var records: [UInt32] = []
        records.reserveCapacity(functions.count)
        for function in functions {
            guard let record = layout.recordIndex(function: Int(function)) else {
                throw .linking("function \(function) of an element segment has no record")
            }
            records.append(UInt32(record))
        }
        return records
    }
}
