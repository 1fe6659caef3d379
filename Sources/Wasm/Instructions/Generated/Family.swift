// Written by `swift run dev generate` from Instructions.table; do not edit.
// swift-format-ignore-file

/// What an instruction does, apart from the types it does it on; lowering switches over it.
public enum Family: Hashable, Sendable {
    /// An instruction of the family `control`.
    case control(Control)
    /// An instruction of the family `call`.
    case call(Call)
    /// An instruction of the family `parametric`.
    case parametric(Parametric)
    /// An instruction of the family `variable`.
    case variable(Variable)
    /// An instruction of the family `table`.
    case table(Table)
    /// An instruction of the family `load`.
    case load(Load)
    /// An instruction of the family `store`.
    case store(Store)
    /// An instruction of the family `memory`.
    case memory(Memory)
    /// An instruction of the family `constant`.
    case constant(Constant)
    /// An instruction of the family `integerTest`.
    case integerTest(IntegerTest)
    /// An instruction of the family `integerCompare`.
    case integerCompare(IntegerCompare)
    /// An instruction of the family `floatCompare`.
    case floatCompare(FloatCompare)
    /// An instruction of the family `integerUnary`.
    case integerUnary(IntegerUnary)
    /// An instruction of the family `integerBinary`.
    case integerBinary(IntegerBinary)
    /// An instruction of the family `floatUnary`.
    case floatUnary(FloatUnary)
    /// An instruction of the family `floatBinary`.
    case floatBinary(FloatBinary)
    /// An instruction of the family `conversion`.
    case conversion(Conversion)
    /// An instruction of the family `reference`.
    case reference(Reference)
    /// An instruction of the family `structure`.
    case structure(Structure)
    /// An instruction of the family `array`.
    case array(Array)
    /// An instruction of the family `bulkMemory`.
    case bulkMemory(BulkMemory)
    /// An instruction of the family `wideArithmetic`.
    case wideArithmetic(WideArithmetic)
    /// An instruction of the family `vectorLoad`.
    case vectorLoad(VectorLoad)
    /// An instruction of the family `vectorStore`.
    case vectorStore(VectorStore)
    /// An instruction of the family `vectorLane`.
    case vectorLane(VectorLane)
    /// An instruction of the family `vectorTest`.
    case vectorTest(VectorTest)
    /// An instruction of the family `vectorConversion`.
    case vectorConversion(VectorConversion)
    /// An instruction of the family `vectorWidening`.
    case vectorWidening(VectorWidening)
    /// An instruction of the family `relaxed`.
    case relaxed(Relaxed)
    /// An instruction of the family `atomic`.
    case atomic(Atomic)

    /// The instructions of the family `control`.
    public enum Control: Hashable, Sendable {
        /// `unreachable`
        case unreachable
        /// `nop`
        case nop
        /// `block`
        case block
        /// `loop`
        case loop
        /// `if`
        case `if`
        /// `else`
        case `else`
        /// `try`
        case `try`
        /// `catch`
        case `catch`
        /// `throw`
        case `throw`
        /// `rethrow`
        case rethrow
        /// `throw_ref`
        case throwReference
        /// `end`
        case end
        /// `br`
        case br
        /// `br_if`
        case brIf
        /// `br_table`
        case brTable
        /// `return`
        case `return`
        /// `return_call`
        case returnCall
        /// `return_call_indirect`
        case returnCallIndirect
        /// `return_call_ref`
        case returnCallReference
        /// `delegate`
        case delegate
        /// `catch_all`
        case catchAll
        /// `try_table`
        case tryTable
        /// `br_on_null`
        case brOnNull
        /// `br_on_non_null`
        case brOnNonNull
        /// `br_on_cast`
        case brOnCast
        /// `br_on_cast_fail`
        case brOnCastFail
    }

    /// The instructions of the family `call`.
    public enum Call: Hashable, Sendable {
        /// `call`
        case direct
        /// `call_indirect`
        case indirect
        /// `call_ref`
        case reference
    }

