import Wasm

/// Specification: "Types", "Type Uses".
extension ModuleParser {
    /// The value type that one word names: `i32`, `funcref`.
    private func peekShortValueType() -> ValueType? {
        switch cursor.text() {
        case "i32": .i32
        case "i64": .i64
        case "f32": .f32
        case "f64": .f64
        case "v128": .v128
        case let word?: HeapType(shortReference: word).map { .reference(to: $0) }
        case nil: nil
        }
    }

    mutating func takeValueType() throws(TextError) -> ValueType? {
        if let type = peekShortValueType() {
            cursor.advance()
            return type
        }
        guard cursor.take(opening: "ref") else { return nil }
        let isNullable = cursor.take(word: "null")
        let type = ValueType.reference(to: try expectHeapType(), isNullable: isNullable)
        try cursor.expect(.rightParenthesis)
        return type
    }

    mutating func expectValueType() throws(TextError) -> ValueType {
        guard let type = try takeValueType() else { throw cursor.unexpected() }
        return type
    }

    func isAtReferenceType() -> Bool { cursor.isAt(opening: "ref") || peekShortValueType()?.isReference ?? false }

    mutating func expectReferenceType() throws(TextError) -> ValueType {
        guard isAtReferenceType() else { throw cursor.unexpected() }
        return try expectValueType()
    }

    /// What a reference is to: `func`, or a type.
    mutating func expectHeapType() throws(TextError) -> HeapType {
        if let word = cursor.text(), let type = HeapType(name: word) {
            cursor.advance()
            return type
        }
        // A type has room for fewer indices than the text has; none of these is a type's.
        return .defined(min(Int(try expectIndex(typeIDs)), 1 << 22))
    }

    // MARK: Type definitions

    /// Finds the types' identifiers, which any type may name, and leaves what is wrong for later.
    mutating func defineTypeIdentifiers() throws(TextError) {
        let start = cursor.index
        defer { cursor.index = start }
        var isInGroup = false
        while cursor.isAt(.leftParenthesis) || cursor.isAt(.annotation) || isInGroup && cursor.isAt(.rightParenthesis) {
            if cursor.isAt(.rightParenthesis) {
                isInGroup = false
                cursor.advance()
            } else if cursor.take(opening: "rec") {
                isInGroup = true
            } else {
                if cursor.take(opening: "type") {
                    let place = cursor.token()
                    let identifier = try takeBinding().identifier
                    guard typeIDs.define(identifier) else {
                        throw cursor.error("duplicate type \(Self.describe(identifier))", at: place)
                    }
                } else {
                    cursor.advance()
                }
                guard (try? cursor.skipToClosing()) != nil else { return }
            }
        }
    }

    /// `(type $id (func ...))`, after its keyword.
    mutating func parseType() throws(TextError) {
        try append([parseDefinition(in: types.count..<(types.count + 1))])
    }

    /// `(rec (type ...)*)`, after its keyword.
    mutating func parseRecursiveGroup() throws(TextError) {
        // How many there are is known when all have been read.
        var group: [DefinedType] = []
        while cursor.take(opening: "type") {
            let first = types.count
            group.append(try parseDefinition(in: first..<first, number: group.count))
        }
        try cursor.expect(.rightParenthesis)
        append(group)
    }

    private mutating func append(_ group: [DefinedType]) {
        // A group without types defines nothing.
        if group.isEmpty { return }
        let range = types.count..<(types.count + group.count)
        sections.typeGroups.append((range, field))
        for type in group {
            var type = type
            type.group = range
            if type.isPlain, let function = type.function, typeIndices[function] == nil {
                typeIndices[function] = UInt32(types.count)
            }
            types.append(type)
        }
    }

    private mutating func parseDefinition(in group: Range<Int>, number: Int = 0) throws(TextError) -> DefinedType {
        _ = try takeBinding()
        var type = DefinedType(.structure([]), group: group)
        let isSubtype = cursor.take(opening: "sub")
        if isSubtype {
            type.isFinal = cursor.take(word: "final")
            type.supertype = try takeIndex(typeIDs).map { Int($0) }
            if cursor.isAt(.identifier) || cursor.isAtUnsigned() { throw cursor.error("several supertypes") }
        }
        type.composite = try parseComposite(ofType: types.count + number)
        if isSubtype { try cursor.expect(.rightParenthesis) }
        try cursor.expect(.rightParenthesis)
        return type
    }

