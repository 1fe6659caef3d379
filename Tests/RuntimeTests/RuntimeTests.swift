import CRuntime
import Testing

@Suite struct RuntimeTests {
    @Test("A memory keeps its content when it grows, and stops at its maximum", arguments: [true, false])
    func memoryGrowth(_ isGuarded: Bool) throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        let type = wasmc_memory_type(
            pages: wasmc_limits(minimum: 1, maximum: 3), is_64bit: false, is_shared: false, has_byte_pages: false)
        let memory = try #require(wasmc_memory_create(store, type, isGuarded, isGuarded))
        #expect(memory.pointee.is_guarded == isGuarded)
        memory.pointee.base[65_535] = 42
        #expect(wasmc_memory_grow(memory, 2) == 1)
        #expect(memory.pointee.byte_count == 3 * 65_536)
        #expect(memory.pointee.base[65_535] == 42)
        #expect(memory.pointee.base[3 * 65_536 - 1] == 0)
        #expect(wasmc_memory_grow(memory, 1) == .max)
        #expect(wasmc_memory_grow(memory, .max) == .max)
        #expect(wasmc_memory_grow(memory, 0) == 3)
    }

    @Test("A table fills what it grows by, and stops at its maximum")
    func tableGrowth() throws {
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        let type = wasmc_table_type(
            elements: wasmc_limits(minimum: 2, maximum: 5), holds_objects: true, is_64bit: false)
        let table = try #require(wasmc_table_create(store, type, 0))
        #expect(wasmc_table_grow(table, 7, 3) == 2)
        #expect((0..<5).map { table.pointee.elements[$0] } == [0, 0, 7, 7, 7])
        #expect(wasmc_table_grow(table, 7, 1) == .max)
        #expect(wasmc_table_grow(table, 7, .max) == .max)
    }

    @Test("What is no artifact of this machine is refused with a sentence")
    func loaderRefuses() {
        for bytes in [
            [], Array("not an artifact".utf8), [0x7F, 0x45, 0x4C, 0x46] + Array(repeating: 0xFF, count: 4000),
        ] as [[UInt8]] {
            var message = [CChar](repeating: 0, count: 200)
            #expect(wasmc_module_load(bytes, bytes.count, &message, message.count) == nil)
            #expect(message[0] != 0)
        }
    }
}
