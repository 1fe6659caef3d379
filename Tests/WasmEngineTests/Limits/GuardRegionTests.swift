import CRuntime
import Glibc
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// What lies around every memory, and what happens to code that gets there by a mistake of the compiler's, which is
/// planted here.
@Suite struct GuardRegionTests {
    static let text = """
        (module (memory (export "memory") 1 4)
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 1)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
          (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
          (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
          (func (export "sum") (param $i i32) (param $end i32) (result i32) (local $sum i32)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $i))))
              (local.set $i (i32.add (local.get $i) (i32.const 4)))
              (br_if $l (i32.lt_u (local.get $i) (local.get $end))))
            (local.get $sum)))
        """

    /// A byte's address can be read: the kernel says so when it is asked to write it to a pipe.
    static func isAccessible(_ address: UnsafeRawPointer) throws -> Bool {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        return write(ends[1], address, 1) == 1
    }

    static func expectGuards(around memory: wasmc_memory) throws {
        #expect(memory.is_guarded && memory.reserved_byte_count == WASMC_RESERVED_BYTES)
        let base = UnsafeRawPointer(memory.base!)
        let front = Int(WASMC_GUARD_BEFORE_BYTES), end = Int(memory.byte_count), last = Int(WASMC_RESERVED_BYTES) - 1
        for distance in [-front, -front / 2, -1, end, end + 4096, 1 << 32, last] {
            #expect(try !isAccessible(base + distance))
        }
        for distance in [0, end - 1] { #expect(try isAccessible(base + distance)) }
    }

    @Test("Code is linked to no memory of other addresses, or shared where it is not declared so, whoever links it")
    func otherMemories() throws {
        let text = """
            (module (import "m" "memory" (memory 1 2))
              (func (export "f") (result i32) (i32.load (i32.const 0))))
            """
        let bytes = try Engine().compile(Module(text: text)).bytes
        var message = [CChar](repeating: 0, count: 256)
        let module = try #require(
            bytes.withUnsafeBytes { wasmc_module_load($0.baseAddress, $0.count, &message, message.count) })
        defer { wasmc_module_release(module) }
        let store = try #require(wasmc_store_create())
        defer { wasmc_store_destroy(store) }
        for (is64Bit, isShared, hasBytePages) in [
            (false, false, false), (true, false, false), (false, true, false), (true, true, false),
            (false, false, true),
        ] {
            let type = wasmc_memory_type(
                pages: wasmc_limits(minimum: 1, maximum: 2), is_64bit: is64Bit, is_shared: isShared,
                has_byte_pages: hasBytePages)
            var memory: UnsafeMutablePointer<wasmc_memory>? = wasmc_memory_create(store, type, true, false)
            try #require(memory != nil)
            let instance = withUnsafePointer(to: &memory) {
                var imports = wasmc_imports(memories: $0, tables: nil, globals: nil, functions: nil, tags: nil)
                return wasmc_instance_create(store, module, &imports, &message, message.count)
            }
            #expect((instance != nil) == (!is64Bit && !isShared && !hasBytePages))
        }
    }

    @Test(
        "Every memory has inaccessible space on both sides, when it has grown, too, and from the pool", arguments: modes
    )
    func guards(_ options: Engine.Options) throws {
        var options = options
        options.instancePool = 1
        let program = try Engine(options: options).compile(Module(text: Self.text))
        for _ in 0..<2 {
            let instance = try program.instantiate()
            let memory = try #require(instance.memory)
            let base = memory.pointer.pointee.base
            try Self.expectGuards(around: memory.pointer.pointee)
            for pages in [1, 2] as [Int32] {
                _ = try instance.function("grow").call([.i32(pages)])
                try Self.expectGuards(around: memory.pointer.pointee)
            }
            #expect(memory.pointer.pointee.base == base && memory.pages == 4)
        }
        let made = try Memory(MemoryType(pages: Limits(minimum: 1)), in: Store())
        try Self.expectGuards(around: made.pointer.pointee)
    }

