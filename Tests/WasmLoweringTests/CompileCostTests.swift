import Foundation
import Synchronization
import Testing
import Wasm
@testable import WasmLowering
import WasmText

@Suite("Compile cost") struct CompileCostTests {
    static func module(_ body: String) throws -> Module {
        try Module(
            text:
                """
                (module (memory 1) (func (export \"f\") (param i32) (result i32) (local i32 i32) \(body) (local.get \
                1)))
                """
        )
    }

    /// Compiles a quarter of something and all of it, and compares what that takes of the processor: time that others
    /// take does not count. Four times as much may take some more than four times as long; LLVM's quadratic ways would
    /// take sixteen times.
    ///
    /// - Parameter parts: how many objects the whole is compiled to: two if a function is too expensive to optimise.
    func expectProportion(
        _ count: Int, optimization: OptimizationLevel = .standard, processor: String = "native", parts: Int = 1,
        _ module: (Int) throws -> Module
    ) throws {
        let target = Target.named[processor] ?? Target(triple: "x86_64-linux-gnu", cpu: processor)
        func seconds(_ count: Int, parts: Int?) throws -> Double {
            let module = try module(count)
            let spent = Mutex(0.0)
            // Called on the one thread that compiles, the last time when it is done.
            let monitor = CompilationMonitor { _ in spent.withLock { $0 = Self.threadSeconds } }
            var options = CompilationOptions(optimization: optimization)
            options.target = target
            let objects = try ModuleCompiler.compile(module, options: options, threadCount: 1, monitor: monitor)
            if let parts { #expect(objects.count == parts) }
            return spent.withLock(\.self)
        }
        var ratios: [Double] = []
        // Others' work in the caches and on the core's other thread slows down now the one and now the other.
        while ratios.count < 3, ratios.min() ?? .infinity >= 12 {
            // Less could be nothing but what every compilation takes.
            let quarter = max(try seconds(count / 4, parts: nil), 0.05)
            ratios.append(try seconds(count, parts: parts) / quarter)
        }
        #expect(ratios.min() ?? .infinity < 12, "all took \(ratios) times as long as a quarter")
    }

    private static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    @Test func nestedLoops() throws {
        try expectProportion(1000, parts: 2) { count in
            let start = String(repeating: "(loop ", count: count)
            let end = String(repeating: "(br_if 0 (i32.lt_u (local.get 1) (local.get 0))))", count: count)
            return try Self.module(start + "(local.set 1 (i32.add (local.get 1) (i32.const 1)))" + end)
        }
    }

    @Test func subtractionChain() throws {
        try expectProportion(2_000) { count in
            let chain =
                String(repeating: "local.get 0 ", count: count + 1) + String(repeating: "i32.sub ", count: count)
            return try Self.module(chain + "local.set 1")
        }
    }

    /// One block: each number in it is a part of the sum that selecting instructions would bring together with all
    /// others.
    @Test(arguments: [OptimizationLevel.less, .standard, .aggressive])
    func sumOfSums(level: OptimizationLevel) throws {
        try expectProportion(2_000, optimization: level) { count in
            let parts = (1...count).map { "local.get 0 i32.const \($0) i32.add i32.sub " }
            return try Self.module("local.get 0 " + parts.joined() + "local.set 1")
        }
    }

    @Test func productOfProducts() throws {
        try expectProportion(2_000) { count in
            let factors = (1...count).map { "local.get 0 i32.const \(2 * $0 + 1) i32.mul i32.mul " }
            return try Self.module("local.get 0 " + factors.joined() + "local.set 1")
        }
    }

    /// What the last block needs from the first moves there, past every check, once.
    @Test func sumOfLoads() throws {
        try expectProportion(4_000) { count in
            let parts = (1...count).map { "local.get 0 i32.load offset=\(4 * $0) i32.mul " }
            return try Self.module("local.get 0 " + parts.joined() + "local.set 1")
        }
    }

    /// One block in which each choice waits for the one before it, and most need the processor's flags.
    @Test func chainOfChoices() throws {
        try expectProportion(1_000) { count in
            let links = (1...count).map {
                """
                local.get 1 i32.const \($0 * 7) i32.rotr local.get 2 i32.xor local.get 0 i32.rotr if local.get 1 \
                local.set 2 end
                local.get 0 i64.extend_i32_u i64.const \($0) i64.or i64.const 1 local.get 1 select
                local.get 0 i64.load offset=\($0 * 8) i64.or local.get 0 i64.extend_i32_u i64.xor
                local.get 0 i64.extend_i32_s i64.lt_u local.get 1 i32.shr_u local.set 0
                """
            }
            let code = links.joined(separator: " ") + " local.get 0 local.get 2 i32.add"
            return try Module(
                text: "(module (memory 1) (func (export \"f\") (param i32 i32) (result i32) (local i32) \(code)))")
        }
    }

    /// Each loop starts where the one before it ended.
    @Test func loopsInARow() throws {
        let one = "(loop (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))"
        try expectProportion(400) { try Self.module(String(repeating: one, count: $0)) }
        try expectProportion(4_000, parts: 2) { try Self.module(String(repeating: one, count: $0)) }
    }

    /// Each start is a choice of what the loop before left, which nothing simplifies at O1.
    @Test func chosenStartsOfLoops() throws {
        let one = """
            (local.set 2 (i64.shl (i64.shl (i64.xor (i64.ctz (local.get 2)) (i64.ctz (local.get 2)))
                (i64.extend_i32_s (local.get 1))) (i64.load (local.get 1))))
            (loop (local.set 0 (i32.eqz (i32.shl (select
                (select (i32.const 1) (local.get 1) (local.get 0)) (i32.const 0) (local.get 1)) (i32.const 7))))
              (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
            """
        try expectProportion(100, optimization: .less, parts: 2) { count in
            let code = String(repeating: one, count: count)
            let text =
                """
                (module (memory 1) (func (export \"f\") (param i32 i32) (result i32) (local i64) \(code) (local.get \
                0)))
                """
            return try Module(text: text)
        }
    }

    /// Counters that go on from loop to loop: expressions nested as deeply as there are loops, which LLVM's analysis of
    /// sums went around in until the stack ended, whatever its size. It takes time to the power of three, which the
    /// limit on loops bounds.
    @Test func counterOfManyLoops() throws {
        let one =
            """
            (loop (local.get 1) (local.set 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 14) (i32.lt_u) \
            (br_if 0))
            """
        let options = CompilationOptions(optimization: .less)
        func objectCount(_ loopCount: Int) throws -> Int {
            try ModuleCompiler.compile(
                Self.module(String(repeating: one, count: loopCount)), options: options, threadCount: 1
            ).count
        }
        #expect(try objectCount(64) == 1 && objectCount(65) == 2)
    }

    /// LLVM's analysis of loops asks each of these sums of products about the one inside it, on the stack.
    @Test func nestedSumsOfProducts() throws {
        try expectProportion(10_000) { count in
            let links = String(repeating: "local.get 0 i32.mul local.get 1 i32.add ", count: count)
            return try Self.module(
                """
                (loop (local.get 2) \(links) (i32.load8_u) (local.set 1 (i32.add (local.get 1)))
                  (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
                """)
        }
    }

    /// Lowering alone says what is too expensive to optimise.
    private func isOptimized(_ body: String) throws -> Bool {
        let module = try Self.module(body)
        let unit = try CompilationUnit(
            ModulePlan(module), options: CompilationOptions(), name: "m", isWhole: true)
        return try unit.lower(.whole(ModulePlan(module))).isEmpty
    }

    @Test("Checks of memory bounds are no branches: straight code and interpreters have more of them than of branches")
    func checksAreNoBranches() throws {
        func loads(_ count: Int) -> String {
            (0..<count).map { "(local.set 1 (i32.xor (local.get 1) (i32.load offset=\(4 * $0) (local.get 0))))" }
                .joined()
        }
        // As many as CPython's main loop has.
        #expect(try isOptimized(loads(9_100)) && isOptimized(loads(14_400)) && !isOptimized(loads(16_100)))
        let division = "(local.set 1 (i32.div_u (local.get 0) (local.get 1)))"
        #expect(try !isOptimized(String(repeating: division, count: 9_100)))
    }

    @Test func manyIfs() throws {
        let one = "(if (i32.load (local.get 1)) (then (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))))"
        try expectProportion(10_000, parts: 2) { try Self.module(String(repeating: one, count: $0)) }
    }

    /// Past the first 500 a type costs LLVM nothing.
    @Test func manyTypes() throws {
        func module(_ count: Int) throws -> Module {
            let types = (0..<count).map { number in
                let parameters = (0..<12).map { number >> $0 & 1 == 0 ? "i32 " : "i64 " }
                return "(type (func (param \(parameters.joined()))))"
            }
            let imports = types.indices.map { "(import \"m\" \"f\" (func (type \($0))))" }
            return try Module(text: "(module \(types.joined()) \(imports.joined()) (func (export \"f\")))")
        }
        func byteCount(_ count: Int) throws -> Int {
            let objects = try ModuleCompiler.compile(
                module(count), options: CompilationOptions(optimization: .none), threadCount: 1)
            #expect(objects.count == 1)
            return objects[0].count
        }
        #expect(try byteCount(4_000) == byteCount(1_000))
        try expectProportion(4_000, module)
    }

    /// None of them is LLVM's work.
    @Test func manyGlobalsAndSegments() throws {
        try expectProportion(80_000) { count in
            let globals = (0..<count / 2).map { "(global (mut i32) (i32.const \($0)))" }
            let segments = String(repeating: "(elem (i32.const 1) func $f)", count: count / 2)
            return try Module(
                text: "(module (table 10 funcref) \(globals.joined()) \(segments) (func $f (export \"f\")))")
        }
    }

    /// Small vectors are not looked for in one block that long.
    @Test func chainOfFloats() throws {
        try expectProportion(8_000) { count in
            let operations = ["add", "mul", "sub", "div"]
            let lines = (0..<count).map { "local.get 0 local.get 1 f64.\(operations[$0 % 4]) local.set \($0 % 2) " }
            return try Module(
                text: "(module (func (export \"f\") (param f64 f64) (result f64) \(lines.joined()) local.get 0))")
        }
    }

    @Test func manyShuffles() throws {
        try expectProportion(4_400, parts: 2) { count in
            let lines = (0..<count).map { line in
                let lanes = (0..<16).map { "\(($0 * 7 + line * 5) % 32)" }.joined(separator: " ")
                return "(local.set \(line % 2) (i8x16.shuffle \(lanes) (local.get 0) (local.get 1)))"
            }
            return try Module(
                text: "(module (func (export \"f\") (param v128 v128) (result v128) \(lines.joined()) (local.get 0)))")
        }
    }

    @Test func manyVariablesOfALoop() throws {
        try expectProportion(4_000, parts: 2) { count in
            let steps = (0..<count).map { "(local.set \($0) (i32.add (local.get \($0)) (local.get \($0 + 1))))" }
            return try Module(
                text: """
                    (module (func (export "f") (param i32) (local \(String(repeating: "i32 ", count: count)))
                      (loop \(steps.joined()) (br_if 0 (local.get \(count))))))
                    """)
        }
    }

    /// What a variable is worth in one case is known to be a sum in the next ones.
    @Test func casesThatFallThrough() throws {
        try expectProportion(8_000, parts: 2) { count in
            let targets = (0...count).map(String.init).joined(separator: " ")
            let cases = (0..<count).map { "(local.set 1 (i32.add (local.get 1) (i32.const \($0)))))" }
            let start = String(repeating: "(block ", count: count + 1)
            return try Self.module("\(start) (br_table \(targets) (local.get 0)))\(cases.joined())")
        }
    }

    /// One block of two variables: each value may share a register with the one before it, and processors that schedule
    /// again behind register allocation have all of the block then.
    @Test(arguments: ["native", "x86-64-v3", "znver3"]) func chainOfTwoVariables(processor: String) throws {
        try expectProportion(12_000, processor: processor) { count in
            let lines = (0..<count).map { line in
                "local.get 0 local.get 1 i32.add local.get \(line % 2) i32.const \(line % 31) i32.shl i32.xor "
                    + "local.set \(line % 2) "
            }
            return try Self.module(lines.joined())
        }
    }

    /// As large as the main loop of SQLite's virtual machine: what a check adds must not count as the program's own
    /// blocks.
    @Test func interpreterIsOptimized() throws {
        let body = """
            (local.set 1 (i32.add (i32.load (local.get 0)) (i32.load offset=4 (local.get 1))))
            (if (local.get 1) (then (i32.store offset=8 (local.get 1) (i32.load (i32.load (local.get 0))))))
            (br $next))
            """
        try expectProportion(1_100) { cases in
            let targets = (0..<cases).map(String.init).joined(separator: " ")
            return try Self.module(
                """
                (loop $next \(String(repeating: "(block ", count: cases + 1))
                (br_table \(targets) \(cases) (i32.load8_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))))))
                \(String(repeating: body, count: cases)))
                """)
        }
    }

    /// Calls and branches that take 1,000 values with them: no slot of the frame for each call, no value for each of
    /// their results that stays, and twice the code for twice as many.
    @Test(arguments: [OptimizationLevel.none, .standard])
    func callsWithManyResults(level: OptimizationLevel) throws {
        func byteCount(_ calls: Int) throws -> Int {
            let many = String(repeating: "v128 ", count: 1_000)
            let text = """
                (module (type $t (func (param v128) (result \(many))))
                  (func $f (type $t) \(String(repeating: "local.get 0 ", count: 1_000)))
                  (func (export "g") (param v128) (result i32)
                    \(String(repeating: "(block (call $f (local.get 0)) (br 0))", count: calls)) (i32.const 42)))
                """
            let options = CompilationOptions(optimization: level)
            return try ModuleCompiler.compile(Module(text: text), options: options, threadCount: 1).reduce(0) {
                $0 + $1.count
            }
        }
        let (some, twice) = (try byteCount(100), try byteCount(200))
        #expect(twice < some * 11 / 5)
    }

    @Test("Calls so many that optimising them would take minutes are not optimised", .timeLimit(.minutes(3)))
    func manyCalls() throws {
        func objects(_ parameters: Int, _ code: String) throws -> Int {
            let list = String(repeating: "i32 ", count: parameters)
            let text = """
                (module (import "m" "g" (func $g (param \(list)) (result i32))) (func (export "f") (param i32)
                  (result i32) \(code)))
                """
            return try ModuleCompiler.compile(Module(text: text), options: CompilationOptions(), threadCount: 1).count
        }
        func call(_ parameters: Int) -> String { String(repeating: "local.get 0 ", count: parameters) + "call $g " }
        func live(_ count: Int) -> String {
            String(repeating: call(1), count: count) + String(repeating: "i32.xor ", count: count - 1)
        }
        func dropped(_ count: Int) -> String { String(repeating: call(8) + "drop ", count: count) + "local.get 0" }
        func chained(_ count: Int) -> String { "local.get 0 " + String(repeating: "call $g ", count: count) }
        #expect(try objects(1, live(10_000)) == 2)
        #expect(try objects(8, dropped(2_000)) == 2)
        #expect(try objects(1, chained(10_000)) == 2)
        // As many as a large function of a program has.
        #expect(try objects(8, dropped(500)) == 1)
        #expect(try objects(1, chained(2_000)) == 1)
    }

    /// Too much for any level is an error that says what to do.
    private func expectRefusal(_ text: String) throws {
        let module = try Module(text: text)
        let error = #expect(throws: CompileError.self) {
            _ = try ModuleCompiler.compile(module, options: CompilationOptions(), threadCount: 1)
        }
        #expect(error?.message.contains("divide the function") == true)
    }

