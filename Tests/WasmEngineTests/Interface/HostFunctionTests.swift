import Testing
import WasmEngine
import WasmText

/// Host functions as values of a store: made before there is any module, or afterwards.
@Suite struct HostFunctionTests {
    private static let caller = """
        (module
          (type $binary (func (param i32 i32) (result i32)))
          (import "env" "table" (table 2 funcref))
          (import "env" "choice" (global $choice (mut funcref)))
          (table $own 1 funcref)
          (func (export "call") (param i32 i32 i32) (result i32)
            (call_indirect (type $binary) (local.get 1) (local.get 2) (local.get 0)))
          (func (export "chosen") (param i32 i32) (result i32)
            (table.set $own (i32.const 0) (global.get $choice))
            (call_indirect $own (type $binary) (local.get 0) (local.get 1) (i32.const 0))))
        """

    private static func sum(in store: Store) throws -> Function {
        try Function(in: store) { (a: Int32, b: Int32) -> Int32 in a &+ b }
    }

    @Test(
        "Guests call host functions that were in tables and globals before there was any module",
        arguments: modes.indices)
    func beforeModules(_ mode: Int) throws {
        let store = Store()
        let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 2)), in: store)
        let sum = try Self.sum(in: store)
        try table.set(0, to: .funcref(sum))
        let difference = try Function(
            in: store, type: FunctionType(parameters: [.i32, .i32], results: [.i32])
        ) { _, values in [.i32((values[0].i32 ?? 0) - (values[1].i32 ?? 0))] }
        let choice = try Global(.funcref(difference), isMutable: true, in: store)
        #expect(try sum.call([1, 2]) == [3])
        let imports: Imports = ["env": ["table": .table(table), "choice": .global(choice)]]
        let instance = try instantiate(Self.caller, modes[mode], imports: imports)
        let call = try instance.function("call", as: ((Int32, Int32, Int32) -> Int32).self)
        #expect(try call(0, 40, 2) == 42)
        #expect(try instance.function("chosen").call([40, 2]) == [38])
        // One that is made when there are modules already.
        let product = try Function(in: store) { (a: Int32, b: Int32) -> Int32 in a &* b }
        try table.set(1, to: .funcref(product))
        #expect(try call(1, 6, 7) == 42)
        #expect(try store.function(#require(table[1].funcref)) == product)
        #expect(try product.call([3, 4]) == [12])
    }

    @Test("A function of a type that no module has waits in its table for one that has it")
    func waitingForAType() throws {
        let store = Store()
        let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 2)), in: store)
        try table.set(0, to: .funcref(Self.sum(in: store)))
        var odd = 0
        try table.set(1, to: .funcref(try Function(in: store) { (_: Float, _: Int64, _: V128) in odd += 1 }))
        let imports: Imports = ["env": ["table": .table(table)]]
        let first = try instantiate(
            """
            (module (import "env" "table" (table 2 funcref)) (type $binary (func (param i32 i32) (result i32)))
              (func (export "call") (param i32) (result i32)
                (call_indirect (type $binary) (i32.const 1) (i32.const 2) (local.get 0))))
            """, imports: imports)
        #expect(try first.function("call").call([0]) == [3])
        #expect(throws: Trap.self) { try first.function("call").call([1]) }
        let second = try instantiate(
            """
            (module (import "env" "table" (table 2 funcref))
              (func (export "call") (param i32)
                (call_indirect (param f32 i64 v128) (f32.const 0) (i64.const 0) (v128.const i64x2 0 0) (local.get 0))))
            """, imports: imports)
        _ = try second.function("call").call([1])
        #expect(odd == 1)
    }

    private struct Refusal: Error, Equatable { var number: Int32 }

    @Test("What a host function throws is the very error, called by the host, by a table and by an import")
    func errors() throws {
        let store = Store()
        let refuse = try Function(in: store) { (a: Int32, _: Int32) throws -> Int32 in throw Refusal(number: a) }
        #expect(throws: Refusal(number: 1)) { try refuse.call([1, 0]) }
        let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 2)), in: store)
        try table.set(0, to: .funcref(refuse))
        let choice = try Global(.funcref(nil), isMutable: true, in: store)
        let instance = try instantiate(
            Self.caller, imports: ["env": ["table": .table(table), "choice": .global(choice)]])
        #expect(throws: Refusal(number: 2)) { try instance.function("call").call([0, 2, 0]) }
        #expect(throws: Refusal(number: 3)) { try refuse.call([3, 0]) }
        let importing = try instantiate(
            #"""
            (module (import "env" "f" (func $f (param i32 i32) (result i32)))
              (func (export "run") (result i32) (call $f (i32.const 4) (i32.const 0))))
            """#, imports: ["env": ["f": .function(refuse)]])
        #expect(throws: Refusal(number: 4)) { try importing.function("run").call() }
    }

    @Test("Functions of one store are refused by another: as arguments, results, elements, contents and imports")
    func otherStore() throws {
        let (store, other) = (Store(), Store())
        let foreign = try Self.sum(in: other)
        let take = try Function(in: store) { (_: Function?) in }
        let give = try Function(in: store) { () -> Function in foreign }
        let giveValue = try Function(in: store, type: FunctionType(parameters: [], results: [.funcref])) { _, _ in
            [.funcref(foreign)]
        }
        let global = try Global(.funcref(nil), isMutable: true, in: store)
        let error = UsageError.otherStore("a function")
        #expect(throws: error) { try take.call([.funcref(foreign)]) }
        #expect(throws: error) { try take.typed(as: ((Function) -> Void).self)(foreign) }
        #expect(throws: error) { try give.call() }
        #expect(throws: error) { try giveValue.call() }
        #expect(throws: error) { try global.set(.funcref(foreign)) }
        #expect(throws: error) { try global.typed(as: Function?.self).set(foreign) }
        #expect(throws: error) { try store.function(foreign.reference) }
        #expect(throws: LinkError.self) {
            try Engine().compile(Module(text: #"(module (import "a" "f" (func (param i32 i32) (result i32))))"#))
                .instantiate(imports: ["a": ["f": .function(foreign)]], in: store)
        }
    }

    @Test("A reference outlives its store and is refused by the next one, wherever that lies in memory")
    func afterTheStore() throws {
        func reference() throws -> FunctionReference { try Self.sum(in: Store()).reference }
        let old = try reference()
        for _ in 0..<20 {
            let store = Store()
            _ = try Self.sum(in: store)
            #expect(throws: UsageError.otherStore("a function")) { try store.function(old) }
        }
    }

    @Test("A host function's results are checked against its type")
    func wrongResults() throws {
        let function = try Function(in: Store(), type: FunctionType(parameters: [], results: [.i32])) { _, _ in [1.5] }
        #expect(throws: UsageError.self) { try function.call() }
        #expect(throws: UsageError.self) { try function.call([1]) }
    }

    @Test("An asynchronous host function without a caller suspends the guest, called by a table, too")
    func asynchronous() async throws {
        let store = Store()
        let fetch = try Function(
            HostFunction { (a: Int32, b: Int32) async throws -> Int32 in
                await Task.yield()
                return a &- b
            }, in: store)
        let table = try Table(TableType(element: .funcref, elements: Limits(minimum: 2)), in: store)
        try table.set(0, to: .funcref(fetch))
        let choice = try Global(.funcref(nil), isMutable: true, in: store)
        let instance = try instantiate(
            Self.caller, imports: ["env": ["table": .table(table), "choice": .global(choice)]])
        let call = try instance.function("call", as: ((Int32, Int32, Int32) async -> Int32).self)
        #expect(try await call(0, 50, 8) == 42)
        #expect(throws: UsageError.cannotSuspend) { try instance.function("call").call([0, 50, 8]) }
    }

    @Test("Of a module's hundreds of types, guests call host functions of those that they mention, the host of all")
    func manyTypes() throws {
        let types = (0..<600).map { number in
            "(type (func (param \((0..<10).map { number >> $0 & 1 == 0 ? "i32 " : "i64 " }.joined()))))"
        }
        let zeros = String(repeating: "(i32.const 0) ", count: 10)
        let store = Store()
        var sums: [Int64] = []
        func function(_ number: Int) throws -> Function {
            let parameters = (0..<10).map { number >> $0 & 1 == 0 ? ValueType.i32 : .i64 }
            return try Function(in: store, type: FunctionType(parameters: parameters, results: [])) { _, values in
                sums.append(values.reduce(Int64(number)) { $0 + Int64($1.i32 ?? 0) + ($1.i64 ?? 0) })
                return []
            }
        }
        let functions = try [0, 300].map(function)
        let text = """
            (module \(types.joined()) (table (export "table") 2 funcref)
              (func (export "run") (call_indirect (type 0) \(zeros) (i32.const 0))))
            """
        let instance = try Engine().compile(Module(text: text)).instantiate(in: store)
        let table = try #require(instance.table("table"))
        for (index, function) in functions.enumerated() { try table.set(UInt64(index), to: .funcref(function)) }
        try instance.function("run").call()
        guard case .funcref(let other?) = try table[1] else {
            Issue.record("there is no function")
            return
        }
        let arguments = (0..<10).map { 300 >> $0 & 1 == 0 ? Value.i32(1) : .i64(2) }
        try store.function(other).call(arguments)
        #expect(sums == [0, 300 + 10 + Int64(300.nonzeroBitCount)])
    }
}
