import CRuntime
import Testing

/// What a store's guests may use together, and what its memories and tables hand out.
@Suite struct StoreLimitTests {
    static func refusal(_ store: UnsafeMutablePointer<wasmc_store>) -> String? {
        var message = [CChar](repeating: 0, count: 200)
        guard wasmc_describe_refusal(store, &message, message.count) else { return nil }
        return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func pages(_ minimum: UInt64, _ maximum: UInt64 = .max) -> wasmc_memory_type {
        wasmc_memory_type(
            pages: wasmc_limits(minimum: minimum, maximum: maximum), is_64bit: false, is_shared: false,
            has_byte_pages: false)
    }

    @Test("Memories of a store share its limit, a refusal changes nothing and is described once")
    func memoryPages() throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        var limits = wasmc_store_limits()
        limits.is_limited.0 = true
        limits.most.0 = 5
        wasmc_store_set_limits(store, limits)
        let first = try #require(wasmc_memory_create(store, Self.pages(1), true, false))
        let second = try #require(wasmc_memory_create(store, Self.pages(2), false, false))
        #expect(wasmc_memory_grow(first, 3) == .max)
        #expect(Self.refusal(store) == "the store's limit is 5 memory pages; 3 are in use and 3 more were asked for")
        #expect(Self.refusal(store) == nil)
        #expect(wasmc_memory_grow(first, 2) == 1 && wasmc_memory_grow(second, 1) == .max)
        #expect(wasmc_memory_create(store, Self.pages(1), true, false) == nil)
        #expect(wasmc_memory_create(store, Self.pages(0), true, false) != nil)
        #expect(first.pointee.byte_count == 3 << 16 && second.pointee.byte_count == 2 << 16)
    }

    @Test("The host is asked within the limits, and what it refuses is not counted")
    func refusingHost() throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        var limits = wasmc_store_limits()
        limits.may_use = { _, resource, used, wanted in resource == WASMC_TABLE_ELEMENTS && used + wanted <= 4 }
        wasmc_store_set_limits(store, limits)
        let type = wasmc_table_type(
            elements: wasmc_limits(minimum: 2, maximum: .max), holds_objects: false, is_64bit: false)
        let table = try #require(wasmc_table_create(store, type, 0))
        #expect(wasmc_table_grow(table, 0, 3) == .max)
        #expect(Self.refusal(store) == "the host refused 3 more table elements; 2 are in use")
        #expect(wasmc_table_grow(table, 0, 2) == 2 && table.pointee.count == 4)
        #expect(wasmc_memory_create(store, Self.pages(1), true, false) == nil)
        // Nothing is asked for.
        #expect(wasmc_table_grow(table, 0, 0) == 4)
    }

    @Test("A table has no more elements than any table may have, whatever its type allows")
    func mostElements() throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        let type = wasmc_table_type(
            elements: wasmc_limits(minimum: 1, maximum: .max), holds_objects: false, is_64bit: false)
        let table = try #require(wasmc_table_create(store, type, 0))
        for count in [UInt64(WASMC_MAXIMUM_TABLE_ELEMENTS), .max, .max - 1, 1 << 61] {
            #expect(wasmc_table_grow(table, 0, count) == .max)
        }
        #expect(table.pointee.count == 1)
    }

    @Test("A range of a memory is handed out whole or not at all, up to the last byte", arguments: [true, false])
    func ranges(_ isGuarded: Bool) throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        let memory = try #require(wasmc_memory_create(store, Self.pages(1, 2), isGuarded, isGuarded))
        #expect(wasmc_memory_bytes(memory, 65_532, 4) == memory.pointee.base + 65_532)
        #expect(wasmc_memory_bytes(memory, 65_536, 0) != nil)
        for (address, count) in [(65_533, 4), (65_536, 1), (65_537, 0), (.max, 1), (4, .max), (.max, .max)]
            as [(UInt64, UInt64)]
        {
            #expect(wasmc_memory_bytes(memory, address, count) == nil)
        }
        #expect(wasmc_memory_grow(memory, 1) == 1)
        #expect(wasmc_memory_bytes(memory, 65_533, 4) != nil)
    }

    @Test("A minimum above the maximum, or above what 32 bits address, makes no memory and no table")
    func impossibleTypes() throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        for type in [Self.pages(3, 2), Self.pages(65_537)] {
            #expect(wasmc_memory_create(store, type, true, false) == nil)
        }
        let limits = wasmc_limits(minimum: 3, maximum: 2)
        let type = wasmc_table_type(elements: limits, holds_objects: false, is_64bit: false)
        #expect(wasmc_table_create(store, type, 0) == nil)
        // What was not made counts for nothing.
        let memory = try #require(wasmc_memory_create(store, Self.pages(0, 65_536), true, false))
        #expect(memory.pointee.maximum_byte_count == 1 << 32)
    }
}
