/// The typing rules of tables. Specification: "Table Instructions" of validation.
extension FunctionBodyReader {
    func address(inTable index: Int) -> ValueType { module.tables[index].type.address }

    mutating func check(_ table: Family.Table, _ instruction: Instruction) throws(ModuleError) {
        let index = Int(instruction.immediates.index)
        let second = Int(instruction.immediates.secondIndex)
        if let modified = table.modified(index, second) { modifiedTables.insert(modified) }
        switch table {
        case .get:
            try pop(address(inTable: index), instruction)
            push(module.tables[index].type.element)
        case .set:
            try pop(module.tables[index].type.element, instruction)
            try pop(address(inTable: index), instruction)
        case .grow:
            try pop(address(inTable: index), instruction)
            try pop(module.tables[index].type.element, instruction)
            push(address(inTable: index))
        case .fill:
            try pop(address(inTable: index), instruction)
            try pop(module.tables[index].type.element, instruction)
            try pop(address(inTable: index), instruction)
        case .copy, .initialize:
            let source = table == .copy ? module.tables[second].type.element : module.elementSegments[index].type
            let destination = module.tables[table == .copy ? index : second].type.element
            guard source.matches(destination, in: module.definedTypes) else {
                throw invalid("type mismatch: elements of \(source) for a table of \(destination)", instruction)
            }
            if table == .copy {
                try checkCopy(to: address(inTable: index), from: address(inTable: second), instruction)
            } else {
                for _ in 0..<2 { try pop(.i32, instruction) }
                try pop(address(inTable: second), instruction)
            }
        case .size: push(address(inTable: index))
        case .dropElements: break
        }
    }
}

extension Family.Table {
    /// The table, of the two in the instruction's immediates, that the instruction changes.
    fileprivate func modified(_ index: Int, _ second: Int) -> Int? {
        switch self {
        case .set, .grow, .fill, .copy: index
        case .initialize: second
        case .get, .size, .dropElements: nil
        }
    }
}
