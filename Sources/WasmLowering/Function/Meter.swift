internal import CRuntime
import LLVM
import Wasm

/// A function's count of fuel. Every block takes the cost of its instructions when it starts, and does not start when
/// there is too little, so the total is the same however LLVM arranges the code.
struct Meter {
    let costs: FuelCosts
    /// Where the count is held: a variable that becomes a register, written back before everything that leaves the
    /// function; or the instance's own field, where any access may end the function.
    let variable: Value
    let isField: Bool
    /// The subtraction at the start of the current block; its operand is known at the block's end.
    var charge: Value?
    /// Block costs fit: a body has fewer than 2^23 instructions that take less than 2^32 each.
    var blockCost: UInt64 = 0
}

extension FunctionLowering {
    /// In the entry block.
    mutating func makeMeter() {
        guard let costs = unit.options.fuelCosts else { return }
        if unit.options.reliesOnFaults {
            meter = Meter(costs: costs, variable: fuelField, isField: true)
        } else {
            meter = Meter(costs: costs, variable: builder.alloca(types.i64), isField: false)
            if unit.keepsNames { meter?.variable.setName("fuel") }
            reloadFuel()
        }
    }

    // MARK: Blocks

    /// Adds the instruction to the current block's cost if the block reaches it.
    mutating func count(_ instruction: Instruction) {
        guard let costs = meter?.costs else { return }
        if instruction.opcode.separatesBlocks && !reader.isFallthroughReachable { return }
        meter?.blockCost += UInt64(costs[instruction.opcode])
    }

    /// Starts to count anew after an instruction that other code comes from or goes to. A call ends a block, so that
    /// what host functions see is exact.
    mutating func meterBlock(after instruction: Instruction) {
        guard meter != nil else { return }
        switch instruction.opcode.row.family {
        case .call: chargeBlock()
        case .control(let operation):
            switch operation {
            case .loop, .if, .else, .brIf, .brOnNull, .brOnNonNull, .brOnCast, .brOnCastFail, .end, .catch, .catchAll,
                .delegate:
                chargeBlock()
            case .unreachable, .nop, .block, .br, .brTable, .return, .returnCall, .returnCallIndirect,
                .returnCallReference, .tryTable, .try, .throw, .throwReference, .rethrow:
                break
            }
        case .parametric, .variable, .table, .load, .store, .memory, .constant, .integerTest, .integerCompare,
            .floatCompare, .integerUnary, .integerBinary, .floatUnary, .floatBinary, .conversion, .reference,
            .bulkMemory, .vectorLoad, .vectorStore, .vectorLane, .vectorTest, .vectorConversion, .vectorWidening,
            .relaxed, .wideArithmetic, .atomic, .structure, .array:
            break
        }
    }

    /// Ends the current block's count and starts the next one's, here.
    mutating func chargeBlock() {
        guard let cost = meter?.blockCost else { return }
        meter?.charge?.setOperand(1, types.i64.constant(cost))
        meter?.blockCost = 0
        meter?.charge = nil
        // After the function's last `end` nothing follows.
        if frames.isEmpty { return }
        let charge = takeFuel(types.i64.zero)
        meter?.charge = charge
    }

    // MARK: Taking

    @discardableResult private mutating func takeFuel(_ count: Value) -> Value? {
        guard let variable = meter?.variable else { return nil }
        let left = builder.binary(.sub, mark(builder.load(types.i64, variable)), count)
        mark(builder.store(left, variable))
        checkFuel(left)
        return left
    }

    /// Opaque to LLVM where passes take loops' fuel at once.
    private mutating func checkFuel(_ left: Value) {
        guard unit.options.optimization.removesChecks else {
            return trap(WASMC_OUT_OF_FUEL, if: builder.compare(.slt, left, types.i64.zero))
        }
        trap(WASMC_OUT_OF_FUEL, unless: builder.call(unit.fuelCheck, [left]))
    }

    /// Charges a bulk operation before it starts.
    mutating func chargeBulk(byteCount: Value) {
        guard let unitByteCount = meter?.costs.bytesPerUnit else { return }
        let roundedUp = builder.binary(.add, limited(byteCount), types.i64.constant(unitByteCount - 1))
        takeFuel(builder.binary(.udiv, roundedUp, types.i64.constant(unitByteCount)))
    }

    mutating func chargeBulk(elementCount: Value) {
        let stride = types.i64.constant(MemoryLayout<wasmc_ref>.stride)
        chargeBulk(byteCount: builder.binary(.mul, limited(elementCount), stride))
    }

    /// Charges an operation on elements of an array's type.
    mutating func chargeBulk(elementCount: Value, ofArray type: Int) {
        guard meter?.costs.bytesPerUnit != nil, let element = unit.layout(ofType: type).element else { return }
        let count = builder.cast(.zext, elementCount, to: types.i64)
        chargeBulk(byteCount: builder.binary(.mul, count, types.i64.constant(unit.byteCount(of: element))))
    }

    /// Charges a struct's making. What is smaller than a unit is free.
    mutating func chargeMaking(structOfType type: Int) {
        guard let unitByteCount = meter?.costs.bytesPerUnit else { return }
        let count = UInt64(unit.layout(ofType: type).byteCount) / unitByteCount
        if count > 0 { takeFuel(types.i64.constant(count)) }
    }

    /// A count of 64 bits could wrap on its way to a price. So many bytes or elements are beyond every memory and
    /// table, and cost more than there is.
    private func limited(_ count: Value) -> Value {
        guard hasWideAddresses else { return count }
        let most = types.i64.constant(1 << 48)
        return builder.select(builder.compare(.ugt, count, most), most, count)
    }

    private var hasWideAddresses: Bool {
        unit.wasm.memories.contains { $0.type.is64Bit } || unit.wasm.tables.contains { $0.type.is64Bit }
    }

    // MARK: The instance's field

    private var fuelField: Value { unit.address(instance, InstanceField.remainingFuel) }

    /// Before anything that others see: calls, traps, the return.
    func flushFuel() {
        guard let meter, !meter.isField else { return }
        unit.aliasing.mark(builder.store(builder.load(types.i64, meter.variable), fuelField), .fuel)
    }

    func reloadFuel() {
        guard let meter, !meter.isField else { return }
        let fuel = builder.load(types.i64, fuelField)
        unit.aliasing.mark(fuel, .fuel)
        builder.store(fuel, meter.variable)
    }

    @discardableResult private func mark(_ access: Value) -> Value {
        if meter?.isField == true {
            unit.aliasing.mark(access, .fuel)
            access.setVolatile()
        }
        return access
    }

    /// Calls a runtime function that may trap.
    @discardableResult func callRuntime(_ builtin: Builtin, _ arguments: [Value]) -> Value {
        flushFuel()
        return located { unit.call(builtin, instance, arguments) }
    }
}
