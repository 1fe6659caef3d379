import Testing
import WasmEngine

/// Accesses that look as if an earlier check covered them, and those that one does cover. The global says how far the
/// function got; 65,536 is the first address outside.
@Suite("Accesses after checks") struct CheckedRangeTests {
    static let text = """
        (module
          (memory (export "memory") 1 3)
          (global $at (export "at") (mut i32) (i32.const 0))
          (func $grow (drop (memory.grow (i32.const 1))))

          (func (export "smaller") (param $p i32)
            (drop (i32.load offset=8 (local.get $p)))
            (global.set $at (i32.const 1))
            (drop (i32.load offset=4 (local.get $p))))
          (func (export "larger") (param $p i32)
            (i32.store offset=4 (local.get $p) (i32.const 1))
            (global.set $at (i32.const 1))
            (i32.store offset=8 (local.get $p) (i32.const 1))
            (global.set $at (i32.const 2))
            (drop (i64.load offset=8 (local.get $p))))
          (func (export "wider") (param $p i32)
            (drop (i32.load8_u offset=1 (local.get $p)))
            (global.set $at (i32.const 1))
            (drop (i32.load16_u offset=1 (local.get $p))))
          (func (export "written") (param $p i32) (param $q i32)
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (local.set $p (local.get $q))
            (drop (i32.load (local.get $p))))
          (func (export "tee") (param $p i32) (param $q i32)
            (drop (i32.load (local.tee $p (local.get $q))))
            (global.set $at (i32.const 1))
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 2))
            (drop (i32.load (local.tee $p (i32.add (local.get $p) (i32.const 4))))))
          (func (export "old_operand") (param $p i32) (param $q i32)
            (local.get $p)
            (local.set $p (local.get $q))
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (drop (i32.load)))
          (func (export "swapped") (param $p i32) (param $q i32)
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (local.get $p) (local.get $q) (local.set $p) (local.set $q)
            (drop (i32.load (local.get $q)))
            (global.set $at (i32.const 2))
            (drop (i32.load (local.get $p))))
          (func (export "selected") (param $p i32) (param $q i32)
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (drop (i32.load (select (local.get $p) (local.get $q) (i32.const 0)))))
          (func (export "then") (param $p i32) (param $c i32)
            (if (local.get $c) (then (drop (i32.load (local.get $p)))))
            (global.set $at (i32.const 1))
            (drop (i32.load (local.get $p))))
          (func (export "else") (param $p i32) (param $c i32)
            (if (local.get $c)
              (then (drop (i32.load (local.get $p))))
              (else (global.set $at (i32.const 1)) (drop (i32.load (local.get $p))))))
          (func (export "written_in_arm") (param $p i32) (param $q i32) (param $c i32)
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (if (local.get $c) (then (local.set $p (local.get $q))))
            (drop (i32.load (local.get $p))))
          (func (export "skipped") (param $p i32) (param $c i32)
            (block (br_if 0 (local.get $c)) (drop (i32.load (local.get $p))))
            (global.set $at (i32.const 1))
            (drop (i32.load (local.get $p))))
          (func (export "skipped_larger") (param $p i32) (param $c i32)
            (drop (i32.load (local.get $p)))
            (block (br_if 0 (local.get $c)) (drop (i32.load offset=4 (local.get $p))))
            (global.set $at (i32.const 1))
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 2))
            (drop (i32.load offset=4 (local.get $p))))
          (func (export "table") (param $p i32) (param $c i32)
            (block (block (block (br_table 0 1 2 (local.get $c)))
              (drop (i32.load (local.get $p))))
              (global.set $at (i32.const 1))
              (drop (i32.load (local.get $p))))
            (global.set $at (i32.const 2))
            (drop (i32.load (local.get $p))))
          (func (export "loop") (param $p i32) (param $n i32)
            (drop (i32.load (local.get $p)))
            (loop $again
              (global.set $at (i32.add (global.get $at) (i32.const 1)))
              (drop (i32.load (local.get $p)))
              (local.set $p (i32.add (local.get $p) (i32.const 65536)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          (func (export "inner_loop") (param $p i32) (param $n i32)
            (loop $outer
              (drop (i32.load (local.get $p)))
              (loop $again
                (global.set $at (i32.add (global.get $at) (i32.const 1)))
                (drop (i32.load (local.get $p)))
                (if (local.tee $n (i32.sub (local.get $n) (i32.const 1)))
                  (then (local.set $p (i32.add (local.get $p) (i32.const 65536))) (br $again))))
              (drop (i32.load (local.get $p)))))
          (func (export "behind_loop") (param $p i32) (param $q i32) (param $n i32)
            (drop (i32.load offset=4 (local.get $p)))
            (loop $again
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $again (local.get $n))
              (drop (i32.load (local.get $q))))
            (global.set $at (i32.const 1))
            (drop (i32.load offset=4 (local.get $p)))
            (global.set $at (i32.const 2))
            (drop (i32.load (local.get $q)))
            (global.set $at (i32.const 3))
            (drop (i32.load offset=4 (local.get $q))))
          (func (export "behind_writing_loop") (param $p i32) (param $n i32)
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (loop $again
              (local.set $p (i32.add (local.get $p) (i32.const 32768)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (drop (i32.load (local.get $p))))
          (func (export "last_constant") (drop (i32.load offset=65500 (i32.const 32))))
          (func (export "constant") (drop (i32.load offset=65500 (i32.const 33))))
          (func (export "large_constant") (drop (i32.load8_u offset=4294967295 (i32.const 0xffff_ffff))))
          (func (export "constant_local") (local $p i32)
            (local.set $p (i32.const 65532))
            (drop (i32.load (local.get $p)))
            (global.set $at (i32.const 1))
            (drop (i32.load offset=1 (local.get $p))))

          ;; what is kept in registers while a block runs
          (func (export "grown") (param $p i32)
            (i32.store (local.get $p) (i32.const 5))
            (drop (memory.grow (i32.const 1)))
            (i32.store offset=65536 (local.get $p) (i32.load (local.get $p)))
            (global.set $at (i32.load offset=65536 (local.get $p))))
          (func (export "grown_by_call") (param $p i32)
            (i32.store (local.get $p) (i32.const 6))
            (call $grow)
            (i32.store offset=65536 (local.get $p) (i32.load (local.get $p)))
            (global.set $at (i32.add (i32.load offset=65536 (local.get $p)) (memory.size))))
          (func (export "operands") (param $p i32) (param $q i32)
            (local.get $p)
            (local.set $p (i32.mul (local.get $p) (i32.const 10)))
            (local.get $p)
            (local.tee $p (i32.add (local.get $p) (local.get $q)))
            (local.get $p) i32.add i32.add i32.add
            (global.set $at)))
        """

