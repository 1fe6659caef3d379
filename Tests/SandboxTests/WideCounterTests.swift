import Testing
import WasmSpec

/// Loops that count in 64 bits and address memory with the lower 32.
@Suite("Counters of 64 bits") struct WideCounterTests {
    static let size = 2 * 65536

    /// Stores at the counter less each distance, in a memory of two pages; the last of them may be beyond.
    static let script: String = {
        var functions = "", assertions = "", number = 0
        for first in [8] {
            for distances in [[8, 0], [0, 8], [0], [3, 2, 1, 0]] {
                for (step, isUp) in [(1, true), (4, true), (1, false)] {
                    for offset in [0, size - 1000 - first, size - 1000] {
                        let count = 1000 / step - first
                        let stores = distances.map {
                            """
                            (i32.store8 offset=\(offset) (i32.wrap_i64 (i64.sub (local.get $i) (i64.const \($0)))) \
                            (i32.const 7))
                            """
                        }
                        let counters = (0..<count).map { isUp ? first + $0 * step : first + (count - 1 - $0) * step }
                        let end = counters[count - 1] + (isUp ? step : -step)
                        number += 1
                        functions += """
                            (func (export "\(number)") (result i64) (local $i i64)
                              (memory.fill (i32.const 0) (i32.const 0) (i32.const \(size)))
                              (local.set $i (i64.const \(counters[0])))
                              (loop $again
                                \(stores.joined(separator: " "))
                                (local.set $i (i64.add (local.get $i) (i64.const \(isUp ? step : -step))))
                                (br_if $again (i64.ne (local.get $i) (i64.const \(end)))))
                              (call $hash))

                            """
                        var memory = ModelMemory(byteCount: size), traps = false
                        for counter in counters where !traps {
                            for distance in distances where !traps {
                                let place = counter - distance + offset
                                traps = place >= size
                                if !traps { memory.store(UInt8(7), at: place) }
                            }
                        }
                        assertions +=
                            traps
                            ? "(assert_trap (invoke \"\(number)\") \"out of bounds memory access\")\n"
                            : "(assert_return (invoke \"\(number)\") (i64.const \(memory.hash(size))))\n"
                        assertions += "(assert_return (invoke \"hash\") (i64.const \(memory.hash(size))))\n"
                    }
                }
            }
        }
        return "(module (memory 2) \(ModelMemory.hashFunction(size)) \(functions))\n\(assertions)"
    }()

    @Test("address what 32 do", arguments: optimizingModes) func values(_ mode: Mode) {
        expectToPass(Self.script, mode)
    }
}
