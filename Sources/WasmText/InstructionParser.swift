internal import Wasm

/// Parses instructions, flat and folded, and encodes them as it goes. Nesting is kept on a stack of its own, never on the
/// machine's. Specification: "Instructions" of the text format.
struct InstructionParser {
    private(set) var bytes: [UInt8] = []
    private var open: [Open] = []
    private var labels: [String?] = []
    private let locals: [String: Int]

    /// What a closing parenthesis or an `end` will finish.
    private enum Open {
        /// A folded instruction, encoded behind its operands.
        case folded([UInt8])
        case foldedBlock
        /// Before `(then`: the encoded `if`, and its label.
        case foldedCondition([UInt8], String?)
        /// Behind `(then ...)`: `(else` or the end may follow.
        case foldedIf
        case then
        case `else`
        case flat(isIf: Bool)
    }

    init(locals: [String: Int]) { self.locals = locals }

    /// Parses up to the parenthesis that closes what is around the instructions, which is left in place; with
    /// `onlyOne`, one folded instruction.
    mutating func parse(_ module: inout ModuleParser, onlyOne: Bool = false) throws(TextError) {
        repeat {
            switch module.reader.token.kind {
            case .leftParenthesis: try openFolded(&module)
            case .rightParenthesis:
                if open.isEmpty { return }
                try close(&module)
            case .keyword: try flat(&module)
            case .identifier, .string, .reserved, .end: throw module.reader.unexpected()
            }
        } while !(onlyOne && open.isEmpty)
    }

    // MARK: Folded

    private mutating func openFolded(_ module: inout ModuleParser) throws(TextError) {
        module.reader.advance()
        let place = module.reader.position
        let keyword = module.reader.token
        guard keyword.kind == .keyword else { throw module.reader.unexpected() }
        if case .foldedIf = open.last, keyword.text != "else" { throw module.reader.unexpected() }
        switch keyword.text {
        case "then":
            guard case .foldedCondition(let code, let label) = open.popLast() else { throw module.reader.unexpected() }
            module.reader.advance()
            bytes += code
            labels.append(label)
            open.append(.foldedIf)
            open.append(.then)
        case "else":
            guard case .foldedIf = open.popLast() else { throw module.reader.unexpected() }
            module.reader.advance()
            bytes.append(0x05)
            open.append(.else)
        case "block", "loop":
            let (code, label) = try block(&module)
            bytes += code
            labels.append(label)
            open.append(.foldedBlock)
        case "if":
            let (code, label) = try block(&module)
            open.append(.foldedCondition(code, label))
        case "end": throw module.reader.unexpected()
        default: open.append(.folded(try plain(&module, place)))
        }
    }

    private mutating func close(_ module: inout ModuleParser) throws(TextError) {
        switch open.removeLast() {
        case .folded(let code): bytes += code
        case .then:
            module.reader.advance()
            return
        case .foldedBlock, .foldedIf:
            bytes.append(0x0B)
            labels.removeLast()
        case .else:
            // Closes `(else`; what must follow is the end of the `if`.
            module.reader.advance()
            guard module.reader.token.kind == .rightParenthesis else { throw module.reader.unexpected() }
            bytes.append(0x0B)
            labels.removeLast()
        case .foldedCondition, .flat: throw module.reader.unexpected()
        }
        module.reader.advance()
    }

    // MARK: Flat

    private mutating func flat(_ module: inout ModuleParser) throws(TextError) {
        let place = module.reader.position
        if case .foldedCondition = open.last { throw module.reader.unexpected() }
        switch module.reader.token.text {
        case "block", "loop", "if":
            let isIf = module.reader.token.text == "if"
            let (code, label) = try block(&module)
            bytes += code
            labels.append(label)
            open.append(.flat(isIf: isIf))
        case "else":
            guard case .flat(isIf: true) = open.popLast() else { throw module.reader.unexpected() }
            module.reader.advance()
            try repeatedLabel(&module)
            bytes.append(0x05)
            open.append(.flat(isIf: false))
        case "end":
            guard case .flat = open.popLast() else { throw module.reader.unexpected() }
            module.reader.advance()
            try repeatedLabel(&module)
            bytes.append(0x0B)
            labels.removeLast()
        default: bytes += try plain(&module, place)
        }
    }

    /// The label that may stand again behind `else` and `end`.
    private func repeatedLabel(_ module: inout ModuleParser) throws(TextError) {
        let place = module.reader.position
        guard let name = module.reader.identifier() else { return }
        guard labels.last == name else { throw module.reader.fail("mismatching label \(name)", at: place) }
    }

