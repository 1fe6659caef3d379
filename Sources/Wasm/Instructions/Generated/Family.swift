// Written by `swift run dev generate` from Instructions.table; do not edit.
// swift-format-ignore-file

/// What an instruction does, apart from the types it does it on; lowering switches over it.
public enum Family: Hashable, Sendable {
    case control(Control)
    case call(Call)
    case parametric(Parametric)
    case variable(Variable)
    case table(Table)
    case load(Load)
    case store(Store)
    case memory(Memory)
    case constant(Constant)
    case integerTest(IntegerTest)
    case integerCompare(IntegerCompare)
    case floatCompare(FloatCompare)
    case integerUnary(IntegerUnary)
    case integerBinary(IntegerBinary)
    case floatUnary(FloatUnary)
    case floatBinary(FloatBinary)
    case conversion(Conversion)
    case reference(Reference)
    case structure(Structure)
    case array(Array)
    case bulkMemory(BulkMemory)
    case wideArithmetic(WideArithmetic)
    case vectorLoad(VectorLoad)
    case vectorStore(VectorStore)
    case vectorLane(VectorLane)
    case vectorTest(VectorTest)
    case vectorConversion(VectorConversion)
    case vectorWidening(VectorWidening)
    case relaxed(Relaxed)
    case atomic(Atomic)

    /// The instructions of the family `control`.
    public enum Control: Hashable, Sendable {
        case unreachable
        case nop
        case block
        case loop
        case `if`
        case `else`
        case `try`
        case `catch`
        case `throw`
        case rethrow
        case throwReference
        case end
        case br
        case brIf
        case brTable
        case `return`
        case returnCall
        case returnCallIndirect
        case returnCallReference
        case delegate
        case catchAll
        case tryTable
        case brOnNull
        case brOnNonNull
        case brOnCast
        case brOnCastFail
    }

    /// The instructions of the family `call`.
    public enum Call: Hashable, Sendable {
        case direct
        case indirect
        case reference
    }

    /// The instructions of the family `parametric`.
    public enum Parametric: Hashable, Sendable {
        case drop
        case select
        case typedSelect
    }

    /// The instructions of the family `variable`.
    public enum Variable: Hashable, Sendable {
        case localGet
        case localSet
        case localTee
        case globalGet
        case globalSet
    }

    /// The instructions of the family `table`.
    public enum Table: Hashable, Sendable {
        case get
        case set
        case initialize
        case dropElements
        case copy
        case grow
        case size
        case fill
    }

    /// The instructions of the family `load`.
    public enum Load: Hashable, Sendable {
        case i32
        case i64
        case f32
        case f64
        case signed8
        case unsigned8
        case signed16
        case unsigned16
        case signed32
        case unsigned32
    }

    /// The instructions of the family `store`.
    public enum Store: Hashable, Sendable {
        case i32
        case i64
        case f32
        case f64
        case low8
        case low16
        case low32
    }

    /// The instructions of the family `memory`.
    public enum Memory: Hashable, Sendable {
        case size
        case grow
    }

    /// The instructions of the family `constant`.
    public enum Constant: Hashable, Sendable {
        case i32
        case i64
        case f32
        case f64
        case v128
    }

    /// The instructions of the family `integerTest`.
    public enum IntegerTest: Hashable, Sendable {
        case equalZero
    }

    /// The instructions of the family `integerCompare`.
    public enum IntegerCompare: Hashable, Sendable {
        case equal
        case notEqual
        case lessSigned
        case lessUnsigned
        case greaterSigned
        case greaterUnsigned
        case lessOrEqualSigned
        case lessOrEqualUnsigned
        case greaterOrEqualSigned
        case greaterOrEqualUnsigned
    }

    /// The instructions of the family `floatCompare`.
    public enum FloatCompare: Hashable, Sendable {
        case equal
        case notEqual
        case less
        case greater
        case lessOrEqual
        case greaterOrEqual
    }

    /// The instructions of the family `integerUnary`.
    public enum IntegerUnary: Hashable, Sendable {
        case countLeadingZeros
        case countTrailingZeros
        case populationCount
        case extend8
        case extend16
        case extend32
        case not
        case absolute
        case negate
    }

