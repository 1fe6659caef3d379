import LLVM
import Wasm

/// A table whose elements are known when the module is compiled, since no instruction, segment or host can make them
/// any others: a call through it needs no reference, and often no indirect call.
struct ConstantTable {
    /// The functions' indices, up to the last one; `nil` for null. Elements after it are null.
    let elements: [Int?]
    /// By the number of a type: where its functions are, and which they are.
    private var members: [UInt64: [Member]] = [:]

    struct Member {
        let element: Int
        let function: Int
    }

    /// What the code has room for.
    private static let mostElements = 100_000
    /// So many elements, and eight for each function: a few bytes of a module could make a table of hardly any.
    private static let mostNulls = 1_000

    /// By table; `nil` for those that can change.
    static func all(of module: Wasm.Module, _ types: TypeNumbers) -> [ConstantTable?] {
        // An active segment that might trap ends instantiation, and then what other instances got hold of by way of an
        // imported table finds this one half filled.
        guard InitialMemory.elementsFit(module) else { return module.tables.map { _ in nil } }
        let exported = Set(module.exports.filter { $0.kind == .table }.map(\.index))
        var segments: [Int: [Wasm.Module.ElementSegment]] = [:]
        for segment in module.elementSegments {
            if case .active(let table, _) = segment.mode { segments[table, default: []].append(segment) }
        }
        return module.tables.enumerated().map { index, table in
            guard index >= module.importedTableCount, !table.isModified, table.initializer == nil,
                !exported.contains(index)
            else { return nil }
            return ConstantTable(of: segments[index] ?? [], module, types)
        }
    }

    /// - Parameter segments: the table's active ones.
    private init?(of segments: [Wasm.Module.ElementSegment], _ module: Wasm.Module, _ types: TypeNumbers) {
        var elements: [Int?] = []
        for segment in segments {
            guard case .active(_, let offset) = segment.mode else { continue }
            guard let start = InitialMemory.constant(offset, module), start + segment.count <= Self.mostElements,
                let functions = Self.functions(of: segment, in: module)
            else { return nil }
            let end = start + functions.count
            elements += Array(repeating: nil, count: max(0, end - elements.count))
            elements.replaceSubrange(start..<end, with: functions)
        }
        guard elements.count <= Self.mostNulls + 8 * elements.count(where: { $0 != nil }) else { return nil }
        // The type of an imported function may be below the one that the module knows.
        for case let function? in elements where function < module.importedFunctionCount {
            guard module.definedTypes.definitions[module.functions[function].typeIndex].isFinal else { return nil }
        }
        self.elements = elements
        for case (let element, let function?) in elements.enumerated() {
            let type = types[module.functions[function].typeIndex]
            members[type, default: []].append(Member(element: element, function: function))
        }
    }

    /// The elements that a call with this type may reach.
    func members(ofType number: UInt64) -> [Member] { members[number] ?? [] }

    private static func functions(of segment: Wasm.Module.ElementSegment, in module: Wasm.Module) -> [Int?]? {
        switch segment.items {
        case .functions(let indices): return indices.map { Int($0) }
        case .expressions(let expressions):
            var functions: [Int?] = []
            for expression in expressions {
                var reader = ConstantExpressionReader(module: module, expression: expression)
                guard let only = reader.next(), reader.next() == nil else { return nil }
                if only.opcode == .refFunc {
                    functions.append(Int(only.immediates.index))
                } else if only.opcode == .refNull {
                    functions.append(nil)
                } else {
                    return nil
                }
            }
            return functions
        }
    }
}

/// Numbers for the types of a module; equal types have equal ones.
struct TypeNumbers {
    private let numbers: [UInt64]

    init(_ module: Wasm.Module) {
        var known: [Int: UInt64] = [:]
        numbers = module.types.indices.map { type in
            let first = module.definedTypes.canonicalIndex(of: type)
            if let number = known[first] { return number }
            known[first] = UInt64(known.count)
            return UInt64(known.count - 1)
        }
    }

    subscript(type: Int) -> UInt64 { numbers[type] }
    static let none = UInt64(UInt32.max)
}

/// Constant tables as code sees them: two words for each element, how far its function is from the table's start, and
/// the number of the function's type.
extension CompilationUnit {
    enum ConstantElement {
        static let stride = 8
        static let type = 4
    }

    /// The address of a constant table; the part with the support defines it.
    func address(of table: ConstantTable, _ index: Int) -> Value {
        let wordCount = table.elements.count * ConstantElement.stride / 4
        return module.hiddenConstant(SymbolName.constantTable(index), .array(types.i32, count: wordCount))
    }

    /// The same for tail calls: how far the code for those is, or 0 without any.
    func tailAddress(of table: ConstantTable, _ index: Int) -> Value {
        let wordCount = table.elements.count * ConstantElement.stride / 4
        return module.hiddenConstant(SymbolName.tailTable(index), .array(types.i32, count: wordCount))
    }

    func lowerConstantTables() {
        guard options.tier == nil else { return }
        let hasTailCalls = wasm.functions.contains(where: \.makesTailCalls)
        for (index, table) in constantTables.enumerated() {
            guard let table, !table.elements.isEmpty else { continue }
            define(table, at: address(of: table, index)) { codeAddress($0) }
            guard hasTailCalls else { continue }
            define(table, at: tailAddress(of: table, index)) {
                wasm.functions[$0].makesTailCalls ? function($0).value : nil
            }
        }
    }

    private func define(_ table: ConstantTable, at start: Value, _ codeAddress: (Int) -> Value?) {
        var words: [Value] = []
        words.reserveCapacity(2 * table.elements.count)
        for function in table.elements {
            if let function {
                let type = typeNumbers[wasm.functions[function].typeIndex]
                let distance = codeAddress(function)?.distance(from: start, as: types.i32)
                words += [distance ?? types.i32.zero, types.i32.constant(type)]
            } else {
                words += [types.i32.zero, types.i32.constant(TypeNumbers.none)]
            }
        }
        module.define(start, types.i32.constantArray(words))
    }

    /// What a call of the function jumps to; for an imported function, code of ours that calls it.
    private func codeAddress(_ index: Int) -> Value {
        guard index < wasm.importedFunctionCount else {
            return (wasm.functions[index].makesTailCalls ? tailAdapter(ofFunction: index) : function(index)).value
        }
        let name = SymbolName.importThunk(index)
        if let known = module.function(named: name) { return known }
        let type = wasm.functions[index].typeIndex
        let thunk = addFunction(name, signature(ofType: type))
        builder.position(atEndOf: thunk.appendBlock())
        let arguments = parametersBehindContext(of: thunk, type: wasm.types[type])
        let result = callImport(index, thunk.parameter(0), arguments)
        builder.return(returnType(wasm.types[type].results) == types.void ? nil : result)
        return thunk.value
    }

    /// Calls an imported function by its record.
    func callImport(_ index: Int, _ instance: Value, _ arguments: [Value]) -> Value {
        let record = address(instance, recordOffset(function: index))
        return callRecord(record, type: wasm.functions[index].typeIndex, arguments)
    }

    func callRecord(_ record: Value, type: Int, _ arguments: [Value]) -> Value {
        let code = loadConstant(types.pointer, record, FunctionField.code)
        let context = loadConstant(types.pointer, record, FunctionField.context)
        return callGuest(signature(ofType: type), code, [context] + arguments)
    }
}