    /// `block`, `loop` or `if` with label and type.
    private func block(_ module: inout ModuleParser) throws(TextError) -> (code: [UInt8], label: String?) {
        var code: [UInt8] = []
        guard let opcode = Opcode(name: module.reader.token.text) else { throw module.reader.unexpected() }
        code.opcode(opcode.row)
        module.reader.advance()
        let label = module.reader.identifier()
        if !module.reader.isAtOpen("type") {
            // Short forms for no type and for one result.
            var ahead = module.reader
            let (type, names) = try ahead.functionType()
            guard names.allSatisfy({ $0 == nil }) else { throw module.reader.fail("unexpected token: a block's parameter has a name") }
            if type.parameters.isEmpty, type.results.count <= 1 {
                module.reader = ahead
                code.append(type.results.first?.code ?? 0x40)
                return (code, label)
            }
        }
        let use = try module.typeUse()
        guard use.names.allSatisfy({ $0 == nil }) else { throw module.reader.fail("unexpected token: a block's parameter has a name") }
        code.signed(Int64(use.index))
        return (code, label)
    }

    // MARK: Plain instructions

    private func plain(_ module: inout ModuleParser, _ place: Int) throws(TextError) -> [UInt8] {
        let name = module.reader.token.text
        guard var opcode = Opcode(name: name) else { throw module.reader.fail("unknown operator \(name)") }
        module.reader.advance()
        if opcode == .select, module.reader.isAtOpen("result") { opcode = .typedSelect }
        var code: [UInt8] = []
        code.opcode(opcode.row)
        try immediates(opcode.row, &code, &module)
        return code
    }

    private func immediates(_ row: InstructionRow, _ code: inout [UInt8], _ module: inout ModuleParser) throws(TextError) {
        switch row.immediates {
        case .none, .blockType: break
        case .label: code.u32(try label(&module))
        case .labels:
            var targets = [try label(&module)]
            while isAtIndex(module) { targets.append(try label(&module)) }
            code.u32(targets.count - 1)
            for target in targets { code.u32(target) }
        case .function: code.u32(try module.index(.function))
        case .local: code.u32(try local(&module))
        case .global: code.u32(try module.index(.global))
        case .table: code.u32(isAtIndex(module) ? try module.index(.table) : 0)
        case .element: code.u32(try module.index(.element))
        case .data:
            module.namesDataSegments = true
            code.u32(try module.index(.data))
        case .memory: code.u32(isAtIndex(module) ? try module.index(.memory) : 0)
        case .tableTable: try pair(.table, &code, &module)
        case .memoryMemory: try pair(.memory, &code, &module)
        case .elementTable: try segment(.element, in: .table, &code, &module)
        case .dataMemory:
            module.namesDataSegments = true
            try segment(.data, in: .memory, &code, &module)
        case .typeTable:
            let table = isAtIndex(module) ? try module.index(.table) : 0
            let use = try module.typeUse()
            guard use.names.allSatisfy({ $0 == nil }) else { throw module.reader.fail("unexpected token: a parameter has a name") }
            code.u32(use.index)
            code.u32(table)
        case .memarg: try memarg(row, &code, &module)
        case .i32: code.signed(Int64(Int32(truncatingIfNeeded: try integer(32, &module))))
        case .i64: code.signed(Int64(bitPattern: try integer(64, &module)))
        case .f32: code.fixed(try float(32, &module), byteCount: 4)
        case .f64: code.fixed(try float(64, &module), byteCount: 8)
        case .referenceType:
            let token = module.reader.token
            switch token.text {
            case "func": code.append(ValueType.funcref.code)
            case "extern": code.append(ValueType.externref.code)
            default: throw module.reader.unexpected()
            }
            module.reader.advance()
        case .selectTypes:
            var types: [ValueType] = []
            while module.reader.open("result") {
                while module.reader.token.kind != .rightParenthesis { types.append(try module.reader.expectValueType()) }
                try module.reader.expectClose()
            }
            code.types(types)
        case .memargLane, .lane, .v128, .shuffle: throw module.reader.fail("unknown operator: SIMD is not supported")
        }
    }

    private func isAtIndex(_ module: ModuleParser) -> Bool {
        module.reader.token.kind == .identifier || module.reader.isAtNumber()
    }

    private func label(_ module: inout ModuleParser) throws(TextError) -> Int {
        let place = module.reader.position
        guard let name = module.reader.identifier() else { return Int(try module.reader.unsigned()) }
        guard let position = labels.lastIndex(of: name) else { throw module.reader.fail("unknown label \(name)", at: place) }
        return labels.count - 1 - position
    }

    private func local(_ module: inout ModuleParser) throws(TextError) -> Int {
        let place = module.reader.position
        guard let name = module.reader.identifier() else { return Int(try module.reader.unsigned()) }
        guard let index = locals[name] else { throw module.reader.fail("unknown local \(name)", at: place) }
        return index
    }

    /// Destination and source, or neither.
    private func pair(_ space: ModuleParser.Space, _ code: inout [UInt8], _ module: inout ModuleParser) throws(TextError) {
        guard isAtIndex(module) else {
            code += [0, 0]
            return
        }
        code.u32(try module.index(space))
        code.u32(try module.index(space))
    }

