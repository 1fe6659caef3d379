/// The types of the operands, in memory that only this stack owns: `push` and `pop` run for every instruction.
///
/// Invariant: `count <= capacity`, and entries below `count` are initialized. `floor` is the height of the innermost
/// block, below which nothing is popped.
struct OperandStack: ~Copyable {
    private var base: UnsafeMutablePointer<ValueType>
    private var capacity: Int
    private(set) var count = 0
    var floor = 0

    init() {
        capacity = 64
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    var isAtFloor: Bool { count <= floor }

    @inline(__always)
    mutating func push(_ type: ValueType) {
        if count == capacity { grow() }
        base[count] = type
        count &+= 1
    }

    /// Pops `type` if it is on top of the innermost block; otherwise the stack stays.
    @inline(__always)
    mutating func pop(if type: ValueType) -> Bool {
        guard count > floor, base[count &- 1] == type else { return false }
        count &-= 1
        return true
    }

    /// The topmost type of the innermost block; `nil` when the block has none.
    @inline(__always)
    mutating func pop() -> ValueType? {
        guard count > floor else { return nil }
        count &-= 1
        return base[count]
    }

    /// The type `depth` below the top of the innermost block; `nil` when the block has no such.
    func peek(depth: Int) -> ValueType? {
        count - depth > floor ? base[count - 1 - depth] : nil
    }

    /// Counted from the bottom.
    subscript(index: Int) -> ValueType {
        precondition(index < count)
        return base[index]
    }

    mutating func removeAllAboveFloor() { count = min(count, floor) }

    mutating func removeAll() { (count, floor) = (0, 0) }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<ValueType>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }
}
