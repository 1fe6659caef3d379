import Testing
import WasmEngine
import WasmText

/// The host's access to memories: copied, borrowed, and refused.
@Suite struct MemoryAccessTests {
    private func memory(pages: UInt64 = 1) throws -> Memory {
        try Memory(MemoryType(pages: Limits(minimum: pages, maximum: 4)), in: Store())
    }

    @Test("Integers, floats, vectors, structures and arrays come back as they were stored")
    func values() throws {
        struct Point: BitwiseCopyable, Equatable { var x: Int32, y: Float }
        let memory = try memory()
        try memory.store(Int16(-2), at: 1)
        #expect(try memory.load(at: 1, as: Int16.self) == -2 && memory.load(at: 1, as: UInt16.self) == 65534)
        try memory.store(-0.0 as Double, at: 9)
        #expect(try memory.load(at: 9, as: Double.self).sign == .minus)
        try memory.store(Float.signalingNaN, at: 3)
        #expect(try memory.load(at: 3, as: Float.self).isSignalingNaN)
        try memory.store(V128(low: 1, high: 2), at: 17)
        #expect(try memory.load(at: 17, as: V128.self) == V128(low: 1, high: 2))
        try memory.store(Point(x: 1, y: 2), at: 101)
        #expect(try memory.unsafeLoad(at: 101, as: Point.self) == Point(x: 1, y: 2))
        try memory.write([1, 0, 2, 0, 3, 0], at: 201)
        #expect(try memory.load(at: 201, count: 3, as: UInt16.self) == [1, 2, 3])
        #expect(try memory.load(at: 65536, count: 0, as: UInt64.self) == [])
    }

