import Testing
import WasmEngine

/// A loop that ends in a switch: the machine state of a parser, which SQLite's compilation found.
@Test("A loop whose last block is a switch compiles and traps as it must", arguments: modes)
func loopThatEndsInASwitch(options: Engine.Options) throws {
    let instance = try instantiate(
        """
        (module (memory 1)
          (data (i32.const 0) "\\05\\00\\00\\00\\06\\00\\00\\00\\07\\00\\00\\01")
          (func (export "sum") (param $i i32) (result i32) (local $sum i32)
            (block $done
              (block $other
                (loop $again
                  (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $i))))
                  (local.set $i (i32.add (local.get $i) (i32.const 4)))
                  (br_table $again $done $again $other $again (i32.load8_u (i32.sub (local.get $i) (i32.const 1))))))
              (local.set $sum (i32.const -1)))
            (local.get $sum)))
        """, options)
    let sum = try instance.function("sum", as: ((Int32) -> Int32).self)
    #expect(try sum(0) == 18)
    #expect(throws: Trap.self) { try sum(16) }
}
