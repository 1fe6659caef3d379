import Wasm

/// Specification: "Types", "Type Uses".
extension ModuleParser {
    /// The value type that stands here and how many tokens it takes.
    private func peekValueType() -> (type: ValueType, tokenCount: Int)? {
        switch cursor.text() {
        case "i32": (.i32, 1)
        case "i64": (.i64, 1)
        case "f32": (.f32, 1)
        case "f64": (.f64, 1)
        case "v128": (.v128, 1)
        case "funcref": (.funcref, 1)
        case "externref": (.externref, 1)
        case "exnref": (.exnref, 1)
        default: peekLongReferenceType().map { ($0, 5) }
        }
    }

    /// `(ref null func)` is `funcref`, `(ref null extern)` is `externref`.
    private func peekLongReferenceType() -> ValueType? {
        guard cursor.isAt(opening: "ref"), cursor.text(ahead: 2) == "null",
            cursor.token(ahead: 4).kind == .rightParenthesis
        else { return nil }
        return switch cursor.text(ahead: 3) {
        case "func": .funcref
        case "extern": .externref
        case "exn": .exnref
        default: nil
        }
    }

    mutating func takeValueType() -> ValueType? {
        guard let (type, tokenCount) = peekValueType() else { return nil }
        cursor.advance(by: tokenCount)
        return type
    }

    mutating func expectValueType() throws(TextError) -> ValueType {
        guard let type = takeValueType() else { throw cursor.unexpected() }
        return type
    }

    func isAtReferenceType() -> Bool { peekValueType()?.type.isReference ?? false }

    mutating func expectReferenceType() throws(TextError) -> ValueType {
        guard isAtReferenceType(), let type = takeValueType() else { throw cursor.unexpected() }
        return type
    }

    /// `func` or `extern`, as `ref.null` names its type.
    mutating func expectHeapType() throws(TextError) -> ValueType {
        if cursor.take(word: "func") { return .funcref }
        if cursor.take(word: "extern") { return .externref }
        if cursor.take(word: "exn") { return .exnref }
        if cursor.isAt(.identifier) || cursor.isAtUnsigned() { throw cursor.unsupported(.functionReferences) }
        throw cursor.unexpected()
    }

    /// `(type $id (func ...))`, behind its keyword.
    mutating func parseType() throws(TextError) {
        let place = cursor.token()
        let identifier = try takeBinding().identifier
        guard typeIDs.define(identifier) else {
            throw cursor.error("duplicate type \(Self.describe(identifier))", at: place)
        }
        try cursor.expect(opening: "func")
        let (type, _) = try parseSignature(allowsNames: true)
        try cursor.expect(.rightParenthesis)
        try cursor.expect(.rightParenthesis)
        append(type)
    }

    private mutating func append(_ type: FunctionType) {
        if typeIndices[type] == nil { typeIndices[type] = UInt32(types.count) }
        types.append(type)
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
                while let parameter = takeValueType() {
                    type.parameters.append(parameter)
                    bindings.append(Binding())
                }
            }
            try cursor.expect(.rightParenthesis)
        }
        while cursor.take(opening: "result") {
            while let result = takeValueType() { type.results.append(result) }
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
        } else if isWrittenOut, types[Int(declared)] != type {
            throw cursor.error("inline function type \(type) differs from type \(declared)", at: place)
        }
        return TypeUse(typeIndex: declared, parameters: bindings)
    }

    mutating func index(of type: FunctionType) -> UInt32 {
        if let index = typeIndices[type] { return index }
        append(type)
        return UInt32(types.count - 1)
    }

    /// The block type of `block`, `loop` and `if`, written to `code`.
    mutating func parseBlockType() throws(TextError) {
        if !cursor.isAt(opening: "type") {
            let start = cursor.index
            let (type, _) = try parseSignature(allowsNames: false)
            if type.parameters.isEmpty, type.results.count < 2 { return code.byte(type.results.first?.code ?? 0x40) }
            cursor.index = start
        }
        let type = try parseTypeUse(allowsNames: false).typeIndex
        code.signed(Int64(type))
    }

    // MARK: Limits

    /// The type of addresses, which stands before limits if it is not `i32`.
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
        byte(type.element.code)
        limits(type.elements, is64Bit: type.is64Bit)
    }

    mutating func tagType(_ index: UInt32) {
        byte(0)
        u32(index)
    }

    mutating func globalType(_ type: GlobalType) {
        byte(type.value.code)
        byte(type.isMutable ? 1 : 0)
    }
}