    @Test("More values than any level could move in reasonable time are an error that says what to do")
    func tooManyTransfers() throws {
        let many = String(repeating: "i64 ", count: 1_000)
        let text = """
            (module (type $t (func (param \(many)) (result \(many))))
              (import "a" "f" (func $f (type $t)))
              (func (export "g") (type \
            $t) \((0..<1_000).map { "local.get \($0) " }.joined()) \(String(repeating: "call $f ", count: 400))))
            """
        try expectRefusal(text)
    }

    @Test("Clauses that bring 1,000 values each count as well: two bytes of the module make one")
    func manyClauses() throws {
        let many = String(repeating: "i64 ", count: 1_000)
        let text = """
            (module (tag $t (param \(many)))
              (func (export "f") (try (do nop) \(String(repeating: "(catch $t unreachable)", count: 400)))))
            """
        try expectRefusal(text)
    }

    /// Each call may change the base and size of every memory, each atomic operation those of shared ones.
    @Test(arguments: [OptimizationLevel.none, .standard]) func manyMemories(level: OptimizationLevel) throws {
        let loads = (0..<100).map { "(drop (i32.load $m\($0) (i64.const 0)))" }.joined()
        let memories = (0..<100).map { "(memory $m\($0) i64 1)" }.joined()
        try expectProportion(8_000, optimization: level, parts: level == .none ? 1 : 2) { count in
            let calls = String(repeating: "(call $f)", count: count)
            return try Module(text: "(module \(memories) (func $f) (func (export \"g\") \(loads) \(calls)))")
        }
    }

