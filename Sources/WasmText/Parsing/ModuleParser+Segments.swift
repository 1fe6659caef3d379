import Wasm

/// Element segments, data segments and custom sections. Specification: "Element Segments", "Data Segments".
extension ModuleParser {
    enum SegmentMode {
        case passive
        case declarative
        /// `offset` is a constant expression in the binary format.
        case active(table: UInt32, offset: ByteWriter)
    }

    enum ElementItems {
        case functions([UInt32])
        case expressions([ByteWriter])

        var count: Int {
            switch self {
            case .functions(let items): items.count
            case .expressions(let items): items.count
            }
        }
    }

    mutating func parseElementSegment() throws(TextError) {
        _ = try takeBinding()
        if cursor.take(word: "declare") {
            let (type, items) = try parseElementList()
            return addElementSegment(.declarative, items, type: type)
        }
        var table: UInt32 = 0
        var isActive = false
        if cursor.take(opening: "table") {
            table = try expectIndex(tableIDs)
            try cursor.expect(.rightParenthesis)
            isActive = true
        } else if cursor.isAt(.identifier) || cursor.isAtUnsigned(),
            cursor.token(ahead: 1).kind == .leftParenthesis
        {
            // The older form: a bare table index.
            table = try expectIndex(tableIDs)
            isActive = true
        }
        guard isActive || cursor.isAt(.leftParenthesis) && !cursor.isAt(opening: "ref") else {
            let (type, items) = try parseElementList()
            return addElementSegment(.passive, items, type: type)
        }
        let offset = try parseOffset()
        if cursor.isAt(.rightParenthesis) || cursor.isAt(.identifier) || cursor.isAtUnsigned() {
            let indices = try parseFunctionIndices()
            return addElementSegment(.active(table: table, offset: offset), .functions(indices), type: .funcref)
        }
        let (type, items) = try parseElementList()
        addElementSegment(.active(table: table, offset: offset), items, type: type)
    }

    private mutating func parseElementList() throws(TextError) -> (ValueType, ElementItems) {
        if cursor.take(word: "func") { return (.funcref, .functions(try parseFunctionIndices())) }
        let type = try expectReferenceType()
        return (type, .expressions(try parseElementExpressions()))
    }

    /// The items of a table's inline segment: function indices or expressions.
    mutating func parseElementItems(of type: ValueType) throws(TextError) -> ElementItems {
        if cursor.isAt(.leftParenthesis) { return .expressions(try parseElementExpressions()) }
        let functions = try parseFunctionIndices()
        if type == .funcref || type == .reference(to: .function, isNullable: false) { return .functions(functions) }
        let expressions = functions.map { function in
            constant { writer in
                writer.opcode(.refFunc)
                writer.u32(function)
            }
        }
        return .expressions(expressions)
    }

    private mutating func parseFunctionIndices() throws(TextError) -> [UInt32] {
        var indices: [UInt32] = []
        while let index = try takeIndex(functionIDs) { indices.append(index) }
        return indices
    }

    private mutating func parseElementExpressions() throws(TextError) -> [ByteWriter] {
        var expressions: [ByteWriter] = []
        while cursor.isAt(.leftParenthesis) {
            if cursor.take(opening: "item") {
                expressions.append(try parseConstantExpression())
                try cursor.expect(.rightParenthesis)
            } else {
                expressions.append(try parseFoldedConstant())
            }
        }
        return expressions
    }

    private mutating func parseOffset() throws(TextError) -> ByteWriter {
        guard cursor.take(opening: "offset") else { return try parseFoldedConstant() }
        let offset = try parseConstantExpression()
        try cursor.expect(.rightParenthesis)
        return offset
    }

    /// A constant expression's bytes with its final `end`.
    func constant(_ write: (inout ByteWriter) -> Void) -> ByteWriter {
        var writer = ByteWriter()
        write(&writer)
        writer.opcode(.end)
        return writer
    }