    /// What is called with what, and how far it gets: `nil` when it does not trap.
    static let calls: [(name: String, arguments: [Int32], trapsAt: Int32?)] = [
        ("smaller", [65_524], nil), ("smaller", [65_525], 0), ("smaller", [-5], 0),
        ("larger", [65_520], nil), ("larger", [65_521], 2), ("larger", [65_525], 1), ("larger", [65_529], 0),
        ("wider", [65_533], nil), ("wider", [65_534], 1), ("wider", [65_535], 0),
        ("written", [0, 65_532], nil), ("written", [0, 65_533], 1), ("written", [65_533, 0], 0),
        ("tee", [70_000, 65_528], nil), ("tee", [0, 65_529], 2), ("tee", [0, 65_533], 0),
        ("old_operand", [0, 0], nil), ("old_operand", [65_533, 0], 1), ("old_operand", [0, 65_533], 0),
        ("swapped", [0, 4], nil), ("swapped", [0, 65_533], 2), ("swapped", [65_533, 0], 0),
        ("selected", [0, 65_532], nil), ("selected", [0, 65_533], 1),
        ("then", [65_532, 0], nil), ("then", [65_533, 0], 1), ("then", [65_533, 1], 0),
        ("else", [65_532, 0], nil), ("else", [65_533, 0], 1), ("else", [65_533, 1], 0),
        ("written_in_arm", [0, 65_533, 0], nil), ("written_in_arm", [0, 65_533, 1], 1),
        ("skipped", [65_532, 1], nil), ("skipped", [65_533, 1], 1), ("skipped", [65_533, 0], 0),
        ("skipped_larger", [65_528, 1], nil), ("skipped_larger", [65_529, 1], 2), ("skipped_larger", [65_529, 0], 0),
        ("table", [65_532, 0], nil), ("table", [65_533, 0], 0), ("table", [65_533, 1], 1), ("table", [65_533, 2], 2),
        ("loop", [0, 1], nil), ("loop", [0, 2], 2), ("loop", [65_533, 1], 0),
        ("inner_loop", [0, 1], nil), ("inner_loop", [0, 2], 2), ("inner_loop", [65_533, 1], 0),
        ("behind_loop", [65_528, 65_528, 3], nil), ("behind_loop", [65_528, 65_529, 3], 3),
        ("behind_loop", [65_528, 65_533, 3], 0), ("behind_loop", [65_529, 0, 3], 0),
        ("behind_writing_loop", [0, 1], nil), ("behind_writing_loop", [0, 2], 1),
        ("last_constant", [], nil), ("constant", [], 0), ("large_constant", [], 0), ("constant_local", [], 1),
    ]

    @Test(arguments: modes.indices) func endsWhereItMust(_ mode: Int) throws {
        let program = try Engine(options: modes[mode]).compile(Module(text: Self.text))
        for (name, arguments, trapsAt) in Self.calls {
            let instance = try program.instantiate()
            var place: Int32?
            do { _ = try instance.function(name).call(arguments.map { .i32($0) }) } catch let trap as Trap {
                #expect(trap.reason == .memoryOutOfBounds)
                place = instance.global("at")?.value.i32
            }
            #expect(place == trapsAt, "\(name) \(arguments) in mode \(mode)")
        }
    }

    @Test(arguments: modes.indices) func seesWhatBlocksWrite(_ mode: Int) throws {
        let calls: [(name: String, arguments: [Int32], result: Int32)] = [
            ("grown", [40], 5), ("grown_by_call", [40], 8), ("operands", [7, 3], 7 + 70 + 73 + 73),
        ]
        let program = try Engine(options: modes[mode]).compile(Module(text: Self.text))
        for (name, arguments, result) in calls {
            let instance = try program.instantiate()
            _ = try instance.function(name).call(arguments.map { .i32($0) })
            #expect(instance.global("at")?.value.i32 == result, "\(name) in mode \(mode)")
        }
    }
}
