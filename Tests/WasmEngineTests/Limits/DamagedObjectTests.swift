import CRuntime
import Testing

@testable import WasmEngine
@testable import WasmRuntime

/// What happens when an object's bytes are not what code can have made of them, as after a mistake of the compiler's,
/// which is planted here: the call ends, or gives a wrong number, and nothing outside of the heap is touched.
@Suite struct DamagedObjectTests {
    private static let text = """
        (module
          (type $ints (array (mut i32)))
          (type $f (func (result i32)))
          (type $g (func (param f64) (result f64)))
          (type $functions (array (mut (ref null $f))))
          (type $t0 (sub (struct))) (type $t1 (sub $t0 (struct))) (type $t2 (sub $t1 (struct)))
          (type $t3 (sub $t2 (struct))) (type $t4 (sub $t3 (struct))) (type $t5 (sub $t4 (struct)))
          (type $t6 (sub $t5 (struct))) (type $t7 (sub $t6 (struct))) (type $t8 (sub $t7 (struct)))
          (elem declare func $one $other)
          (global $a (ref $ints) (array.new $ints (i32.const 1) (i32.const 10)))
          (global $b (ref $ints) (array.new $ints (i32.const 2) (i32.const 10)))
          (global $h (mut (ref null $functions)) (ref.null $functions))
          (global $s (ref $t8) (struct.new $t8))
          (func $one (type $f) (i32.const 1))
          (func $other (type $g) (local.get 0))
          (func (export "other") (result funcref) (ref.func $other))
          (func (export "array") (result anyref) (global.get $a))
          (func (export "struct") (result anyref) (global.get $s))
          (func (export "functions") (result anyref)
            (global.set $h (array.new $functions (ref.func $one) (i32.const 4)))
            (global.get $h))
          (func (export "number other")
            (drop (array.new $others (ref.func $other) (i32.const 1))))
          (type $others (array (mut (ref null $g))))
          (func (export "call") (result i32) (call_ref $f (array.get $functions (global.get $h) (i32.const 2))))
          (func (export "get") (param i32) (result i32) (array.get $ints (global.get $a) (local.get 0)))
          (func (export "fill") (array.fill $ints (global.get $a) (i32.const 0) (i32.const 7) (i32.const 100000)))
          (func (export "copy")
            (array.copy $ints $ints (global.get $a) (i32.const 0) (global.get $b) (i32.const 0) (i32.const 10)))
          (func (export "test") (result i32) (ref.test (ref $t4) (global.get $upcast)))
          (func (export "deep") (result i32) (ref.test (ref $t8) (global.get $upcast)))
          (global $upcast (ref null any) (global.get $s))
          (func (export "collect") (local $i i32)
            (loop $l
              (drop (array.new $ints (i32.const 0) (i32.const 1000)))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000))))))
        """

    private static let some = [modes[0], modes[modes.count - 1]]

    /// The bytes of the object that a function returns.
    private static func object(_ function: String, _ instance: Instance) throws -> UnsafeMutablePointer<UInt32> {
        let value = try instance.function(function).call([]).first
        guard case .anyref(let reference?) = value else { throw Missing() }
        let base = try #require(instance.pointer.pointee.store.pointee.allocation.base)
        return UnsafeMutableRawPointer(base + Int(reference.word)).assumingMemoryBound(to: UInt32.self)
    }

    private struct Missing: Error {}

    @Test("An array that says it is longer than its place ends the runtime's operations on it", arguments: some)
    func length(_ options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let array = try Self.object("array", instance)
        for length in [100_000, 0x8000_0000, .max] as [UInt32] {
            array[1] = length
            #expect(throws: InternalError.self) { try instance.function("fill").call([]) }
            #expect(throws: InternalError.self) { try instance.function("copy").call([]) }
        }
        // An element far behind the heap's objects: a fault in the heap's reservation.
        #expect(throws: InternalError.self) { try instance.function("get").call([.i32(-2)]) }
        array[1] = 10
        #expect(try instance.function("copy").call([]).isEmpty)
        #expect(try instance.function("get").call([.i32(9)]).first?.i32 == 2)
    }

    @Test("An object with any header is no object to the runtime, and to casts one of another type", arguments: some)
    func header(_ options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let array = try Self.object("array", instance), structure = try Self.object("struct", instance)
        let headers = (array[0], structure[0])
        #expect(try instance.function("test").call([]).first?.i32 == 1)
        for header in [0, 0x20, 0x0fff_fff0, 0xffff_fff0, 0x7fff_ffff] as [UInt32] {
            (array[0], structure[0]) = (header, header)
            #expect(throws: InternalError.self) { try instance.function("fill").call([]) }
            #expect(try instance.function("test").call([]).first?.i32 == 0)
            #expect(throws: InternalError.self) { try instance.function("deep").call([]) }
            _ = try instance.function("collect").call([])
        }
        (array[0], structure[0]) = headers
    }

    @Test("A number of no function, or of one of another type, is never called", arguments: some)
    func functions(_ options: Engine.Options) throws {
        let instance = try instantiate(Self.text, options)
        let functions = try Self.object("functions", instance)
        _ = try instance.function("number other").call([])
        #expect(try instance.function("call").call([]).first?.i32 == 1)
        let place = 6  // of the low half of element 2
        #expect(functions[place] == 1 && functions[place + 1] == 0)
        for (low, high) in [(2, 0), (3, 0), (.max, .max), (0x1000, 0x7fff)] as [(UInt32, UInt32)] {
            (functions[place], functions[place + 1]) = (low, high)
            #expect(throws: InternalError.self) { try instance.function("call").call([]) }
        }
        // Optimised code looks at the lower bits, here of the function that it was.
        (functions[place], functions[place + 1]) = (1, 1)
        let answer = try? instance.function("call").call([]).first?.i32
        #expect(answer == nil || answer == 1)
        (functions[place], functions[place + 1]) = (0, 0)
        #expect(throws: Trap.self) { try instance.function("call").call([]) }
    }
}