    /// Instructions up to a closing parenthesis.
    mutating func parseConstantExpression() throws(TextError) -> ByteWriter {
        localIDs = IndexSpace("local")
        code = ByteWriter()
        try parseInstructions()
        code.mark(cursor.token().offset)
        code.opcode(.end)
        return code
    }

    private mutating func parseFoldedConstant() throws(TextError) -> ByteWriter {
        localIDs = IndexSpace("local")
        code = ByteWriter()
        guard cursor.isAt(.leftParenthesis) else { throw cursor.unexpected() }
        try parseInstructions(onlyOneFolded: true)
        code.mark(cursor.token().offset)
        code.opcode(.end)
        return code
    }

    /// Writes the shortest of the eight forms of an element segment that says this.
    mutating func addElementSegment(_ mode: SegmentMode, _ items: ElementItems, type: ValueType) {
        sections.elements.append(from: field) { writer in
            var hasExpressions = false
            if case .expressions = items { hasExpressions = true }
            let formBits: UInt8 = hasExpressions ? 4 : 0
            var writesType = true
            switch mode {
            case .passive: writer.byte(formBits | 1)
            case .declarative: writer.byte(formBits | 3)
            case .active(0, let offset) where !hasExpressions || type == .funcref:
                writer.byte(formBits)
                writer.raw(offset)
                writesType = false
            case .active(let table, let offset):
                writer.byte(formBits | 2)
                writer.u32(table)
                writer.raw(offset)
            }
            if writesType { if hasExpressions { writer.valueType(type) } else { writer.byte(0) } }
            writer.unsigned(UInt64(items.count))
            switch items {
            case .functions(let indices): for index in indices { writer.u32(index) }
            case .expressions(let expressions): for expression in expressions { writer.raw(expression) }
            }
        }
    }

    // MARK: Data segments

    mutating func parseDataSegment() throws(TextError) {
        _ = try takeBinding()
        var memory: UInt32 = 0
        var isActive = cursor.isAt(.leftParenthesis)
        if cursor.take(opening: "memory") {
            memory = try expectIndex(memoryIDs)
            try cursor.expect(.rightParenthesis)
        } else if let index = try takeIndex(memoryIDs) {
            // The older form: a bare memory index.
            memory = index
            isActive = true
        }
        guard isActive else {
            let bytes = cursor.takeStrings()
            return sections.data.append(from: field) { writer in
                writer.byte(1)
                writer.sized(bytes)
            }
        }
        let offset = try parseOffset()
        addDataSegment(memory: memory, offset: offset, cursor.takeStrings())
    }

    mutating func addDataSegment(memory: UInt32, offset: ByteWriter, _ bytes: [UInt8]) {
        sections.data.append(from: field) { writer in
            if memory == 0 {
                writer.byte(0)
            } else {
                writer.byte(2)
                writer.u32(memory)
            }
            writer.raw(offset)
            writer.sized(bytes)
        }
    }

    // MARK: Custom sections

    /// `(@custom "name" (before|after section)? "content"*)`, after its opening.
    mutating func parseCustomSection() throws(TextError) {
        guard cursor.source[cursor.token(ahead: -1).range].elementsEqual("(@custom".utf8) else {
            throw cursor.error("unexpected token: a misplaced annotation")
        }
        let name = try cursor.expectName()
        var place = SectionWriters.CustomPlace.end
        if cursor.take(.leftParenthesis) != nil {
            let isBefore = cursor.isAt(word: "before")
            guard isBefore || cursor.isAt(word: "after") else { throw cursor.unexpected() }
            cursor.advance()
            guard let word = cursor.text(), let rank = SectionWriters.rank(ofPlace: word) else {
                throw cursor.unexpected()
            }
            cursor.advance()
            try cursor.expect(.rightParenthesis)
            place = SectionWriters.CustomPlace(rank: rank, isAfter: !isBefore)
        }
        let content = cursor.takeStrings()
        try cursor.expect(.rightParenthesis)
        sections.customs.append((place, name, content))
    }
}