    /// The instructions of the family `parametric`.
    public enum Parametric: Hashable, Sendable {
        /// `drop`
        case drop
        /// `select`
        case select
        /// `select`
        case typedSelect
    }

    /// The instructions of the family `variable`.
    public enum Variable: Hashable, Sendable {
        /// `local.get`
        case localGet
        /// `local.set`
        case localSet
        /// `local.tee`
        case localTee
        /// `global.get`
        case globalGet
        /// `global.set`
        case globalSet
    }

    /// The instructions of the family `table`.
    public enum Table: Hashable, Sendable {
        /// `table.get`
        case get
        /// `table.set`
        case set
        /// `table.init`
        case initialize
        /// `elem.drop`
        case dropElements
        /// `table.copy`
        case copy
        /// `table.grow`
        case grow
        /// `table.size`
        case size
        /// `table.fill`
        case fill
    }

    /// The instructions of the family `load`.
    public enum Load: Hashable, Sendable {
        /// `i32.load`
        case i32
        /// `i64.load`
        case i64
        /// `f32.load`
        case f32
        /// `f64.load`
        case f64
        /// `i32.load8_s` and 1 more
        case signed8
        /// `i32.load8_u` and 1 more
        case unsigned8
        /// `i32.load16_s` and 1 more
        case signed16
        /// `i32.load16_u` and 1 more
        case unsigned16
        /// `i64.load32_s`
        case signed32
        /// `i64.load32_u`
        case unsigned32
    }

    /// The instructions of the family `store`.
    public enum Store: Hashable, Sendable {
        /// `i32.store`
        case i32
        /// `i64.store`
        case i64
        /// `f32.store`
        case f32
        /// `f64.store`
        case f64
        /// `i32.store8` and 1 more
        case low8
        /// `i32.store16` and 1 more
        case low16
        /// `i64.store32`
        case low32
    }

    /// The instructions of the family `memory`.
    public enum Memory: Hashable, Sendable {
        /// `memory.size`
        case size
        /// `memory.grow`
        case grow
    }

    /// The instructions of the family `constant`.
    public enum Constant: Hashable, Sendable {
        /// `i32.const`
        case i32
        /// `i64.const`
        case i64
        /// `f32.const`
        case f32
        /// `f64.const`
        case f64
        /// `v128.const`
        case v128
    }

    /// The instructions of the family `integerTest`.
    public enum IntegerTest: Hashable, Sendable {
        /// `i32.eqz` and 1 more
        case equalZero
    }

    /// The instructions of the family `integerCompare`.
    public enum IntegerCompare: Hashable, Sendable {
        /// `i32.eq` and 5 more
        case equal
        /// `i32.ne` and 5 more
        case notEqual
        /// `i32.lt_s` and 5 more
        case lessSigned
        /// `i32.lt_u` and 4 more
        case lessUnsigned
        /// `i32.gt_s` and 5 more
        case greaterSigned
        /// `i32.gt_u` and 4 more
        case greaterUnsigned
        /// `i32.le_s` and 5 more
        case lessOrEqualSigned
        /// `i32.le_u` and 4 more
        case lessOrEqualUnsigned
        /// `i32.ge_s` and 5 more
        case greaterOrEqualSigned
        /// `i32.ge_u` and 4 more
        case greaterOrEqualUnsigned
    }

    /// The instructions of the family `floatCompare`.
    public enum FloatCompare: Hashable, Sendable {
        /// `f32.eq` and 3 more
        case equal
        /// `f32.ne` and 3 more
        case notEqual
        /// `f32.lt` and 3 more
        case less
        /// `f32.gt` and 3 more
        case greater
        /// `f32.le` and 3 more
        case lessOrEqual
        /// `f32.ge` and 3 more
        case greaterOrEqual
    }

    /// The instructions of the family `integerUnary`.
    public enum IntegerUnary: Hashable, Sendable {
        /// `i32.clz` and 1 more
        case countLeadingZeros
        /// `i32.ctz` and 1 more
        case countTrailingZeros
        /// `i32.popcnt` and 2 more
        case populationCount
        /// `i32.extend8_s` and 1 more
        case extend8
        /// `i32.extend16_s` and 1 more
        case extend16
        /// `i64.extend32_s`
        case extend32
        /// `v128.not`
        case not
        /// `i8x16.abs` and 3 more
        case absolute
        /// `i8x16.neg` and 3 more
        case negate
    }

