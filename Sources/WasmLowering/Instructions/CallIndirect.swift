internal import CRuntime
import LLVM
import Wasm

/// Calls through tables.
extension FunctionLowering {
    /// As many functions are told apart by comparing the index; LLVM inlines what it calls directly.
    static let mostComparisons = 4

    mutating func callIndirect(type: Int, table: Int) {
        let index = popIndex(as: address(inTable: table))
        let arguments = popArguments(ofType: type)
        guard let constant = unit.constantTable(table, ofType: type) else {
            return pushResults(callElement(index, type: type, table: table, arguments), of: type)
        }
        let members = constant.members(ofType: unit.typeNumbers[type])
        if members.isEmpty {
            trapElement(index, table: table)
            start(newBlock())
            for result in unit.wasm.types[type].results { push(unit.type(result).poison) }
        } else if members.count <= Self.mostComparisons {
            pushResults(callOne(of: members, index, type: type, table: table, arguments), of: type)
        } else if unit.options.tier != nil {
            // A constant table holds code that may have been replaced.
            pushResults(callElement(index, type: type, table: table, arguments), of: type)
        } else {
            pushResults(callConstant(constant, index, type: type, table: table, arguments), of: type)
        }
    }

    /// A call of an element that is known only when it is made.
    private mutating func callElement(_ index: Value, type: Int, table: Int, _ arguments: [Value]) -> Value {
        let element = loadFunction(index, type: type, table: table)
        return located { unit.callRecord(element, type: type, arguments) }
    }

    /// The element's reference; traps without one, and when it is no function of the type.
    mutating func loadFunction(_ index: Value, type: Int, table: Int) -> Value {
        let element = loadFunction(index, table: table)
        let typeIDs = unit.loadConstant(types.pointer, instance, InstanceField.typeIDs)
        let expected = unit.loadConstant(types.i32, typeIDs, type * MemoryLayout<UInt32>.stride)
        let found = unit.loadConstant(types.i32, element, FunctionField.typeID)
        let differs = builder.compare(.ne, found, expected)
        if unit.wasm.definedTypes.definitions[type].isFinal {
            trap(WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH, if: differs)
        } else {
            requireSubtype(found, of: expected, if: differs)
        }
        return element
    }

    /// Functions of types below that of a call are rare: the runtime compares them.
    private mutating func requireSubtype(_ found: Value, of expected: Value, if differs: Value) {
        let (compare, equal) = (newBlock(), newBlock())
        builder.branch(if: differs, to: compare, else: equal)
        start(compare)
        let isSubtype = unit.call(.isSubtype, instance, [found, expected])
        trap(WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH, if: builder.compare(.eq, isSubtype, types.i32.zero))
        builder.branch(to: equal)
        start(equal)
    }

    /// The element's reference; traps without one.
    private mutating func loadFunction(_ index: Value, table: Int) -> Value {
        let tablePointer = self.tablePointer(table)
        let count = unit.loadField(types.i64, tablePointer, TableField.count)
        trap(WASMC_TRAP_UNDEFINED_ELEMENT, if: builder.compare(.uge, index, count))
        let element = loadElement(tablePointer, index, as: types.pointer)
        trap(WASMC_TRAP_UNINITIALIZED_ELEMENT, if: builder.compare(.eq, element, types.pointer.zero))
        return element
    }

    /// Traps for an element that is no function of the call's type, and ends the block.
    mutating func trapElement(_ index: Value, table: Int) {
        _ = loadFunction(index, table: table)
        trap(WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH)
    }

    /// Compares the index with those of the few functions that the call can reach.
    private mutating func callOne(
        of members: [ConstantTable.Member], _ index: Value, type: Int, table: Int, _ arguments: [Value]
    ) -> Value {
        let after = newBlock()
        var results: [(Value, BasicBlock)] = []
        for member in members {
            let (found, next) = (newBlock(), newBlock())
            builder.branch(if: builder.compare(.eq, index, types.i64.constant(member.element)), to: found, else: next)
            start(found)
            results.append((callFunction(member.function, arguments), builder.block))
            builder.branch(to: after)
            start(next)
        }
        trapElement(index, table: table)
        start(after)
        return merged(results, ofType: type)
    }

    mutating func callConstant(
        _ constant: ConstantTable, _ index: Value, type: Int, table: Int, _ arguments: [Value]
    ) -> Value {
        let start = unit.address(of: constant, table)
        let element = findElement(start, constant, index, type: type, table: table)
        let distance = builder.cast(.sext, unit.loadConstant(types.i32, element, 0), to: types.i64)
        let code = builder.offset(start, by: distance, of: types.i8)
        return located { unit.callGuest(unit.signature(ofType: type), code, [instance] + arguments) }
    }

    /// The address of a constant table's element, which holds a function of the type: one comparison with the number of
    /// elements, one with the type's number.
    mutating func findElement(
        _ start: Value, _ constant: ConstantTable, _ index: Value, type: Int, table: Int
    ) -> Value {
        let (inside, right, wrong) = (newBlock(), newBlock(), newBlock())
        let count = types.i64.constant(constant.elements.count)
        builder.branch(if: builder.compare(.ult, index, count), to: inside, else: wrong)
        self.start(inside)
        let element = builder.offset(start, by: index, of: types.i64)
        let found = unit.loadConstant(types.i32, element, CompilationUnit.ConstantElement.type)
        let expected = types.i32.constant(unit.typeNumbers[type])
        builder.branch(if: builder.compare(.eq, found, expected), to: right, else: wrong)
        self.start(wrong)
        trapElement(index, table: table)
        self.start(right)
        return element
    }
}