    @Test("Whole sequences of numbers and structures are stored, or nothing of them")
    func sequences() throws {
        struct Point: BitwiseCopyable, Equatable { var x: Int32, y: Float }
        let memory = try memory()
        try memory.store(contentsOf: (1...3).lazy.map { UInt16($0) }, at: 7)
        #expect(try memory.read(at: 7, byteCount: 6) == [1, 0, 2, 0, 3, 0])
        try memory.store(contentsOf: [0.5, -1] as [Float], at: 21)
        #expect(try memory.load(at: 21, count: 2, as: Float.self) == [0.5, -1])
        let points = [Point(x: 1, y: 2), Point(x: 3, y: 4)]
        try memory.store(contentsOf: points, at: 101)
        #expect(try memory.unsafeLoad(at: 101, count: 2, as: Point.self) == points)
        try memory.store(contentsOf: [] as [Int64], at: 65536)
        #expect(throws: UsageError.outOfBounds(offset: 65532, count: 8, size: 65536)) {
            try memory.store(contentsOf: [-1, -1] as [Int32], at: 65532)
        }
        #expect(try memory.load(at: 65532, as: Int32.self) == 0)
    }

    @Test("Bytes come from any sequence, and text goes both ways")
    func bytesAndText() throws {
        let memory = try memory()
        try memory.write((1...3).lazy.map { UInt8($0) }, at: 5)
        try memory.write([UInt8](repeating: 9, count: 4)[1...2], at: 8)
        #expect(try memory.read(at: 5, byteCount: 6) == [1, 2, 3, 9, 9, 0])
        #expect(try memory.write("grüß", at: 100, isTerminated: true) == 7)
        #expect(try memory.string(at: 100, byteCount: 6) == "grüß" && memory.string(at: 100) == "grüß")
        #expect(try memory.write("abc".dropFirst(), at: 65534) == 2)
        #expect(throws: UsageError.outOfBounds(offset: 65534, count: 3, size: 65536)) { try memory.string(at: 65534) }
        try memory.store(UInt8(0xFF), at: 0)
        #expect(try memory.string(at: 0) == "\u{FFFD}")
    }

    @Test("Offsets of every integer type mean what a guest means: unsigned")
    func offsets() throws {
        let memory = try memory()
        try memory.store(Int32(7), at: Int64(8))
        #expect(try memory.load(at: UInt8(8), as: Int32.self) == 7 && memory.load(at: 8 as UInt, as: Int32.self) == 7)
        let beyond = UInt64(UInt32.max)
        #expect(throws: UsageError.outOfBounds(offset: beyond, count: 1, size: 65536)) {
            try memory.load(at: Int32(-1), as: UInt8.self)
        }
        for refused in [-1, Int.min, Int.max, 65536] {
            #expect(throws: UsageError.self) { try memory.store(UInt8(1), at: refused) }
            #expect(throws: UsageError.self) { try memory.write([1, 2], at: refused) }
            #expect(throws: UsageError.self) { try memory.withBytes(at: refused, byteCount: 1) { _ in } }
        }
        #expect(throws: UsageError.self) { try memory.load(at: UInt128.max, as: UInt8.self) }
        #expect(throws: UsageError.self) { try memory.load(at: Int128.min, as: UInt8.self) }
        for count in [-1, Int.max, Int.min] {
            #expect(throws: UsageError.self) { try memory.read(at: 1, byteCount: count) }
            #expect(throws: UsageError.self) { try memory.string(at: 1, byteCount: count) }
            #expect(throws: UsageError.self) { try memory.load(at: 0, count: count, as: UInt64.self) }
            #expect(throws: UsageError.self) { try memory.withMutableBytes(at: 1, byteCount: count) { _ in } }
        }
        // 2^61 integers of 8 bytes are 2^64 bytes, which are none when they overflow.
        #expect(throws: UsageError.self) { try memory.load(at: 0, count: 1 << 61, as: UInt64.self) }
        // The empty range at the end is inside, the one after it is not.
        #expect(try memory.read(at: 65536, byteCount: 0) == [])
        #expect(throws: UsageError.self) { try memory.read(at: 65537, byteCount: 0) }
    }

    @Test("What does not fit is refused before anything is written")
    func refusedWhole() throws {
        let memory = try memory()
        #expect(throws: UsageError.outOfBounds(offset: 65533, count: 4, size: 65536)) {
            try memory.write([1, 2, 3, 4], at: 65533)
        }
        #expect(throws: UsageError.self) { try memory.store(UInt64.max, at: 65530) }
        #expect(throws: UsageError.self) { try memory.write("long", at: 65535) }
        #expect(try memory.read(at: 65530, byteCount: 6) == [0, 0, 0, 0, 0, 0])
    }

    @Test("Borrowed bytes are the memory's own")
    func borrowed() throws {
        let memory = try memory()
        try memory.withMutableBytes(16..<20) { bytes in
            bytes.storeBytes(of: 0x0403_0201, as: UInt32.self)
            #expect(bytes.byteCount == 4)
        }
        #expect(try memory.read(at: 16, byteCount: 4) == [1, 2, 3, 4])
        let sum = try memory.withBytes(at: Int32(16), byteCount: 4) { bytes in
            (0..<bytes.byteCount).reduce(0) { $0 + Int(bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
        }
        #expect(sum == 10)
        #expect(try memory.withBytes { $0.byteCount } == 65536)
        #expect(try memory.withBytes(65536..<65536) { $0.byteCount } == 0)
        try memory.withUnsafeMutableBytes(at: 65535, byteCount: 1) { $0[0] = 5 }
        #expect(try memory.withUnsafeBytes(at: 65535, byteCount: 1) { $0.first } == 5)
        #expect(throws: UsageError.self) { try memory.withBytes(65530..<65537) { _ in } }
    }

    @Test(
        "A memory does not grow while its bytes are borrowed, for the host or a guest, and does afterwards",
        arguments: [Engine.MemoryProtection.checked, .guarded])
    func growing(_ protection: Engine.MemoryProtection) throws {
        let instance = try instantiate(
            """
            (module (memory (export "memory") 1 4)
              (func (export "grow") (result i32) (memory.grow (i32.const 1))))
            """, .init(memory: protection))
        let memory = try #require(instance.memory)
        let grow = try instance.function("grow", as: (() -> Int32).self)
        try memory.store(UInt8(7), at: 65535)
        try memory.withBytes(at: 65535, byteCount: 1) { bytes in
            #expect(throws: UsageError.bytesInUse) { try memory.grow(pages: 1) }
            let size = try grow()
            #expect(size == -1)
            // Another handle on the same memory.
            #expect(throws: UsageError.bytesInUse) { try instance.memory?.grow(pages: 1) }
            #expect(bytes.unsafeLoad(as: UInt8.self) == 7)
        }
        #expect(throws: CancellationError.self) {
            try memory.withMutableBytes(0..<1) { _ in throw CancellationError() }
        }
        #expect(try grow() == 1 && memory.grow(pages: 1) == 2 && memory.pages == 3)
        #expect(try memory.load(at: 65535, as: UInt8.self) == 7)
    }
}