    /// The instructions of the family `integerBinary`.
    public enum IntegerBinary: Hashable, Sendable {
        case add
        case subtract
        case multiply
        case divideSigned
        case divideUnsigned
        case remainderSigned
        case remainderUnsigned
        case and
        case or
        case xor
        case shiftLeft
        case shiftRightSigned
        case shiftRightUnsigned
        case rotateLeft
        case rotateRight
        case andNot
        case addSaturatingSigned
        case addSaturatingUnsigned
        case subtractSaturatingSigned
        case subtractSaturatingUnsigned
        case minimumSigned
        case minimumUnsigned
        case maximumSigned
        case maximumUnsigned
        case averageUnsigned
        case multiplyQ15Saturating
    }

    /// The instructions of the family `floatUnary`.
    public enum FloatUnary: Hashable, Sendable {
        case absolute
        case negate
        case ceiling
        case floor
        case truncate
        case nearest
        case squareRoot
    }

    /// The instructions of the family `floatBinary`.
    public enum FloatBinary: Hashable, Sendable {
        case add
        case subtract
        case multiply
        case divide
        case minimum
        case maximum
        case copySign
        case pseudoMinimum
        case pseudoMaximum
    }

    /// The instructions of the family `conversion`.
    public enum Conversion: Hashable, Sendable {
        case wrap
        case truncateSigned
        case truncateUnsigned
        case extendSigned
        case extendUnsigned
        case convertSigned
        case convertUnsigned
        case demote
        case promote
        case reinterpret
        case saturateSigned
        case saturateUnsigned
    }

    /// The instructions of the family `reference`.
    public enum Reference: Hashable, Sendable {
        case null
        case isNull
        case function
        case equals
        case asNonNull
        case test
        case testNull
        case cast
        case castNull
        case fromExternal
        case toExternal
        case fromI31
        case i31Signed
        case i31Unsigned
    }

    /// The instructions of the family `structure`.
    public enum Structure: Hashable, Sendable {
        case new
        case newDefault
        case get
        case getSigned
        case getUnsigned
        case set
    }

    /// The instructions of the family `array`.
    public enum Array: Hashable, Sendable {
        case new
        case newDefault
        case newFixed
        case newData
        case newElements
        case get
        case getSigned
        case getUnsigned
        case set
        case length
        case fill
        case copy
        case initializeData
        case initializeElements
    }

    /// The instructions of the family `bulkMemory`.
    public enum BulkMemory: Hashable, Sendable {
        case initialize
        case dropData
        case copy
        case fill
    }

    /// The instructions of the family `wideArithmetic`.
    public enum WideArithmetic: Hashable, Sendable {
        case add
        case subtract
        case multiplySigned
        case multiplyUnsigned
    }

    /// The instructions of the family `vectorLoad`.
    public enum VectorLoad: Hashable, Sendable {
        case full
        case extendSigned
        case extendUnsigned
        case splat
        case lane
        case zero
    }

    /// The instructions of the family `vectorStore`.
    public enum VectorStore: Hashable, Sendable {
        case full
        case lane
    }

    /// The instructions of the family `vectorLane`.
    public enum VectorLane: Hashable, Sendable {
        case shuffle
        case swizzle
        case splat
        case extractSigned
        case extractUnsigned
        case replace
        case extract
        case bitSelect
    }

    /// The instructions of the family `vectorTest`.
    public enum VectorTest: Hashable, Sendable {
        case anyTrue
        case allTrue
        case bitmask
    }

    /// The instructions of the family `vectorConversion`.
    public enum VectorConversion: Hashable, Sendable {
        case demoteZero
        case promoteLow
        case narrowSigned
        case narrowUnsigned
        case extendLowSigned
        case extendHighSigned
        case extendLowUnsigned
        case extendHighUnsigned
        case saturateSigned
        case saturateUnsigned
        case convertSigned
        case convertUnsigned
    }

    /// The instructions of the family `vectorWidening`.
    public enum VectorWidening: Hashable, Sendable {
        case addPairwiseSigned
        case addPairwiseUnsigned
        case multiplyLowSigned
        case multiplyHighSigned
        case multiplyLowUnsigned
        case multiplyHighUnsigned
        case dotSigned
    }

    /// The instructions of the family `relaxed`.
    public enum Relaxed: Hashable, Sendable {
        case swizzle
        case truncateSigned
        case truncateUnsigned
        case multiplyAdd
        case multiplySubtract
        case laneSelect
        case minimum
        case maximum
        case multiplyQ15
        case dot
        case dotAdd
    }

    /// The instructions of the family `atomic`.
    public enum Atomic: Hashable, Sendable {
        case notify
        case wait
        case fence
        case load
        case store
        case add
        case subtract
        case and
        case or
        case xor
        case exchange
        case compareExchange
    }
}
