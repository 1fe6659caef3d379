import Testing
import WasmEngine

/// Accesses that trap by faulting: what is before them in the program has happened, wherever it is stored.
@Suite("Faults in the program's order") struct FaultOrderTests {
    static let text = """
        (module
          (memory (export "memory") 1)
          (global $g (export "g") (mut i32) (i32.const 0))
          (table (export "table") 4 externref)
          (table $numbers 10000 externref)

          ;; the trap comes after a change of a global, a table, and memory
          (func (export "after_all") (param $p i32) (param $r externref) (result i32)
            (i32.store (i32.const 16) (i32.const 1))
            (global.set $g (i32.const 7))
            (table.set 0 (i32.const 1) (local.get $r))
            (i32.store offset=20 (local.get $p) (i32.const 2))
            (i32.load (local.get $p)))

          ;; the second check covers the first, but not before the store between them
          (func (export "between") (param $p i32) (result i32)
            (i32.load (local.get $p))
            (i32.store (i32.const 32) (i32.const 3))
            (i32.load offset=8 (local.get $p))
            i32.add)

          ;; LLVM moves the load behind the store's check, but not behind the store
          (func (export "sunk") (param $p i32) (param $q i32) (local $loaded i32)
            (local.set $loaded (i32.load (local.get $p)))
            (i32.store offset=4 (local.get $q) (i32.const 5))
            (i32.store offset=8 (local.get $q) (i32.mul (local.get $loaded) (i32.const 3))))

          ;; nobody needs what is loaded, nor the sizes that are read again in each iteration
          (func $nothing (export "nothing"))
          (func (export "unused") (param $p i32) (param $n i32)
            (loop $again
              (drop (i32.load (local.get $p)))
              (call_indirect $functions (i32.const 0))
              (global.set $g (local.get $n))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          (table $functions (export "functions") 1 funcref)
          (elem (table $functions) (i32.const 0) func $nothing)

          ;; an element of a table has the same distance from its start as the access from the memory's
          (func (export "same_distance") (param $i i32) (param $r externref) (result i32)
            (table.set $numbers (local.get $i) (local.get $r))
            (global.set $g (i32.const 9))
            (i32.load (i32.shl (local.get $i) (i32.const 3))))

          ;; the access behind the check is the next iteration's
          (func (export "next") (param $p i32) (param $n i32) (result i32) (local $sum i32)
            (loop $again
              (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $p))))
              (i32.store (i32.const 48) (local.get $n))
              (local.set $p (i32.add (i32.load offset=4 (local.get $p)) (local.get $p)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum))

          ;; what is copied was stored as less just before
          (func (export "copied") (param $n i32)
            (i32.store (i32.const 65404) (local.get $n))
            (v128.store (i32.const 65528) (v128.load (i32.const 65400))))
          (func (export "copied_from") (param $p i32) (param $n i32)
            (i32.store offset=4 (local.get $p) (local.get $n))
            (v128.store offset=128 (local.get $p) (v128.load (local.get $p))))

          ;; a loop may not keep its global in a register beyond the trap
          (func (export "count") (param $p i32) (param $mask i32)
            (loop $again
              (global.set $g (i32.add (global.get $g) (i32.const 1)))
              (drop (i32.load (local.get $p)))
              (local.set $p (i32.add (local.get $p) (i32.xor (local.get $mask) (i32.const 4096))))
              (br $again))))
        """

    private func trap(_ instance: Instance, _ name: String, _ arguments: [Value]) {
        do {
            _ = try instance.function(name).call(arguments)
            Issue.record("\(name) did not trap")
        } catch let trap as Trap {
            #expect(trap.reason == .memoryOutOfBounds)
        } catch {
            Issue.record(error)
        }
    }

    @Test("Memory, globals and tables", arguments: modes.indices) func stores(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        let reference = Value.externref(nil)
        trap(instance, "after_all", [.i32(65_516), reference])
        #expect(try memory.load(at: 16, as: UInt32.self) == 1)
        #expect(instance.global("g")?.value.i32 == 7)
        trap(instance, "between", [.i32(65_528)])
        #expect(try memory.load(at: 32, as: UInt32.self) == 3)
        trap(instance, "between", [.i32(65_533)])
        trap(instance, "sunk", [.i32(65_533), .i32(64)])
        #expect(try memory.load(at: 68, as: UInt32.self) == 0)
        trap(instance, "sunk", [.i32(0), .i32(65_528)])
        #expect(try memory.load(at: 65_532, as: UInt32.self) == 5)
        trap(instance, "unused", [.i32(65_520), .i32(9)])
        #expect(instance.global("g")?.value.i32 == 6)
        trap(instance, "same_distance", [.i32(8192), reference])
        #expect(instance.global("g")?.value.i32 == 9)
    }

    @Test("Copies that end outside", arguments: modes.indices) func copies(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        try memory.store(UInt64(7), at: 65_400)
        trap(instance, "copied", [.i32(5)])
        #expect(try memory.load(at: 65_404, as: UInt32.self) == 5)
        #expect(try memory.load(at: 65_528, as: UInt64.self) == 0)
        trap(instance, "copied_from", [.i32(65_400), .i32(6)])
        #expect(try memory.load(at: 65_404, as: UInt32.self) == 6)
        #expect(try memory.load(at: 65_528, as: UInt64.self) == 0)
    }

    @Test("Loops", arguments: modes.indices) func loops(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        try memory.store(UInt32(30_000), at: 1004)
        try memory.store(UInt32(40_000), at: 31_004)
        trap(instance, "next", [.i32(1000), .i32(10)])
        #expect(try memory.load(at: 48, as: UInt32.self) == 9)
        trap(instance, "count", [.i32(0), .i32(0)])
        #expect(instance.global("g")?.value.i32 == 17)
    }
}
