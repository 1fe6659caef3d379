import Testing
import WasmEngine
import WasmText

/// Frames that are larger than the stack that the host keeps for itself. Each test calls such a function with less and
/// less stack left: where the check did not count the frame, the process would end.
@Suite("Large stack frames", .serialized) struct FrameTests {
    static let modes: [Engine.Options] = [.init(optimization: .none), .init(optimization: .standard), tiered]

    static var tiered: Engine.Options {
        var options = Engine.Options()
        var tiering = Tiering(threshold: 1)
        tiering.waits = true
        options.tiering = tiering
        return options
    }

    static func isOverflow(_ function: Function, _ argument: Int32) throws -> Bool {
        do {
            _ = try function.call([.i32(argument)])
            return false
        } catch let trap as Trap {
            #expect(trap.reason == .stackOverflow)
            return true
        }
    }

    /// Looks for the depth from which on the large frame does not fit, and calls it from all depths around.
    static func approach(_ text: String, _ options: Engine.Options) throws {
        let instance = try Engine(options: options).compile(Module(text: text)).instantiate()
        let function = try instance.function("run")
        #expect(try !isOverflow(function, 0))
        var (deepest, tooDeep): (Int32, Int32) = (0, 10_000_000)
        while tooDeep - deepest > 1 {
            let middle = deepest + (tooDeep - deepest) / 2
            if try isOverflow(function, middle) { tooDeep = middle } else { deepest = middle }
        }
        for depth in tooDeep..<tooDeep + 100 { #expect(try isOverflow(function, depth)) }
        for depth in stride(from: tooDeep, to: tooDeep * 3, by: Int(tooDeep / 50 + 1)) {
            #expect(try isOverflow(function, depth))
        }
        #expect(try !isOverflow(function, 0))
    }

    /// Calls `$large` at the end of a recursion.
    static let recursion = """
        (func $run (export "run") (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $run (i32.sub (local.get 0) (i32.const 1)))))
            (else (call $large))))
        """

    @Test("a leaf that holds 20,000 vectors", arguments: modes.indices) func leaf(_ mode: Int) throws {
        let reads = String(repeating: "global.get $v ", count: 20_000)
        let sums = String(repeating: "i32x4.add ", count: 19_999)
        try Self.approach(
            """
            (module
              (global $v (mut v128) (v128.const i32x4 1 2 3 4))
              (func $large (result i32) \(reads) \(sums) i32x4.extract_lane 0)
              \(Self.recursion))
            """, Self.modes[mode])
    }

    @Test("20,000 live results of calls", arguments: modes.indices) func results(_ mode: Int) throws {
        let calls = String(repeating: "(call $many) ", count: 20)
        try Self.approach(
            """
            (module
              (global $v (mut v128) (v128.const i32x4 1 2 3 4))
              (type $many (func (result \(String(repeating: "v128 ", count: 1_000)))))
              (func $many (type $many) \(String(repeating: "global.get $v ", count: 1_000)))
              (func $large (result i32) \(calls) \(String(repeating: "i32x4.add ", count: 19_999)) i32x4.extract_lane 0)
              \(Self.recursion))
            """, Self.modes[mode])
    }

    @Test("a recursion of large frames only", arguments: modes.indices) func recursionOfLargeFrames(_ mode: Int) throws
    {
        let calls = String(repeating: "(call $many (local.get 0)) ", count: 20)
        let values = (0..<1_000).map { "(i64.extend_i32_u (i32.add (local.get 0) (i32.const \($0)))) " }.joined()
        let text = """
            (module
              (type $many (func (param i32) (result \(String(repeating: "i64 ", count: 1_000)))))
              (func $many (type $many) \(values))
              (func $run (export "run") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                \(calls)
                (call $run (i32.sub (local.get 0) (i32.const 1)))
                i64.extend_i32_u \(String(repeating: "i64.add ", count: 20_000)) i32.wrap_i64))
            """
        let instance = try Engine(options: Self.modes[mode]).compile(Module(text: text)).instantiate()
        let run = try instance.function("run")
        let typed = try instance.function("run", as: ((Int32) -> Int32).self)
        #expect(try typed(1) == 20 * (1_000 + 499_500))
        #expect(try Self.isOverflow(run, 1_000_000))
    }
}
