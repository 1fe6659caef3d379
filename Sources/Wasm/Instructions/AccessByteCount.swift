extension InstructionRow {
    /// How many bytes of memory a load or store touches.
    static func accessByteCount(_ family: Family, _ shape: Shape?) -> Int? {
        switch family {
        case .load(let load):
            switch load {
            case .signed8, .unsigned8: 1
            case .signed16, .unsigned16: 2
            case .i32, .f32, .signed32, .unsigned32: 4
            case .i64, .f64: 8
            }
        case .store(let store):
            switch store {
            case .low8: 1
            case .low16: 2
            case .i32, .f32, .low32: 4
            case .i64, .f64: 8
            }
        case .vectorLoad(let load):
            switch load {
            case .full: 16
            case .extendSigned, .extendUnsigned: 8
            case .splat, .zero, .lane: shape.map { $0.laneBitCount / 8 }
            }
        case .vectorStore(let store):
            switch store {
            case .full: 16
            case .lane: shape.map { $0.laneBitCount / 8 }
            }
        case .array, .atomic, .bulkMemory, .call, .constant, .control, .conversion, .floatBinary, .floatCompare,
            .floatUnary, .integerBinary, .integerCompare, .integerTest, .integerUnary, .memory, .parametric, .reference,
            .relaxed, .structure, .table, .variable, .vectorConversion, .vectorLane, .vectorTest, .vectorWidening,
            .wideArithmetic:
            nil
        }
    }
}