    /// The call ends in an internal error for an access to this address; the instance can be called again.
    static func expectInternalError(
        _ instance: Instance, _ function: String, _ arguments: [Int32], address: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            let results = try instance.function(function).call(arguments.map(Value.i32))
            Issue.record("\(function) returned \(results)", sourceLocation: sourceLocation)
        } catch let error as InternalError {
            #expect(error.reason.contains("address \(address) "), "\(error)", sourceLocation: sourceLocation)
            // Accesses that the vectoriser joined have no place of their own.
            #expect(
                error.functionName == function && (error.byteOffset != nil || function == "sum"), "\(error)",
                sourceLocation: sourceLocation)
            #expect(
                error.description.hasPrefix("internal error of the compiler: an access to "),
                sourceLocation: sourceLocation)
            #expect(error.description.hasSuffix(": please report it"), sourceLocation: sourceLocation)
            #expect(Backtrace.of(error) != nil, sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(function): \(error)", sourceLocation: sourceLocation)
        }
    }

    @Test(
        "Code that makes its own checks, and takes a memory for larger than it is, ends in an internal error",
        arguments: modes.filter { $0.memory == .checked })
    func wrongBound(_ options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let memory = try #require(instance.memory).pointer
        _ = try instance.function("load").call([.i32(0)])
        memory.pointee.byte_count *= 2
        for _ in 0..<2 {
            Self.expectInternalError(instance, "load", [65_540], address: 65_540)
            Self.expectInternalError(instance, "store", [65_540], address: 65_540)
            Self.expectInternalError(instance, "store", [65_534], address: 65_536)
            Self.expectInternalError(instance, "sum", [65_000, 70_000], address: 65_536)
            Self.expectInternalError(instance, "fill", [65_540, 100], address: 65_540)
        }
        memory.pointee.byte_count /= 2
        #expect(throws: Trap.self) { try instance.function("load").call([.i32(65_540)]) }
        #expect(try instance.function("load").call([.i32(0)]).first?.i32 == 0)
    }

    @Test(
        "An access in front of a memory is an internal error of any code",
        arguments: modes.filter { $0.memory == .guarded })
    func inFront(_ options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        _ = try instance.function("load").call([.i32(0)])
        // After the slot of the one memory is the copy of its base.
        let slots = UnsafeMutableRawPointer(instance.pointer) + MemoryLayout<wasmc_instance>.size
        let base = slots.load(fromByteOffset: 8, as: UnsafeMutableRawPointer.self)
        try #require(base == UnsafeMutableRawPointer(instance.memory!.pointer.pointee.base))
        for distance in [4096, 1 << 30, Int(WASMC_GUARD_BEFORE_BYTES)] {
            slots.storeBytes(of: base - distance, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
            Self.expectInternalError(instance, "load", [8], address: 8 - distance)
            Self.expectInternalError(instance, "store", [8], address: 8 - distance)
            Self.expectInternalError(instance, "fill", [8, 100], address: 8 - distance)
        }
        slots.storeBytes(of: base, toByteOffset: 8, as: UnsafeMutableRawPointer.self)
        #expect(try instance.function("load").call([.i32(8)]).first?.i32 == 0)
        #expect(throws: Trap.self) { try instance.function("load").call([.i32(-4)]) }
    }

    @Test("Bytes that the system took away from a memory are an internal error of code with checks of its own")
    func takenAway() throws {
        for options in modes where options.memory == .checked {
            let instance = try instantiate(Self.text, options)
            let base = try #require(instance.memory).pointer.pointee.base
            mprotect(base, 4096, PROT_NONE)
            Self.expectInternalError(instance, "load", [8], address: 8)
            mprotect(base, 4096, PROT_READ | PROT_WRITE)
            #expect(try instance.function("load").call([.i32(8)]).first?.i32 == 0)
        }
    }
}