    /// Each clause that asks for a reference tells which ones the function holds.
    @Test func manyReferences() throws {
        let text = """
            (module (tag $t) (func $f) (func (export "g")
              (local \(String(repeating: "exnref ", count: 30)))
              (drop (block $caught (result exnref)
                (try_table \(String(repeating: "(catch_ref $t $caught)", count: 20_000)) (call $f)) (unreachable)))))
            """
        try expectRefusal(text)
    }

    @Test("A table whose only function is the last of 100,000 elements is not laid out")
    func tablesOfNulls() throws {
        let tables = (0..<100).map { "(table $t\($0) 100000 funcref) (elem (table $t\($0)) (i32.const 99999) func $f)" }
        let objects = try ModuleCompiler.compile(
            Module(text: "(module \(tables.joined()) (func $f (export \"f\")))"),
            options: CompilationOptions(optimization: .none), threadCount: 1)
        #expect(objects.reduce(0) { $0 + $1.count } < 100_000)
    }

    /// Neither locals nor parameters cost what a function that uses them would.
    @Test func unusedLocals() throws {
        func slotCount(_ locals: Int, _ parameters: Int) throws -> Int {
            let text = """
                (module (func (param \(String(repeating: "i32 ", count: parameters)))
                  (local \(String(repeating: "i64 ", count: locals)))))
                """
            let unit = try CompilationUnit(
                ModulePlan(Module(text: text)), options: CompilationOptions(optimization: .none), name: "m",
                isWhole: true)
            _ = try unit.lower(.whole(ModulePlan(Module(text: text))))
            return unit.module.text.split(separator: "\n").count { $0.contains("alloca") }
        }
        #expect(try slotCount(150, 0) == slotCount(20, 0))
        #expect(try slotCount(0, 150) == slotCount(0, 20))
    }

    @Test func sameBytesWithAnyNumberOfThreads() throws {
        let body = String(repeating: "(local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))", count: 300)
        let functions = (0..<120).map { "(func (export \"f\($0)\") (param i32) (result i32) \(body) (local.get 0))" }
        let module = try Module(text: "(module (memory 1) \(functions.joined()))")
        let options = CompilationOptions(optimization: .less)
        let one = try ModuleCompiler.compile(module, options: options, threadCount: 1)
        #expect(one.count > 1)
        #expect(try ModuleCompiler.compile(module, options: options, threadCount: 3) == one)
    }
}
