import Testing
import WasmText

@testable import WasmEngine

@Suite("Profiles: what runs count, and code that is arranged by it") struct ProfileTests {
    /// Each kind of branch, taken so often that its counts are told apart from all others.
    static let text = """
        (module
          (func $rare (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
          (func (export "run") (param $n i32) (result i32) (local $sum i32)
            (loop $next
              (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 10)))
                (then (local.set $sum (i32.add (local.get $sum) (call $rare (local.get $n))))))
              (block $two (block $one (block $zero
                (br_table $zero $one $two (i32.rem_u (local.get $n) (i32.const 8))))
                (local.set $sum (i32.add (local.get $sum) (i32.const 1))) (br $two))
                (local.set $sum (i32.add (local.get $sum) (i32.const 2))))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum))
          (func (export "never") (param i32) (result i32)
            (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))
        """

    static func run(_ module: Module, _ options: Engine.Options) throws -> String {
        let instance = try Engine(options: options).compile(module).instantiate(imports: Imports())
        return "\(try instance.function("run").call([.i32(800)]))"
    }

    static func counted(_ module: Module) throws -> (result: String, profile: ExecutionProfile) {
        let counters = try #require(ExecutionCounters(for: module))
        var options = Engine.Options(optimization: .none)
        options.cache = nil
        options.counters = counters
        let result = try run(module, options)
        return (result, counters.profile)
    }

    static func counts(_ profile: ExecutionProfile) -> [Substring] {
        String(decoding: profile.text, as: UTF8.self).split(separator: "\n").dropFirst(2).compactMap {
            $0.split(separator: " ").last
        }
    }

    @Test("Counts are exact, in the order of the module's bytes")
    func counting() throws {
        let profile = try Self.counted(Module(text: Self.text)).profile
        // $rare; run; if: reached, holds; labels of 0, 1 and the other six; br_if: reached, holds. `never` has none.
        #expect(Self.counts(profile) == ["80", "1", "800", "80", "100", "100", "600", "800", "799"])
    }

    @Test("The text form is read as it was written, and two runs add up")
    func text() throws {
        let profile = try Self.counted(Module(text: Self.text)).profile
        #expect(try ExecutionProfile(text: profile.text) == profile)
        #expect(Self.counts(profile.adding(profile)).first == "160")
    }

    @Test(
        "What is no profile is refused with its line",
        arguments: [
            ("", 1), ("wasmc profile 2\n", 1), ("wasmc profile 1\n", 2), ("wasmc profile 1\nmodule 00", 2),
            ("H\n1", 3), ("H\n1 2 3", 3), ("H\n1 2\n\n3 4", 4), ("H\n-1 2", 3), ("H\n+1 2", 3), ("H\n1 x", 3),
            ("H\n1 18446744073709551616", 3), ("H\n18446744073709551615 1", 3), ("H\n1 2\n1 3\n", 4),
        ])
    func malformed(_ text: String, _ line: Int) throws {
        let head = "wasmc profile 1\nmodule \(String(repeating: "0a", count: 32))"
        let error = try #require(throws: ExecutionProfile.Malformed.self) {
            try ExecutionProfile(text: Array(text.replacing("H", with: head).utf8))
        }
        #expect(error.line == line, "\(error)")
    }

    @Test("A count of 0 is none, wherever LLVM runs")
    func zeros() throws {
        let module = try Module(text: Self.text)
        let (result, profile) = try Self.counted(module)
        let longer = try ExecutionProfile(text: profile.text + Array("1 0\n2 0\n".utf8))
        #expect(longer == profile && longer.description == profile.description)
        var options = Engine.Options()
        options.cache = nil
        options.profile = longer
        options.isolation = .process
        #expect(try Self.run(module, options) == result)
    }

    @Test("A profile is for its module alone")
    func otherModule() throws {
        var options = Engine.Options()
        options.profile = try Self.counted(Module(text: Self.text)).profile
        let other = try Module(text: "(module (func (export \"run\")))")
        #expect(throws: CompileError.self) { try Engine(options: options).compile(other) }
        #expect(throws: CompileError.self) { try Engine(options: options).artifact(of: other) }
    }

    @Test(
        "Code by a profile does what code without one does, in this process and in the compiler's",
        arguments: OptimizationLevel.allCases, [Isolation.none, .process])
    func results(_ level: OptimizationLevel, _ isolation: Isolation) throws {
        let module = try Module(text: Self.text)
        let (result, profile) = try Self.counted(module)
        var options = Engine.Options(optimization: level)
        options.cache = nil
        options.isolation = isolation
        options.profile = profile
        #expect(try Self.run(module, options) == result)
    }

    @Test("LLVM is told of branches, functions and what is hot")
    func metadata() throws {
        let module = try Module(text: Self.text)
        var options = Engine.Options()
        options.profile = try Self.counted(module).profile
        let ir = String(decoding: try Engine(options: options).emit(module, as: .ir), as: UTF8.self)
        for text in [
            #"!{!"branch_weights", i32 80, i32 720}"#, #"!{!"branch_weights", i32 799, i32 1}"#,
            #"!{!"branch_weights", i32 600, i32 100, i32 100}"#, #"!{!"function_entry_count", i64 80}"#,
            #"!{!"function_entry_count", i64 0}"#, "ProfileSummary",
        ] {
            #expect(ir.contains(text), "\(text)")
        }
    }

    @Test("Weights of more than 32 bits keep their proportions")
    func largeCounts() throws {
        let module = try Module(text: Self.text)
        let profile = try Self.counted(module).profile
        let large = String(decoding: profile.text, as: UTF8.self)
            .replacing(" 800\n", with: " 18446744073709551615\n").replacing(" 80\n", with: " 9223372036854775808\n")
        var options = Engine.Options()
        options.profile = try ExecutionProfile(text: Array(large.utf8))
        let ir = String(decoding: try Engine(options: options).emit(module, as: .ir), as: UTF8.self)
        #expect(ir.contains(#"!{!"branch_weights", i32 -2147483648, i32 2147483647}"#))
    }

    @Test("The cache keeps code by a profile apart from other code, and code that counts not at all")
    func caching() throws {
        let module = try Module(text: Self.text)
        let profile = try Self.counted(module).profile
        var plain = Engine.Options()
        plain.cache = CodeCache(directory: "unused")
        var (profiled, doubled) = (plain, plain)
        profiled.profile = profile
        doubled.profile = profile.adding(profile)
        func entry(_ options: Engine.Options) -> CodeCache.Entry? {
            let engine = Engine(options: options)
            return engine.entry(of: module, engine.settings)
        }
        #expect(try Set([plain, profiled, doubled].map { try #require(entry($0)).name }).count == 3)
        plain.counters = ExecutionCounters(for: module)
        #expect(entry(plain) == nil)
    }
}