    /// The instructions of the family `integerBinary`.
    public enum IntegerBinary: Hashable, Sendable {
        /// `i32.add` and 5 more
        case add
        /// `i32.sub` and 5 more
        case subtract
        /// `i32.mul` and 4 more
        case multiply
        /// `i32.div_s` and 1 more
        case divideSigned
        /// `i32.div_u` and 1 more
        case divideUnsigned
        /// `i32.rem_s` and 1 more
        case remainderSigned
        /// `i32.rem_u` and 1 more
        case remainderUnsigned
        /// `i32.and` and 2 more
        case and
        /// `i32.or` and 2 more
        case or
        /// `i32.xor` and 2 more
        case xor
        /// `i32.shl` and 5 more
        case shiftLeft
        /// `i32.shr_s` and 5 more
        case shiftRightSigned
        /// `i32.shr_u` and 5 more
        case shiftRightUnsigned
        /// `i32.rotl` and 1 more
        case rotateLeft
        /// `i32.rotr` and 1 more
        case rotateRight
        /// `v128.andnot`
        case andNot
        /// `i8x16.add_sat_s` and 1 more
        case addSaturatingSigned
        /// `i8x16.add_sat_u` and 1 more
        case addSaturatingUnsigned
        /// `i8x16.sub_sat_s` and 1 more
        case subtractSaturatingSigned
        /// `i8x16.sub_sat_u` and 1 more
        case subtractSaturatingUnsigned
        /// `i8x16.min_s` and 2 more
        case minimumSigned
        /// `i8x16.min_u` and 2 more
        case minimumUnsigned
        /// `i8x16.max_s` and 2 more
        case maximumSigned
        /// `i8x16.max_u` and 2 more
        case maximumUnsigned
        /// `i8x16.avgr_u` and 1 more
        case averageUnsigned
        /// `i16x8.q15mulr_sat_s`
        case multiplyQ15Saturating
    }

    /// The instructions of the family `floatUnary`.
    public enum FloatUnary: Hashable, Sendable {
        /// `f32.abs` and 3 more
        case absolute
        /// `f32.neg` and 3 more
        case negate
        /// `f32.ceil` and 3 more
        case ceiling
        /// `f32.floor` and 3 more
        case floor
        /// `f32.trunc` and 3 more
        case truncate
        /// `f32.nearest` and 3 more
        case nearest
        /// `f32.sqrt` and 3 more
        case squareRoot
    }

    /// The instructions of the family `floatBinary`.
    public enum FloatBinary: Hashable, Sendable {
        /// `f32.add` and 3 more
        case add
        /// `f32.sub` and 3 more
        case subtract
        /// `f32.mul` and 3 more
        case multiply
        /// `f32.div` and 3 more
        case divide
        /// `f32.min` and 3 more
        case minimum
        /// `f32.max` and 3 more
        case maximum
        /// `f32.copysign` and 1 more
        case copySign
        /// `f32x4.pmin` and 1 more
        case pseudoMinimum
        /// `f32x4.pmax` and 1 more
        case pseudoMaximum
    }

    /// The instructions of the family `conversion`.
    public enum Conversion: Hashable, Sendable {
        /// `i32.wrap_i64`
        case wrap
        /// `i32.trunc_f32_s` and 3 more
        case truncateSigned
        /// `i32.trunc_f32_u` and 3 more
        case truncateUnsigned
        /// `i64.extend_i32_s`
        case extendSigned
        /// `i64.extend_i32_u`
        case extendUnsigned
        /// `f32.convert_i32_s` and 3 more
        case convertSigned
        /// `f32.convert_i32_u` and 3 more
        case convertUnsigned
        /// `f32.demote_f64`
        case demote
        /// `f64.promote_f32`
        case promote
        /// `i32.reinterpret_f32` and 3 more
        case reinterpret
        /// `i32.trunc_sat_f32_s` and 3 more
        case saturateSigned
        /// `i32.trunc_sat_f32_u` and 3 more
        case saturateUnsigned
    }

