/// One decoded instruction: an opcode and its immediates. Trivially copyable; a `br_table`'s labels stay in the bytes.
public struct Instruction: Sendable {
    /// Which instruction it is.
    public var opcode: Opcode
    /// Where the instruction starts in the module's bytes.
    public var offset: Int
    /// What follows the opcode.
    public var immediates: Immediates

    /// An instruction that starts at `offset` in the module's bytes.
    @inlinable public init(opcode: Opcode, offset: Int, immediates: Immediates = .init()) {
        self.opcode = opcode
        self.offset = offset
        self.immediates = immediates
    }
}

/// The immediates of any instruction in three words; which of the views means something is decided by the opcode's row
/// (`opcode.row.immediates`).
public struct Immediates: Sendable {
    /// The first index: label, function, type, local, global, table, memory, data or element segment; for
    /// `memory.copy` and `table.copy` the destination. For `memarg` the memory, for `br_table` the number of labels
    /// before the default.
    public var index: UInt32 = 0
    /// The second index: the table of `call_indirect`, the memory of `memory.init`, the table of `table.init`, the
    /// source of the copies; for `memarg` the alignment's exponent.
    public var secondIndex: UInt32 = 0
    /// A constant's bits (a vector's low half), or the offset of `memarg`.
    public var bits: UInt64 = 0
    /// The high half of a vector constant or shuffle mask.
    public var highBits: UInt64 = 0

    /// No immediates: all of them zero.
    @inlinable public init() {}

    /// The lane of lane instructions, and of vector loads and stores of one lane.
    public var lane: UInt8 {
        get { UInt8(truncatingIfNeeded: highBits) }
        set { highBits = UInt64(newValue) }
    }

    /// The block type of `block`, `loop`, `if` and `try_table`.
    public var blockType: BlockType {
        get { bits == 0 ? .empty : bits == 1 ? .type(index: index) : .value(valueType) }
        set {
            switch newValue {
            case .empty: bits = 0
            case .type(let typeIndex): (bits, index) = (1, typeIndex)
            case .value(let type): (bits, valueType) = (2, type)
            }
        }
    }

    /// `ref.null`'s type, the type of the typed `select`, or what `ref.test` and `ref.cast` look for, nullable.
    public var valueType: ValueType {
        get { ValueType(bits: index) }
        set { index = newValue.bits }
    }

    /// `br_on_cast`'s type of the operand.
    public var castSource: ValueType {
        get { ValueType(bits: secondIndex) }
        set { secondIndex = newValue.bits }
    }

    /// `br_on_cast`'s type that the operand is cast to.
    public var castTarget: ValueType {
        get { ValueType(bits: UInt32(truncatingIfNeeded: bits)) }
        set { bits = UInt64(newValue.bits) }
    }

    /// The labels of `br_table` in the module's bytes: `index` + 1 LEB128 numbers, the default last.
    public var labels: Range<Int> {
        get {
            guard let start = Int(exactly: bits), let end = Int(exactly: highBits), start <= end else { return 0..<0 }
            return start..<end
        }
        set { (bits, highBits) = (UInt64(newValue.lowerBound), UInt64(newValue.upperBound)) }
    }

    /// The catches of `try_table` in the module's bytes: where the first one is, and how many they are.
    var catches: (start: Int, count: Int) {
        get { (Int(truncatingIfNeeded: highBits), Int(secondIndex)) }
        set { (highBits, secondIndex) = (UInt64(newValue.start), UInt32(newValue.count)) }
    }

    /// The lanes of a shuffle.
    public var shuffleLanes: [Int] {
        (0..<16).map { Int(($0 < 8 ? bits : highBits) >> UInt64($0 % 8 * 8) & 0xFF) }
    }

    /// The memory of `memarg`.
    public var memoryIndex: Int { Int(index) }
    /// The offset of `memarg`, in bytes.
    public var memoryOffset: UInt64 { bits }
    /// The alignment that `memarg` promises, as an exponent of two.
    public var alignmentExponent: Int { Int(secondIndex) }
}

/// A clause of `try_table`. Specification: "Catch Clauses".
public struct CatchClause: Hashable, Sendable {
    /// `nil` catches every exception.
    public var tag: Int?
    /// A reference to the exception comes with its values.
    public var hasReference: Bool
    /// Counted from the block around the `try_table`.
    public var label: UInt32
}

/// The type of a block. Specification: "Block Types".
public enum BlockType: Hashable, Sendable {
    /// Neither parameters nor results.
    case empty
    /// One result.
    case value(ValueType)
    /// What a function type of the module has.
    case type(index: UInt32)
}
