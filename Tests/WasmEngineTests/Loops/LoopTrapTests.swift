import Foundation
import Testing
import WasmEngine

/// Loops that optimisers have got wrong, each against what the specification says, computed here.
@Suite("Loops over memory, exact to the last store") struct LoopTrapTests {
    static let text: String = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = package.appending(path: "Fixtures/traps/traps.wat")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? "Fixtures/traps/traps.wat is missing"
    }()

    private func call(_ instance: Instance, _ name: String, _ arguments: [Int]) throws -> Trap.Reason? {
        do {
            _ = try instance.function(name).call(arguments.map { .i32(Int32(truncatingIfNeeded: $0)) })
            return nil
        } catch let trap as Trap { return trap.reason }
    }

    private func expect(_ expected: [UInt8], in memory: Memory, _ comment: String) throws {
        let found = try memory.read(at: 0, byteCount: expected.count)
        #expect(found == expected, "\(comment)")
    }

    @Test("A load whose value nobody needs still traps", arguments: modes.indices)
    func dropped(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        for (name, width) in [("dropped", 4), ("dropped_widening", 2), ("dropped_vector", 16)] {
            #expect(try call(instance, name, [65536 - width]) == nil)
            #expect(try call(instance, name, [65537 - width]) == .memoryOutOfBounds)
            #expect(try call(instance, name, [-1]) == .memoryOutOfBounds)
        }
        #expect(try call(instance, "dropped_in_loop", [65136, 100]) == nil)
        #expect(try call(instance, "dropped_in_loop", [65136, 101]) == .memoryOutOfBounds)
        #expect(try call(instance, "dropped_in_loop", [65137, 100]) == .memoryOutOfBounds)
    }

    @Test("Exactly the stores before the trap are visible", arguments: modes.indices)
    func stores(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        for (name, width, step) in [
            ("fill8", 1, 1), ("fill8", 1, -1), ("fill8", 1, 7), ("fill32", 4, 4), ("fill32_down", 4, -4),
            ("fill32_unrolled", 4, 4),
        ] {
            for count in [4, 32, 100] {
                for slack in -5...5 {
                    try memory.write(Array(repeating: 0, count: 65536), at: 0)
                    let start = step > 0 ? 65536 - count * step + slack : (count - 1) * -step + slack
                    var expected = [UInt8](repeating: 0, count: 65536)
                    var address = start
                    var trapped = false
                    for _ in 0..<count {
                        if address < 0 || address + width > 65536 { trapped = true; break }
                        for byte in address..<address + width { expected[byte] = 0xAA }
                        address += step
                    }
                    let reason = try call(instance, name, [start, step, count])
                    #expect(reason == (trapped ? .memoryOutOfBounds : nil), "\(name) \(count) \(slack)")
                    try expect(expected, in: memory, "\(name) \(count) \(slack)")
                }
            }
        }
    }

    @Test("Indices wrap at 2^32; offsets do not wrap", arguments: modes.indices)
    func wrapping(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        #expect(try call(instance, "wrap", [0, 65536]) == nil)
        #expect(try call(instance, "wrap", [0, 65537]) == .memoryOutOfBounds)
        #expect(try call(instance, "wrap", [-8, 16]) == .memoryOutOfBounds)
        #expect(try call(instance, "large_offset", [0x10, 64]) == .memoryOutOfBounds)
        #expect(try call(instance, "large_offset", [-0x10, 64]) == .memoryOutOfBounds)
        let memory = try #require(instance.memory)
        try expect(Array(repeating: 0, count: 65536), in: memory, "nothing was stored")
    }

    @Test("Counters go down to zero and past it", arguments: modes.indices)
    func counters(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        var expected = [UInt8](repeating: 0, count: 65536)
        // Index -1 plus the offset is beyond 2^32.
        #expect(try call(instance, "past_zero", [50, -20]) == .memoryOutOfBounds)
        for index in 0...50 { expected[1000 + index] = 0xAA }
        try expect(expected, in: memory, "past_zero")
        #expect(try call(instance, "past_zero", [90, -1]) == nil)
        for index in 0...90 { expected[1000 + index] = 0xAA }
        try expect(expected, in: memory, "past_zero, stopping at zero")
        #expect(try call(instance, "to_zero", [200]) == nil)
        for index in 1...200 { expected[1000 + index] = 0xAA }
        try expect(expected, in: memory, "to_zero")
        #expect(try call(instance, "to_zero", [0]) == .memoryOutOfBounds)
    }

    @Test("A loop that grows its memory, and one that divides by zero", arguments: modes.indices)
    func others(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        #expect(try call(instance, "grow_inside", [65536 - 100, 300]) == nil)
        #expect(try memory.read(at: 65436, byteCount: 300) == Array(repeating: 0xAA, count: 300))
        #expect(try call(instance, "grow_inside", [3 * 65536 - 99, 300]) == .memoryOutOfBounds)
        try memory.write(Array(repeating: 0xFF, count: 100), at: 0)
        #expect(try call(instance, "divide_inside", [10, 60]) == .integerDivideByZero)
        #expect(try memory.read(at: 10, byteCount: 61) == [0xFF] + (1...60).map { UInt8(100 / $0) })
    }

    @Test("Copies whose source and destination overlap at every distance", arguments: modes.indices)
    func overlap(_ mode: Int) throws {
        let instance = try instantiate(Self.text, modes[mode])
        let memory = try #require(instance.memory)
        let initial = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 3) }
        for (name, isDownward) in [("copy8", false), ("copy8_unrolled", false), ("copy8_down", true)] {
            for distance in -64...64 {
                try memory.write(initial, at: 0)
                var expected = initial
                let count = 300
                for index in isDownward ? Array((0..<count).reversed()) : Array(0..<count) {
                    expected[400 + distance + index] = expected[400 + index]
                }
                #expect(try call(instance, name, [400 + distance, 400, count]) == nil)
                try expect(expected, in: memory, "\(name) \(distance)")
            }
        }
    }
}
