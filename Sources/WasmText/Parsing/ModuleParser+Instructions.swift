import Wasm

/// Instructions, flat and folded, as one loop over a stack of open constructs: nesting costs memory, never the
/// program's own stack. Specification: "Instructions", "Folded Instructions".
extension ModuleParser {
    /// What is open and how it closes.
    private enum Open {
        /// `block ... end`, `loop ... end`, and `if ... else ... end` after its `else`.
        case flatBlock
        /// `if ...` before its `else` or `end`.
        case flatIf
        /// `(add ...)`: the instruction follows its operands, so its bytes wait here.
        case foldedPlain(ByteWriter)
        /// `(block ...)`, `(loop ...)` and `(try_table ...)`.
        case foldedBlock
        /// `(if` and its condition; the instruction's bytes and its label wait for `(then`.
        case foldedCondition(ByteWriter, label: [UInt8]?)
        /// Inside `(then`.
        case foldedThen
        /// After `(then ...)`.
        case foldedAfterThen
        /// Inside `(else`.
        case foldedElse
        /// After `(else ...)`.
        case foldedAfterElse
        /// `try ... end` with its clauses, or `try ... delegate`.
        case flatTry
        /// `(try`, between its parts; `hasBody` after `(do ...)`.
        case foldedTry(hasBody: Bool)
        /// Inside `(do`, `(catch` or `(catch_all`.
        case foldedClause
        /// After `(delegate ...)`.
        case foldedAfterDelegate

        var allowsFlatInstructions: Bool {
            switch self {
            case .flatBlock, .flatIf, .flatTry, .foldedBlock, .foldedThen, .foldedElse, .foldedClause: true
            case .foldedPlain, .foldedCondition, .foldedAfterThen, .foldedAfterElse, .foldedTry, .foldedAfterDelegate:
                false
            }
        }
    }

    /// Reads instructions up to the closing parenthesis around them, which stays; or exactly one folded instruction.
    mutating func parseInstructions(onlyOneFolded: Bool = false) throws(TextError) {
        var open: [Open] = []
        labels = LabelStack()
        repeat {
            switch cursor.token().kind {
            case .leftParenthesis:
                cursor.advance()
                try parseFoldedStart(&open)
            case .rightParenthesis:
                try requireBranch(nil)
                guard let innermost = open.popLast() else { return }
                try close(innermost, &open)
                cursor.advance()
            case .annotation: try parseBranchHint()
            case .word where open.last?.allowsFlatInstructions ?? true:
                try parseFlat(&open)
            default:
                throw cursor.unexpected()
            }
        } while !(onlyOneFolded && open.isEmpty)
    }

    private mutating func parseFlat(_ open: inout [Open]) throws(TextError) {
        code.mark(cursor.token().offset)
        guard let opcode = takeOpcode() else { throw cursor.unexpected() }
        try requireBranch(opcode)
        switch opcode {
        case .block, .loop, .if, .tryTable, .try:
            let label = try takeBinding().identifier
            code.opcode(opcode)
            try parseBlockType()
            if opcode == .tryTable { try parseCatchClauses() }
            labels.push(label)
            open.append(opcode == .if ? .flatIf : opcode == .try ? .flatTry : .flatBlock)
        case .catch, .catchAll:
            guard case .flatTry? = open.last else { throw cursor.error("unexpected token catch") }
            try parseImmediates(of: opcode)
        case .delegate:
            guard case .flatTry? = open.popLast() else { throw cursor.error("unexpected token delegate") }
            labels.pop()
            try parseImmediates(of: opcode)
        case .else:
            guard case .flatIf? = open.popLast() else { throw cursor.error("unexpected token else") }
            try checkRepeatedLabel()
            code.opcode(.else)
            open.append(.flatBlock)
        case .end:
            switch open.popLast() {
            case .flatBlock, .flatIf, .flatTry: break
            default: throw cursor.error("unexpected token end")
            }
            try checkRepeatedLabel()
            labels.pop()
            code.opcode(.end)
        default:
            try parseImmediates(of: opcode)
        }
    }

    /// The identifier that `else` and `end` may repeat.
    private mutating func checkRepeatedLabel() throws(TextError) {
        let place = cursor.token()
        guard let label = try cursor.takeIdentifier() else { return }
        guard label == labels.innermost else {
            throw cursor.error("mismatching label \(Self.describe(label))", at: place)
        }
    }

