/// The instruction table as decoder and validator use it, in memory that is never freed: a reader keeps a copy of these
/// pointers, and finding a row costs one load.
struct InstructionTable: @unchecked Sendable {
    static let shared = InstructionTable(InstructionRow.generated)

    /// In the order of ``Opcode``.
    private let rows: UnsafePointer<InstructionRow>
    /// The instructions of one byte that every module may use, by that byte: the frequent ones.
    private let single: UnsafePointer<Opcode?>
    /// The instructions of one byte that came with a feature, by that byte.
    private let singleOfFeatures: UnsafePointer<Opcode?>
    /// By prefix byte, then by the code after it. As long as the rows' largest code; empty for bytes that are no
    /// prefix.
    private let prefixed: UnsafePointer<UnsafeBufferPointer<Opcode?>>

    /// In the order of ``Opcode``.
    private let signatures: UnsafePointer<Signature>

    /// What decoding and validation ask of a row for every instruction, in eight bytes.
    struct Signature {
        /// How the instruction is read and typed. The frequent ways are few, so that the validator branches once.
        enum Rule: UInt8 {
            /// By its row's types, without immediates.
            case plain
            /// By its row's types, with any immediates.
            case fixed
            case local, i32Constant, memory, control
            /// By its row's types, one of which is the address type of a memory.
            case addressed
            /// By a rule of its own.
            case byHand
        }
        let rule: Rule
        let immediates: ImmediateKind
        let parameterCount: UInt8
        let naturalAlignmentExponent: UInt8
        private let codes: (UInt8, UInt8, UInt8, result: UInt8)

        var parameter0: ValueType { ValueType(bits: UInt32(codes.0)) }
        var parameter1: ValueType { ValueType(bits: UInt32(codes.1)) }
        var parameter2: ValueType { ValueType(bits: UInt32(codes.2)) }
        var result: ValueType? { codes.result == 0 ? nil : ValueType(bits: UInt32(codes.result)) }

        init(_ row: InstructionRow) {
            immediates = row.immediates
            rule =
                switch (row.family, row.immediates) {
                case (.control, _): .control
                case (_, .local): .local
                case (_, .i32): .i32Constant
                case (_, .memarg): .memory
                case (_, .none) where !row.isRuleByHand: .plain
                case _: row.isRuleByHand ? .byHand : row.hasAddress ? .addressed : .fixed
                }
            naturalAlignmentExponent = UInt8(row.naturalAlignmentExponent)
            parameterCount = row.parameterCount
            codes = (
                row.parameter0.shortCode, row.parameter1.shortCode, row.parameter2.shortCode,
                result: row.result?.shortCode ?? 0
            )
        }
    }

    init(_ generated: [InstructionRow]) {
        let rows = UnsafeMutablePointer<InstructionRow>.allocate(capacity: generated.count)
        rows.initialize(from: generated, count: generated.count)
        self.rows = UnsafePointer(rows)
        let signatures = UnsafeMutablePointer<Signature>.allocate(capacity: generated.count)
        signatures.initialize(from: generated.map(Signature.init), count: generated.count)
        self.signatures = UnsafePointer(signatures)
        let opcodes = Dictionary(grouping: zip(Opcode.allCases, generated), by: \.1.prefix)
        func table(
            prefix: UInt8, count: Int, where isIncluded: (InstructionRow) -> Bool = { _ in true }
        ) -> UnsafeBufferPointer<Opcode?> {
            let table = UnsafeMutableBufferPointer<Opcode?>.allocate(capacity: count)
            table.initialize(repeating: nil)
            for (opcode, row) in opcodes[prefix] ?? [] where isIncluded(row) { table[Int(row.code)] = opcode }
            return UnsafeBufferPointer(table)
        }
        func single(where isIncluded: (InstructionRow) -> Bool) -> UnsafePointer<Opcode?> {
            table(prefix: 0, count: 256, where: isIncluded).baseAddress.unsafelyUnwrapped
        }
        let prefixed = UnsafeMutablePointer<UnsafeBufferPointer<Opcode?>>.allocate(capacity: 256)
        prefixed.initialize(repeating: UnsafeBufferPointer(start: nil, count: 0), count: 256)
        for (prefix, rows) in opcodes where prefix != 0 {
            prefixed[Int(prefix)] = table(prefix: prefix, count: Int(rows.map(\.1.code).max() ?? 0) + 1)
        }
        self.prefixed = UnsafePointer(prefixed)
        self.single = single { $0.feature == .core }
        singleOfFeatures = single { $0.feature != .core }
    }

    subscript(opcode: Opcode) -> UnsafePointer<InstructionRow> { rows + Int(opcode.rawValue) }

    func signature(_ opcode: Opcode) -> UnsafePointer<Signature> { signatures + Int(opcode.rawValue) }

    /// The instruction of one byte.
    subscript(byte: UInt8) -> Opcode? { single[Int(byte)] ?? singleOfFeatures[Int(byte)] }

    /// The instruction of one byte, if every module may use it.
    subscript(core byte: UInt8) -> Opcode? { single[Int(byte)] }

    /// The instruction of a prefix and the code after it.
    subscript(prefix prefix: UInt8, code: UInt32) -> Opcode? {
        let opcodes = prefixed[Int(prefix)]
        return code < opcodes.count ? opcodes[Int(code)] : nil
    }

    /// More of the opcode follows this byte.
    func isPrefix(_ byte: UInt8) -> Bool { !prefixed[Int(byte)].isEmpty }
}
