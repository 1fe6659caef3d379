import LLVM
import Wasm

/// Loads and stores of vectors and of single lanes: the same checked addresses as for numbers.
extension FunctionLowering {
    mutating func vectorLoad(_ operation: Family.VectorLoad, _ instruction: Instruction, _ row: InstructionRow) {
        // Not all of these see lanes.
        func shape() -> Shape { self.shape(of: row) }
        switch operation {
        case .full: push(loadWhole(types.v128, byteCount: 16, instruction))
        case .extendSigned: push(lanes: extendingLoad(.sext, shape(), instruction))
        case .extendUnsigned: push(lanes: extendingLoad(.zext, shape(), instruction))
        case .splat: push(lanes: splat(loadLane(shape(), instruction), shape()))
        case .zero:
            let element = loadLane(shape(), instruction)
            push(lanes: builder.insertLane(types.vector(shape()).zero, types.i32.zero, element))
        case .lane:
            let vector = pop(shape())
            let element = loadLane(shape(), instruction)
            let lane = types.i32.constant(Int(instruction.immediates.lane))
            push(lanes: builder.insertLane(vector, lane, element))
        }
    }

    mutating func vectorStore(_ operation: Family.VectorStore, _ instruction: Instruction, _ row: InstructionRow) {
        switch operation {
        case .full: storeMemory(pop(), byteCount: 16, instruction)
        case .lane:
            let shape = shape(of: row)
            let lane = types.i32.constant(Int(instruction.immediates.lane))
            let element = builder.extractLane(pop(shape), lane)
            storeMemory(element, byteCount: shape.laneBitCount / 8, instruction)
        }
    }

    private mutating func loadLane(_ shape: Shape, _ instruction: Instruction) -> Value {
        loadWhole(types.lane(shape), byteCount: shape.laneBitCount / 8, instruction)
    }

    /// Loads 8 bytes as lanes of half the width.
    private mutating func extendingLoad(_ extend: Builder.Cast, _ shape: Shape, _ instruction: Instruction) -> Value {
        let half = unit.context.integer(bitCount: shape.laneBitCount / 2)
        let narrow = loadWhole(.vector(half, count: shape.laneCount), byteCount: 8, instruction)
        return builder.cast(extend, narrow, to: types.vector(shape))
    }
}
