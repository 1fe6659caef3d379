import LLVM

/// A variable in the function's frame: a local, or what is known of a memory. LLVM's passes turn it into a register.
/// Where none run, a block does not read again what it has read or written itself, unless it made a call in between: a
/// value that lives across a call, or in several blocks, is put on the stack in any case.
struct StackSlot {
    let address: Value
    let type: Type
    private var known: (value: Value, stretch: Stretch)?

    /// Code of one block without a call in it.
    struct Stretch: Equatable {
        let block: BasicBlock
        let callCount: Int
    }

    init(_ type: Type, in builder: borrowing Builder) {
        self.type = type
        address = builder.alloca(type)
    }

    /// - Parameter stretch: where the code goes; `nil` where nothing needs to be remembered.
    mutating func load(in builder: borrowing Builder, _ stretch: Stretch?) -> Value {
        if let stretch, let known, known.stretch == stretch { return known.value }
        let value = builder.load(type, address)
        known = stretch.map { (value, $0) }
        return value
    }

    @discardableResult
    mutating func store(_ value: Value, in builder: borrowing Builder, _ stretch: Stretch?) -> Value {
        known = stretch.map { (value, $0) }
        return builder.store(value, address)
    }
}

extension FunctionLowering {
    /// Where code is generated; `nil` where passes find out themselves what need not be read again.
    var stretch: StackSlot.Stretch? {
        unit.options.optimization == .none ? StackSlot.Stretch(block: builder.block, callCount: callCount) : nil
    }

    mutating func readLocal(_ index: Int) -> Value { locals[index].load(in: unit.builder, stretch) }

    mutating func writeLocal(_ index: Int, _ value: Value) {
        locals[index].store(value, in: unit.builder, stretch)
        checkedRanges.write(index)
    }
}
