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

    /// The heap of the instance's store.
    public struct Heap: Sendable {
        /// Of the pointer to the store in the instance, and of the base in the store.
        public var store, base: UInt64
        /// How much address space is the heap's before and behind its base.
        public var before, behind: UInt64

        public init(store: UInt64, base: UInt64, before: UInt64, behind: UInt64) {
            self.store = store
            self.base = base
            self.before = before
            self.behind = behind
        }
    }

    /// Where the descriptors of types lie.
    public struct Descriptors: Sendable {
        /// Of the pointer to them in the instance.
        public var pointer: UInt64
        /// The ids are below this, which is a power of two.
        public var end: UInt64
        /// How many bytes can be read.
        public var byteCount: UInt64

        public init(pointer: UInt64, end: UInt64, byteCount: UInt64) {
            self.pointer = pointer
            self.end = end
            self.byteCount = byteCount
        }
    }

    /// Where the functions are that objects refer to.
    public struct Functions: Sendable {
        /// Of the pointer to them in the store.
        public var pointer: UInt64
        /// A power of two.
        public var byteCount: UInt64

        public init(pointer: UInt64, byteCount: UInt64) {
            self.pointer = pointer
            self.byteCount = byteCount
        }
    }

    /// How much address space a reserved memory has before and after its base; `nil` where none is reserved.
    public var reservation: (before: UInt64, behind: UInt64)?
    public var memories: [Memory]
    /// In the instance, of the pointers to the tables' structures.
    public var tables: [UInt64]
    public var heap: Heap
    public var descriptors: Descriptors
    public var functions: Functions
    /// In the instance, of the pointer to the runtime's functions, and among these of the one that ends the call.
    public var builtins, trap: UInt64
    /// What that function is called with when an access would leave its place.
    public var outcome: UInt32
    /// In a memory's structure.
    public var memoryBase, memoryByteCount: UInt64
    /// In a table's structure.
    public var tableElements, tableCount: UInt64

    public init(
        reservation: (before: UInt64, behind: UInt64)?, memories: [Memory], tables: [UInt64], heap: Heap,
        descriptors: Descriptors, functions: Functions, builtins: UInt64, trap: UInt64, outcome: UInt32,
        memoryBase: UInt64, memoryByteCount: UInt64, tableElements: UInt64, tableCount: UInt64
    ) {
        self.reservation = reservation
        self.memories = memories
        self.tables = tables
        self.heap = heap
        self.descriptors = descriptors
        self.functions = functions
        self.builtins = builtins
        self.trap = trap
        self.outcome = outcome
        self.memoryBase = memoryBase
        self.memoryByteCount = memoryByteCount
        self.tableElements = tableElements
        self.tableCount = tableCount
    }
}