    /// The instructions of the family `reference`.
    public enum Reference: Hashable, Sendable {
        /// `ref.null`
        case null
        /// `ref.is_null`
        case isNull
        /// `ref.func`
        case function
        /// `ref.eq`
        case equals
        /// `ref.as_non_null`
        case asNonNull
        /// `ref.test`
        case test
        /// `ref.test`
        case testNull
        /// `ref.cast`
        case cast
        /// `ref.cast`
        case castNull
        /// `any.convert_extern`
        case fromExternal
        /// `extern.convert_any`
        case toExternal
        /// `ref.i31`
        case fromI31
        /// `i31.get_s`
        case i31Signed
        /// `i31.get_u`
        case i31Unsigned
    }

    /// The instructions of the family `structure`.
    public enum Structure: Hashable, Sendable {
        /// `struct.new`
        case new
        /// `struct.new_default`
        case newDefault
        /// `struct.get`
        case get
        /// `struct.get_s`
        case getSigned
        /// `struct.get_u`
        case getUnsigned
        /// `struct.set`
        case set
    }

    /// The instructions of the family `array`.
    public enum Array: Hashable, Sendable {
        /// `array.new`
        case new
        /// `array.new_default`
        case newDefault
        /// `array.new_fixed`
        case newFixed
        /// `array.new_data`
        case newData
        /// `array.new_elem`
        case newElements
        /// `array.get`
        case get
        /// `array.get_s`
        case getSigned
        /// `array.get_u`
        case getUnsigned
        /// `array.set`
        case set
        /// `array.len`
        case length
        /// `array.fill`
        case fill
        /// `array.copy`
        case copy
        /// `array.init_data`
        case initializeData
        /// `array.init_elem`
        case initializeElements
    }

    /// The instructions of the family `bulkMemory`.
    public enum BulkMemory: Hashable, Sendable {
        /// `memory.init`
        case initialize
        /// `data.drop`
        case dropData
        /// `memory.copy`
        case copy
        /// `memory.fill`
        case fill
    }

    /// The instructions of the family `wideArithmetic`.
    public enum WideArithmetic: Hashable, Sendable {
        /// `i64.add128`
        case add
        /// `i64.sub128`
        case subtract
        /// `i64.mul_wide_s`
        case multiplySigned
        /// `i64.mul_wide_u`
        case multiplyUnsigned
    }

    /// The instructions of the family `vectorLoad`.
    public enum VectorLoad: Hashable, Sendable {
        /// `v128.load`
        case full
        /// `v128.load8x8_s` and 2 more
        case extendSigned
        /// `v128.load8x8_u` and 2 more
        case extendUnsigned
        /// `v128.load8_splat` and 3 more
        case splat
        /// `v128.load8_lane` and 3 more
        case lane
        /// `v128.load32_zero` and 1 more
        case zero
    }

    /// The instructions of the family `vectorStore`.
    public enum VectorStore: Hashable, Sendable {
        /// `v128.store`
        case full
        /// `v128.store8_lane` and 3 more
        case lane
    }

    /// The instructions of the family `vectorLane`.
    public enum VectorLane: Hashable, Sendable {
        /// `i8x16.shuffle`
        case shuffle
        /// `i8x16.swizzle`
        case swizzle
        /// `i8x16.splat` and 5 more
        case splat
        /// `i8x16.extract_lane_s` and 1 more
        case extractSigned
        /// `i8x16.extract_lane_u` and 1 more
        case extractUnsigned
        /// `i8x16.replace_lane` and 5 more
        case replace
        /// `i32x4.extract_lane` and 3 more
        case extract
        /// `v128.bitselect`
        case bitSelect
    }

    /// The instructions of the family `vectorTest`.
    public enum VectorTest: Hashable, Sendable {
        /// `v128.any_true`
        case anyTrue
        /// `i8x16.all_true` and 3 more
        case allTrue
        /// `i8x16.bitmask` and 3 more
        case bitmask
    }

