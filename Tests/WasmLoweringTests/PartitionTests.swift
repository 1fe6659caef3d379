import Testing
import Wasm
@testable import WasmLowering
import WasmText

@Suite("Parts of a module") struct PartitionTests {
    /// Functions whose bodies have about these sizes.
    func module(byteCounts: [Int]) throws -> Wasm.Module {
        let functions = byteCounts.map { "(func \(String(repeating: "f64.const 1 drop ", count: $0 / 10)))" }
        return try Module(text: "(module (import \"host\" \"f\" (func)) \(functions.joined(separator: "\n")))")
    }

    func check(_ parts: [Partition], of module: Wasm.Module) {
        let functions = parts.flatMap(\.functions)
        #expect(functions.sorted() == Array(module.importedFunctionCount..<module.functions.count))
        #expect(parts.filter(\.hasSupport).count == 1)
        #expect(parts.flatMap(\.types) == TrampolineTypes(module).own)
        let byteCounts = parts.map { $0.byteCount(in: module) }
        #expect(byteCounts == byteCounts.sorted(by: >))
    }

    @Test("Types that are held in the same way have the same trampolines")
    func equalShapes() throws {
        let module = try Module(
            text: """
                (module (type $a (func (param i32 funcref) (result f64))) (type $s (struct))
                  (type $b (func (param i32 (ref null $s)) (result f64))) (type $c (func (param i32) (result f64)))
                  (func (type $b) (f64.const 1)))
                """)
        let types = TrampolineTypes(module)
        #expect(types.representatives == [0, nil, 0, 3] && types.own == [0, 3])
    }

    @Test("Of thousands of types 500 have trampolines, first those of imports, last those that only calls have")
    func manyTypes() throws {
        let types = (0..<1_000).map { number in
            "(type (func (param \((0..<10).map { number >> $0 & 1 == 0 ? "i32 " : "i64 " }.joined()))))"
        }
        func module(_ functions: Range<Int>) throws -> Wasm.Module {
            try Module(
                text: """
                    (module \(types.joined()) (import "m" "f" (func (type 900)))
                      \(functions.map { "(func (type \($0)))" }.joined()))
                    """)
        }
        #expect(TrampolineTypes(try module(700..<800)).own == Array(0..<399) + Array(700..<800) + [900])
        let many = try module(100..<900)
        #expect(TrampolineTypes(many).own == Array(100..<599) + [900])
        let parts = Partition.parts(of: ModulePlan(many))
        check(parts, of: many)
        #expect(parts.count == 1)
    }

    @Test(arguments: [[], [0], [10], [12_000], [5_000, 6_000, 7_000]])
    func smallModulesStayWhole(byteCounts: [Int]) throws {
        let module = try module(byteCounts: byteCounts)
        let parts = Partition.parts(of: ModulePlan(module))
        #expect(parts.count == 1)
        check(parts, of: module)
    }

    @Test func threadsHaveSomethingToDo() throws {
        for (functionCount, partCount) in [(70, 4), (200, 8), (700, 10)] {
            let module = try module(byteCounts: Array(repeating: 1_024, count: functionCount))
            let parts = Partition.parts(of: ModulePlan(module))
            try #require(parts.count == partCount)
            check(parts, of: module)
            let byteCounts = parts.map { $0.byteCount(in: module) }
            #expect(byteCounts[0] - byteCounts[partCount - 1] <= 2_100, "parts are about as large as each other")
        }
    }

    @Test("Functions of many parameters are as large as those")
    func manyParameters() throws {
        let functions = String(repeating: "(func (type 0))", count: 1_000)
        let module = try Module(
            text: "(module (type (func (param \(String(repeating: "i32 ", count: 1_000))))) \(functions))")
        #expect(Partition.parts(of: ModulePlan(module)).count == 15)
    }

    @Test func largeFunctionComesFirst() throws {
        let module = try module(byteCounts: [1_000, 2_000, 60_000, 9_000, 9_000])
        let parts = Partition.parts(of: ModulePlan(module))
        #expect(parts.first?.functions == [3])
        check(parts, of: module)
    }
}
