import Foundation
import Testing
import Wasm
import WasmLowering
import WasmRuntime
import WasmText

@testable import WasmEngine

/// What exports cost is in proportion to them.
@Suite("Many exports") struct ManyExportsTests {
    private static func text(_ count: Int) -> String {
        "(module " + (0..<count).map { "(func (export \"f\($0)\"))" }.joined() + ")"
    }

    /// Twice as many may take some more than twice as long, where a look through all of them for each took four times:
    /// the least of some tries, each in this thread's own processor time.
    private func expectProportion(_ count: Int, _ work: (Int) throws -> () throws -> Void) throws {
        func seconds(_ work: () throws -> Void) rethrows -> Double {
            func now() -> Double {
                var time = timespec()
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
            }
            let start = now()
            try work()
            return now() - start
        }
        let (few, many) = (try work(count), try work(2 * count))
        var ratios: [Double] = []
        while ratios.count < 5, ratios.min() ?? .infinity >= 3 {
            let half = try seconds(few)
            ratios.append(try seconds(many) / half)
        }
        #expect(ratios.min() ?? .infinity < 3, "twice as many took \(ratios) times as long")
    }

    @Test("Functions are named by their exports")
    func names() throws {
        try expectProportion(8_000) { count in
            let module = try Wasm.Module(text: Self.text(count))
            var options = CompilationOptions(optimization: .none)
            options.isLazy = true
            let objects = try ModuleCompiler.compile(module, options: options, threadCount: 1)
            return { _ = try ArtifactWriter.write(module, objects, options) }
        }
    }

    @Test("A module imports all that an instance exports")
    func imports() throws {
        try expectProportion(8_000) { count in
            var options = Engine.Options(optimization: .none)
            options.tiering = .init(isLazy: true)
            let store = Store()
            let module = try Engine(options: options).compile(Wasm.Module(text: Self.text(count)))
            let instance = try module.instantiate(in: store)
            return {
                var imports = Imports()
                imports.define("m", instance)
            }
        }
    }
}