    private mutating func parseComposite(ofType index: Int) throws(TextError) -> DefinedType.Composite {
        let composite: DefinedType.Composite
        if cursor.take(opening: "struct") {
            composite = .structure(try parseFields(ofType: index))
        } else if cursor.take(opening: "array") {
            composite = .array(try parseFieldType())
        } else {
            try cursor.expect(opening: "func")
            composite = .function(try parseSignature(allowsNames: true).0)
        }
        try cursor.expect(.rightParenthesis)
        return composite
    }

    /// `(field $id i32)` or `(field i32 i64)`, any number of them.
    private mutating func parseFields(ofType index: Int) throws(TextError) -> [FieldType] {
        var fields: [FieldType] = []
        var identifiers = IndexSpace("field")
        while cursor.take(opening: "field") {
            let place = cursor.token()
            let binding = try takeBinding()
            while !cursor.isAt(.rightParenthesis) {
                fields.append(try parseFieldType())
                guard identifiers.define(binding.identifier) else {
                    throw cursor.error("duplicate field \(Self.describe(binding.identifier))", at: place)
                }
                if binding.isPresent { break }
            }
            try cursor.expect(.rightParenthesis)
        }
        fieldIDs[index] = identifiers
        return fields
    }

    private mutating func parseFieldType() throws(TextError) -> FieldType {
        let isMutable = cursor.take(opening: "mut")
        let storage: FieldType.Storage =
            cursor.take(word: "i8") ? .i8 : cursor.take(word: "i16") ? .i16 : .value(try expectValueType())
        if isMutable { try cursor.expect(.rightParenthesis) }
        return FieldType(storage, isMutable: isMutable)
    }

    /// `(param ...)* (result ...)*`, and what names the parameters.
    mutating func parseSignature(allowsNames: Bool) throws(TextError) -> (FunctionType, [Binding]) {
        var type = FunctionType(parameters: [], results: [])
        var bindings: [Binding] = []
        while cursor.take(opening: "param") {
            let binding = allowsNames ? try takeBinding() : Binding()
            if binding.isPresent {
                type.parameters.append(try expectValueType())
                bindings.append(binding)
            } else {
                while let parameter = try takeValueType() {
                    type.parameters.append(parameter)
                    bindings.append(Binding())
                }
            }
            try cursor.expect(.rightParenthesis)
        }
        while cursor.take(opening: "result") {
            while let result = try takeValueType() { type.results.append(result) }
            try cursor.expect(.rightParenthesis)
        }
        if cursor.isAt(opening: "param") { throw cursor.unexpected() }
        return (type, bindings)
    }

    struct TypeUse {
        var typeIndex: UInt32
        /// One for each parameter that is written out.
        var parameters: [Binding]
    }

    /// `(type x)? (param ...)* (result ...)*`. A type that is only written out is found among the module's or added.
    mutating func parseTypeUse(allowsNames: Bool) throws(TextError) -> TypeUse {
        let place = cursor.token()
        var declared: UInt32?
        if cursor.take(opening: "type") {
            declared = try expectIndex(typeIDs)
            try cursor.expect(.rightParenthesis)
        }
        let (type, bindings) = try parseSignature(allowsNames: allowsNames)
        guard let declared else { return TypeUse(typeIndex: index(of: type), parameters: bindings) }
        let isWrittenOut = !type.parameters.isEmpty || !type.results.isEmpty
        if !types.indices.contains(Int(declared)) {
            if isWrittenOut, knowsAllTypes { throw cursor.error("unknown type \(declared)", at: place) }
            namesLaterType = true
        } else if isWrittenOut, types[Int(declared)].function != type {
            throw cursor.error("inline function type \(type) differs from type \(declared)", at: place)
        }
        return TypeUse(typeIndex: declared, parameters: bindings)
    }

    mutating func index(of type: FunctionType) -> UInt32 {
        if let index = typeIndices[type] { return index }
        append([DefinedType(.function(type), group: 0..<1)])
        return UInt32(types.count - 1)
    }