    /// After an opening parenthesis.
    private mutating func parseFoldedStart(_ open: inout [Open]) throws(TextError) {
        switch open.last {
        case .foldedCondition(let pending, let label)? where cursor.take(word: "then"):
            try requireBranch(nil)
            code.raw(pending)
            labels.push(label)
            open[open.count - 1] = .foldedAfterThen
            open.append(.foldedThen)
            return
        case .foldedAfterThen? where cursor.take(word: "else"):
            try requireBranch(nil)
            code.mark(cursor.token(ahead: -1).offset)
            code.opcode(.else)
            open[open.count - 1] = .foldedAfterElse
            open.append(.foldedElse)
            return
        case .foldedTry(let hasBody)?:
            return try parseFoldedClause(&open, hasBody: hasBody)
        case .foldedAfterThen?, .foldedAfterElse?, .foldedAfterDelegate?:
            throw cursor.error("unexpected token")
        default:
            break
        }
        let place = cursor.token().offset
        guard let opcode = takeOpcode(), !opcode.separatesBlocks else {
            if cursor.isAt(.leftParenthesis) { throw cursor.error("unexpected token (") }
            throw cursor.unexpected()
        }
        let start = code.bytes.count
        try requireBranch(opcode)
        switch opcode {
        case .block, .loop, .tryTable, .try:
            let label = try takeBinding().identifier
            code.mark(place)
            code.opcode(opcode)
            try parseBlockType()
            if opcode == .tryTable { try parseCatchClauses() }
            labels.push(label)
            open.append(opcode == .try ? .foldedTry(hasBody: false) : .foldedBlock)
        case .if:
            let label = try takeBinding().identifier
            code.mark(place)
            code.opcode(.if)
            try parseBlockType()
            open.append(.foldedCondition(code.cut(from: start), label: label))
        default:
            code.mark(place)
            try parseImmediates(of: opcode)
            open.append(.foldedPlain(code.cut(from: start)))
        }
    }

    /// After the opening parenthesis of a part of `(try`.
    private mutating func parseFoldedClause(_ open: inout [Open], hasBody: Bool) throws(TextError) {
        let place = cursor.token()
        if !hasBody {
            guard cursor.take(word: "do") else { throw cursor.unexpected() }
            open[open.count - 1] = .foldedTry(hasBody: true)
        } else {
            code.mark(place.offset)
            guard let opcode = takeOpcode() else { throw cursor.unexpected() }
            switch opcode {
            case .catch, .catchAll: try parseImmediates(of: opcode)
            case .delegate:
                labels.pop()
                try parseImmediates(of: opcode)
                open[open.count - 1] = .foldedAfterDelegate
                try cursor.expect(.rightParenthesis)
                return
            default: throw cursor.error("unexpected token: a clause of try was expected", at: place)
            }
        }
        open.append(.foldedClause)
    }

    // MARK: Branch hints

    /// `(@metadata.code.branch_hint "\00")`, for the conditional branch after it.
    private mutating func parseBranchHint() throws(TextError) {
        let place = cursor.token()
        guard cursor.source[place.range].elementsEqual("(@metadata.code.branch_hint".utf8) else {
            throw cursor.unexpected()
        }
        cursor.advance()
        let content = cursor.takeStrings()
        try cursor.expect(.rightParenthesis)
        guard branchHint == nil else { throw cursor.error("duplicate annotation: two hints of one branch", at: place) }
        guard content == [0] || content == [1] else {
            throw cursor.error("invalid annotation: a branch hint is \"\\00\" or \"\\01\"", at: place)
        }
        branchHint = content[0]
    }

    /// Writes the hint in front of an instruction, which has to be a conditional branch.
    private mutating func requireBranch(_ opcode: Opcode?) throws(TextError) {
        guard let hint = branchHint else { return }
        guard opcode == .if || opcode == .brIf else {
            throw cursor.error("misplaced annotation: a branch hint is not in front of if or br_if")
        }
        code.hint(hint)
        branchHint = nil
    }

    /// At a closing parenthesis, which closes `innermost`.
    private mutating func close(_ innermost: Open, _ open: inout [Open]) throws(TextError) {
        switch innermost {
        case .flatBlock, .flatIf, .flatTry: throw cursor.error("unexpected token ): an end is missing")
        case .foldedTry(hasBody: false): throw cursor.error("unexpected token ): a try without do")
        case .foldedCondition: throw cursor.error("unexpected token ): an if without then")
        case .foldedPlain(let bytes): code.raw(bytes)
        case .foldedThen, .foldedElse, .foldedClause, .foldedAfterDelegate: break
        case .foldedBlock, .foldedAfterThen, .foldedAfterElse, .foldedTry:
            labels.pop()
            code.mark(cursor.token().offset)
            code.opcode(.end)
        }
    }

    /// The instruction that the next word names. The name of both `select`s gives the untyped one.
    private mutating func takeOpcode() -> Opcode? {
        guard let word = cursor.text(), let opcode = Opcode(name: word) else { return nil }
        cursor.advance()
        return opcode
    }
}
