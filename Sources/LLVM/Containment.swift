/// Where optimised code may read and write, for the pass that sees to it after all others. Offsets in bytes.
public struct Containment: Sendable {
    /// A memory's places in the instance.
    public struct Memory: Sendable {
        /// Of the pointer to the runtime's structure.
        public var memory: UInt64
        /// Of the base, in code for guarded memories.
        public var base: UInt64
        public var minimumByteCount: UInt64
        /// It lies in a reservation, where accesses may fault; accesses to others must stay within the memory's size.
        public var isReserved: Bool

        public init(memory: UInt64, base: UInt64, minimumByteCount: UInt64, isReserved: Bool) {
            self.memory = memory
            self.base = base
            self.minimumByteCount = minimumByteCount
            self.isReserved = isReserved
        }
    }

    /// How much address space a reserved memory has before and after its base; `nil` where none is reserved.
    public var reservation: (before: UInt64, behind: UInt64)?
    public var memories: [Memory]
    /// In the instance, of the pointers to the tables' structures.
    public var tables: [UInt64]
    /// In the instance, of the pointer to the runtime's functions, and among these of the one that ends the call.
    public var builtins, trap: UInt64
    /// What that function is called with when an access would leave its place.
    public var outcome: UInt32
    /// In a memory's structure.
    public var memoryBase, memoryByteCount: UInt64
    /// In a table's structure.
    public var tableElements, tableCount: UInt64

    public init(
        reservation: (before: UInt64, behind: UInt64)?, memories: [Memory], tables: [UInt64], builtins: UInt64,
        trap: UInt64,
        outcome: UInt32, memoryBase: UInt64, memoryByteCount: UInt64, tableElements: UInt64, tableCount: UInt64
    ) {
        self.reservation = reservation
        self.memories = memories
        self.tables = tables
        self.builtins = builtins
        self.trap = trap
        self.outcome = outcome
        self.memoryBase = memoryBase
        self.memoryByteCount = memoryByteCount
        self.tableElements = tableElements
        self.tableCount = tableCount
    }
}