    /// The block type of `block`, `loop` and `if`, written to `code`.
    mutating func parseBlockType() throws(TextError) {
        if !cursor.isAt(opening: "type") {
            let start = cursor.index
            let (type, _) = try parseSignature(allowsNames: false)
            if type.parameters.isEmpty, type.results.count < 2 {
                return if let result = type.results.first { code.valueType(result) } else { code.byte(0x40) }
            }
            cursor.index = start
        }
        let type = try parseTypeUse(allowsNames: false).typeIndex
        code.signed(Int64(type))
    }

    // MARK: Limits

    /// The type of addresses, which is before limits if it is not `i32`.
    mutating func takeIs64Bit() -> Bool {
        if cursor.take(word: "i64") { return true }
        _ = cursor.take(word: "i32")
        return false
    }

    /// The limits of a memory or table. Specification: "Limits".
    mutating func parseLimits() throws(TextError) -> Limits {
        // Sizes beyond 32 bits are grammatical and invalid.
        guard let minimum = try cursor.takeU64() else { throw cursor.unexpected() }
        return Limits(minimum: minimum, maximum: try cursor.takeU64())
    }

    mutating func parseTableType() throws(TextError) -> TableType {
        try parseTableType(is64Bit: takeIs64Bit())
    }

    /// Without the type of addresses.
    mutating func parseTableType(is64Bit: Bool) throws(TextError) -> TableType {
        let limits = try parseLimits()
        return TableType(element: try expectReferenceType(), elements: limits, is64Bit: is64Bit)
    }

    mutating func parseMemoryType() throws(TextError) -> WrittenMemoryType {
        try parseMemoryType(is64Bit: takeIs64Bit())
    }

    mutating func parseMemoryType(is64Bit: Bool) throws(TextError) -> WrittenMemoryType {
        let limits = try parseLimits()
        let isShared = cursor.take(word: "shared")
        return WrittenMemoryType(
            type: MemoryType(pages: limits, is64Bit: is64Bit, isShared: isShared),
            pageSizeExponent: try takePageSizeExponent())
    }

    /// `(pagesize n)`: the binary logarithm, which need not be that of a valid size.
    mutating func takePageSizeExponent() throws(TextError) -> Int? {
        guard cursor.take(opening: "pagesize") else { return nil }
        let error = cursor.error("invalid custom page size: it must be a power of two")
        guard let size = try cursor.takeU64() else { throw cursor.unexpected() }
        guard size.nonzeroBitCount == 1 else { throw error }
        try cursor.expect(.rightParenthesis)
        return size.trailingZeroBitCount
    }

    mutating func parseGlobalType() throws(TextError) -> GlobalType {
        guard cursor.take(opening: "mut") else { return GlobalType(value: try expectValueType(), isMutable: false) }
        let type = try expectValueType()
        try cursor.expect(.rightParenthesis)
        return GlobalType(value: type, isMutable: true)
    }
}

extension ByteWriter {
    mutating func memoryType(_ written: WrittenMemoryType) {
        let (type, exponent) = (written.type, written.pageSizeExponent)
        limits(type.pages, is64Bit: type.is64Bit, isShared: type.isShared, hasPageSize: exponent != nil)
        if let exponent { unsigned(UInt64(exponent)) }
    }

    mutating func limits(_ limits: Limits, is64Bit: Bool, isShared: Bool = false, hasPageSize: Bool = false) {
        byte((limits.maximum == nil ? 0 : 1) | (isShared ? 2 : 0) | (is64Bit ? 4 : 0) | (hasPageSize ? 8 : 0))
        unsigned(limits.minimum)
        if let maximum = limits.maximum { unsigned(maximum) }
    }

    mutating func tableType(_ type: TableType) {
        valueType(type.element)
        limits(type.elements, is64Bit: type.is64Bit)
    }

    mutating func tagType(_ index: UInt32) {
        byte(0)
        u32(index)
    }

    mutating func globalType(_ type: GlobalType) {
        valueType(type.value)
        byte(type.isMutable ? 1 : 0)
    }
}