    /// `table.init $table $elem`, or the segment alone.
    private func segment(
        _ space: ModuleParser.Space, in target: ModuleParser.Space, _ code: inout [UInt8], _ module: inout ModuleParser
    ) throws(TextError) {
        let place = module.reader.position
        module.reader.advance()
        let hasTarget = isAtIndex(module)
        module.reader.position = place
        let targetIndex = hasTarget ? try module.index(target) : 0
        code.u32(try module.index(space))
        code.u32(targetIndex)
    }

    private func memarg(_ row: InstructionRow, _ code: inout [UInt8], _ module: inout ModuleParser) throws(TextError) {
        if isAtIndex(module), try module.index(.memory) != 0 {
            throw module.reader.fail("unexpected token: several memories are not supported")
        }
        var offset: UInt64 = 0
        var exponent = row.family.naturalAlignmentExponent
        if module.reader.token.text.hasPrefix("offset="), module.reader.token.kind == .keyword {
            offset = try argument("offset=", &module)
            guard offset <= UInt64(UInt32.max) else { throw module.reader.fail("offset out of range", at: module.reader.position - 1) }
        }
        if module.reader.token.text.hasPrefix("align="), module.reader.token.kind == .keyword {
            let alignment = try argument("align=", &module)
            guard alignment > 0, alignment & (alignment - 1) == 0 else {
                throw module.reader.fail("alignment must be a power of two", at: module.reader.position - 1)
            }
            exponent = alignment.trailingZeroBitCount
        }
        code.u32(exponent)
        code.u32(offset)
    }

    private func argument(_ prefix: String, _ module: inout ModuleParser) throws(TextError) -> UInt64 {
        let text = module.reader.token.text.dropFirst(prefix.count)
        guard Numbers.isInteger(text), text.first != "+", text.first != "-" else {
            throw module.reader.fail("unknown operator \(module.reader.token.text)")
        }
        guard let value = Numbers.unsigned(text) else { throw module.reader.fail("constant out of range: i64 constant") }
        module.reader.advance()
        return value
    }

    private func integer(_ bitCount: Int, _ module: inout ModuleParser) throws(TextError) -> UInt64 {
        let text = module.reader.token.text
        guard module.reader.token.kind == .reserved, Numbers.isInteger(text[...]) else {
            throw module.reader.fail("unknown operator or unexpected token: \(text)")
        }
        guard let value = Numbers.integer(text, bitCount: bitCount) else { throw module.reader.fail("constant out of range: i\(bitCount) constant") }
        module.reader.advance()
        return value
    }

    private func float(_ bitCount: Int, _ module: inout ModuleParser) throws(TextError) -> UInt64 {
        let token = module.reader.token
        guard token.kind == .reserved || token.kind == .keyword else { throw module.reader.unexpected() }
        switch Numbers.float(token.text, bitCount: bitCount) {
        case .bits(let bits):
            module.reader.advance()
            return bits
        case .outOfRange: throw module.reader.fail("constant out of range: f\(bitCount) constant")
        case .malformed: throw module.reader.fail("unknown operator or unexpected token: \(token.text)")
        }
    }
}

extension ModuleParser {
    /// Local declarations and instructions; the closing parenthesis is left in place.
    mutating func body(
        function: Int, _ use: (index: Int, names: [String?], parameterCount: Int)
    ) throws(TextError) -> [UInt8] {
        var declared: [ValueType] = []
        var names: [String?] = use.names + Array(repeating: nil, count: max(0, use.parameterCount - use.names.count))
        let place = reader.position
        while reader.open("local") { try reader.parameters(into: &declared, &names) }
        var indices: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            if let name, indices.updateValue(index, forKey: name) != nil { throw reader.fail("duplicate local \(name)", at: place) }
        }
        let named = names.enumerated().compactMap { index, name in name.map { (index: index, name: $0) } }
        if !named.isEmpty { localNames.append((function, named)) }

        // Neighbours of one type share a declaration.
        var groups: [(count: Int, type: ValueType)] = []
        for type in declared {
            if groups.last?.type == type { groups[groups.count - 1].count += 1 } else { groups.append((1, type)) }
        }
        var code: [UInt8] = []
        code.u32(groups.count)
        for group in groups {
            code.u32(group.count)
            code.append(group.type.code)
        }
        var parser = InstructionParser(locals: indices)
        try parser.parse(&self)
        code += parser.bytes
        code.append(0x0B)
        var sized: [UInt8] = []
        sized.name(code)
        return sized
    }

    /// A constant expression of any number of instructions, up to a closing parenthesis.
    mutating func expression() throws(TextError) -> [UInt8] {
        var parser = InstructionParser(locals: [:])
        try parser.parse(&self)
        return parser.bytes + [0x0B]
    }

    /// A constant expression of one folded instruction.
    mutating func foldedExpression() throws(TextError) -> [UInt8] {
        guard reader.token.kind == .leftParenthesis else { throw reader.unexpected() }
        var parser = InstructionParser(locals: [:])
        try parser.parse(&self, onlyOne: true)
        return parser.bytes + [0x0B]
    }
}
