// The same thing of a store has many handles. A protocol for all five would have to be public, and with it the pointer.

extension Function: Hashable {
    /// Two handles on the same function.
    public static func == (left: Function, right: Function) -> Bool { left.pointer == right.pointer }
    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}

extension Memory: Hashable {
    /// Two handles on the same memory.
    public static func == (left: Memory, right: Memory) -> Bool { left.pointer == right.pointer }
    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}

extension Table: Hashable {
    /// Two handles on the same table.
    public static func == (left: Table, right: Table) -> Bool { left.pointer == right.pointer }
    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}

extension Global: Hashable {
    /// Two handles on the same global.
    public static func == (left: Global, right: Global) -> Bool { left.pointer == right.pointer }
    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}

extension Instance: Hashable {
    /// Two handles on the same instance.
    public static func == (left: Instance, right: Instance) -> Bool { left.pointer == right.pointer }
    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}
