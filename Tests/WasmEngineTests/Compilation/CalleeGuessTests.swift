import Testing
import WasmText

@testable import WasmEngine

@Suite("Functions are compiled before they are called, while a guest waits") struct CalleeGuessTests {
    private static func guesses(_ text: String, called: [Int]) throws -> CalleeGuesses {
        var guesses = CalleeGuesses(try Module(text: text))
        guesses.note(called, distance: 0)
        guesses.read()
        return guesses
    }

    @Test("The nearest callees are first, in the order of the calls")
    func nearest() throws {
        var guesses = try Self.guesses(
            """
            (module
              (import "env" "host" (func $host))
              (func $main (call $near) (call $host) (call $next))
              (func $near (call $far))
              (func $next)
              (func $far (call $farther))
              (func $farther)
              (func $apart))
            """, called: [1])
        var known: Set<Int> = [1]
        #expect(guesses.next(atMost: 4, known: known) == [2])
        known = [1, 2]
        guesses.read()
        #expect(guesses.next(atMost: 1_000, known: known) == [3, 4])
        known = [1, 2, 3, 4]
        guesses.read()
        #expect(guesses.next(atMost: 1_000, known: known) == [5])
        guesses.read()
        #expect(guesses.next(atMost: 1_000, known: known.union([5])) == [])
    }

    @Test("Neighbours in a table are guessed, other neighbours are not, and what is known is not again")
    func neighbours() throws {
        var guesses = try Self.guesses(
            """
            (module
              (table funcref (elem $first $second $fourth))
              (func $first) (func $second) (func $third) (func $fourth))
            """, called: [1])
        #expect(Set(guesses.next(atMost: 1_000, known: [1])) == [0, 3])
        #expect(guesses.next(atMost: 1_000, known: [1]) == [])
    }

    /// Each function calls the next, and all can be guessed. The rotations leave their value as it is.
    private static let chain = {
        let step = "(local.set 0 (i32.rotl (i32.rotl (local.get 0) (i32.const 7)) (i32.const 25)))"
        let steps = String(repeating: step, count: 8)
        let functions = (0..<40).map {
            """
            (func (export "f\($0)") (param i32) (result i32)
              \(steps) (call \($0 + 1) (i32.add (local.get 0) (i32.const 1))))
            """
        }
        return "(module \(functions.joined()) (func (param i32) (result i32) (local.get 0)))"
    }()

    @Test("A program gives the same where another process guesses, and where a guess ends that process")
    func results() throws {
        for faults in ["", "abort:f30:*"] {
            var options = tiered(memory: .guarded, threshold: 1_000_000)
            options.tiering?.isLazy = true
            options.cache = nil
            options.threadCount = 2
            let program = try IsolationTests.isolated(options, faults: faults).compile(Module(text: Self.chain))
            let instance = try program.instantiate()
            if faults.isEmpty {
                #expect(try instance.function("f0", as: ((Int32) -> Int32).self)(7) == 47)
                continue
            }
            #expect(try instance.function("f31", as: ((Int32) -> Int32).self)(7) == 16)
            for _ in 0..<2 {
                let error = try #require(throws: CompileError.self) { try instance.function("f0").call([.i32(0)]) }
                #expect(error.cause == .crashed && error.function == 30)
            }
        }
    }
}
