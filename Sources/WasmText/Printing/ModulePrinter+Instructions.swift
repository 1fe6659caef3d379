import Wasm

/// Instructions as text, by the kinds of their immediates.
extension ModulePrinter {
    /// A constant expression, folded: its instructions without the final `end`.
    func text(_ expression: Module.ConstantExpression?) -> String {
        guard let expression else { return "" }
        var sequence = InstructionSequence(module: module, expression: expression)
        var parts: [String] = []
        while let instruction = (try? sequence.next()) ?? nil, instruction.opcode != .end {
            parts.append(text(instruction, labels: []))
        }
        return parts.count == 1 ? "(\(parts[0]))" : parts.joined(separator: " ")
    }

    func text(
        _ instruction: Instruction, labels: [UInt32], catchClauses: [CatchClause] = []
    ) -> String {
        let row = instruction.opcode.row
        let name = row.name.description
        let immediates = instruction.immediates
        let (index, second) = (immediates.index, immediates.secondIndex)
        return switch row.immediates {
        case .none, .zero: name
        case .label, .function, .local, .global, .element, .data, .tag, .type: "\(name) \(index)"
        case .labels: ([name] + labels.map(\.description)).joined(separator: " ")
        case .table, .memory: index == 0 ? name : "\(name) \(index)"
        case .tableTable, .memoryMemory: index == 0 && second == 0 ? name : "\(name) \(index) \(second)"
        case .elementTable, .dataMemory: second == 0 ? "\(name) \(index)" : "\(name) \(second) \(index)"
        case .typeField, .typeCount, .typeData, .typeElement, .typeType: "\(name) \(index) \(second)"
        case .castType:
            "\(name) \(instruction.opcode.castsNull ? immediates.valueType : immediates.valueType.notNull)"
        case .castLabel: "\(name) \(index) \(immediates.castSource) \(immediates.castTarget)"
        case .typeTable: name + (second == 0 ? "" : " \(second)") + " (type \(index))"
        case .memarg, .atomic: name + memoryArgument(instruction)
        case .memargLane: name + memoryArgument(instruction) + " \(immediates.lane)"
        case .lane: "\(name) \(immediates.lane)"
        case .i32: "\(name) \(Int32(truncatingIfNeeded: immediates.bits))"
        case .i64: "\(name) \(Int64(bitPattern: immediates.bits))"
        case .f32: "\(name) \(FloatText.text(immediates.bits, bitCount: 32))"
        case .f64: "\(name) \(FloatText.text(immediates.bits, bitCount: 64))"
        case .v128: "\(name) i32x4 " + words(immediates).map { "0x\(String($0, radix: 16))" }.joined(separator: " ")
        case .shuffle: "\(name) " + bytes(immediates).map(\.description).joined(separator: " ")
        case .blockType: name + text(immediates.blockType)
        case .catches: name + text(immediates.blockType) + catchClauses.map(text).joined()
        case .referenceType: immediates.valueType.heapType.map { "\(name) \($0)" } ?? name
        case .selectTypes: "\(name) (result \(immediates.valueType))"
        }
    }

    private func text(_ type: BlockType) -> String {
        switch type {
        case .empty: ""
        case .value(let type): " (result \(type))"
        case .type(let index): " (type \(index))"
        }
    }

    private func text(_ clause: CatchClause) -> String {
        let kind = "catch" + (clause.tag == nil ? "_all" : "") + (clause.hasReference ? "_ref" : "")
        return " (\(kind)\(clause.tag.map { " \($0)" } ?? "") \(clause.label))"
    }

    private func memoryArgument(_ instruction: Instruction) -> String {
        let immediates = instruction.immediates
        var text = immediates.memoryIndex == 0 ? "" : " \(immediates.memoryIndex)"
        if immediates.memoryOffset != 0 { text += " offset=\(immediates.memoryOffset)" }
        if immediates.alignmentExponent != instruction.opcode.row.naturalAlignmentExponent {
            text += " align=\(UInt64(1) << UInt64(immediates.alignmentExponent))"
        }
        return text
    }

    private func words(_ immediates: Immediates) -> [UInt32] {
        [immediates.bits, immediates.highBits].flatMap {
            [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)]
        }
    }

    private func bytes(_ immediates: Immediates) -> [UInt8] {
        [immediates.bits, immediates.highBits].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64($0 * 8)) }
        }
    }
}

extension Opcode {
    /// Of `ref.test` and `ref.cast`: null passes.
    fileprivate var castsNull: Bool { self == .testNull || self == .castNull }
}

extension ValueType {
    /// The reference to the same things that is not null.
    fileprivate var notNull: ValueType { heapType.map { .reference(to: $0, isNullable: false) } ?? self }
}