    /// The instructions of the family `vectorConversion`.
    public enum VectorConversion: Hashable, Sendable {
        /// `f32x4.demote_f64x2_zero`
        case demoteZero
        /// `f64x2.promote_low_f32x4`
        case promoteLow
        /// `i8x16.narrow_i16x8_s` and 1 more
        case narrowSigned
        /// `i8x16.narrow_i16x8_u` and 1 more
        case narrowUnsigned
        /// `i16x8.extend_low_i8x16_s` and 2 more
        case extendLowSigned
        /// `i16x8.extend_high_i8x16_s` and 2 more
        case extendHighSigned
        /// `i16x8.extend_low_i8x16_u` and 2 more
        case extendLowUnsigned
        /// `i16x8.extend_high_i8x16_u` and 2 more
        case extendHighUnsigned
        /// `i32x4.trunc_sat_f32x4_s` and 1 more
        case saturateSigned
        /// `i32x4.trunc_sat_f32x4_u` and 1 more
        case saturateUnsigned
        /// `f32x4.convert_i32x4_s` and 1 more
        case convertSigned
        /// `f32x4.convert_i32x4_u` and 1 more
        case convertUnsigned
    }

    /// The instructions of the family `vectorWidening`.
    public enum VectorWidening: Hashable, Sendable {
        /// `i16x8.extadd_pairwise_i8x16_s` and 1 more
        case addPairwiseSigned
        /// `i16x8.extadd_pairwise_i8x16_u` and 1 more
        case addPairwiseUnsigned
        /// `i16x8.extmul_low_i8x16_s` and 2 more
        case multiplyLowSigned
        /// `i16x8.extmul_high_i8x16_s` and 2 more
        case multiplyHighSigned
        /// `i16x8.extmul_low_i8x16_u` and 2 more
        case multiplyLowUnsigned
        /// `i16x8.extmul_high_i8x16_u` and 2 more
        case multiplyHighUnsigned
        /// `i32x4.dot_i16x8_s`
        case dotSigned
    }

    /// The instructions of the family `relaxed`.
    public enum Relaxed: Hashable, Sendable {
        /// `i8x16.relaxed_swizzle`
        case swizzle
        /// `i32x4.relaxed_trunc_f32x4_s` and 1 more
        case truncateSigned
        /// `i32x4.relaxed_trunc_f32x4_u` and 1 more
        case truncateUnsigned
        /// `f32x4.relaxed_madd` and 1 more
        case multiplyAdd
        /// `f32x4.relaxed_nmadd` and 1 more
        case multiplySubtract
        /// `i8x16.relaxed_laneselect` and 3 more
        case laneSelect
        /// `f32x4.relaxed_min` and 1 more
        case minimum
        /// `f32x4.relaxed_max` and 1 more
        case maximum
        /// `i16x8.relaxed_q15mulr_s`
        case multiplyQ15
        /// `i16x8.relaxed_dot_i8x16_i7x16_s`
        case dot
        /// `i32x4.relaxed_dot_i8x16_i7x16_add_s`
        case dotAdd
    }

    /// The instructions of the family `atomic`.
    public enum Atomic: Hashable, Sendable {
        /// `memory.atomic.notify`
        case notify
        /// `memory.atomic.wait32` and 1 more
        case wait
        /// `atomic.fence`
        case fence
        /// `i32.atomic.load` and 6 more
        case load
        /// `i32.atomic.store` and 6 more
        case store
        /// `i32.atomic.rmw.add` and 6 more
        case add
        /// `i32.atomic.rmw.sub` and 6 more
        case subtract
        /// `i32.atomic.rmw.and` and 6 more
        case and
        /// `i32.atomic.rmw.or` and 6 more
        case or
        /// `i32.atomic.rmw.xor` and 6 more
        case xor
        /// `i32.atomic.rmw.xchg` and 6 more
        case exchange
        /// `i32.atomic.rmw.cmpxchg` and 6 more
        case compareExchange
    }
}
