/// What the instruction table says of one instruction. Decoder, validator, text format, lowering and documentation read
/// it; nothing else knows opcodes.
public struct InstructionRow: Sendable {
    /// The instruction's name in the text format.
    public let name: StaticString
    /// The prefix byte, or 0.
    public let prefix: UInt8
    /// The opcode, after the prefix byte if there is one.
    public let code: UInt32
    /// What follows the opcode in the binary format.
    public let immediates: ImmediateKind
    let parameterCount: UInt8
    let parameter0: ValueType
    let parameter1: ValueType
    let parameter2: ValueType
    /// The result of an instruction with a fixed type; `nil` without one.
    public let result: ValueType?
    /// The type is a rule of its own in the validator.
    public let isRuleByHand: Bool
    /// The proposal that the instruction came with.
    public let feature: Feature
    /// What it does, apart from the types it does it on.
    public let family: Family
    /// The lanes that the instruction sees in its vector operands.
    public let operandShape: Shape?
    /// The lanes of its vector result.
    public let resultShape: Shape?

    /// How many bytes of memory a load, a store or an atomic operation touches.
    public let accessByteCount: Int?
    /// The largest alignment that an access may promise: its own width, as an exponent of two.
    public let naturalAlignmentExponent: Int

    /// The operand types of an instruction with a fixed type.
    public var parameters: [ValueType] {
        Array([parameter0, parameter1, parameter2].prefix(Int(parameterCount)))
    }

    /// The operands or the result are as wide as the addresses of the instruction's memory.
    var hasAddress: Bool { parameters.contains(.addr) || result == .addr }

    /// The type that the instruction works on: its first operand's, or for constants its result's.
    public var operandType: ValueType { parameterCount > 0 ? parameter0 : result ?? .i32 }

    /// The lanes that the instruction works on: its operands', or without any its result's.
    public var shape: Shape? { operandShape ?? resultShape }

    init(
        _ name: StaticString, _ prefix: UInt8, _ code: UInt32, _ immediates: ImmediateKind, _ parameters: [ValueType],
        _ result: ValueType?, _ feature: Feature, _ family: Family, operandShape: Shape? = nil,
        resultShape: Shape? = nil, accessByteCount: Int? = nil
    ) {
        self.name = name
        self.prefix = prefix
        self.code = code
        self.immediates = immediates
        parameterCount = UInt8(parameters.count)
        parameter0 = parameters.first ?? .i32
        parameter1 = parameters.dropFirst().first ?? .i32
        parameter2 = parameters.dropFirst(2).first ?? .i32
        self.result = result
        isRuleByHand = false
        self.feature = feature
        self.family = family
        self.operandShape = operandShape
        self.resultShape = resultShape
        self.accessByteCount = accessByteCount ?? Self.accessByteCount(family, operandShape ?? resultShape)
        naturalAlignmentExponent = (self.accessByteCount ?? 1).trailingZeroBitCount
    }

    enum Rule { case byHand }

    init(
        _ name: StaticString, _ prefix: UInt8, _ code: UInt32, _ immediates: ImmediateKind, rule: Rule,
        _ feature: Feature, _ family: Family
    ) {
        self.name = name
        self.prefix = prefix
        self.code = code
        self.immediates = immediates
        parameterCount = 0
        parameter0 = .i32
        parameter1 = .i32
        parameter2 = .i32
        result = nil
        isRuleByHand = true
        self.feature = feature
        self.family = family
        operandShape = nil
        resultShape = nil
        accessByteCount = nil
        naturalAlignmentExponent = 0
    }
}

extension Opcode {
    /// What ends the instructions in front of it, whether they get there or not.
    public var separatesBlocks: Bool {
        switch self {
        case .else, .end, .catch, .catchAll, .delegate: true
        default: false
        }
    }

    /// The instruction's row in the table.
    public var row: InstructionRow { InstructionTable.shared[self].pointee }

    /// The instruction of this name in the text format. `select` is the untyped one.
    public init?(name: String) {
        guard let opcode = Self.byName[name] else { return nil }
        self = opcode
    }

    private static let byName: [String: Opcode] = Dictionary(
        allCases.map { ($0.row.name.description, $0) }, uniquingKeysWith: { first, _ in first })
}

/// What follows an opcode in the binary format.
public enum ImmediateKind: Sendable {
    /// Nothing.
    case none
    /// The depth of a label.
    case label
    /// The labels of `br_table`.
    case labels
    /// A function index.
    case function
    /// A type index and a table index, of an indirect call.
    case typeTable
    /// A local index.
    case local
    /// A global index.
    case global
    /// A table index.
    case table
    /// The indices of two tables.
    case tableTable
    /// An element segment and a table.
    case elementTable
    /// An element segment.
    case element
    /// A data segment.
    case data
    /// A data segment and a memory.
    case dataMemory
    /// A memory index.
    case memory
    /// The indices of two memories.
    case memoryMemory
    /// Alignment, offset and memory of an access.
    case memarg
    /// A `memarg` and a lane.
    case memargLane
    /// A lane of a vector.
    case lane
    /// A signed number of 32 bits.
    case i32
    /// A signed number of 64 bits.
    case i64
    /// Four bytes.
    case f32
    /// Eight bytes.
    case f64
    /// Sixteen bytes.
    case v128
    /// Sixteen lanes.
    case shuffle
    /// The type of a block.
    case blockType
    /// A heap type.
    case referenceType
    /// The types of a typed `select`.
    case selectTypes
    /// A type index.
    case type
    /// A struct type and a field.
    case typeField
    /// An array type and a number of elements.
    case typeCount
    /// An array type and a data segment.
    case typeData
    /// An array type and an element segment.
    case typeElement
    /// Two type indices.
    case typeType
    /// The reference type of a cast.
    case castType
    /// A label and the two types of a cast that branches.
    case castLabel
    /// A tag index.
    case tag
    /// The clauses of `try_table`.
    case catches
    /// The `memarg` of an atomic access, whose alignment is its width.
    case atomic
    /// A byte that is 0.
    case zero
}
